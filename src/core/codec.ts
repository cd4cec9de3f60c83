import { BdAddr } from './address.js';
import type { ByteReader, ByteWriter } from './bytes.js';
import { ByteWriter as Writer } from './bytes.js';
import { MalformedPacketError } from './errors.js';
import type { Meaning } from './meaning.js';

/**
 * One field of a wire message: how it is read and written. Multi-octet integers are little-endian,
 * as everywhere in HCI, L2CAP and ATT (Core Vol 4, Part E, 5.2).
 */
export interface Field<T> {
  /** What the field is, for tables and documentation: `u16`, `address`, `list of …`. */
  readonly kind: string;
  /** Its length in octets when that never changes. */
  readonly size: number | undefined;
  /** The fields inside, where there are any. */
  readonly fields?: Fields;
  /** How it is made of others, for those who take it apart octet by octet. */
  readonly layout?: FieldLayout;
  /** What its number stands for, where that is more than a number: for decoders and tables. */
  readonly meaning?: Meaning;
  read(reader: ByteReader): T;
  /** @throws {RangeError} on a value that does not fit */
  write(writer: ByteWriter, value: T): void;
}

/** How a field is made of others: what its `read` does, as data. */
export type FieldLayout =
  /** The `fields`, one after another. */
  | { readonly of: 'group' }
  /** `fields.item` several times: behind their count, or to the end where there is none. */
  | { readonly of: 'list'; readonly count?: Field<number> }
  /** A mask of PHYs, and `fields.item` for each bit that is set. */
  | { readonly of: 'perPhy' }
  /** Numbers in the bits of one integer, from the least significant up. */
  | { readonly of: 'bits'; readonly word: Field<number>; readonly widths: Readonly<Record<string, number>> }
  /** Octets behind their length; where there is `room`, the field has always so many. */
  | { readonly of: 'sized'; readonly length: Field<number>; readonly room?: number };

/** The fields of a message in the order in which they travel. */
// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous record of fields has no narrower type
export type Fields = Readonly<Record<string, Field<any>>>;

/** The object that a set of fields describes. */
export type Values<F extends Fields> = {
  -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

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

/** A field of several values behind their count, each laid out by `item`. */
export function list<T>(count: Field<number>, item: Field<T>): Field<T[]> {
  return {
    kind: `list behind a ${count.kind}`,
    size: undefined,
    fields: { item },
    layout: { of: 'list', count },
    read(reader) {
      const total = count.read(reader);
      const items: T[] = [];
      for (let i = 0; i < total; i++) items.push(item.read(reader));
      return items;
    },
    write(writer, items) {
      count.write(writer, items.length);
      for (const one of items) item.write(writer, one);
    },
  };
}

/** As many values as the packet has room for, each laid out by `item`. */
export function repeated<T>(item: Field<T>): Field<T[]> {
  return {
    kind: 'repeated to the end',
    size: undefined,
    fields: { item },
    layout: { of: 'list' },
    read(reader) {
      const items: T[] = [];
      while (reader.remaining > 0) items.push(item.read(reader));
      return items;
    },
    write(writer, items) {
      for (const one of items) item.write(writer, one);
    },
  };
}

/**
 * A mask of PHYs and one group for each bit set, in ascending order (LE Set Extended Scan Parameters and the like).
 * Each value carries `phy`: 1 is LE 1M, 2 LE 2M, 3 LE Coded, that is, the bit's number plus one.
 */
export function perPhy<F extends Fields>(fields: F): Field<(Values<F> & { phy: number })[]> {
  const group = struct(fields);
  return {
    kind: 'one group for each PHY of a mask',
    size: undefined,
    fields: { item: group },
    layout: { of: 'perPhy' },
    read(reader) {
      const mask = reader.u8();
      const items: (Values<F> & { phy: number })[] = [];
      for (let bit = 0; bit < 8; bit++) {
        if (mask & (1 << bit)) items.push({ phy: bit + 1, ...group.read(reader) });
      }
      return items;
    },
    write(writer, items) {
      let mask = 0;
      let last = 0;
      for (const { phy } of items) {
        if (!Number.isInteger(phy) || phy < 1 || phy > 8)
          throw new RangeError(`PHY ${phy}: 1 to 8 is wanted`);
        if (phy <= last) throw new RangeError('PHYs are wanted in ascending order, each once');
        last = phy;
        mask |= 1 << (phy - 1);
      }
      writer.u8(mask);
      for (const item of items) group.write(writer, item);
    },
  };
}

/** Several fields one after another, as one. */
export interface Struct<T> extends Field<T> {
  readonly fields: Fields;
  /** The octets of `value`. */
  encode(value: T): Uint8Array;
}

/** A message in arrays, so that no entries() walk and no closure is made per packet. */
interface Flattened {
  readonly names: readonly string[];
  readonly codecs: readonly Field<unknown>[];
  readonly size: number | undefined;
}

const GROUP: FieldLayout = { of: 'group' };

class StructCodec<F extends Fields> implements Struct<Values<F>> {
  readonly kind = 'group';
  readonly layout = GROUP;
  readonly fields: F;
  /** Made at the first use: hundreds of messages are declared when a program starts, a few dozen are ever sent. */
  private flattened: Flattened | undefined;

  constructor(fields: F) {
    this.fields = fields;
  }

  get size(): number | undefined {
    return this.flat().size;
  }

  read(reader: ByteReader): Values<F> {
    const { names, codecs } = this.flattened ?? this.flat();
    const value: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) value[names[i]!] = codecs[i]!.read(reader);
    return value as Values<F>;
  }

  write(writer: ByteWriter, value: Values<F>): void {
    const { names, codecs } = this.flattened ?? this.flat();
    const record = value as Record<string, unknown>;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      try {
        codecs[i]!.write(writer, record[name]);
      } catch (error) {
        throw fieldError(name, record[name], error);
      }
    }
  }

  encode(value: Values<F>): Uint8Array {
    const writer = new Writer();
    this.write(writer, value);
    return writer.finish();
  }

  private flat(): Flattened {
    const codecs: readonly Field<unknown>[] = Object.values(this.fields);
    let size: number | undefined = 0;
    for (const codec of codecs) {
      size = size === undefined || codec.size === undefined ? undefined : size + codec.size;
    }
    this.flattened = { names: Object.keys(this.fields), codecs, size };
    return this.flattened;
  }
}

/** Declares a message, or a group inside one, from its fields. */
export function struct<F extends Fields>(fields: F): Struct<Values<F>> {
  return new StructCodec(fields);
}

/** Names the field in the message of an error from inside it. */
function fieldError(name: string, value: unknown, error: unknown): Error {
  if (value === undefined) return new TypeError(`field ${name} is missing`);
  if (error instanceof RangeError) return new RangeError(`field ${name}: ${error.message}`);
  return new TypeError(`field ${name}: ${error instanceof Error ? error.message : String(error)}`);
}
