import { BdAddr } from './address.js';
import type { ByteReader, ByteWriter } from './bytes.js';
import type { Field } from './codec-field.js';
import { MalformedPacketError } from './errors.js';
import type { Meaning } from './meaning.js';

function scalar<T>(
  kind: string,
  size: number | undefined,
  read: (reader: ByteReader) => T,
  write: (writer: ByteWriter, value: T) => void,
): Field<T> {
  return { kind, size, read, write };
}

/** Unsigned 8-bit integer. */
export const u8: Field<number> = /* @__PURE__ */ scalar(
  'u8',
  1,
  (r) => r.u8(),
  (w, v) => void w.u8(v),
); // prettier-ignore
/** Signed 8-bit integer. */
export const i8: Field<number> = /* @__PURE__ */ scalar(
  'i8',
  1,
  (r) => r.i8(),
  (w, v) => void w.i8(v),
);
/** Unsigned 16-bit integer. */
export const u16: Field<number> = /* @__PURE__ */ scalar(
  'u16',
  2,
  (r) => r.u16(),
  (w, v) => void w.u16(v),
);
/** Signed 16-bit integer. */
export const i16: Field<number> = /* @__PURE__ */ scalar(
  'i16',
  2,
  (r) => r.i16(),
  (w, v) => void w.i16(v),
);
/** Unsigned 24-bit integer. */
export const u24: Field<number> = /* @__PURE__ */ scalar(
  'u24',
  3,
  (r) => r.u24(),
  (w, v) => void w.u24(v),
);
/** Unsigned 32-bit integer. */
export const u32: Field<number> = /* @__PURE__ */ scalar(
  'u32',
  4,
  (r) => r.u32(),
  (w, v) => void w.u32(v),
);
/** Unsigned 64-bit integer, as a `bigint`: masks and random numbers. */
export const u64: Field<bigint> = /* @__PURE__ */ scalar(
  'u64',
  8,
  (r) => r.u64(),
  (w, v) => void w.u64(v),
);
/** Connection Handle, Sync Handle…: 12 significant bits in two octets, kept as they came. */
export const handle: Field<number> = /* @__PURE__ */ scalar(
  'handle',
  2,
  (r) => r.u16(),
  (w, v) => void w.u16(v),
);
/** A device address without its type: six octets, least significant first. */
export const bdAddr: Field<BdAddr> = /* @__PURE__ */ scalar(
  'address',
  6,
  (r) => BdAddr.fromWire(r.view(6)),
  (w, v) => void w.bytes(v.wire),
);
/** All octets that are left. Reading gives a view. */
export const rest: Field<Uint8Array> = /* @__PURE__ */ scalar(
  'rest',
  undefined,
  (r) => r.rest(),
  (w, v) => void w.bytes(v),
);

/** `field`, with what its number stands for. It is read and written as before. */
export function meaning<T>(field: Field<T>, what: Meaning): Field<T> {
  return { ...field, meaning: what };
}

/** Exactly `size` octets. Reading gives a view. */
export function octets(size: number): Field<Uint8Array> {
  return scalar(
    `octets(${size})`,
    size,
    (r) => r.view(size),
    (w, v) => {
      if (v.length !== size) throw new RangeError(`${v.length} octets do not fit: ${size} are wanted`);
      w.bytes(v);
    },
  );
}

/** Up to `size` octets in a field that always has `size`, filled with zeros behind (advertising data). Reading gives all of them. */
export function padded(size: number): Field<Uint8Array> {
  return scalar(
    `padded(${size})`,
    size,
    (r) => r.view(size),
    (w, v) => {
      if (v.length > size) throw new RangeError(`${v.length} octets do not fit: at most ${size} are wanted`);
      w.bytes(v).zeros(size - v.length);
    },
  );
}

/** What stood behind significant octets and was not zero, by the array that was read. */
const paddings = /* @__PURE__ */ new WeakMap<Uint8Array, Uint8Array>();

/**
 * Octets behind their count, in a field that always has `size` (legacy advertising data). Reading gives the significant
 * ones, writing fills up with zeros. An array that was read is written as it came, whatever stood behind its octets;
 * a copy of it is not.
 */
