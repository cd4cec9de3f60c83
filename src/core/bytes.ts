import { MalformedPacketError } from './errors.js';

const EMPTY = new Uint8Array(0);

/** Octets from which longer copies are cut: for each an allocation of its own would cost five times as much. */
let slab = new Uint8Array(0);
let slabUsed = 0;
const SLAB_SIZE = 16_384;
/** Up to here the engine keeps an array's octets with the array itself. */
const SMALL = 64;

/**
 * A copy of `bytes[start, end)`, the caller's own. As with a Node `Buffer`, its `buffer` may be larger than it: whoever makes a
 * `DataView` of it gives `byteOffset` and `byteLength` too.
 */
export function copyOctets(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const size = end - start;
  if (size <= SMALL) {
    const copy = new Uint8Array(size);
    for (let i = 0; i < size; i++) copy[i] = bytes[start + i]!;
    return copy;
  }
  if (slabUsed + size > slab.length) {
    if (size > SLAB_SIZE >> 2) return Uint8Array.prototype.slice.call(bytes, start, end);
    slab = new Uint8Array(SLAB_SIZE);
    slabUsed = 0;
  }
  slab.set(bytes.subarray(start, end), slabUsed);
  const copy = new Uint8Array(slab.buffer, slabUsed, size);
  slabUsed += size;
  return copy;
}

/** The 16-bit integer whose octets, least significant first, stand at `at`. */
export function u16At(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

/** Reads little-endian fields from a range of octets; one object is reused for many packets. */
export class ByteReader {
  bytes: Uint8Array = EMPTY;
  /** Index of the next octet. */
  offset = 0;
  /** Index after the last octet of the range. */
  end = 0;
  private start = 0;

  constructor(bytes?: Uint8Array) {
    if (bytes) this.reset(bytes);
  }

  /** Points the reader at `bytes[start, end)`. */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    this.bytes = bytes;
    this.offset = start;
    this.start = start;
    this.end = end;
    return this;
  }

  /** Octets not read yet. */
  get remaining(): number {
    return this.end - this.offset;
  }

  private take(count: number): number {
    const at = this.offset;
    if (count > this.end - at) {
      throw new MalformedPacketError(
        `packet too short: ${count} octets wanted at offset ${at - this.start}, ${this.end - at} left`,
        at - this.start,
      );
    }
    this.offset = at + count;
    return at;
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }

  i8(): number {
    return (this.bytes[this.take(1)]! << 24) >> 24;
  }

  u16(): number {
    const at = this.take(2);
    return this.bytes[at]! | (this.bytes[at + 1]! << 8);
  }

  i16(): number {
    return (this.u16() << 16) >> 16;
  }

  u24(): number {
    const at = this.take(3);
    return this.bytes[at]! | (this.bytes[at + 1]! << 8) | (this.bytes[at + 2]! << 16);
  }

  u32(): number {
    const at = this.take(4);
    return (
      (this.bytes[at]! | (this.bytes[at + 1]! << 8) | (this.bytes[at + 2]! << 16)) +
      this.bytes[at + 3]! * 0x1000000
    );
  }

  u64(): bigint {
    const low = this.u32();
    return BigInt(low) | (BigInt(this.u32()) << 32n);
  }

  /** A view of the next `count` octets: whoever keeps it copies it. */
  view(count: number): Uint8Array {
    const at = this.take(count);
    return this.bytes.subarray(at, at + count);
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.view(this.end - this.offset);
  }
}

/** Writes little-endian fields into a buffer that grows. Values that do not fit throw `RangeError`; nothing is truncated. */
export class ByteWriter {
  private buffer: Uint8Array;
  private length = 0;

  constructor(capacity = 64) {
    this.buffer = new Uint8Array(capacity);
  }

  /** Octets written so far. */
  get size(): number {
    return this.length;
  }

  private room(count: number): number {
    const at = this.length;
    const need = at + count;
    if (need > this.buffer.length) {
      const grown = new Uint8Array(Math.max(need, this.buffer.length * 2));
      grown.set(this.buffer);
      this.buffer = grown;
    }
    this.length = need;
    return at;
  }

  private integer(value: number, count: number, low: number, high: number): void {
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new RangeError(`${value} does not fit: an integer from ${low} to ${high} is wanted`);
    }
    const at = this.room(count);
    let rest = value < 0 ? value + 2 ** (8 * count) : value;
    for (let i = 0; i < count; i++) {
      this.buffer[at + i] = rest & 0xff;
      rest = Math.floor(rest / 256);
    }
  }

  u8(value: number): this {
    this.integer(value, 1, 0, 0xff);
    return this;
  }

  i8(value: number): this {
    this.integer(value, 1, -0x80, 0x7f);
    return this;
  }

  u16(value: number): this {
    this.integer(value, 2, 0, 0xffff);
    return this;
  }

  i16(value: number): this {
    this.integer(value, 2, -0x8000, 0x7fff);
    return this;
  }

  u24(value: number): this {
    this.integer(value, 3, 0, 0xffffff);
    return this;
  }

  u32(value: number): this {
    this.integer(value, 4, 0, 0xffffffff);
    return this;
  }

  u64(value: bigint): this {
    if (value < 0n || value > 0xffffffffffffffffn) {
      throw new RangeError(`${value} does not fit in 64 bits`);
    }
    return this.u32(Number(value & 0xffffffffn)).u32(Number(value >> 32n));
  }

  /** Copies the octets in. */
  bytes(value: Uint8Array): this {
    const at = this.room(value.length);
    this.buffer.set(value, at);
    return this;
  }

  /** `count` zero octets. */
  zeros(count: number): this {
    const at = this.room(count);
    this.buffer.fill(0, at, at + count);
    return this;
  }

  /** The octets written, as a copy of their own. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  /** Empties the writer for the next packet. */
  clear(): this {
    this.length = 0;
    return this;
  }
}
