import { u16At } from '../../core/bytes.js';
import { type Clock, systemClock } from '../../core/clock.js';
import { decode, type ReadablePacket } from '../../decode/index.js';
import { type CaptureRecord, readCapture } from '../../hci/capture/index.js';
import { decodePacket } from '../../hci/decode.js';
import { encodePacket } from '../../hci/encode.js';
import { PacketType } from '../../hci/packet-type.js';
import type { HciTransport } from '../../hci/transport/transport.js';
import { type FieldDifference, fieldDifferences, sideBySide } from '../divergence.js';
import { type Arrived, ArrivedPackets } from './arrived.js';
import { asCapturedVersion, isConnectionEvent } from './connection-event.js';
import { FrameJoiner } from './frame-joiner.js';
import { type ControllerDifference, controllerDifferences, kindOf } from './permitted.js';

/** Options of {@link playHost}. */
export interface PlayHostOptions {
  /**
   * `strict`: octet for octet, in the order of the capture. `lenient` (the default): each answer and event is looked for among
   * what came, ACL fragments are put together, and the differences of {@link permitted} are noted and passed over.
   */
  readonly mode?: 'strict' | 'lenient';
  /** What may differ in lenient comparison; all of it without. */
  readonly permitted?: readonly ControllerDifference[];
  /** The first record that is played, counted from 1; the first HCI_Reset without, or 1 where there is none. */
  readonly first?: number;
  /** The last one; that of the capture without. */
  readonly last?: number;
  /** How many milliseconds a packet may come later than in the capture; 2000. */
  readonly graceMs?: number;
  /** Whose time it is; the machine's without. */
  readonly clock?: Clock;
}

/** A difference that was permitted. */
export interface NotedDifference {
  readonly kind: ControllerDifference;
  /** The record of the capture, counted from 1. */
  readonly frame: number;
  /** The packet's name, and the field. */
  readonly name: string;
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** Where a controller departed from the captured one. */
export interface ControllerDivergence {
  /** The record of the capture that was due, counted from 1; `undefined` behind the last. */
  readonly frame: number | undefined;
  /** The path of the first divergent field; `undefined` where a packet is missing, or one too many. */
  readonly path: string | undefined;
  readonly difference: FieldDifference | undefined;
  readonly expected: ReadablePacket | undefined;
  readonly got: ReadablePacket | undefined;
  /** What is wrong, in a few words. */
  readonly reason: string;
  /** All of it for a reader: both packets side by side, and those before. */
  readonly text: string;
}

/** What came of playing a capture's host at a controller. */
export interface HostPlay {
  /** Where it stopped; `undefined` when the controller did as the captured one to the end. */
  readonly divergence: ControllerDivergence | undefined;
  /** Packets that were sent to the controller. */
  readonly sent: number;
  /** Packets of the controller that were compared. */
  readonly compared: number;
  /** The permitted differences, all uses of them. */
  readonly noted: readonly NotedDifference[];
  /** Captured packets that were not waited for, by what excuses them. */
  readonly skipped: Readonly<Record<string, number>>;
  /** The names of packets that came and are not in the capture, reports and credits aside. */
  readonly unexpected: readonly string[];
}

/** A packet of the capture. */
interface Item {
  readonly frame: number;
  /** Milliseconds since the first. */
  readonly at: number;
  readonly sent: boolean;
  readonly type: number;
  readonly bytes: Uint8Array;
}

const RESET = 0x0c03;
const GRACE_MS = 2000;
/** Times of a capture are rounded to the microsecond. */
const ROUNDING_MS = 0.001;
/** Packets before the divergent one that are shown. */
const SHOWN = 6;

/**
 * Plays the host's side of a capture at a controller, at the captured times, and compares what the controller gives with
 * what the captured one gave. It opens the transport, and closes it.
 *
 * ```ts
 * const { divergence } = await playHost(await readFile('session.btsnoop'), controller.transport());
 * if (divergence) console.log(divergence.text);
 * ```
 * @param capture a capture file's octets, or its records
 * @throws {TransportError} when the transport cannot be opened, or breaks
 */
export async function playHost(
  capture: Uint8Array | Iterable<CaptureRecord>,
  transport: HciTransport,
  options: PlayHostOptions = {},
): Promise<HostPlay> {
  const records = capture instanceof Uint8Array ? readCapture(capture).list : capture;
  const player = new HostPlayer(itemsOf(records, options), transport, options);
  return player.play();
}

function itemsOf(records: Iterable<CaptureRecord>, { first, last }: PlayHostOptions): Item[] {
  const all: Item[] = [];
  let began: number | undefined;
  let frame = 0;
  for (const { time, sent, type, packet, note, missing } of records) {
    frame++;
    if (note || missing > 0 || (last !== undefined && frame > last)) continue;
    began ??= time;
    all.push({ frame, at: (time - began) / 1000, sent, type, bytes: packet });
  }
  const reset = all.findIndex(
    ({ sent, type, bytes }) => sent && type === PacketType.command && u16At(bytes, 0) === RESET,
  );
  const start = first === undefined ? Math.max(0, reset) : all.findIndex((item) => item.frame >= first);
  const played = start < 0 ? [] : all.slice(start);
  const offset = played[0]?.at ?? 0;
  return played.map((item) => ({ ...item, at: item.at - offset }));
}

class HostPlayer {
  private readonly items: readonly Item[];
  private readonly transport: HciTransport;
  private readonly clock: Clock;
  private readonly isStrict: boolean;
  private readonly graceMs: number;
  private readonly permitted: ReadonlySet<ControllerDifference>;
  private readonly arrived: ArrivedPackets;
  private readonly handles = new Map<number, number>();
  private readonly joiner = new FrameJoiner();
  private readonly noted: NotedDifference[] = [];
  private readonly skipped: Record<string, number> = {};
  private readonly before: string[] = [];
  private began = 0;
  private sent = 0;
  private compared = 0;

