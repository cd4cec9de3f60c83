import type { Clock, Timer } from '../../../core/clock.js';
import { hexCode } from '../../../core/hex.js';
import { PacketType, type PacketTypeCode } from '../../packet-type.js';

/** What an {@link EventFirst} needs. */
export interface EventFirstOptions {
  readonly clock: Clock;
  /** Takes the packets in the order in which a host can make sense of them. */
  readonly packet: (type: PacketTypeCode, bytes: Uint8Array, start: number, end: number) => void;
  /** Told of data that was dropped. */
  readonly report: (message: string, bytes?: Uint8Array) => void;
}

interface Held {
  readonly handle: number;
  /** When it is given up, or given out. */
  readonly until: number;
  readonly bytes: Uint8Array;
}

/** Milliseconds that data waits for the event that announces its connection. */
const ANNOUNCED_WITHIN = 100;
/** Milliseconds that data of a link whose encryption begins waits for the event that says so. */
const ENCRYPTED_WITHIN = 5;
/** Milliseconds that data of a connection may come after its end. */
const LATE_WITHIN = 100;
/** Milliseconds after which the start of an encryption counts as failed without an event. */
const ENCRYPTION_GIVEN_UP = 5000;
const HELD_PACKETS = 32;
const HELD_OCTETS = 16_384;
const LAST_HANDLE = 0x0eff;

/** What a handle is: nothing that is known of, or the kind of its data. */
const UNKNOWN = 0;
const ACL = PacketType.acl;
const ISO = PacketType.iso;

/**
 * Brings events and data into order. They come by different endpoints, which the host controller polls as it likes, so
 * that data may overtake the event that makes sense of it (Core Vol 4, Part B, 2.1 promises no order between them):
 *
 * - data of a handle that no event has announced waits for the connection's event, 32 packets and 100 ms at most;
 * - data of a link whose encryption is being started waits for Encryption Change, 5 ms at most: longer than an interrupt
 *   endpoint is polled, and shorter than the interval of 7.5 ms of which at least one lies between the last PDU in the clear
 *   and that event (Core Vol 6, Part B, 5.1.3.1), so that nothing which came in the clear passes as encrypted;
 * - data that comes within 100 ms after its Disconnection Complete is dropped: the handle may soon be another's.
 *
 * It also tells ACL from ISO data, which have the same endpoint, by the events that made the handles.
 */
export class EventFirst {
  private readonly options: EventFirstOptions;
  private readonly kinds = new Uint8Array(LAST_HANDLE + 1);
  private held: Held[] = [];
  private octets = 0;
  /** Whether it was told that there is no room; anew when there was some. */
  private overflowTold = false;
  private timer: Timer | undefined;
  /** When the encryption of a link was begun, by handle. */
  private readonly encrypting = new Map<number, number>();
  /** When a connection ended, by handle. */
  private readonly ended = new Map<number, { readonly at: number; told: boolean }>();
  /** Data packets that were dropped. */
  dropped = 0;

  constructor(options: EventFirstOptions) {
    this.options = options;
  }

  /** Whether a handle is one of ISO data. */
  isIso(handle: number): boolean {
    return this.kinds[handle] === ISO;
  }

  /** Data packets that wait. */
  get waiting(): number {
    return this.held.length;
  }

  /** Takes a command on its way to the controller, behind its indicator at `packet[1]`. */
  command(packet: Uint8Array): void {
    const opcode = packet[1]! | (packet[2]! << 8);
    // LE Enable Encryption, LE Long Term Key Request Reply
    if ((opcode === 0x2019 || opcode === 0x201a) && packet.length >= 6) {
      this.encrypting.set((packet[4]! | (packet[5]! << 8)) & 0x0fff, this.options.clock.now());
    }
  }

  /** Takes an event and passes it on, then the data that waited for it. */
  event(bytes: Uint8Array, start: number, end: number): void {
    const code = bytes[start];
    if (code === 0x3e) this.leEvent(bytes, start, end);
    else if (code === 0x13 || code === 0xff) this.pass(bytes, start, end);
    else this.otherEvent(code!, bytes, start, end);
  }

