import { fromHex, toHex } from './hex.js';

/** 00000000-0000-1000-8000-00805F9B34FB in wire order: Core Vol 3, Part B, 2.5.1. */
const BASE = new Uint8Array([0xfb, 0x34, 0x9b, 0x5f, 0x80, 0, 0, 0x80, 0, 0x10, 0, 0, 0, 0, 0, 0]);

const assigned = new Map<number, Uuid>();

/** What the API takes for a UUID: a 16- or 32-bit number, text, octets in wire order, or a {@link Uuid}. */
export type UuidLike = Uuid | number | string | Uint8Array;

/**
 * A UUID. Those on the Bluetooth base have a short form and are equal to it, however they were given
 * (Core Vol 3, Part B, 2.5.1). Immutable; 16-bit ones are shared objects.
 */
export class Uuid {
  /** The 16- or 32-bit value of a UUID on the Bluetooth base, else `undefined`. */
  readonly short: number | undefined;
  /** All 16 octets in wire order, least significant first. Not to be changed. */
  readonly wire128: Uint8Array;
  private text: string | undefined;

  private constructor(short: number | undefined, wire128: Uint8Array) {
    this.short = short;
    this.wire128 = wire128;
  }

  /**
   * @param value a number up to 0xFFFFFFFF; text of 4, 8 or 32 hexadecimal digits, with or without hyphens;
   *   2, 4 or 16 octets, least significant first; or a `Uuid`, which is given back
   * @throws {RangeError} on anything else
   */
  static from(value: UuidLike): Uuid {
    if (value instanceof Uuid) return value;
    if (typeof value === 'number') return Uuid.fromShort(value);
    if (typeof value === 'string') return Uuid.parse(value);
    if (value instanceof Uint8Array) return Uuid.fromWire(value);
    throw new RangeError(`${value} is no UUID: a number, text or octets are wanted`);
  }

  private static fromShort(short: number): Uuid {
    if (!Number.isInteger(short) || short < 0 || short > 0xffffffff) {
      throw new RangeError(`${short} is no 16- or 32-bit UUID`);
    }
    let uuid = assigned.get(short);
    if (!uuid) {
      const wire = BASE.slice();
      for (let i = 0; i < 4; i++) wire[12 + i] = (short >>> (8 * i)) & 0xff;
      uuid = new Uuid(short, wire);
      // Only 16-bit ones are kept: a peer could make up any number of the others.
      if (short <= 0xffff) assigned.set(short, uuid);
    }
    return uuid;
  }

  private static parse(text: string): Uuid {
    const plain = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.replaceAll('-', '') : text;
    if (!/^([0-9a-f]{4}|[0-9a-f]{8}|[0-9a-f]{32})$/i.test(plain)) {
      throw new RangeError(
        `${JSON.stringify(text)} is no UUID: 180d, 0000180d or 0000180d-0000-1000-8000-00805f9b34fb is the form wanted`,
      );
    }
    return Uuid.fromWire(fromHex(plain).reverse());
  }

  /** From 2, 4 or 16 octets at `bytes[start, end)`, least significant first; they are copied. */
  static fromWire(bytes: Uint8Array, start = 0, end: number = bytes.length): Uuid {
    const length = end - start;
    if (length === 2) return Uuid.fromShort(bytes[start]! | (bytes[start + 1]! << 8));
    if (length === 4) return Uuid.fromShort(littleEndian32(bytes, start));
    if (length !== 16) throw new RangeError(`a UUID has 2, 4 or 16 octets, not ${length}`);
    for (let i = 0; i < 12; i++) {
      if (bytes[start + i] !== BASE[i]) {
        return new Uuid(undefined, Uint8Array.prototype.slice.call(bytes, start, end));
      }
    }
    return Uuid.fromShort(littleEndian32(bytes, start + 12));
  }

  /** Whether it has a 16-bit form. */
  get is16(): boolean {
    return this.short !== undefined && this.short <= 0xffff;
  }

  /** In ATT a UUID travels as 2 or 16 octets, never 4 (Core Vol 3, Part F, 3.2.1). */
  get attWire(): Uint8Array {
    return this.is16 ? this.wire128.subarray(12, 14) : this.wire128;
  }

  equals(other: UuidLike): boolean {
    const that = Uuid.from(other);
    if (this.short !== undefined || that.short !== undefined) return this.short === that.short;
    for (let i = 0; i < 16; i++) if (this.wire128[i] !== that.wire128[i]) return false;
    return true;
  }

  /** All 128 bits in lower case: `0000180d-0000-1000-8000-00805f9b34fb`. Serves as a key for maps. */
  toString(): string {
    if (this.text === undefined) {
      const hex = toHex(this.wire128.slice().reverse());
      this.text = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    }
    return this.text;
  }

  /** The shortest form: `180d`, `12345678`, or all of it. */
  toShortString(): string {
    if (this.short === undefined) return this.toString();
    return this.short.toString(16).padStart(this.short <= 0xffff ? 4 : 8, '0');
  }

  toJSON(): string {
    return this.toShortString();
  }
}

function littleEndian32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) + bytes[at + 3]! * 0x1000000;
}
