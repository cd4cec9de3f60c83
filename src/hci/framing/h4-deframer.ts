import { PacketType } from '../packet-type.js';

/** Receives what an {@link H4Deframer} finds. */
export interface H4Sink {
  /** One packet without its indicator, at `bytes[start, end)`; a view that is valid during the call only. */
  packet(type: number, bytes: Uint8Array, start: number, end: number): void;
  /** Framing was lost at `bytes[start, end)`: what is there can be no packet. Told once until framing is found again. */
  lost(why: string, bytes: Uint8Array, start: number, end: number): void;
  /** Framing was found again after `dropped` octets. */
  found(dropped: number): void;
}

/** Limits for what {@link H4Deframer} takes as a possible length. */
export interface H4Limits {
  /** Largest ACL Data_Total_Length in octets. Controllers send 27 to 1021; more than this means that bytes were lost. */
  readonly maxAclLength: number;
}

const defaults: H4Limits = { maxAclLength: 4096 };

/** Octets of the header behind the indicator, by indicator; 0 where there is no such packet. */
const HEADER = new Uint8Array(256);
HEADER[PacketType.command] = 3;
HEADER[PacketType.acl] = 4;
HEADER[PacketType.sco] = 3;
HEADER[PacketType.event] = 2;
HEADER[PacketType.iso] = 4;

const IMPOSSIBLE = -1;

/** HCI_Reset as an H4 packet. */
const RESET: readonly number[] = [PacketType.command, 0x03, 0x0c, 0x00];

/**
 * Cuts a byte stream into HCI packets (Core Vol 4, Part A, 2). Takes any split of the stream. A packet that lies whole
 * in a chunk is passed on where it lies; one that does not is gathered in a buffer that is reused.
 *
 * H4 has no means to find its place again once a byte was lost. This deframer reports the loss, then looks for a run
 * of octets that reads as several whole packets; the owner does well to reset the controller.
 */
export class H4Deframer {
  /** Octets that belonged to no packet. */
  droppedOctets = 0;
  /** How often framing was lost. */
  losses = 0;
  private readonly sink: H4Sink;
  private readonly maxAclLength: number;
  private carry = new Uint8Array(1024);
  private carried = 0;
  private isLost = false;
  private droppedSinceLoss = 0;

  constructor(sink: H4Sink, limits: Partial<H4Limits> = {}) {
    this.sink = sink;
    this.maxAclLength = limits.maxAclLength ?? defaults.maxAclLength;
  }

  /** Forgets a packet half received. */
  reset(): void {
    this.carried = 0;
    this.isLost = false;
  }

  /** Takes the next octets of the stream; the chunk may be reused after the call. */
  push(chunk: Uint8Array): void {
    let at = 0;
    if (this.isLost) {
      at = this.resynchronise(chunk);
      if (this.isLost) return;
    } else if (this.carried > 0) {
      at = this.complete(chunk);
      if (this.carried > 0 || this.isLost) return;
    }
    const length = chunk.length;
    const sink = this.sink;
    while (at < length) {
      const type = chunk[at]!;
      const header = HEADER[type]!;
      if (header === 0) {
        this.lose(`${type} is no packet indicator`, chunk, at);
        return;
      }
      const body = at + 1 + header;
      if (body > length) break;
      const size = this.bodyLength(type, chunk, at);
      if (size === IMPOSSIBLE) {
        this.lose('impossible packet length', chunk, at);
        return;
      }
      const end = body + size;
      if (end > length) break;
      sink.packet(type, chunk, at + 1, end);
      at = end;
    }
    if (at < length) this.keep(chunk, at, length);
  }

  /** Length of the body of the packet at `at`, whose header is there. */
  private bodyLength(type: number, bytes: Uint8Array, at: number): number {
    if (type === PacketType.event) return bytes[at + 2]!;
    if (type === PacketType.acl) {
      const size = bytes[at + 3]! | (bytes[at + 4]! << 8);
      return size > this.maxAclLength ? IMPOSSIBLE : size;
    }
    if (type === PacketType.iso) {
      // The two upper bits are reserved for future use (Vol 4, Part E, 5.4.5).
      const size = bytes[at + 3]! | (bytes[at + 4]! << 8);
      return size > 0x3fff ? IMPOSSIBLE : size;
    }
    return bytes[at + 3]!;
  }

