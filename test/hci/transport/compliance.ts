import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import type {
  HciTransport,
  HciTransportSink,
  TransportDiagnostic,
} from '../../../src/hci/transport/transport.js';

/** What a controller sends in these tests, indicator first: Command Complete, an ACL packet, an advertising report, ISO. */
const COMPLETE = '040e0401030c00';
const DISCONNECTED = '04050400400013';
const ACL = `0240200b000700040010010203040506`;
const REPORT = '043e0c0201000001020304050600c0';
const ISO = '0560000400deadbeef';
const RESET = '01030c00';
const SET_MASK = '01010c08ffffffffffff3f20';

/** The other end of an open transport: where the controller is. */
export interface Peer {
  /** Sends whole packets, indicator first, in hexadecimal, in one piece. */
  send(packets: string): void;
  /** Sends octets as they are; missing where packets have boundaries of their own. */
  raw?(octets: Uint8Array): void;
  /** What came, in hexadecimal, the packets one behind the other. */
  readonly received: () => string;
  /** How many octets came. */
  readonly count: () => number;
  /** In how many pieces; missing where the way joins pieces. */
  readonly pieces?: () => number;
  /** Calls back whenever something came. */
  onData(callback: () => void): void;
  /** Takes nothing any more, and takes it again; missing where nothing can be held up. */
  stall?(): void;
  resume?(): void;
  /** Goes away. */
  end(): void;
}

/** A place where transports of one kind can be opened. */
export interface Rig {
  /** A new transport to the same place, not opened. */
  transport(): HciTransport | Promise<HciTransport>;
  /** Opens a transport, and gives the other end of it. */
  open(transport: HciTransport, sink: HciTransportSink): Promise<Peer>;
  /** A transport to where nothing is, or that cannot be opened; missing where there is no such thing. */
  absent?(): HciTransport | Promise<HciTransport>;
  dispose?(): void | Promise<void>;
}

/** A sink that keeps what it is told, and waits for more of it. */
export class Recorder implements HciTransportSink {
  readonly packets: string[] = [];
  readonly diagnostics: TransportDiagnostic[] = [];
  /** The codes of the errors that `closed` came with. */
  readonly closings: (string | undefined)[] = [];
  onPacket: (() => void) | undefined;
  private readonly waiting: (() => void)[] = [];

  packet(type: number, bytes: Uint8Array, start: number, end: number): void {
    this.packets.push(`0${type}${toHex(bytes.subarray(start, end))}`);
    this.onPacket?.();
    this.wake();
  }

  diagnostic(diagnostic: TransportDiagnostic): void {
    this.diagnostics.push(diagnostic);
    this.wake();
  }

  closed(error?: { readonly code: string }): void {
    this.closings.push(error?.code);
    this.wake();
  }

