import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Field } from '../../src/core/codec.js';
import { hexCode } from '../../src/core/hex.js';
import { type AnyCommand, type AnyEvent, LE_META } from '../../src/hci/definition.js';
import { errorName } from '../../src/hci/error-names.js';
import { LeFeature } from '../../src/hci/features.js';
import { allCommands, allEvents } from '../../src/hci/registry.js';
import * as espressif from '../../src/hci/vendor/espressif.js';
import * as nimble from '../../src/hci/vendor/nimble.js';
import * as softdevice from '../../src/hci/vendor/softdevice.js';
import * as zephyr from '../../src/hci/vendor/zephyr.js';
import {
  type CommandRow,
  declaredLayout,
  type EventRow,
  expectedLayout,
  type FactTable,
  type TableEntry,
  versioned,
} from '../support/fact-table.js';
import { describeWithShared, sharedJson } from '../support/shared.js';

const page = fileURLToPath(new URL('../../docs/hci-coverage.md', import.meta.url));

/** A table of the page. */
function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const missing = '**missing**';
const subevent = (row: EventRow) => (row.subevent_code === undefined ? undefined : Number(row.subevent_code));
const eventsById = new Map(allEvents.map((event) => [`${event.code} ${event.subevent ?? ''}`, event]));
const idOf = (code: number, sub: number | undefined) => `${code} ${sub ?? ''}`;
const codeOf = (code: number, sub: number | undefined) =>
  sub === undefined ? hexCode(code) : `${hexCode(code)} ${hexCode(sub)}`;

/** Whether a declaration has the fields of the table: names, widths and order. */
function agrees(layout: Field<unknown> | undefined, entries: readonly TableEntry[] | null): boolean {
  return JSON.stringify(declaredLayout(layout)) === JSON.stringify(expectedLayout(entries));
}

/** A row of the table with what declares it. */
interface Pair<R, D> {
  readonly row: R;
  readonly declared: D | undefined;
  readonly fields: boolean;
}
type CommandPair = Pair<CommandRow, AnyCommand>;
type EventPair = Pair<EventRow, AnyEvent>;

function commandPairs({ commands }: FactTable): CommandPair[] {
  const byOpcode = new Map(allCommands.map((command) => [command.opcode, command]));
  return commands.map((row) => {
    const found = byOpcode.get(Number(row.opcode));
    const declared = found?.name === versioned(row) ? found : undefined;
    const fields =
      agrees(declared?.parameters, row.parameters) && agrees(declared?.returns, row.return_parameters);
    return { row, declared, fields };
  });
}

function eventPairs(rows: readonly EventRow[]): EventPair[] {
  return rows.map((row) => {
    const found = eventsById.get(idOf(Number(row.event_code), subevent(row)));
    const declared = found?.name === versioned(row) ? found : undefined;
    return { row, declared, fields: agrees(declared?.parameters, row.parameters) };
  });
}

function summary(facts: FactTable, commands: readonly CommandPair[], events: readonly EventPair[]): string {
  const count = <T>(all: readonly T[], is: (one: T) => boolean) => [all.length, all.filter(is).length];
  const masked = Object.entries(facts.event_masks.page_1.bits);
  const masked2 = Object.entries(facts.event_masks.page_2.bits);
  const subevents = events.filter(({ row }) => row.le_event_mask_bit !== undefined);
  const supported = commands.filter(({ row }) => row.supported_commands_bit !== null);
  const begun = commands.filter(({ row }) => row.completes_with === 'Command_Status');
  const bitOf = (bit: string, name: string, key: 'maskBit' | 'maskPage2Bit') =>
    allEvents.some((event) => event.name === name && event[key] === Number(bit));
  return table(
    ['', 'in the table', 'declared'],
    [
      ['commands, with their names', ...count(commands, ({ declared }) => declared !== undefined)],
      ['… with all fields of parameters and return parameters', ...count(commands, ({ fields }) => fields)],
      [
        'Supported_Commands bits',
        ...count(supported, ({ row: { supported_commands_bit: bit }, declared }) =>
          [bit!.octet, bit!.bit].every((number, i) => declared?.supported?.[i] === number),
        ),
      ],
      [
        'commands that a Command Status answers, with the events that finish them',
        ...count(begun, ({ declared }) =>
          Boolean(declared?.finishedBy?.every(([code, sub]) => eventsById.has(idOf(code, sub)))),
        ),
      ],
      [
        'events',
        ...count(
          events.filter(({ row }) => subevent(row) === undefined),
          ({ declared, fields }) => declared !== undefined && fields,
        ),
      ],
      [
        'subevents of LE Meta',
        ...count(
          events.filter(({ row }) => subevent(row) !== undefined),
          ({ declared, fields }) => declared !== undefined && fields,
        ),
      ],
      ['event mask bits, page 1', ...count(masked, ([bit, name]) => bitOf(bit, name, 'maskBit'))],
      ['event mask bits, page 2', ...count(masked2, ([bit, name]) => bitOf(bit, name, 'maskPage2Bit'))],
      [
        'LE event mask bits',
        ...count(subevents, ({ row, declared }) => declared?.maskBit === row.le_event_mask_bit),
      ],
      ['error codes', ...count(facts.errors, ({ code, name }) => errorName(Number(code)) === name)],
      [
        'LE feature bits',
        ...count(Object.values(facts.le_features_bits), (bit) =>
          (Object.values(LeFeature) as number[]).includes(bit),
        ),
      ],
    ],
  );
}