  private keep(chunk: Uint8Array, from: number, to: number): void {
    const count = to - from;
    this.room(this.carried + count);
    if (count < 16) for (let i = 0; i < count; i++) this.carry[this.carried + i] = chunk[from + i]!;
    else this.carry.set(chunk.subarray(from, to), this.carried);
    this.carried += count;
  }

  private room(size: number): void {
    if (size <= this.carry.length) return;
    const grown = new Uint8Array(Math.max(size, 2 * this.carry.length));
    grown.set(this.carry.subarray(0, this.carried));
    this.carry = grown;
  }

  /** Completes the carried packet from the chunk; gives the index behind what it took. */
  private complete(chunk: Uint8Array): number {
    const type = this.carry[0]!;
    const headerEnd = 1 + HEADER[type]!;
    let at = 0;
    if (this.carried < headerEnd) {
      const take = Math.min(headerEnd - this.carried, chunk.length);
      this.keep(chunk, 0, take);
      at = take;
      if (this.carried < headerEnd) return at;
    }
    const size = this.bodyLength(type, this.carry, 0);
    if (size === IMPOSSIBLE) {
      const start = this.carry.slice(0, this.carried);
      this.carried = 0;
      this.lose('impossible packet length', start, 0);
      return this.resynchronise(chunk.subarray(at)) + at;
    }
    const end = headerEnd + size;
    const take = Math.min(end - this.carried, chunk.length - at);
    this.keep(chunk, at, at + take);
    at += take;
    if (this.carried < end) return at;
    this.carried = 0;
    this.sink.packet(type, this.carry, 1, end);
    return at;
  }

  private lose(why: string, bytes: Uint8Array, at: number): void {
    this.isLost = true;
    this.losses++;
    this.droppedSinceLoss = 0;
    this.sink.lost(why, bytes, at, Math.min(bytes.length, at + 64));
    // What follows in the same chunk may already be sound.
    const next = this.findPackets(bytes, at + 1);
    this.drop((next < 0 ? bytes.length : next) - at);
    if (next >= 0) this.recover(bytes, next);
  }

  private resynchronise(chunk: Uint8Array): number {
    const next = this.findPackets(chunk, 0);
    this.drop(next < 0 ? chunk.length : next);
    if (next < 0) return chunk.length;
    this.isLost = false;
    this.sink.found(this.droppedSinceLoss);
    return next;
  }

  private recover(bytes: Uint8Array, at: number): void {
    this.isLost = false;
    this.sink.found(this.droppedSinceLoss);
    this.push(bytes.subarray(at));
  }

  private drop(count: number): void {
    this.droppedOctets += count;
    this.droppedSinceLoss += count;
  }

  /**
   * The first index from which whole packets that a controller may send fill the chunk to its end; -1 without. Of a host,
   * HCI_Reset alone is looked for: what a controller that lost its place waits for (Core Vol 4, Part A, 4).
   */
  private findPackets(bytes: Uint8Array, from: number): number {
    // Bounded: a chunk is walked from at most this many starts.
    const last = Math.min(bytes.length, from + 2048);
    for (let start = from; start < last; start++) {
      let at = start;
      let packets = 0;
      while (at < bytes.length && this.plausible(bytes, at)) {
        const end = at + 1 + HEADER[bytes[at]!]! + this.bodyLength(bytes[at]!, bytes, at);
        if (end > bytes.length) break;
        at = end;
        packets++;
      }
      // Whole packets to the end of the chunk, or so many in a row that chance is out of the question.
      if (packets >= 4 || (packets > 0 && at === bytes.length)) return start;
    }
    return -1;
  }

  private plausible(bytes: Uint8Array, at: number): boolean {
    const type = bytes[at]!;
    if (type === PacketType.command) return RESET.every((octet, i) => bytes[at + i] === octet);
    if (type !== PacketType.event && type !== PacketType.acl && type !== PacketType.iso) return false;
    if (at + 1 + HEADER[type]! > bytes.length || this.bodyLength(type, bytes, at) === IMPOSSIBLE)
      return false;
    if (type === PacketType.event) {
      // Every event has parameters, and the codes in use lie below 0x60 but for the vendor's.
      const code = bytes[at + 1]!;
      return code !== 0 && (code < 0x60 || code === 0xff) && bytes[at + 2]! > 0;
    }
    return bytes[at + 3]! !== 0 || bytes[at + 4]! !== 0;
  }
}
