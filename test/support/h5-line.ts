import { SimulatedClock } from '../../src/core/clock.js';
import type { TransportError } from '../../src/core/errors.js';
import { toHex } from '../../src/core/hex.js';
import { randomUnit, seededRandom } from '../../src/core/random.js';
import type { ByteStream, ByteStreamSink } from '../../src/hci/framing/byte-stream.js';
import { type H5Options, H5Transport } from '../../src/hci/framing/h5-transport.js';
import type { TransportOpened } from '../../src/hci/transport/transport.js';
import { H5Peer } from './h5-peer.js';

/** What a line does to octets on their way. */
export type Line = (octets: Uint8Array) => Uint8Array;

/** A stream whose other end is the test. */
export class WiredLine implements ByteStream {
  readonly name = 'line:';
  readonly writeBacklog = 0;
  readonly written: string[] = [];
  toPeer: (octets: Uint8Array) => void = () => {};
  isClosed = false;
  private sink: ByteStreamSink | undefined;

  open(sink: ByteStreamSink): Promise<Partial<TransportOpened> | undefined> {
    this.sink = sink;
    return Promise.resolve(undefined);
  }

  write(octets: Uint8Array): void {
    this.written.push(toHex(octets));
    this.toPeer(octets);
  }

  toHost(octets: ArrayLike<number>): void {
    if (!this.isClosed) this.sink?.data(Uint8Array.from(octets));
  }

  break(error?: TransportError): void {
    this.sink?.closed(error);
  }

  close(): Promise<void> {
    if (!this.isClosed) {
      this.isClosed = true;
      this.sink?.closed();
    }
    return Promise.resolve();
  }
}

export interface SetUp {
  readonly host?: H5Options;
  readonly peer?: { window?: number; crc?: boolean; flowControl?: boolean };
  readonly line?: Line;
}

/** A transport, not opened, and the peer of the tests, not started, at the ends of a line; and what comes of it. */
export function setUp({ host = {}, peer: peerOptions = {}, line = (octets) => octets }: SetUp = {}) {
  const clock = new SimulatedClock();
  const wire = new WiredLine();
  const transport = new H5Transport(wire, { clock, ...host });
  const toHost: string[] = [];
  const toPeer: string[] = [];
  const diagnostics: { kind: string; message: string; bytes?: string }[] = [];
  const closed: unknown[] = [];
  const peer = new H5Peer({
    window: 4,
    ...peerOptions,
    // A millisecond on the line: an answer never comes inside of what it answers.
    write: (octets) => void clock.setTimeout(() => wire.toHost(line(Uint8Array.from(octets))), 1),
    packet: (packet) => toPeer.push(toHex(Uint8Array.from(packet))),
    after: (ms, callback) => void clock.setTimeout(callback, ms),
  });
  wire.toPeer = (octets) => void clock.setTimeout(() => peer.receive(line(octets)), 1);
  const open = () =>
    transport.open({
      packet: (type, bytes, start, end) =>
        toHost.push(toHex(Uint8Array.of(type, ...bytes.subarray(start, end)))),
      diagnostic: ({ kind, message, bytes }) =>
        diagnostics.push({ kind, message, ...(bytes ? { bytes: toHex(bytes) } : {}) }),
      closed: (error) => closed.push(error),
    });
  return { clock, wire, transport, peer, toHost, toPeer, diagnostics, closed, open };
}

/** The same with an active link, on which nothing was sent yet. */
export async function active(options: SetUp = {}) {
  const made = setUp(options);
  made.peer.start();
  await made.clock.run(made.open());
  await made.clock.advance(1000);
  made.wire.written.length = 0;
  made.peer.heard.length = 0;
  return made;
}

/** A line that loses octets, or changes bits of them, by chance. */
export function badLine(seed: number, rate: number, flips: boolean): Line {
  const random = seededRandom(seed);
  return (octets) => {
    const out: number[] = [];
    for (const octet of octets) {
      if (randomUnit(random) >= rate) out.push(octet);
      else if (flips && randomUnit(random) < 0.5) out.push(octet ^ (1 << Math.floor(randomUnit(random) * 8)));
    }
    return Uint8Array.from(out);
  };
}