function commandTable(commands: readonly CommandPair[]): string {
  return table(
    ['opcode', 'command', 'section', 'Core', 'answer', 'finished by', 'bit', 'LE features', 'fields'],
    commands.map(({ row, declared, fields }) => [
      row.opcode,
      declared?.name ?? missing,
      declared?.section ?? '',
      declared?.since ?? '',
      { complete: 'Complete', status: 'Status', none: 'none' }[declared?.completes ?? 'none'],
      declared?.finishedBy
        ?.map(([code, sub]) => eventsById.get(idOf(code, sub))?.name ?? missing)
        .join(', ') ?? '',
      declared?.supported?.join('.') ?? '',
      declared?.features?.join(', ') ?? '',
      fields ? 'all' : missing,
    ]),
  );
}

function eventTable(events: readonly EventPair[]): string {
  return table(
    ['code', 'event', 'section', 'Core', 'mask bit', 'LE features', 'fields'],
    events.map(({ row, declared, fields }) => [
      codeOf(Number(row.event_code), subevent(row)),
      declared?.name ?? missing,
      declared?.section ?? '',
      declared?.since ?? '',
      declared?.maskBit ?? (declared?.maskPage2Bit === undefined ? '' : `${declared.maskPage2Bit} (page 2)`),
      declared?.features?.join(', ') ?? '',
      fields ? 'all' : missing,
    ]),
  );
}

function unresolved({ unresolved: left, weakly_confirmed: weak }: FactTable): string {
  const rows = left.map(({ opcode, subevent_code, name, since_core, note }) => [
    opcode ?? `${hexCode(LE_META)} ${subevent_code}`,
    name,
    since_core,
    note,
  ]);
  return [
    table(['code', 'name', 'Core', 'why it is not declared'], rows),
    'Declared, but on weak ground:',
    ...weak.map((line) => `- ${line}`),
  ].join('\n\n');
}

function vendorTable(module: Readonly<Record<string, unknown>>): string {
  const definitions = Object.values(module).filter(
    (one): one is AnyCommand | AnyEvent => typeof one === 'object' && one !== null && 'parameters' in one,
  );
  const code = (one: AnyCommand | AnyEvent) =>
    one.type === 'command' ? hexCode(one.opcode, 4) : `event ${codeOf(one.code, one.subevent)}`;
  const order = (one: AnyCommand | AnyEvent) =>
    one.type === 'command' ? one.opcode : 0x10000 + (one.code << 8) + one.subevent!;
  return table(
    ['code', 'name', 'parameters', 'return parameters'],
    definitions
      .sort((a, b) => order(a) - order(b))
      .map((one) => [
        code(one),
        one.name,
        Object.keys(one.parameters.fields).join(', '),
        one.type === 'command' ? Object.keys(one.returns?.fields ?? {}).join(', ') : '',
      ]),
  );
}

function contents(facts: FactTable): string {
  const commands = commandPairs(facts);
  const events = eventPairs([...facts.events, ...facts.le_events]);
  return `${[
    '# HCI coverage',
    'This page is written by `npm run hci-coverage` from the declarations of `src/hci/` and the fact table of the ' +
      'reference material, `../shared/spec/hci-le.json`; `npm test` fails when it is not what they give. Names, codes, ' +
      'fields (name, width and order), bits, versions and answers are compared with that table. It has no column for the ' +
      'events that finish a command, nor for features: these are from Core Vol 4, Part E, the former from the “Event(s) ' +
      'generated” of each command, the latter from the conditions of section 3.1, without those of roles and states. A ' +
      'command or event without features needs none, or the specification’s condition is not one of LE features.',
    '## Summary',
    summary(facts, commands, events),
    '## What is not resolved',
    unresolved(facts),
    '## Commands',
    commandTable(commands),
    '## Events',
    eventTable(events),
    '## Vendors',
    'No specification stands behind these. What is certain of each is said in the sources, `src/hci/vendor/`.',
    '### Zephyr and Nordic',
    vendorTable(zephyr),
    '### SoftDevice Controller',
    vendorTable(softdevice),
    '### NimBLE',
    vendorTable(nimble),
    '### Espressif',
    vendorTable(espressif),
  ].join('\n\n')}\n`;
}

describeWithShared('the coverage of the fact table', () => {
  const facts = sharedJson<FactTable>('spec/hci-le.json');

  it('is whole, but for what the table has not resolved', () => {
    const text = contents(facts);
    expect(text).not.toContain(missing);
    for (const [, inTable, declared] of text.matchAll(/^\| [^|]+ \| (\d+) \| (\d+) \|$/gm)) {
      expect(declared).toBe(inTable);
    }
    expect(text).toContain('| commands, with their names | 188 | 188 |');
    expect(text).toContain('| subevents of LE Meta | 54 | 54 |');
    // What nobody has published is not made up.
    const opcodes = new Set(allCommands.map(({ opcode }) => opcode));
    for (const { opcode, subevent_code } of facts.unresolved) {
      if (opcode !== undefined) expect(opcodes.has(Number(opcode)), opcode).toBe(false);
      else expect(eventsById.has(idOf(LE_META, Number(subevent_code)))).toBe(false);
    }
  });

  it('is what docs/hci-coverage.md says: npm run hci-coverage writes it', async () => {
    await expect(contents(facts)).toMatchFileSnapshot(page);
  });
});
