import { ByteReader } from '../core/bytes.js';
import type { Field, FieldLayout, Fields } from '../core/codec.js';
import { MalformedPacketError } from '../core/errors.js';
import { toHex } from '../core/hex.js';
import { nameOf } from '../core/meaning.js';
import { labelOf } from './labels.js';
import { Span } from './span.js';
import type { ReadableField } from './tree.js';
import { maskFields, octetsText, readableValue, type ValueNames } from './values.js';

/** Takes octets apart that their declaration has as octets: gives what is in them, or nothing. */
export type Inside = (
  key: string,
  span: Span,
  siblings: readonly ReadableField[],
) => readonly ReadableField[] | undefined;

/** What {@link Walk} needs. */
export interface WalkOptions {
  readonly names: ValueNames;
  readonly inside?: Inside | undefined;
}

/**
 * Reads octets by a declaration and says of each field where it stands, what it is and what it means. It goes as far as the
 * octets do: what is behind a field that does not fit is that field's, as octets, and said to be malformed. Every octet is
 * in one of the fields.
 */
export class Walk {
  private readonly reader = new ByteReader();
  private readonly names: ValueNames;
  private readonly inside: Inside | undefined;
  /** What offsets count from. */
  private origin = 0;
  private isBroken = false;

  constructor({ names, inside }: WalkOptions) {
    this.names = names;
    this.inside = inside;
  }

  /** The fields of a span; what stands behind the declared ones is one more, `trailing`. */
  fields(declared: Fields, span: Span): ReadableField[] {
    this.reader.reset(span.bytes, span.start, span.end);
    this.origin = span.origin;
    this.isBroken = false;
    const found = this.group(declared);
    if (this.reader.remaining > 0) found.push(this.left('trailing', 'Trailing octets'));
    return found;
  }

  private group(declared: Fields): ReadableField[] {
    const found: ReadableField[] = [];
    for (const key of Object.keys(declared)) {
      this.one(key, declared[key]!, found);
      if (this.isBroken) break;
    }
    return withAddressTypes(found);
  }

  /** Reads one declared field; lengths and counts before it become fields of their own. */
  private one(key: string, field: Field<unknown>, into: ReadableField[]): void {
    const { layout } = field;
    switch (layout?.of) {
      case 'group': {
        const offset = this.at();
        const fields = this.group(field.fields!);
        into.push({ key, label: labelOf(key), offset, length: this.at() - offset, text: '', fields });
        return;
      }
      case 'list':
        this.list(key, field.fields!['item']!, layout.count, into);
        return;
      case 'perPhy':
        this.perPhy(key, field.fields!['item']!, into);
        return;
      case 'bits':
        into.push(this.bits(key, field, layout));
        return;
      case 'sized':
        this.sized(key, field, layout, into);
        return;
      default:
        into.push(this.leaf(key, field, into));
    }
  }

  private at(): number {
    return this.reader.offset - this.origin;
  }

  private leaf(key: string, field: Field<unknown>, siblings: readonly ReadableField[]): ReadableField {
    const { reader } = this;
    const start = reader.offset;
    let value: unknown;
    try {
      value = field.read(reader);
    } catch (error) {
      if (!(error instanceof MalformedPacketError)) throw error;
      reader.offset = start;
      return this.left(key, labelOf(key), error.message);
    }
    const offset = start - this.origin;
    const length = reader.offset - start;
    const inside = value instanceof Uint8Array ? this.octetsInside(key, start, siblings) : undefined;
    const fields = inside ?? maskFields(field, value, offset);
    // The octets of what is taken apart are with the fields inside.
    const said = inside ? { text: '' } : readableValue(field, value, this.names);
    return { key, label: labelOf(key), offset, length, ...said, ...(fields ? { fields } : {}) };
  }

  private octetsInside(key: string, start: number, siblings: readonly ReadableField[]) {
    const { bytes, offset } = this.reader;
    if (!this.inside || offset === start) return undefined;
    return this.inside(key, new Span(bytes, start, offset, this.origin), siblings);
  }

  /** All octets that are left, as a field. */
  private left(key: string, label: string, malformed?: string): ReadableField {
    const offset = this.at();
    const octets = this.reader.rest();
    if (malformed !== undefined) this.isBroken = true;
    return {
      key,
      label,
      offset,
      length: octets.length,
      value: toHex(octets),
      text: octetsText(octets),
      ...(malformed === undefined ? {} : { malformed }),
    };
  }

  /** A length, count or mask that is no field of the declaration; `undefined` where the octets end. */
  private count(key: string, label: string, field: Field<number>, into: ReadableField[]): number | undefined {
    const node = { ...this.leaf(key, field, into), label, structural: true };
    into.push(node);
    return typeof node.value === 'number' && !this.isBroken ? node.value : undefined;
  }

