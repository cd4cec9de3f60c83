import type { Field, Fields } from '../../src/core/codec.js';

/** The fact table of HCI, spec/hci-le.json, and layouts in words that it and the declarations can both be put into. */

export interface TableField {
  readonly name: string;
  readonly octets: number | 'rest' | { readonly length_field: string };
  readonly type: string;
}
export interface TableGroup {
  readonly repeat: { readonly count_field?: string; readonly popcount_of?: string };
  readonly fields: readonly TableEntry[];
}
export type TableEntry = TableField | TableGroup;

export interface Row {
  readonly name: string;
  readonly version: string | null;
  readonly since_core: string;
  readonly parameters: readonly TableEntry[];
}
export interface CommandRow extends Row {
  readonly opcode: string;
  readonly completes_with: string;
  readonly return_parameters: readonly TableEntry[] | null;
  readonly supported_commands_bit: { readonly octet: number; readonly bit: number } | null;
}
export interface EventRow extends Row {
  readonly event_code: string;
  readonly subevent_code?: string;
  readonly le_event_mask_bit?: number;
}
export interface FactTable {
  readonly commands: readonly CommandRow[];
  readonly events: readonly EventRow[];
  readonly le_events: readonly EventRow[];
  readonly event_masks: Readonly<Record<'page_1' | 'page_2', { readonly bits: Record<string, string> }>>;
  readonly errors: readonly { readonly code: string; readonly name: string }[];
  readonly le_features_bits: Record<string, number>;
  /** What the table has no layout for. */
  readonly unresolved: readonly {
    readonly opcode?: string;
    readonly subevent_code?: string;
    readonly name: string;
    readonly since_core: string;
    readonly note: string;
  }[];
  readonly weakly_confirmed: readonly string[];
}

export const versioned = ({ name, version }: Row) => (version ? `${name} [${version}]` : name);

/** `LE_Read_Buffer_Size` is `leReadBufferSize`. */
export function camelCase(name: string): string {
  const words = name.replace('DHKey', 'DH_Key').replace('BIGInfo', 'BIG_Info').split(/[_-]/);
  return words
    .map((word, index) =>
      index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
    )
    .join('');
}

/** A layout in words that the table and the declaration can both be put into. */
export type Layout = [name: string, kind: string | [how: string, inner: Layout]][];

const isGroup = (entry: TableEntry | undefined): entry is TableGroup =>
  entry !== undefined && 'repeat' in entry;

/** What the table says. A counted group is named after what it holds, so its name is left open: `*`. */
function layoutOfTable(entries: readonly TableEntry[]): Layout {
  const layout: Layout = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as TableField;
    const next = entries[i + 1];
    if (isGroup(next)) {
      const inner = layoutOfTable(next.fields);
      if (next.repeat.popcount_of === entry.name) layout.push([camelCase(entry.name), ['perPhy', inner]]);
      else if (next.repeat.count_field === entry.name)
        layout.push(['*', [`list u${8 * Number(entry.octets)}`, inner]]);
      else throw new Error(`the count of ${entry.name} stands elsewhere`);
      i++;
    } else if (next && typeof next.octets === 'object' && next.octets.length_field === entry.name) {
      layout.push([camelCase(next.name), 'octets behind a u8']);
      i++;
    } else if (next && next.octets === 31 && entry.name.endsWith('_Data_Length')) {
      layout.push([camelCase(next.name), 'significant part of 31 octets']);
      i++;
    } else layout.push([camelCase(entry.name), kindOfTable(entry)]);
  }
  return layout;
}

function kindOfTable({ type, octets }: TableField): string {
  if (type === 'handle') return 'handle';
  if (type === 'bd_addr') return 'address';
  if (type === 'int') return `i${8 * Number(octets)}`;
  if (octets === 'rest') return 'rest';
  // Masks of 8 octets are read bit by bit, or set as one number: either is right.
  if (type === 'uint' && octets !== 8) return `u${8 * Number(octets)}`;
  return `octets(${octets})`;
}

/** What the declaration says, in the same words. */
function layoutOf(fields: Fields): Layout {
  return Object.entries(fields).map(([name, field]): Layout[number] => {
    const item = field.fields?.['item'];
    if (!item) return [name, field.kind === 'u64' ? 'octets(8)' : field.kind];
    const inner = item.fields ? layoutOf(item.fields) : ([['', item.kind]] as Layout);
    if (field.kind.startsWith('list behind a ')) return ['*', [`list ${field.kind.slice(14)}`, inner]];
    return [name, ['perPhy', inner]];
  });
}

/** A list of single values has no names inside: its own is their plural. */
function nameSingles(layout: Layout): Layout {
  return layout.map(([name, kind]): Layout[number] => {
    if (typeof kind === 'string') return [name, kind];
    const [how, inner] = kind;
    return [name, [how, inner.length === 1 ? [['', inner[0]![1]]] : nameSingles(inner)]];
  });
}

/** What the table says of fields, as {@link layoutOf} says what a declaration has. */
export function expectedLayout(entries: readonly TableEntry[] | null): Layout | undefined {
  return entries ? nameSingles(layoutOfTable(entries)) : undefined;
}

/** What a declaration says of its fields. */
export function declaredLayout(layout: Field<unknown> | undefined): Layout | undefined {
  return layout?.fields && layoutOf(layout.fields);
}
