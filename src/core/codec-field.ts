import type { ByteReader, ByteWriter } from './bytes.js';
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
