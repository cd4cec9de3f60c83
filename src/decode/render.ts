import { toHex } from '../core/hex.js';
import { firstProblem, type ReadableField, type ReadablePacket } from './tree.js';
import { octetsText } from './values.js';

/** A line is cut here. */
const LINE_LENGTH = 400;
/** How many items of a list are in the line. */
const SHOWN_ITEMS = 4;

/** What {@link readablePacket} makes a packet of. */
export interface PacketParts {
  /** The H4 packet indicator. */
  readonly type: number;
  readonly name: string;
  /** What the line begins with. */
  readonly title: string;
  readonly fields: readonly ReadableField[];
  readonly section?: string | undefined;
  /** The fields that are in the line; without, all of them. */
  readonly shown?: readonly ReadableField[];
}

/** A packet of its fields. */
export function readablePacket(parts: PacketParts): ReadablePacket {
  const { type, name, title, fields, section, shown = fields } = parts;
  const malformed = firstProblem(fields);
  const what = inline(shown);
  const whole = what === '' ? title : `${title}: ${what}`;
  const line = whole.length > LINE_LENGTH ? `${whole.slice(0, LINE_LENGTH)}…` : whole;
  return {
    type,
    name,
    ...(section === undefined ? {} : { section }),
    line: malformed === undefined ? line : `${line} [malformed: ${malformed}]`,
    fields,
    ...(malformed === undefined ? {} : { malformed }),
  };
}

/** A packet that ends before its header does. */
export function unreadable(
  type: number,
  name: string,
  title: string,
  bytes: Uint8Array,
  malformed?: string,
): ReadablePacket {
  const data: ReadableField = {
    key: 'data',
    label: 'Data',
    offset: 0,
    length: bytes.length,
    value: toHex(bytes),
    text: octetsText(bytes),
    ...(malformed === undefined ? {} : { malformed }),
  };
  return readablePacket({ type, name, title, fields: [data] });
}

/** Fields on one line, without those that only say how others are to be read. */
export function inline(fields: readonly ReadableField[]): string {
  return fields
    .filter(({ structural }) => !structural)
    .map(inlineField)
    .join(', ');
}

function inlineField({ key, label, text, fields }: ReadableField): string {
  if (text !== '') return `${label} ${text}`;
  if (!fields) return label;
  if (key === 'returnParameters') return inline(fields);
  const isList = fields.length === 0 || fields.some((field) => field.key === '0');
  return isList ? `${label} [${items(fields)}]` : `${label} {${inline(fields)}}`;
}

function items(fields: readonly ReadableField[]): string {
  const all = fields.filter(({ structural }) => !structural);
  const shown = all
    .slice(0, SHOWN_ITEMS)
    .map(({ text, fields: inside }) => (text === '' && inside ? inline(inside) : text))
    .join('; ');
  return all.length > SHOWN_ITEMS ? `${shown}; … ${all.length - SHOWN_ITEMS} more` : shown;
}

/** A packet as an indented tree of its fields, a line each: octets, name, value and meaning. */
export function toText(packet: ReadablePacket): string {
  const lines = [packet.line];
  walkTree(packet.fields, 1, lines);
  return lines.join('\n');
}

function walkTree(fields: readonly ReadableField[], depth: number, lines: string[]): void {
  for (const field of fields) {
    const { label, text, malformed, source } = field;
    const wrong = malformed === undefined ? '' : ` [malformed: ${malformed}]`;
    const from = source === undefined ? '' : ' (put together from several packets)';
    const what = text === '' ? '' : `: ${text}`;
    lines.push(`${place(field)}${'  '.repeat(depth)}${label}${what}${from}${wrong}`);
    if (field.fields) walkTree(field.fields, depth + 1, lines);
  }
}

/** Where a field stands: first octet and how many, or its bits. */
function place({ offset, length, bits }: ReadableField): string {
  if (!bits) return `${offset}+${length}`.padEnd(8);
  const [lowest, width] = bits;
  const which = width === 1 ? `bit ${lowest}` : `bits ${lowest}-${lowest + width - 1}`;
  return `${offset} ${which}`.padEnd(8);
}
