import type { Clock } from '../../../core/clock.js';

/** What a {@link PacketJoiner} is made for. */
export interface PacketJoinerOptions {
  readonly clock: Clock;
  /** Octets up to and with the length: 2 of an event, 4 of ACL and ISO data. */
  readonly header: number;
  /** The octets that follow the header, which lies at `bytes[at]`; -1 when no packet begins like that. */
  readonly lengthOf: (bytes: Uint8Array, at: number) => number;
  /** One whole packet: a view valid during the call. */
  readonly packet: (bytes: Uint8Array, start: number, end: number) => void;
  /** Octets that can be no packet, or a packet whose rest never came: a copy of the first ones. */
  readonly lost: (message: string, bytes: Uint8Array) => void;
}

/** Milliseconds after which the rest of a packet is not waited for any more. */
const STALE = 1000;
const SHOWN = 64;

/**
 * Puts HCI packets together from USB transfers. A packet may take several transfers, and several packets may come in one:
 * only the lengths in the packets count (Core Vol 4, Part B, 2.1). A packet that lies in one transfer is passed on
 * where it is.
 */
export class PacketJoiner {
  private readonly options: PacketJoinerOptions;
  private buffer = new Uint8Array(512);
  /** Octets of a packet that has begun. */
  private have = 0;
  /** Length of that packet; 0 while its header is not complete. */
  private need = 0;
  private touched = 0;

  constructor(options: PacketJoinerOptions) {
    this.options = options;
  }

  /** Whether a packet has begun and is not complete. */
  get inside(): boolean {
    return this.have > 0;
  }

  /** Takes the octets of one transfer, which may be none. */
  push(bytes: Uint8Array, length: number): void {
    if (length === 0) return;
    const { header, lengthOf, packet } = this.options;
    const now = this.options.clock.now();
    if (this.have > 0 && now - this.touched > STALE) {
      this.drop(`the rest of a packet did not come within ${STALE} ms`);
    }
    this.touched = now;
    let at = this.have > 0 ? this.complete(bytes, length) : 0;
    while (at < length) {
      const left = length - at;
      if (left < header) {
        this.keep(bytes, at, length, 0);
        return;
      }
      const rest = lengthOf(bytes, at);
      if (rest < 0) {
        this.options.lost('what came is no HCI packet', bytes.slice(at, Math.min(length, at + SHOWN)));
        return;
      }
      if (left < header + rest) {
        this.keep(bytes, at, length, header + rest);
        return;
      }
      packet(bytes, at, at + header + rest);
      at += header + rest;
    }
  }

  /** Gives up the packet that has begun, if there is one, and tells of it. */
  drop(why: string): void {
    if (this.have === 0) return;
    const bytes = this.buffer.slice(0, Math.min(this.have, SHOWN));
    this.have = 0;
    this.need = 0;
    this.options.lost(why, bytes);
  }

  /** Adds to the packet that has begun; gives how far that went. */
  private complete(bytes: Uint8Array, length: number): number {
    const { header, lengthOf } = this.options;
    let at = 0;
    while (this.have < header && at < length) this.buffer[this.have++] = bytes[at++]!;
    if (this.have < header) return at;
    if (this.need === 0) {
      const rest = lengthOf(this.buffer, 0);
      if (rest < 0) {
        this.drop('what came is no HCI packet');
        return length;
      }
      this.need = header + rest;
      this.makeRoom(this.need);
    }
    const end = Math.min(length, at + this.need - this.have);
    this.buffer.set(bytes.subarray(at, end), this.have);
    this.have += end - at;
    if (this.have === this.need) {
      const whole = this.need;
      this.have = 0;
      this.need = 0;
      this.options.packet(this.buffer, 0, whole);
    }
    return end;
  }

  private keep(bytes: Uint8Array, start: number, end: number, need: number): void {
    this.makeRoom(Math.max(need, end - start));
    this.buffer.set(bytes.subarray(start, end), 0);
    this.have = end - start;
    this.need = need;
  }

  private makeRoom(length: number): void {
    if (this.buffer.length >= length) return;
    const larger = new Uint8Array(Math.max(length, 2 * this.buffer.length));
    larger.set(this.buffer.subarray(0, this.have));
    this.buffer = larger;
  }
}