  constructor(items: readonly Item[], transport: HciTransport, options: PlayHostOptions) {
    this.items = items;
    this.transport = transport;
    this.clock = options.clock ?? systemClock;
    this.isStrict = options.mode === 'strict';
    this.graceMs = options.graceMs ?? GRACE_MS;
    this.permitted = new Set(this.isStrict ? [] : (options.permitted ?? controllerDifferences));
    this.arrived = new ArrivedPackets(this.clock, !this.isStrict);
  }

  async play(): Promise<HostPlay> {
    await this.transport.open(this.arrived);
    try {
      this.began = this.clock.now();
      const divergence = await this.run();
      const { sent, compared, noted, skipped, arrived } = this;
      const unexpected = arrived.rest().map(({ type, bytes }) => decode(type, bytes).name);
      return { divergence, sent, compared, noted, skipped, unexpected };
    } finally {
      await this.transport.close();
    }
  }

  private async run(): Promise<ControllerDivergence | undefined> {
    for (const item of this.items) {
      const divergence = item.sent ? await this.send(item) : await this.expect(item);
      if (divergence) return divergence;
      this.before.push(
        `${String(item.frame).padStart(6)} ${item.sent ? '>' : '<'} ${decode(item.type, item.bytes).line}`,
      );
      if (this.before.length > SHOWN) this.before.shift();
    }
    const extra = this.isStrict ? this.arrived.first() : undefined;
    return extra && this.diverged(undefined, extra, undefined, 'the controller sent one packet more');
  }

  private async send(item: Item): Promise<ControllerDivergence | undefined> {
    const due = this.began + item.at;
    if (due - this.clock.now() > ROUNDING_MS) await this.arrived.sleep(due - this.clock.now());
    this.check();
    const bytes = this.isStrict ? item.bytes : this.renamed(item);
    if (!this.isStrict && item.type === PacketType.acl && !(await this.arrived.credit(this.graceMs))) {
      return this.diverged(item, undefined, undefined, `it freed no buffer within ${this.graceMs} ms`);
    }
    const packet = new Uint8Array(1 + bytes.length);
    packet[0] = item.type;
    packet.set(bytes, 1);
    this.sent++;
    this.transport.send(packet);
    return undefined;
  }

  private async expect(item: Item): Promise<ControllerDivergence | undefined> {
    const due = this.isStrict ? { ...item, isCredit: false, isReport: false } : this.whole(item);
    if (!due) return undefined;
    if (due.isCredit || due.isReport) {
      const kind = due.isCredit ? 'credits' : 'reports';
      if (this.permitted.has(kind)) {
        this.skipped[kind] = (this.skipped[kind] ?? 0) + 1;
        return undefined;
      }
    }
    const until = Math.max(this.clock.now(), this.began + item.at) + this.graceMs;
    const got = await (this.isStrict
      ? this.arrived.next(until)
      : this.arrived.find(due, this.handles, until));
    this.check();
    if (!got) {
      const late = `nothing of it came within ${this.graceMs} ms of its time`;
      return this.diverged({ ...item, ...due }, undefined, undefined, late);
    }
    this.compared++;
    return this.compare({ ...item, ...due }, got);
  }

