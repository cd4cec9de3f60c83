/** One field of a packet as a reader sees it: a name, a value and what it means. Plain data: `JSON.stringify` takes it. */
export interface ReadableField {
  /** The name in the declaration, `connectionInterval`; of an item of a list its place, `0`. */
  readonly key: string;
  /** The name as the specification writes it: `Connection_Interval`. */
  readonly label: string;
  /** Where its octets begin, counted from the packet's first octet behind the H4 indicator; see `source`. */
  readonly offset: number;
  /** How many octets it has. */
  readonly length: number;
  /** The bits of these octets that are it, where it is a part of them: the lowest one, and how many. */
  readonly bits?: readonly [lowest: number, width: number];
  /**
   * A number as it travels (64 bits as text, `0x…`), an address or UUID as text, text as such, octets as lower-case
   * hexadecimal. Absent where the fields inside say it all.
   */
  readonly value?: number | string;
  /** Value and meaning: `24 (30 ms)`, `0x3E (Connection Failed to be Established)`. Empty where the fields inside say it all. */
  readonly text: string;
  /** What is inside. */
  readonly fields?: readonly ReadableField[];
  /** What is wrong with these octets. */
  readonly malformed?: string;
  /** It only says how other octets are to be read (a length, a code that has given the packet its name): not in the line. */
  readonly structural?: boolean;
  /**
   * `reassembled`: the offsets inside count from the first octet of what was put together from several packets, of which
   * the present one is the last.
   */
  readonly source?: 'reassembled';
}

/** A packet for a reader. Plain data: `JSON.stringify` takes it. */
export interface ReadablePacket {
  /** The H4 packet indicator. */
  readonly type: number;
  /** The specification's name of the packet, `LE_Set_Scan_Enable`; of ACL data that of the uppermost protocol's: `ATT Read Request`. */
  readonly name: string;
  /** Where the specification describes it, in Vol 4, Part E: `7.8.11`. */
  readonly section?: string;
  /** All of it in one line. */
  readonly line: string;
  /** All of it, field by field: they cover every octet of the packet. */
  readonly fields: readonly ReadableField[];
  /** What is wrong with it, the first thing found; absent where nothing is. */
  readonly malformed?: string;
}

/** The field that a path of keys leads to, `find(packet.fields, 'reports', '0', 'address')`; `undefined` where there is none. */
export function findField(
  fields: readonly ReadableField[],
  ...path: readonly string[]
): ReadableField | undefined {
  let inside: readonly ReadableField[] | undefined = fields;
  let found: ReadableField | undefined;
  for (const key of path) {
    found = inside?.find((field) => field.key === key);
    inside = found?.fields;
  }
  return found;
}

/** What is wrong in the fields, the first thing found. */
export function firstProblem(fields: readonly ReadableField[]): string | undefined {
  for (const field of fields) {
    const problem = field.malformed ?? (field.fields && firstProblem(field.fields));
    if (problem !== undefined) return problem;
  }
  return undefined;
}