  /** Takes an ACL or ISO packet and passes it on, or keeps it. */
  data(bytes: Uint8Array, start: number, end: number): void {
    const handle = (bytes[start]! | (bytes[start + 1]! << 8)) & 0x0fff;
    const kind = this.kinds[handle] ?? UNKNOWN;
    if (kind === UNKNOWN) this.early(handle, bytes, start, end);
    else if (this.encrypting.size > 0 && this.awaitsEncryption(handle))
      this.hold(handle, ENCRYPTED_WITHIN, bytes, start, end);
    else this.options.packet(kind, bytes, start, end);
  }

  /** Forgets everything; what waits is dropped. */
  clear(): void {
    this.kinds.fill(UNKNOWN);
    this.encrypting.clear();
    this.ended.clear();
    this.held = [];
    this.octets = 0;
    this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private pass(bytes: Uint8Array, start: number, end: number): void {
    this.options.packet(PacketType.event, bytes, start, end);
  }

  private leEvent(bytes: Uint8Array, start: number, end: number): void {
    const subevent = bytes[start + 2];
    const succeeded = bytes[start + 3] === 0;
    switch (subevent) {
      // LE Connection Complete, LE Enhanced Connection Complete [v1] and [v2]
      case 0x01:
      case 0x0a:
      case 0x29:
        if (succeeded) this.announce(ACL, bytes, start, end, start + 4, 1);
        else this.pass(bytes, start, end);
        break;
      // LE CIS Established [v1] and [v2]
      case 0x19:
      case 0x2a:
        if (succeeded) this.announce(ISO, bytes, start, end, start + 4, 1);
        else this.pass(bytes, start, end);
        break;
      // LE Create BIG Complete
      case 0x1b:
        this.announce(ISO, bytes, start, end, start + 21, succeeded ? bytes[start + 20]! : 0);
        break;
      // LE BIG Sync Established
      case 0x1d:
        this.announce(ISO, bytes, start, end, start + 17, succeeded ? bytes[start + 16]! : 0);
        break;
      default:
        this.pass(bytes, start, end);
    }
  }

  private otherEvent(code: number, bytes: Uint8Array, start: number, end: number): void {
    const succeeded = bytes[start + 2] === 0;
    const handle = end - start >= 5 ? (bytes[start + 3]! | (bytes[start + 4]! << 8)) & 0x0fff : undefined;
    switch (code) {
      // Connection Complete: of a link of the type ACL
      case 0x03:
        if (succeeded && bytes[start + 11] === 1) this.announce(ACL, bytes, start, end, start + 3, 1);
        else this.pass(bytes, start, end);
        break;
      // Disconnection Complete: what came of the link comes first
      case 0x05:
        if (succeeded && handle !== undefined) this.end(handle);
        this.pass(bytes, start, end);
        break;
      // Encryption Change [v1] and [v2], Encryption Key Refresh Complete
      case 0x08:
      case 0x59:
      case 0x30:
        this.pass(bytes, start, end);
        if (handle !== undefined && this.encrypting.delete(handle)) this.giveOut(handle);
        break;
      // Command Complete: of HCI_Reset
      case 0x0e:
        if (bytes[start + 3] === 0x03 && bytes[start + 4] === 0x0c && bytes[start + 5] === 0) this.clear();
        this.pass(bytes, start, end);
        break;
      // Command Status: of LE Enable Encryption, which the controller refuses
      case 0x0f:
        this.pass(bytes, start, end);
        if (!succeeded && bytes[start + 4] === 0x19 && bytes[start + 5] === 0x20) this.noEncryption();
        break;
      default:
        this.pass(bytes, start, end);
    }
  }

  /** Passes on an event that makes `count` handles, which lie at `bytes[at]`, and then the data that waited for them. */
  private announce(
    kind: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    at: number,
    count: number,
  ): void {
    const handles: number[] = [];
    for (let i = 0; i < count && at + 2 * i + 2 <= end; i++) {
      const handle = (bytes[at + 2 * i]! | (bytes[at + 2 * i + 1]! << 8)) & 0x0fff;
      if (handle > LAST_HANDLE) continue;
      this.kinds[handle] = kind;
      this.ended.delete(handle);
      this.encrypting.delete(handle);
      handles.push(handle);
    }
    this.pass(bytes, start, end);
    for (const handle of handles) this.giveOut(handle);
  }

  private end(handle: number): void {
    this.giveOut(handle);
    this.encrypting.delete(handle);
    if (this.kinds[handle] === undefined || this.kinds[handle] === UNKNOWN) return;
    this.kinds[handle] = UNKNOWN;
    const now = this.options.clock.now();
    for (const [old, { at }] of this.ended) if (now - at > LATE_WITHIN) this.ended.delete(old);
    this.ended.set(handle, { at: now, told: false });
  }

  private noEncryption(): void {
    const handles = [...this.encrypting.keys()];
    this.encrypting.clear();
    for (const handle of handles) this.giveOut(handle);
  }

  private awaitsEncryption(handle: number): boolean {
    const since = this.encrypting.get(handle);
    if (since === undefined) return false;
    if (this.options.clock.now() - since < ENCRYPTION_GIVEN_UP) return true;
    this.encrypting.delete(handle);
    this.giveOut(handle);
    return false;
  }

  /** Data of a handle that is not known: too early, or too late. */
  private early(handle: number, bytes: Uint8Array, start: number, end: number): void {
    const ended = this.ended.get(handle);
    if (ended && this.options.clock.now() - ended.at <= LATE_WITHIN) {
      this.dropped++;
      if (ended.told) return;
      ended.told = true;
      this.options.report(
        `data of connection ${hexCode(handle, 4)} came after its Disconnection Complete and was dropped`,
        bytes.slice(start, Math.min(end, start + 64)),
      );
      return;
    }
    this.hold(handle, ANNOUNCED_WITHIN, bytes, start, end);
  }

  private hold(handle: number, within: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.held.length >= HELD_PACKETS || this.octets + end - start > HELD_OCTETS) {
      this.dropped++;
      if (this.overflowTold) return;
      this.overflowTold = true;
      this.options.report(
        `more data of connections that no event has announced than can be kept: a packet of handle ${hexCode(handle, 4)} was dropped`,
      );
      return;
    }
    this.held.push({ handle, until: this.options.clock.now() + within, bytes: bytes.slice(start, end) });
    this.octets += end - start;
    this.arm();
  }

