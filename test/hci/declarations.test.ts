import { describe, expect, it } from 'vitest';
import type { Field, Fields } from '../../src/core/codec.js';
import * as commands from '../../src/hci/commands/index.js';
import type { AnyCommand, AnyEvent } from '../../src/hci/definition.js';
import { describeStatus, errorName } from '../../src/hci/error-names.js';
import * as events from '../../src/hci/events/index.js';
import { hasLeFeature, LeFeature, leFeatureNames } from '../../src/hci/features.js';
import { allCommands, allEvents } from '../../src/hci/registry.js';
import { describeWithShared, sharedJson } from '../support/shared.js';

interface TableField {
  readonly name: string;
  readonly octets: number | 'rest' | { readonly length_field: string };
  readonly type: string;
}
interface TableGroup {
  readonly repeat: { readonly count_field?: string; readonly popcount_of?: string };
  readonly fields: readonly TableEntry[];
}
type TableEntry = TableField | TableGroup;

interface Row {
  readonly name: string;
  readonly version: string | null;
  readonly parameters: readonly TableEntry[];
}
interface CommandRow extends Row {
  readonly opcode: string;
  readonly completes_with: string;
  readonly return_parameters: readonly TableEntry[] | null;
  readonly supported_commands_bit: { readonly octet: number; readonly bit: number } | null;
}
interface EventRow extends Row {
  readonly event_code: string;
  readonly subevent_code?: string;
  readonly le_event_mask_bit?: number;
}
interface Table {
  readonly commands: readonly CommandRow[];
  readonly events: readonly EventRow[];
  readonly le_events: readonly EventRow[];
  readonly event_masks: { readonly page_1: { readonly bits: Record<string, string> } };
  readonly errors: readonly { readonly code: string; readonly name: string }[];
  readonly le_features_bits: Record<string, number>;
}

const versioned = ({ name, version }: Row) => (version ? `${name} [${version}]` : name);

/** `LE_Read_Buffer_Size` is `leReadBufferSize`. */
function camelCase(name: string): string {
  const words = name.replace('DHKey', 'DH_Key').replace('BIGInfo', 'BIG_Info').split(/[_-]/);
  return words
    .map((word, index) =>
      index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
    )
    .join('');
}

/** A layout in words that the table and the declaration can both be put into. */
type Layout = [name: string, kind: string | [how: string, inner: Layout]][];

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

function expectLayout(
  what: string,
  layout: Field<unknown> | undefined,
  entries: readonly TableEntry[] | null,
) {
  expect(layout?.fields && layoutOf(layout.fields), what).toEqual(
    entries ? nameSingles(layoutOfTable(entries)) : undefined,
  );
}

describeWithShared('the declarations, against the fact table', () => {
  const table = sharedJson<Table>('spec/hci-le.json');

  it('have every command, once, under its name (Vol 4, Part E, 7.1 to 7.8)', () => {
    expect(allCommands.map(({ opcode, name }) => [opcode, name])).toEqual(
      table.commands.map((row) => [Number(row.opcode), versioned(row)]),
    );
    for (const row of table.commands) {
      const exported = camelCase(row.name) + (row.version?.toUpperCase() ?? '');
      expect((commands as Record<string, AnyCommand>)[exported]?.opcode, exported).toBe(Number(row.opcode));
    }
  });

  it('have every event and LE subevent, once, under its name (Vol 4, Part E, 7.7)', () => {
    const rows = [...table.events, ...table.le_events];
    const key = (code: number, subevent: number | undefined) => code * 256 + (subevent ?? -1);
    expect(new Map(allEvents.map((event) => [key(event.code, event.subevent), event.name]))).toEqual(
      new Map(
        rows.map((row) => [
          key(
            Number(row.event_code),
            row.subevent_code === undefined ? undefined : Number(row.subevent_code),
          ),
          versioned(row),
        ]),
      ),
    );
    expect(allEvents.length).toBe(rows.length);
    for (const row of rows) {
      const exported = camelCase(row.name) + (row.version?.toUpperCase() ?? '');
      expect((events as Record<string, AnyEvent>)[exported]?.name, exported).toBe(versioned(row));
    }
  });

  it('lay out the fields of commands with their names, widths and order', () => {
    for (const [index, row] of table.commands.entries()) {
      const command = allCommands[index]!;
      expectLayout(command.name, command.parameters, row.parameters);
      expectLayout(`the return parameters of ${command.name}`, command.returns, row.return_parameters);
    }
  });

  it('lay out the fields of events with their names, widths and order', () => {
    const byName = new Map(allEvents.map((event) => [event.name, event]));
    for (const row of [...table.events, ...table.le_events]) {
      expectLayout(versioned(row), byName.get(versioned(row))?.parameters, row.parameters);
    }
  });

  it('say what completes a command, and its Supported_Commands bit (Vol 4, Part E, 6.27)', () => {
    for (const [index, row] of table.commands.entries()) {
      const { name, completes, supported } = allCommands[index]!;
      const wanted = row.completes_with.startsWith('none')
        ? 'none'
        : row.completes_with === 'Command_Status'
          ? 'status'
          : 'complete';
      expect(completes, name).toBe(wanted);
      const bit = row.supported_commands_bit;
      expect(supported, name).toEqual(bit ? [bit.octet, bit.bit] : undefined);
    }
  });

  it('say the bit of an event in its mask (Vol 4, Part E, 7.3.1 and 7.8.1)', () => {
    const page1 = new Map(
      Object.entries(table.event_masks.page_1.bits).map(([bit, name]) => [name, Number(bit)]),
    );
    const le = new Map(table.le_events.map((row) => [versioned(row), row.le_event_mask_bit]));
    for (const { name, maskBit } of allEvents) expect(maskBit, name).toBe(le.get(name) ?? page1.get(name));
  });

  it('give a section of the specification wherever there is one', () => {
    for (const { name, section } of [...allCommands, ...allEvents]) {
      if (name === 'Vendor_Specific') expect(section).toBeUndefined();
      else expect(section, name).toMatch(/^7\.[1345678]\.\d+(\.\d+)?$/);
    }
  });

  it('name the error codes (Vol 1, Part F, 1.3)', () => {
    for (const { code, name } of table.errors) expect(errorName(Number(code))).toBe(name);
    expect(errorName(table.errors.length)).toBeUndefined();
  });

  it('know the bits of the LE features (Vol 6, Part B, 4.6)', () => {
    expect(Object.values(LeFeature)).toEqual(Object.values(table.le_features_bits));
  });
});

describe('statuses and features in words', () => {
  it('are a code and its meaning, also where there is none', () => {
    expect(describeStatus(0x0c)).toBe('0x0C Command Disallowed');
    expect(describeStatus(0xf0)).toBe('0xF0 (unknown)');
  });

  it('tell features by name or bit, and none beyond the octets', () => {
    const features = new Uint8Array([0x21, 0x40, 0, 0, 0, 0, 0, 0x80]);
    expect(hasLeFeature(features, 'leDataPacketLengthExtension')).toBe(true);
    expect(hasLeFeature(features, 14)).toBe(true);
    expect(hasLeFeature(features, 'lePing')).toBe(false);
    expect(hasLeFeature(features, 'monitoringAdvertisers')).toBe(false);
    expect(leFeatureNames(features)).toEqual([
      'leEncryption',
      'leDataPacketLengthExtension',
      'channelSelectionAlgorithm2',
      'llExtendedFeatureSet',
    ]);
  });
});