  private list(
    key: string,
    item: Field<unknown>,
    count: Field<number> | undefined,
    into: ReadableField[],
  ): void {
    const label = labelOf(key);
    const total = count ? this.count(`${key}Count`, `Num_${label}`, count, into) : Number.POSITIVE_INFINITY;
    if (total === undefined) return;
    const offset = this.at();
    const fields: ReadableField[] = [];
    for (let i = 0; i < total && !this.isBroken && (count || this.reader.remaining > 0); i++) {
      const before = this.reader.offset;
      this.item(String(i), `${label}[${i}]`, item, fields);
      // An item without octets would be there without end.
      if (this.reader.offset === before && !count) break;
    }
    into.push({ key, label, offset, length: this.at() - offset, text: '', fields });
  }

  private item(key: string, label: string, field: Field<unknown>, into: ReadableField[]): void {
    const first = into.length;
    this.one(key, field, into);
    for (let i = first; i < into.length; i++) into[i] = { ...into[i]!, label };
  }

  private perPhy(key: string, item: Field<unknown>, into: ReadableField[]): void {
    const mask = this.count(`${key}Mask`, 'PHYs', maskOfPhys, into);
    if (mask === undefined) return;
    const offset = this.at();
    const fields: ReadableField[] = [];
    for (let bit = 0; bit < 8 && !this.isBroken; bit++) {
      if (mask & (1 << bit)) this.item(String(bit + 1), PHYS[bit] ?? `PHY ${bit + 1}`, item, fields);
    }
    into.push({ key, label: labelOf(key), offset, length: this.at() - offset, text: '', fields });
  }

  private bits(
    key: string,
    field: Field<unknown>,
    { word, widths }: FieldLayout & { of: 'bits' },
  ): ReadableField {
    const whole = this.leaf(key, word, []);
    if (typeof whole.value !== 'number') return whole;
    const { offset, length, value } = whole;
    const fields: ReadableField[] = [];
    let lowest = 0;
    const part = (name: string, width: number) => {
      const own = Math.floor(value / 2 ** lowest) % 2 ** width;
      const meant = field.meaning?.parts?.find((one) => one.name === name);
      const what = nameOf(meant?.names, own);
      const number = name.endsWith('Handle') ? `0x${own.toString(16).toUpperCase().padStart(4, '0')}` : own;
      fields.push({
        key: name,
        label: labelOf(name),
        offset,
        length,
        bits: [lowest, width],
        value: own,
        text: what === undefined ? String(number) : `${number} (${what})`,
        ...(name === 'reserved' || name === 'rfu' ? { structural: true } : {}),
      });
      lowest += width;
    };
    for (const name of Object.keys(widths)) part(name, widths[name]!);
    if (value >= 2 ** lowest) part('reserved', 8 * length - lowest);
    return { key, label: labelOf(key), offset, length, text: '', fields };
  }

  private sized(
    key: string,
    field: Field<unknown>,
    { length, room }: FieldLayout & { of: 'sized' },
    into: ReadableField[],
  ): void {
    const label = labelOf(key);
    const size = this.count(`${key}Length`, `${label}_Length`, length, into);
    if (size === undefined) return;
    if (room !== undefined && size > room) {
      into.push(this.left(key, label, `${size} significant octets of ${room}`));
      return;
    }
    into.push(this.leaf(key, octetsOf(field, size), into));
    if (room === undefined || room === size || this.isBroken) return;
    const padding = this.leaf(`${key}Padding`, octetsOf(undefined, room - size), into);
    into.push({
      ...padding,
      label: `${label} (not significant)`,
      structural: padding.malformed === undefined,
    });
  }
}

const PHYS = ['LE 1M', 'LE 2M', 'LE Coded'];
const maskOfPhys: Field<number> = {
  kind: 'u8',
  size: 1,
  meaning: { bits: { 0: 'LE 1M', 1: 'LE 2M', 2: 'LE Coded' } },
  read: (reader) => reader.u8(),
  write: (writer, value) => void writer.u8(value),
};

function octetsOf(field: Field<unknown> | undefined, size: number): Field<Uint8Array> {
  return {
    kind: 'octets',
    size,
    ...(field?.meaning ? { meaning: field.meaning } : {}),
    read: (reader) => reader.view(size),
    write: (writer, value) => void writer.bytes(value),
  };
}

/** How an address's type is written behind it: Core Vol 4, Part E, 7.7.65.2. */
const addressTypes: Readonly<Record<number, string>> = {
  0: 'public',
  1: 'random',
  2: 'public (identity)',
  3: 'random (identity)',
  254: 'random (not resolved)',
  255: 'anonymous',
};

/** Puts the type of an address behind it, where one stands beside it: `C0:DE:C0:00:00:01/random`. */
function withAddressTypes(fields: ReadableField[]): ReadableField[] {
  for (let i = 0; i < fields.length; i++) {
    const { key, value, text } = fields[i]!;
    if (typeof value !== 'string' || value.length !== 17 || value.charAt(2) !== ':' || text !== value)
      continue;
    const at = fields.findIndex((field) => field.key === `${key}Type`);
    const type = fields[at]?.value;
    if (typeof type !== 'number') continue;
    fields[i] = { ...fields[i]!, text: `${text}/${addressTypes[type] ?? type}` };
    fields[at] = { ...fields[at]!, structural: true };
  }
  return fields;
}
