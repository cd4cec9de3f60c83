import type { ByteReader, ByteWriter } from '../../core/bytes.js';
import { checkKeys } from '../../core/check.js';
import { MalformedPacketError } from '../../core/errors.js';

/** How a value lies in octets. Integers travel least significant octet first (GATT Specification Supplement). */
export interface Layout<T> {
  read(reader: ByteReader): T;
  /** @throws {RangeError | TypeError} on a value that does not fit */
  write(writer: ByteWriter, value: T): void;
}

/** The layouts of an object's members, in the order in which they travel. */
export type Members<T> = { readonly [K in keyof T]-?: Layout<T[K]> };

/** Does `work`, and says in which member it failed. */
export function inMember<R>(member: string, work: () => R): R {
  try {
    return work();
  } catch (error) {
    if (error instanceof MalformedPacketError)
      throw new MalformedPacketError(`${member}: ${error.message}`, error.offset);
    if (error instanceof TypeError) throw new TypeError(`${member}: ${error.message}`);
    if (error instanceof RangeError) throw new RangeError(`${member}: ${error.message}`);
    throw error;
  }
}

/** An object, and no other members than those that it may have. */
export function checkObject(value: unknown, members: readonly string[]): asserts value is object {
  if (typeof value !== 'object' || value === null) throw new TypeError('an object is wanted');
  checkKeys('value', value, members);
}

/** Members one after another. */
export function record<T extends object>(members: Members<T>): Layout<T> {
  const names = Object.keys(members) as (keyof T & string)[];
  return {
    read(reader) {
      const value: Partial<T> = {};
      for (const name of names) value[name] = inMember(name, () => members[name].read(reader));
      return value as T;
    },
    write(writer, value) {
      checkObject(value, names);
      for (const name of names) inMember(name, () => members[name].write(writer, value[name]));
    },
  };
}

/** Where a number in steps may lie. */
export interface Scale {
  /** How many steps make one of the unit: 100 where a step is 0.01. */
  readonly per: number;
  /** The bounds in the unit; those of the integer without. */
  readonly low?: number;
  readonly high?: number;
}

/** A number that travels as an integer of steps; it is rounded to the next of them. */
export function scaled(integer: Layout<number>, { per, low, high }: Scale): Layout<number> {
  return {
    read(reader) {
      // Dividing is exact where multiplying by 0.01 is not.
      const value = integer.read(reader) / per;
      if (outside(value, low, high)) throw new MalformedPacketError(outOf(value, low, high));
      return value;
    },
    write(writer, value) {
      if (typeof value !== 'number' || Number.isNaN(value)) throw new TypeError('a number is wanted');
      if (outside(value, low, high)) throw new RangeError(outOf(value, low, high));
      integer.write(writer, Math.round(value * per));
    },
  };
}

/** An integer between bounds. */
export function bounded(integer: Layout<number>, low: number, high: number): Layout<number> {
  return {
    read(reader) {
      const value = integer.read(reader);
      if (outside(value, low, high)) throw new MalformedPacketError(outOf(value, low, high));
      return value;
    },
    write(writer, value) {
      if (outside(value, low, high)) throw new RangeError(outOf(value, low, high));
      integer.write(writer, value);
    },
  };
}

function outside(value: number, low = -Infinity, high = Infinity): boolean {
  return !(value >= low && value <= high);
}

function outOf(value: number, low = -Infinity, high = Infinity): string {
  return `${value} is not permitted; ${low} to ${high} is`;
}

/** A number, or `undefined` for the integer that says that it is not known. */
export function orUnknown(
  integer: Layout<number>,
  unknown: number,
  known: (integer: Layout<number>) => Layout<number>,
): Layout<number | undefined> {
  let last = 0;
  // The scale reads the integer that was looked at, and writes through a check that it is not the one set aside.
  const layout = known({
    read: () => last,
    write(writer, value) {
      if (value === unknown) throw new RangeError(`${value} steps stand for a value that is not known`);
      integer.write(writer, value);
    },
  });
  return {
    read(reader) {
      last = integer.read(reader);
      return last === unknown ? undefined : layout.read(reader);
    },
    write(writer, value) {
      if (value === undefined) integer.write(writer, unknown);
      else layout.write(writer, value);
    },
  };
}

/** Bits with names, by their numbers; bits without a name are passed over, and sent as 0. */
export function bits<T extends { readonly [K in keyof T]: boolean }>(
  integer: Layout<number>,
  names: { readonly [K in keyof T]: number },
): Layout<T> {
  const keys = Object.keys(names) as (keyof T & string)[];
  return {
    read(reader) {
      const word = integer.read(reader);
      return Object.fromEntries(keys.map((key) => [key, ((word >>> names[key]) & 1) === 1])) as T;
    },
    write(writer, value) {
      checkObject(value, keys);
      let word = 0;
      for (const key of keys) if (value[key]) word += 2 ** names[key];
      integer.write(writer, word);
    },
  };
}

/** Text in UTF-8, to the end of the value (GATT Specification Supplement, utf8s). */
export const text: Layout<string> = {
  read(reader) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(reader.rest());
    } catch {
      throw new MalformedPacketError('the octets are no UTF-8');
    }
  },
  write(writer, value) {
    if (typeof value !== 'string') throw new TypeError('a text is wanted');
    const octets = new TextEncoder().encode(value);
    if (octets.length > 512)
      throw new RangeError(`the text has ${octets.length} octets; a value has 512 at most`);
    writer.bytes(octets);
  },
};

/** Items to the end of the value, one at least. */
export function listOf<T>(item: Layout<T>): Layout<readonly T[]> {
  return {
    read(reader) {
      const items: T[] = [];
      do items.push(item.read(reader));
      while (reader.remaining > 0);
      return items;
    },
    write(writer, value) {
      if (!Array.isArray(value) || value.length === 0)
        throw new TypeError('an array of one item or more is wanted');
      for (const [i, one] of value.entries()) inMember(String(i), () => item.write(writer, one));
    },
  };
}