  /** Passes on what waits of a handle, in its order. */
  private giveOut(handle: number): void {
    if (this.held.length === 0) return;
    const kind = this.kinds[handle] ?? UNKNOWN;
    if (kind === UNKNOWN) return;
    const given = this.held.filter((one) => one.handle === handle);
    if (given.length === 0) return;
    this.keep(this.held.filter((one) => one.handle !== handle));
    for (const { bytes } of given) this.options.packet(kind, bytes, 0, bytes.length);
  }

  private keep(held: Held[]): void {
    this.held = held;
    this.octets = held.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.arm();
  }

  private arm(): void {
    const { clock } = this.options;
    clock.clearTimeout(this.timer);
    this.timer = undefined;
    if (this.held.length === 0) {
      this.overflowTold = false;
      return;
    }
    const next = Math.min(...this.held.map(({ until }) => until));
    this.timer = clock.setTimeout(() => this.expire(), next - clock.now());
  }

  /** What has waited long enough: data of a known link goes on, other data is dropped. */
  private expire(): void {
    this.timer = undefined;
    const now = this.options.clock.now();
    const due = this.held.filter(({ until }) => until <= now);
    this.keep(this.held.filter(({ until }) => until > now));
    const lost = new Map<number, number>();
    for (const { handle, bytes } of due) {
      const kind = this.kinds[handle] ?? UNKNOWN;
      if (kind !== UNKNOWN) this.options.packet(kind, bytes, 0, bytes.length);
      else lost.set(handle, (lost.get(handle) ?? 0) + 1);
    }
    for (const [handle, count] of lost) {
      this.dropped += count;
      this.options.report(
        `${count} data ${count === 1 ? 'packet' : 'packets'} of handle ${hexCode(handle, 4)} dropped: no event announced such a connection within ${ANNOUNCED_WITHIN} ms`,
      );
    }
  }
}