export function significant(size: number): Field<Uint8Array> {
  const field = scalar(
    `significant part of ${size} octets`,
    size + 1,
    (r) => {
      const count = r.u8();
      if (count > size) throw new MalformedPacketError(`${count} significant octets of ${size}`);
      const whole = r.view(size);
      const value = whole.subarray(0, count);
      for (let i = count; i < size; i++) {
        if (whole[i] === 0) continue;
        paddings.set(value, whole.subarray(count));
        break;
      }
      return value;
    },
    (w, v) => {
      if (v.length > size) throw new RangeError(`${v.length} octets do not fit: at most ${size} are wanted`);
      w.u8(v.length).bytes(v);
      const padding = paddings.get(v);
      if (padding?.length === size - v.length) w.bytes(padding);
      else w.zeros(size - v.length);
    },
  );
  return { ...field, layout: { of: 'sized', length: u8, room: size } };
}

/** Text up to a zero octet, a character an octet (Latin-1). */
export const zeroTerminated: Field<string> = /* @__PURE__ */ scalar(
  'text up to a zero',
  undefined,
  (r) => {
    let text = '';
    for (;;) {
      const code = r.u8();
      if (code === 0) return text;
      text += String.fromCharCode(code);
    }
  },
  (w, v) => {
    if (v.includes('\0')) throw new RangeError('a zero inside of the text would end it');
    writeText(w, v);
    w.u8(0);
  },
);

/** All octets that are left, as text, a character an octet (Latin-1). A zero at the end is kept. */
export const restText: Field<string> = /* @__PURE__ */ scalar(
  'text to the end',
  undefined,
  (r) => String.fromCharCode(...r.rest()),
  (w, v) => writeText(w, v),
);

function writeText(writer: ByteWriter, text: string): void {
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code > 0xff) throw new RangeError(`${JSON.stringify(character)} does not fit into an octet`);
    writer.u8(code);
  }
}

/** The numbers of {@link bits}; `reserved` are the bits left over, moved down to bit 0, where they are not zero. */
export type Bits<W> = { -readonly [K in keyof W]: number } & { reserved?: number };

/**
 * Several numbers in one integer, from its least significant bits up, by their widths. Bits that are left over are
 * reserved: given as `reserved` where they are not zero, so that what was read is written as it came; zero otherwise.
 */
export function bits<W extends Readonly<Record<string, number>>>(
  word: Field<number>,
  widths: W & { readonly reserved?: never },
): Field<Bits<W>> {
  const names = Object.keys(widths);
  const parts: number[] = Object.values(widths);
  return {
    kind: `${parts.join('+')} bits of a ${word.kind}`,
    size: word.size,
    layout: { of: 'bits', word, widths },
    read(reader) {
      let left = word.read(reader);
      const value: Record<string, number> = {};
      for (let i = 0; i < names.length; i++) {
        const range = 2 ** parts[i]!;
        value[names[i]!] = left % range;
        left = Math.floor(left / range);
      }
      if (left > 0) value['reserved'] = left;
      return value as Bits<W>;
    },
    write(writer, value) {
      let whole = 0;
      let unit = 1;
      for (let i = 0; i < names.length; i++) {
        const range = 2 ** parts[i]!;
        const part = value[names[i]!]!;
        if (!Number.isInteger(part) || part < 0 || part >= range) {
          throw new RangeError(`${names[i]}: ${part} does not fit: 0 to ${range - 1} is wanted`);
        }
        whole += part * unit;
        unit *= range;
      }
      word.write(writer, whole + (value.reserved ?? 0) * unit);
    },
  };
}

/** Octets behind their own length. Reading gives a view. */
export function sized(length: Field<number>): Field<Uint8Array> {
  const field = scalar(
    `octets behind a ${length.kind}`,
    undefined,
    (r) => r.view(length.read(r)),
    (w, v) => {
      length.write(w, v.length);
      w.bytes(v);
    },
  );
  return { ...field, layout: { of: 'sized', length } };
}
