import type { ByteReader, ByteWriter } from '../../core/bytes.js';
import { checkObject, inMember, type Layout } from './layout.js';

/** A member of a value that begins with flags: whether it is there, or what it is, is in them. */
export interface Part<T> {
  /** The bits of the flags that are its own. */
  readonly mask: number;
  /** These bits for a value. */
  flags(value: T): number;
  read(reader: ByteReader, flags: number): T;
  /** @param flags all of them */
  write(writer: ByteWriter, value: T, flags: number): void;
}

/** The members of such a value, in the order in which they travel. */
export type Parts<T> = { readonly [K in keyof T]-?: Part<T[K]> };

/**
 * A value that begins with flags. Octets behind the last member are an error, unless flags are set that this version
 * does not know: those are a later version's members.
 */
export function flagged<T extends object>(flagsField: Layout<number>, parts: Parts<T>): Layout<T> {
  const names = Object.keys(parts) as (keyof T & string)[];
  const known = names.reduce((mask, name) => mask | parts[name].mask, 0);
  return {
    read(reader) {
      const flags = inMember('flags', () => flagsField.read(reader));
      const value: Partial<T> = {};
      for (const name of names) {
        const member = inMember(name, () => parts[name].read(reader, flags));
        if (member !== undefined) value[name] = member;
      }
      if ((flags & ~known) !== 0) reader.rest();
      return value as T;
    },
    write(writer, value) {
      checkObject(value, names);
      let flags = 0;
      for (const name of names) flags |= inMember(name, () => parts[name].flags(value[name]));
      flagsField.write(writer, flags);
      for (const name of names) inMember(name, () => parts[name].write(writer, value[name], flags));
    },
  };
}

/** A member that is always there. */
export function always<T>(layout: Layout<T>): Part<T> {
  return {
    mask: 0,
    flags: () => 0,
    read: (reader) => layout.read(reader),
    write: (writer, value) => layout.write(writer, value),
  };
}

/** A member that is there when a bit is set. */
export function optional<T>(bit: number, layout: Layout<T>): Part<T | undefined> {
  const mask = 1 << bit;
  return {
    mask,
    flags: (value) => (value === undefined ? 0 : mask),
    read: (reader, flags) => ((flags & mask) === 0 ? undefined : layout.read(reader)),
    write(writer, value) {
      if (value !== undefined) layout.write(writer, value);
    },
  };
}

/** A bit by itself. */
export function flag(bit: number): Part<boolean> {
  const mask = 1 << bit;
  return {
    mask,
    flags: (value) => (checkBoolean(value) ? mask : 0),
    read: (_reader, flags) => (flags & mask) !== 0,
    write: () => {},
  };
}

/** A bit that says something while another one says that it does. */
export function supportedFlag(supported: number, bit: number): Part<boolean | undefined> {
  const [need, mask] = [1 << supported, 1 << bit];
  return {
    mask: need | mask,
    flags: (value) => (value === undefined ? 0 : need | (checkBoolean(value) ? mask : 0)),
    read: (_reader, flags) => ((flags & need) === 0 ? undefined : (flags & mask) !== 0),
    write: () => {},
  };
}

/** A bit that chooses one of two words. */
export function choice<A extends string, B extends string>(bit: number, zero: A, one: B): Part<A | B> {
  const mask = 1 << bit;
  return {
    mask,
    flags(value) {
      if (value !== zero && value !== one)
        throw new RangeError(`${JSON.stringify(value)} is not permitted; ${zero} or ${one} is`);
      return value === one ? mask : 0;
    },
    read: (_reader, flags) => ((flags & mask) === 0 ? zero : one),
    write: () => {},
  };
}

/** A layout that a bit chooses, which belongs to another member: the unit, for example. */
export interface ByFlag<T> {
  readonly bit: number;
  readonly zero: Layout<T>;
  readonly one: Layout<T>;
}

/** A member whose layout depends on a bit of another one. */
export function byFlag<T>({ bit, zero, one }: ByFlag<T>): Part<T> {
  const of = (flags: number) => (((flags >>> bit) & 1) === 0 ? zero : one);
  return {
    mask: 0,
    flags: () => 0,
    read: (reader, flags) => of(flags).read(reader),
    write: (writer, value, flags) => of(flags).write(writer, value),
  };
}

/** As {@link byFlag}, there when `presence` is set. */
export function optionalByFlag<T>(presence: number, choose: ByFlag<T>): Part<T | undefined> {
  const mask = 1 << presence;
  const part = byFlag(choose);
  return {
    mask,
    flags: (value) => (value === undefined ? 0 : mask),
    read: (reader, flags) => ((flags & mask) === 0 ? undefined : part.read(reader, flags)),
    write(writer, value, flags) {
      if (value !== undefined) part.write(writer, value, flags);
    },
  };
}

function checkBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError('true or false is wanted');
  return value;
}