  /** Resolves when the condition holds; it is looked at whenever something was told. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Resolves when a diagnostic of the kind came. */
  async untilTold(kind: TransportDiagnostic['kind']): Promise<TransportDiagnostic> {
    const find = () => this.diagnostics.find((diagnostic) => diagnostic.kind === kind);
    await this.until(() => find() !== undefined);
    return find()!;
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** Packets that lie one behind the other, by their lengths: for those who send them one by one. */
export function cutPackets(packets: string): string[] {
  const octets = fromHex(packets);
  const list: string[] = [];
  for (let at = 0; at < octets.length; ) {
    const size = octets[at] === 4 ? 3 + octets[at + 2]! : 5 + octets[at + 3]! + 256 * octets[at + 4]!;
    list.push(toHex(octets.subarray(at, at + size)));
    at += size;
  }
  return list;
}

/** Resolves when the other end has received so many octets. */
export async function arrived(peer: Peer, octets: number): Promise<void> {
  let wake = () => {};
  peer.onData(() => wake());
  while (peer.count() < octets) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

/** Resolves when a condition holds that nobody tells; every turn of the event loop looks at it. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await settle();
}

/** What a way has and others have not. */
export interface Traits {
  /** Packets lie in a stream of octets, by H4; then {@link Peer.raw} is there. */
  readonly octets: boolean;
  /** Pieces arrive as they were sent; then {@link Peer.pieces} is there. */
  readonly pieces: boolean;
  /** The other side can be slow; then {@link Peer.stall} and {@link Peer.resume} are there. */
  readonly stalls: boolean;
  /** There are places where nothing can be opened; then {@link Rig.absent} is there. */
  readonly absent: boolean;
}

/**
 * What every transport has to do, whatever it goes over.
 * @param name of the transport, for the tests' titles
 * @param setUp makes a place to open transports at, anew for each test
 */
export function compliance(name: string, traits: Traits, setUp: () => Promise<Rig>): void {
  describe(`${name} does what every transport does`, () => {
    const rigs: Rig[] = [];
    const transports: HciTransport[] = [];

    afterEach(async () => {
      await Promise.all(transports.splice(0).map((transport) => transport.close()));
      await Promise.all(rigs.splice(0).map((rig) => rig.dispose?.()));
    });

    const makeRig = async () => {
      const rig = await setUp();
      rigs.push(rig);
      return rig;
    };
    const make = async (rig: Rig) => {
      const transport = await rig.transport();
      transports.push(transport);
      return transport;
    };
    const open = async (rig: Rig, sink: HciTransportSink) => {
      const transport = await make(rig);
      return { transport, peer: await rig.open(transport, sink) };
    };
    const start = async () => {
      const rig = await makeRig();
      const recorder = new Recorder();
      return { rig, recorder, ...(await open(rig, recorder)) };
    };

    it('delivers packets of each kind, in order, several in a piece', async () => {
      const { recorder, peer } = await start();
      peer.send(COMPLETE + ACL);
      peer.send(REPORT + ISO + DISCONNECTED);
      await recorder.until(() => recorder.packets.length >= 5);
      expect(recorder.packets).toEqual([COMPLETE, ACL, REPORT, ISO, DISCONNECTED]);
      expect(recorder.closings).toEqual([]);
    });

    if (traits.octets)
      it('takes its packets in any pieces', async () => {
        const { recorder, peer } = await start();
        const octets = fromHex(COMPLETE + ACL + REPORT + ISO + DISCONNECTED);
        const cuts = fc.array(fc.integer({ min: 1, max: octets.length - 1 }), { maxLength: 12 });
        const samples = fc.sample(cuts, { numRuns: 20, seed: 7 });
        samples.push(Array.from(octets.subarray(1), (_, i) => i + 1));
        for (const cut of samples) {
          recorder.packets.length = 0;
          let from = 0;
          for (const to of [...new Set(cut)].sort((a, b) => a - b).concat(octets.length)) {
            peer.raw!(octets.slice(from, to));
            from = to;
            await settle();
          }
          await recorder.until(() => recorder.packets.length >= 5);
          expect(recorder.packets).toEqual([COMPLETE, ACL, REPORT, ISO, DISCONNECTED]);
        }
      });

    it('sends what it is given, to the octet', async () => {
      const { transport, peer } = await start();
      transport.send(fromHex(RESET));
      transport.send(fromHex(SET_MASK));
      transport.send(fromHex(ACL));
      transport.send(fromHex(ISO));
      const all = RESET + SET_MASK + ACL + ISO;
      await arrived(peer, all.length / 2);
      expect(peer.received()).toBe(all);
    });

    if (traits.pieces)
      it('sends together what is sent in one turn, and what is sent while a piece is dealt with', async () => {
        const { transport, peer, recorder } = await start();
        transport.send(fromHex(RESET));
        transport.send(fromHex(SET_MASK));
        await arrived(peer, 16);
        expect(peer.pieces!()).toBe(1);
        recorder.onPacket = () => transport.send(fromHex(RESET));
        peer.send(COMPLETE + COMPLETE + COMPLETE);
        await arrived(peer, 28);
        expect(peer.pieces!()).toBe(2);
      });

    it('closes as often as it is told, says so once, and the port can be opened again at once', async () => {
      const { rig, recorder, transport, peer } = await start();
      transport.send(fromHex(RESET));
      const again = transport.close();
      await Promise.all([transport.close(), again]);
      await transport.close();
      await recorder.until(() => recorder.closings.length > 0);
      for (let round = 0; round < 3; round++) {
        const next = new Recorder();
        const reopened = await open(rig, next);
        reopened.peer.send(COMPLETE);
        await next.until(() => next.packets.length > 0);
        await reopened.transport.close();
      }
      expect(recorder.closings).toEqual([undefined]);
      // What was sent last went out before the goodbye.
      expect(peer.received()).toBe(RESET);
    });

    it('tells a loss once, is over then, and the port can be opened again', async () => {
      const { rig, recorder, transport, peer } = await start();
      peer.send(COMPLETE);
      await recorder.until(() => recorder.packets.length > 0);
      peer.end();
      await recorder.until(() => recorder.closings.length > 0);
      transport.send(fromHex(RESET));
      await settle();
      expect(transport.writeBacklog).toBe(0);
      await transport.close();
      await settle();
      expect(recorder.closings).toEqual(['PORT_LOST']);
      const next = new Recorder();
      const reopened = await open(rig, next);
      reopened.peer.send(COMPLETE);
      await next.until(() => next.packets.length > 0);
    });

    it('delivers nothing after close, not even the rest of a piece, and sends nothing', async () => {
      const { recorder, transport, peer } = await start();
      const sentBefore = peer.count();
      let closing: Promise<void> | undefined;
      recorder.onPacket = () => {
        closing ??= transport.close();
        transport.send(fromHex(RESET));
      };
      peer.send(COMPLETE + ACL + REPORT);
      await recorder.until(() => recorder.closings.length > 0);
      await closing;
      transport.send(fromHex(RESET));
      await settle();
      expect(recorder.packets).toEqual([COMPLETE]);
      expect(peer.count()).toBe(sentBefore);
      expect(recorder.closings).toEqual([undefined]);
      expect(transport.writeBacklog).toBe(0);
    });

    it('is opened once, and the second try harms nothing', async () => {
      const { recorder, transport, peer } = await start();
      await expect(transport.open(new Recorder())).rejects.toMatchObject({ code: 'PORT_BUSY' });
      peer.send(COMPLETE);
      await recorder.until(() => recorder.packets.length > 0);
    });

    it('does not open when it was closed before, or is closed meanwhile', async () => {
      const rig = await makeRig();
      const before = await make(rig);
      await before.close();
      await expect(before.open(new Recorder())).rejects.toMatchObject({ name: 'TransportError' });
      const transport = await make(rig);
      const recorder = new Recorder();
      const opening = transport.open(recorder).then(
        () => 'opened',
        (error: { code: string }) => error.code,
      );
      await transport.close();
      // It may have been open already; it may not hang, nor stay open.
      expect(['opened', 'PORT_CLOSED']).toContain(await opening);
      await settle();
      expect(recorder.packets).toEqual([]);
      expect(recorder.closings.length).toBeLessThanOrEqual(1);
      const next = new Recorder();
      const reopened = await open(rig, next);
      reopened.peer.send(COMPLETE);
      await next.until(() => next.packets.length > 0);
    });

    if (traits.stalls)
      it('counts what was not taken yet, to the octet, and loses none of it', async () => {
        const { transport, peer } = await start();
        expect(transport.writeBacklog).toBe(0);
        peer.stall!();
        const acl = new Uint8Array(1 + 4 + 0xffff);
        acl.set(fromHex('024020ffff'));
        // More than what operating systems keep for a reader that does not read.
        const packets = 256;
        const before = peer.count();
        for (let i = 0; i < packets; i++) transport.send(acl.slice());
        await settle();
        const waiting = transport.writeBacklog;
        expect(waiting).toBeGreaterThan(acl.length);
        transport.send(fromHex(RESET));
        await settle();
        // The way may add a header of its own.
        expect(transport.writeBacklog - waiting).toBeGreaterThanOrEqual(4);
        expect(transport.writeBacklog - waiting).toBeLessThanOrEqual(4 + 14);
        peer.resume!();
        await arrived(peer, before + packets * acl.length + 4);
        await eventually(() => transport.writeBacklog === 0);
        expect(peer.count() - before).toBe(packets * acl.length + 4);
      });

    if (traits.stalls)
      it('closes although the other side takes nothing any more', async () => {
        const { transport, peer, recorder } = await start();
        peer.stall!();
        for (let i = 0; i < 64; i++) {
          const acl = new Uint8Array(1 + 4 + 0xffff);
          acl.set(fromHex('024020ffff'));
          transport.send(acl);
        }
        await settle();
        await transport.close();
        await recorder.until(() => recorder.closings.length > 0);
        expect(recorder.closings).toEqual([undefined]);
      });

    if (traits.octets)
      it('tells that framing was lost, and goes on', async () => {
        const { recorder, peer } = await start();
        peer.raw!(fromHex('0908'));
        const told = await recorder.untilTold('lost-framing');
        expect(told.message).toMatch(/H4 framing lost/);
        expect(told.bytes && toHex(told.bytes)).toBe('0908');
        peer.send(COMPLETE);
        await recorder.until(() => recorder.packets.length > 0);
        expect(recorder.packets).toEqual([COMPLETE]);
      });

    if (traits.absent)
      it('says in one line what is wrong when nothing is there', async () => {
        const rig = await makeRig();
        const transport = await rig.absent!();
        transports.push(transport);
        const recorder = new Recorder();
        const error = await transport.open(recorder).then(
          () => undefined,
          (cause: Error) => cause,
        );
        expect(error).toMatchObject({ name: 'TransportError' });
        expect(error?.message).toContain(transport.name);
        expect(error?.message).not.toContain('\n');
        await transport.close();
        expect(recorder.closings).toEqual([]);
      });
  });
}
