import { BdAddr } from '../core/address.js';
import { Uuid } from '../core/uuid.js';
import { asValueError, texts, ValueError } from './errors.js';

/** What the API takes as the value of a characteristic: octets, text (as UTF-8), or a whole number up to 32 bits. */
export type ValueLike = Uint8Array | string | number;

/** What the API takes as an address: 6 octets, most significant first, or text: `112233eeddff`, `11:22:33:ee:dd:ff`. */
export type MacLike = Uint8Array | string;

/** What the API takes as a UUID: a 16- or 32-bit number, or 16 octets, least significant first. */
export type UuidValue = number | Uint8Array | string;

const encoder = new TextEncoder();

/** Text as UTF-8, octets as they are (a copy). */
export function toBytes(value: Uint8Array | string): Uint8Array {
  if (typeof value === 'string') return encoder.encode(value);
  if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value);
  throw new ValueError(texts.invalidArguments);
}

/**
 * The octets of a value. A number takes 1, 2 or 4 of them, in the order given: the firmware is not of one mind here, and
 * clients in the field rely on it.
 */
export function valueBytes(value: ValueLike, order: 'little' | 'big'): Uint8Array {
  if (typeof value !== 'number') return toBytes(value);
  if (!Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff) {
    throw new ValueError(texts.invalidArguments);
  }
  // A negative number is the two's complement of 32 bits, as the chip truncates it.
  const bits = value >>> 0;
  const size = bits > 0xffff ? 4 : bits > 0xff ? 2 : 1;
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[order === 'little' ? i : size - 1 - i] = (bits >>> (8 * i)) & 0xff;
  return bytes;
}

/**
 * A UUID as the API takes it. Text counts by its octets, so that Python's `b'1234567890123456'` can be written as it is.
 * @throws {ValueError} `invalid argument(s) value`
 */
export function toUuid(value: unknown): Uuid {
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
      throw new ValueError(texts.invalidArguments);
    return Uuid.from(value);
  }
  const bytes = typeof value === 'string' ? encoder.encode(value) : value;
  if (!(bytes instanceof Uint8Array) || bytes.length !== 16) throw new ValueError(texts.invalidArguments);
  return Uuid.from(bytes);
}

/** A UUID as the API gives it: a number for 16 and 32 bits, else 16 octets, least significant first. */
export function fromUuid(uuid: Uuid): number | Uint8Array {
  return uuid.short ?? uuid.wire128.slice();
}

/** An address as the API takes it. @throws {ValueError} when it is none */
export function toBdAddr(mac: unknown): BdAddr {
  return asValueError(() => {
    if (typeof mac === 'string') return BdAddr.parse(mac);
    if (mac instanceof Uint8Array) return BdAddr.fromBytes(mac);
    throw new TypeError(
      `${String(mac)} is no Bluetooth address: 6 octets or text as 11:22:33:ee:dd:ff is wanted`,
    );
  });
}

/** A whole number in a range. @throws {ValueError} `invalid argument(s) value`, or the text given */
export function checkWhole(
  value: unknown,
  low: number,
  high: number,
  text: string = texts.invalidArguments,
): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high)
    throw new ValueError(text);
  return value;
}
