import { u16At } from '../../core/bytes.js';
import type { Clock } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import { PacketType } from '../../hci/packet-type.js';
import type { HciTransportSink } from '../../hci/transport/transport.js';
import { isConnectionEvent } from './connection-event.js';
import { FrameJoiner } from './frame-joiner.js';
import { answeredOpcode } from './permitted.js';

/** A packet that a controller sent. */
export interface Arrived {
  readonly type: number;
  readonly bytes: Uint8Array;
  /** Whether it only says that buffers are free. */
  readonly isCredit: boolean;
  /** Whether it reports advertisers. */
  readonly isReport: boolean;
}

const COMPLETED_PACKETS = 0x13;
const LE_META = 0x3e;
const reports: ReadonlySet<number | undefined> = /* @__PURE__ */ new Set([0x02, 0x0b, 0x0d]);
const READ_BUFFER_SIZE = 0x1005;
const leReadBufferSizes: ReadonlySet<number | undefined> = /* @__PURE__ */ new Set([0x2002, 0x2060]);
/** Packets that may wait to be looked for; a controller that sends more without end is cut off. */
const LIMIT = 100_000;

/** What a controller sent and nobody has taken yet. */
export class ArrivedPackets implements HciTransportSink {
  /** Why nothing comes any more. */
  failure: TransportError | undefined;
  private readonly clock: Clock;
  /** Whether reports and credits are passed over, and fragments put together. */
  private readonly isSorting: boolean;
  private readonly joiner = new FrameJoiner();
  private list: Arrived[] = [];
  private waiter: (() => void) | undefined;
  /** ACL packets that the controller takes at once, and has. */
  private buffers = Number.POSITIVE_INFINITY;
  private taken = 0;

  constructor(clock: Clock, isSorting: boolean) {
    this.clock = clock;
    this.isSorting = isSorting;
  }

  packet(type: number, bytes: Uint8Array, start: number, end: number): void {
    const packet = bytes.slice(start, end);
    if (this.isSorting && type === PacketType.acl) {
      const whole = this.joiner.add(packet);
      if (whole) this.keep(this.sorted(type, whole));
    } else this.keep(this.sorted(type, packet));
    this.wake();
  }

  diagnostic(): void {}

  closed(error?: TransportError): void {
    this.failure =
      error ??
      new TransportError('the controller was closed while a capture was played at it', 'PORT_CLOSED');
    this.wake();
  }

  /** A packet with what it is. */
  sorted(type: number, bytes: Uint8Array): Arrived {
    const isEvent = type === PacketType.event;
    const isCredit = isEvent && bytes[0] === COMPLETED_PACKETS;
    const isReport = isEvent && bytes[0] === LE_META && reports.has(bytes[2]);
    return { type, bytes, isCredit, isReport };
  }

  /** Takes the packet that came first; waits for one until a moment. */
  async next(until: number): Promise<Arrived | undefined> {
    while (this.list.length === 0 && (await this.wait(until)));
    return this.list.shift();
  }

  /** Takes the first packet that is of a captured one's kind; waits for one until a moment. */
  async find(
    due: Arrived,
    handles: ReadonlyMap<number, number>,
    until: number,
  ): Promise<Arrived | undefined> {
    const key = kindKey(due, (handle) => handles.get(handle) ?? handle);
    for (;;) {
      const index = this.list.findIndex((one) => kindKey(one, (handle) => handle) === key);
      if (index >= 0) return this.list.splice(index, 1)[0];
      if (!(await this.wait(until))) return undefined;
    }
  }

  /** The first packet that nobody took. */
  first(): Arrived | undefined {
    return this.list[0];
  }

  /** All of them. */
  rest(): readonly Arrived[] {
    return this.list.filter(({ isReport, isCredit }) => !isReport && !isCredit);
  }

  /** Waits until the controller has a buffer for ACL data, and takes it; says whether it has. */
  async credit(graceMs: number): Promise<boolean> {
    const until = this.clock.now() + graceMs;
    while (this.taken >= this.buffers) if (!(await this.wait(until))) return false;
    this.taken++;
    return true;
  }

  /** Resolves after a time, or when the transport is gone. */
  async sleep(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    while (await this.wait(until));
  }

  private keep(arrived: Arrived): void {
    this.count(arrived);
    if (this.isSorting && (arrived.isCredit || arrived.isReport)) return;
    if (this.list.length >= LIMIT) {
      this.failure ??= new TransportError(`the controller sent ${LIMIT} packets that no capture explains`);
      return;
    }
    this.list.push(arrived);
  }

  /** Learns the controller's buffers, and when they are free. */
  private count({ type, bytes, isCredit }: Arrived): void {
    if (type !== PacketType.event) return;
    if (isCredit) {
      for (let i = 0; i < (bytes[2] ?? 0); i++) this.taken -= u16At(bytes, 5 + 4 * i) || 0;
      this.taken = Math.max(0, this.taken);
      return;
    }
    // Buffers of a link that is gone are free (4.1.1).
    if (bytes[0] === 0x05) this.taken = 0;
    const opcode = answeredOpcode(bytes);
    if (bytes[5] !== 0) return;
    if (opcode === READ_BUFFER_SIZE && bytes.length >= 11) {
      if (!Number.isFinite(this.buffers)) this.buffers = Math.max(1, u16At(bytes, 9));
    } else if (leReadBufferSizes.has(opcode) && bytes.length >= 9 && bytes[8]! > 0) this.buffers = bytes[8]!;
  }

  /** Waits for the next packet, until a moment; says whether there is time left. */
  private wait(until: number): Promise<boolean> {
    const left = until - this.clock.now();
    if (left <= 0 || this.failure) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = this.clock.setTimeout(() => {
        this.waiter = undefined;
        resolve(false);
      }, left);
      this.waiter = () => {
        this.waiter = undefined;
        this.clock.clearTimeout(timer);
        resolve(true);
      };
    });
  }

  private wake(): void {
    this.waiter?.();
  }
}

/** What makes two packets comparable: the answer to the same command, the same event, data of the same channel. */
function kindKey({ type, bytes }: Arrived, rename: (handle: number) => number): string {
  if (type === PacketType.acl && bytes.length >= 8) {
    return `acl ${rename(u16At(bytes, 0) & 0xfff)} ${u16At(bytes, 6)}`;
  }
  if (type !== PacketType.event) return `${type}`;
  const opcode = answeredOpcode(bytes);
  if (opcode !== undefined) return `answer ${opcode}`;
  // Which of its versions comes, the masks and the controller's age decide.
  if (isConnectionEvent(bytes)) return 'connection';
  return bytes[0] === LE_META ? `le ${bytes[2]}` : `event ${bytes[0]}`;
}
