import { u16At } from '../core/bytes.js';

/** A range of octets, and what the places of fields in it count from. */
export class Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The octet that offsets count from: the first one of the packet, or of what was put together from several. */
  readonly origin: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length, origin = 0) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.origin = origin;
  }

  get size(): number {
    return this.end - this.start;
  }

  /** Where it is, as a field says it. */
  get place(): { readonly offset: number; readonly length: number } {
    return { offset: this.start - this.origin, length: this.size };
  }

  /** A view of the octets. */
  get octets(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** The octet at `at` from its start; `undefined` behind its end. */
  octet(at: number): number | undefined {
    return at < this.size ? this.bytes[this.start + at] : undefined;
  }

  /** The 16-bit integer at `at` from its start, which must be there. */
  u16(at: number): number {
    return u16At(this.bytes, this.start + at);
  }

  /** A part of it, by octets from its start. */
  part(from: number, to: number = this.size): Span {
    return new Span(this.bytes, this.start + from, this.start + to, this.origin);
  }
}