  private compare(item: Item, arrived: Arrived): ControllerDivergence | undefined {
    if (!this.isStrict) this.learn(item, arrived);
    const got = this.isStrict ? arrived : this.inCapturedVersion(item, arrived);
    if (item.type === got.type && sameOctets(item.bytes, got.bytes)) return undefined;
    const [expected, came] = [decode(item.type, item.bytes), decode(got.type, got.bytes)];
    const differences = fieldDifferences(expected, came);
    for (const difference of differences) {
      const kind = this.isStrict ? undefined : kindOf(difference, got.bytes, this.handles);
      if (kind === undefined || !this.permitted.has(kind)) {
        return this.diverged(item, got, difference, 'the controller gave another value');
      }
      this.noted.push({
        kind,
        frame: item.frame,
        name: expected.name,
        path: difference.path,
        expected: difference.expected?.text ?? 'nothing',
        got: difference.got?.text ?? 'nothing',
      });
    }
    // Octets that no field has: a decoder that is blind to them must not hide them.
    if (differences.length === 0)
      return this.diverged(item, got, undefined, 'other octets, which no field shows');
    return undefined;
  }

  /** What came, where it is another version of the captured event than the captured one. */
  private inCapturedVersion(item: Item, arrived: Arrived): Arrived {
    const isEvent = item.type === PacketType.event && arrived.type === PacketType.event;
    const bytes =
      isEvent && this.permitted.has('versions') ? asCapturedVersion(item.bytes, arrived.bytes) : undefined;
    if (!bytes) return arrived;
    const [expected, came] = [decode(item.type, item.bytes), decode(arrived.type, arrived.bytes)];
    this.noted.push({
      kind: 'versions',
      frame: item.frame,
      name: expected.name,
      path: 'subeventCode',
      expected: expected.name,
      got: came.name,
    });
    return { ...arrived, bytes };
  }

  /** A captured packet as it is compared: of ACL data the whole frame, with its last fragment. */
  private whole(item: Item): (Arrived & { readonly type: number }) | undefined {
    if (item.type !== PacketType.acl) return this.arrived.sorted(item.type, item.bytes);
    const bytes = this.joiner.add(item.bytes);
    return bytes && this.arrived.sorted(item.type, bytes);
  }

  private learn(item: Item, got: Arrived): void {
    if (item.type !== PacketType.event || !isConnectionEvent(item.bytes)) return;
    if (item.bytes[3] !== 0 || got.bytes[3] !== 0 || got.bytes.length < 6 || item.bytes.length < 6) return;
    this.handles.set(u16At(item.bytes, 4) & 0xfff, u16At(got.bytes, 4) & 0xfff);
  }

  /** A packet of the host with the handles that the controller gave. */
  private renamed({ type, bytes }: Item): Uint8Array {
    if (type === PacketType.acl && bytes.length >= 4) {
      const word = u16At(bytes, 0);
      const handle = this.handles.get(word & 0xfff);
      if (handle === undefined) return bytes;
      const copy = bytes.slice();
      copy[0] = handle & 0xff;
      copy[1] = ((word >> 8) & 0xf0) | (handle >> 8);
      return copy;
    }
    if (type !== PacketType.command) return bytes;
    const packet = decodePacket(PacketType.command, bytes);
    const captured = packet.fields['connectionHandle'];
    const handle = typeof captured === 'number' ? this.handles.get(captured) : undefined;
    if (handle === undefined || handle === captured || packet.malformed) return bytes;
    return encodePacket({ ...packet, fields: { ...packet.fields, connectionHandle: handle } });
  }

  private check(): void {
    const { failure } = this.arrived;
    if (failure) throw failure;
  }

  private diverged(
    due: Item | undefined,
    came: Arrived | undefined,
    difference: FieldDifference | undefined,
    reason: string,
  ): ControllerDivergence {
    const expected = due && decode(due.type, due.bytes);
    const got = came && decode(came.type, came.bytes);
    const path = difference?.path;
    const where = due === undefined ? 'behind the end of the capture' : `at frame ${due.frame}`;
    const values = difference
      ? `: ${difference.label} (${difference.path}) is ${difference.got?.text ?? 'not there'}, expected ${difference.expected?.text ?? 'nothing'}`
      : '';
    const text = [
      `${this.transport.name}: the controller departs from the capture ${where}${values} — ${reason}`,
      '',
      sideBySide(expected, got, path),
      '',
      'before it:',
      ...this.before.map((line) => `  ${line}`),
    ].join('\n');
    return { frame: due?.frame, path, difference, expected, got, reason, text };
  }
}

function sameOctets(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, i) => octet === other[i]);
}
