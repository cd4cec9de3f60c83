import type { ByteReader, ByteWriter } from './bytes.js';
import { ByteWriter as Writer } from './bytes.js';
import type { Field, FieldLayout, Fields, Values } from './codec-field.js';

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
