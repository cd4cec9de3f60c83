import type { ReadableField, ReadablePacket } from '../decode/index.js';

/**
 * A field in which two packets differ.
 * - `value`: both have it, with another value;
 * - `missing`: the packet that came ends, or goes on otherwise, where the expected one has it;
 * - `extra`: it stands where the expected packet has nothing.
 */
export interface FieldDifference {
  readonly kind: 'value' | 'missing' | 'extra';
  /** The keys that lead to it in the decoded packet, joined by dots: `data.att.attributeHandle`. */
  readonly path: string;
  /** Its name as the specification writes it: `Attribute_Handle`. */
  readonly label: string;
  /** As it was expected; `undefined` of one that is `extra`. */
  readonly expected: ReadableField | undefined;
  /** As it came; `undefined` of one that is `missing`. */
  readonly got: ReadableField | undefined;
}

/** Fields that say what all behind them is: where two packets differ in one, the rest cannot be compared. */
const codes: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'opcode',
  'code',
  'eventCode',
  'subeventCode',
  'commandOpcode',
  'channelId',
]);

/**
 * The fields in which two decoded packets differ, the one that tells most first: a code before what follows from it, a field
 * before the lengths that follow from its size. Empty where they are the same, octet for octet.
 *
 * ```ts
 * const [first] = fieldDifferences(decode(expected), decode(got));
 * first?.path; // 'data.att.attributeHandle'
 * ```
 */
export function fieldDifferences(expected: ReadablePacket, got: ReadablePacket): readonly FieldDifference[] {
  if (expected.type !== got.type) {
    return [valueDifference('type', typeField(expected), typeField(got))];
  }
  const found = new Differences();
  found.compare(expected.fields, got.fields, '');
  return [...found.telling, ...found.lengths];
}

/** Collects differences, those of lengths apart. */
class Differences {
  readonly telling: FieldDifference[] = [];
  readonly lengths: FieldDifference[] = [];

  /** Compares the fields of one level; says whether what follows them can be compared. */
  compare(expected: readonly ReadableField[], got: readonly ReadableField[], above: string): boolean {
    const count = Math.max(expected.length, got.length);
    for (let i = 0; i < count; i++) {
      const [left, right] = [expected[i], got[i]];
      if (!this.field(left, right, `${above}${(left ?? right)!.key}`)) return false;
    }
    return true;
  }

  private field(expected: ReadableField | undefined, got: ReadableField | undefined, path: string): boolean {
    if (!expected || !got) {
      const { label } = (expected ?? got)!;
      this.telling.push({ kind: expected ? 'missing' : 'extra', path, label, expected, got });
      return true;
    }
    // Another layout: what stands here is told, what stands behind it would say the same again.
    if (expected.key !== got.key) {
      this.differ(path, expected, got);
      return false;
    }
    if (expected.value === undefined && got.value === undefined && expected.fields && got.fields) {
      return this.compare(expected.fields, got.fields, `${path}.`);
    }
    if (isSame(expected, got)) return true;
    const isCode = codes.has(expected.key);
    this.differ(path, expected, got);
    return !isCode;
  }

  private differ(path: string, expected: ReadableField, got: ReadableField): void {
    const list = isLength(expected) && isLength(got) ? this.lengths : this.telling;
    list.push(valueDifference(path, expected, got));
  }
}

function valueDifference(path: string, expected: ReadableField, got: ReadableField): FieldDifference {
  return { kind: 'value', path, label: expected.label, expected, got };
}

/** Whether two fields have the same octets. Those of a value of its own kind are in its text alone. */
function isSame(expected: ReadableField, got: ReadableField): boolean {
  if (expected.malformed !== got.malformed || expected.length !== got.length) return false;
  if (expected.value !== undefined || got.value !== undefined) return expected.value === got.value;
  return expected.text === got.text && !expected.fields === !got.fields;
}

/** A length or a count, which follows from what it counts. */
function isLength({ key, structural, malformed }: ReadableField): boolean {
  return structural === true && malformed === undefined && /(?:length|count)$/i.test(key);
}

const typeNames: Readonly<Record<number, string>> = {
  1: 'command',
  2: 'ACL data',
  3: 'SCO data',
  4: 'event',
  5: 'ISO data',
};

/** The H4 indicator as a field, which decoded packets do not have among their fields. */
function typeField({ type, line }: ReadablePacket): ReadableField {
  const name = typeNames[type];
  const text = name === undefined ? line : `${type} (${name})`;
  return { key: 'type', label: 'Packet_Indicator', offset: 0, length: 0, value: type, text };
}

/** A row of {@link sideBySide}. */
export interface ComparedField {
  readonly path: string;
  readonly label: string;
  /** How deep it stands in the packet: 0 at its top. */
  readonly depth: number;
  readonly expected: string;
  readonly got: string;
  readonly isSame: boolean;
}

/** All fields of two packets beside one another, for a reader. */
export function comparedFields(expected: ReadablePacket, got: ReadablePacket): readonly ComparedField[] {
  const rows: ComparedField[] = [];
  listFields(expected.fields, got.fields, '', 0, rows);
  return rows;
}

function listFields(
  expected: readonly ReadableField[] | undefined,
  got: readonly ReadableField[] | undefined,
  above: string,
  depth: number,
  rows: ComparedField[],
): void {
  const keys = [...new Set([...(expected ?? []), ...(got ?? [])].map(({ key }) => key))];
  for (const key of keys) {
    const left = expected?.find((field) => field.key === key);
    const right = got?.find((field) => field.key === key);
    const { label } = (left ?? right)!;
    const texts = { expected: left?.text ?? '—', got: right?.text ?? '—' };
    const path = `${above}${key}`;
    // Of a mask the bits are in its text.
    const inside = [left, right].map((field) => (field?.value === undefined ? field?.fields : undefined));
    rows.push({ path, label, depth, ...texts, isSame: !!left && !!right && isSame(left, right) });
    if (inside[0] || inside[1]) listFields(inside[0], inside[1], `${path}.`, depth + 1, rows);
  }
}

const MAX_COLUMN = 48;

/**
 * Two packets as a table of their fields, the first divergent one marked: `>` stands before it.
 *
 * ```
 *                          expected            got
 *                          ATT Write Request   ATT Write Request
 *   Connection_Handle      0x0002              0x0002
 *   …
 * >     Attribute_Handle   0x0012              0x0014
 * ```
 */
export function sideBySide(
  expected: ReadablePacket | undefined,
  got: ReadablePacket | undefined,
  path?: string,
): string {
  const none: Pick<ReadablePacket, 'name' | 'fields'> = { name: '(nothing)', fields: [] };
  const [left, right] = [expected ?? none, got ?? none];
  const fields = comparedFields(left as ReadablePacket, right as ReadablePacket);
  const rows = [
    ['', 'expected', 'got'],
    ['', left.name, right.name],
    ...fields.map((row) => [`${'  '.repeat(row.depth)}${row.label}`, cut(row.expected), cut(row.got)]),
  ];
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  const [first, second] = [width(0), width(1)];
  const lines = rows.map((row, index) => {
    const mark = path !== undefined && fields[index - 2]?.path === path ? '>' : ' ';
    return `${mark} ${row[0]!.padEnd(first)}  ${row[1]!.padEnd(second)}  ${row[2]!}`.trimEnd();
  });
  return lines.join('\n');
}

function cut(text: string): string {
  return text.length > MAX_COLUMN ? `${text.slice(0, MAX_COLUMN - 1)}…` : text;
}
