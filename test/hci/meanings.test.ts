import { describe, expect, it } from 'vitest';
import type { Field, Fields } from '../../src/core/codec.js';
import { type Meaning, type Names, nameOf } from '../../src/core/meaning.js';
import * as commands from '../../src/hci/commands/index.js';
import * as events from '../../src/hci/events/index.js';
import { LeFeature } from '../../src/hci/features.js';
import * as fields from '../../src/hci/fields/index.js';
import { allCommands, allEvents } from '../../src/hci/registry.js';
import { describeWithShared, sharedJson } from '../support/shared.js';

interface Entry {
  readonly name?: string;
  readonly octets?: number;
  readonly type?: string;
  readonly unit?: string;
  readonly fields?: readonly Entry[];
}
interface Row {
  readonly name: string;
  readonly version: string | null;
  readonly parameters: readonly Entry[];
  readonly return_parameters?: readonly Entry[] | null;
}
interface Table {
  readonly commands: readonly Row[];
  readonly events: readonly Row[];
  readonly le_events: readonly Row[];
}

/** A field wherever it stands, also inside of lists and groups, under its path. */
interface Placed {
  readonly of: string;
  readonly name: string;
  readonly field: Field<unknown>;
}

function placed(of: string, inside: Fields): Placed[] {
  return Object.entries(inside).flatMap(([name, field]): Placed[] => {
    const item = field.fields?.['item'];
    if (item?.fields) return placed(of, item.fields);
    return [{ of, name, field: item ?? field }];
  });
}

const all: readonly Placed[] = [
  ...allCommands.flatMap((command) => [
    ...placed(command.name, command.parameters.fields),
    ...placed(command.name, command.returns?.fields ?? {}),
  ]),
  ...allEvents.flatMap((event) => placed(event.name, event.parameters.fields)),
];

const key = (name: string) => name.replaceAll('_', '').toLowerCase();

/** The entries of the table without their groups. */
function flat(entries: readonly Entry[]): Entry[] {
  return entries.flatMap((entry) => (entry.fields ? flat(entry.fields) : [entry]));
}

describeWithShared('the meanings of fields, against the fact table', () => {
  const table = sharedJson<Table>('spec/hci-le.json');

  it('have the unit of each number that has one', () => {
    let count = 0;
    for (const row of [...table.commands, ...table.events, ...table.le_events]) {
      const of = row.version ? `${row.name} [${row.version}]` : row.name;
      for (const entry of flat([...row.parameters, ...(row.return_parameters ?? [])])) {
        if (entry.unit === undefined) continue;
        count++;
        const found = all.filter((one) => one.of === of && key(one.name) === key(entry.name!));
        expect(found.length, `${of}.${entry.name}`).toBeGreaterThan(0);
        for (const { field } of found) {
          expect(field.meaning?.unit?.join(' '), `${of}.${entry.name}`).toBe(entry.unit);
        }
      }
    }
    expect(count).toBeGreaterThan(90);
  });
});

describe('the meanings of fields', () => {
  const where = (pattern: RegExp) => all.filter(({ name }) => pattern.test(name));
  const named = (names: Names | undefined, value: number) => nameOf(names, value);

  it('are an error name for every Status and Reason (Vol 1, Part F, 1.3)', () => {
    for (const { of, name, field } of where(/^(status|reason)$/)) {
      // Not an error code: 7.7.65.33.
      if (of === 'LE_Transmit_Power_Reporting' && name === 'reason') continue;
      expect(named(field.meaning?.names, 0x3e), `${of}.${name}`).toMatch(/^Connection Failed/);
    }
  });

  it('are there for every address type, PHY, role and clock accuracy', () => {
    for (const { of, name, field } of where(/addressType$/i)) {
      expect(named(field.meaning?.names, 1), `${of}.${name}`).toMatch(/^random/);
    }
    for (const { of, name, field } of where(/phys?$|phy(CToP|PToC)$/i)) {
      // Masks have bit 1 for LE 2M, single PHYs the number 2.
      const means = named(field.meaning?.names, 2) ?? named(field.meaning?.bits, 1);
      if (name !== 'allPhys' && name !== 'initiatingPhys') expect(means, `${of}.${name}`).toMatch(/^LE 2M/);
    }
    for (const { field, of } of where(/^role$/)) expect(field.meaning?.names, of).toBeDefined();
    for (const { field, of } of where(/(clockAccuracy|sca)$/i)) {
      expect(named(field.meaning?.names, 7), of).toBe('20 ppm');
    }
  });

  it('are dBm or dB for every strength, power and loss', () => {
    const powers = where(/^rssi|(txPower|TxPower|powerLevel|PowerLevel|delta|Delta)$|hysteresis|pathLoss$/i);
    expect(powers.length).toBeGreaterThan(20);
    for (const { of, name, field } of powers) {
      if (name === 'rssiAntennaIds') continue;
      expect(field.meaning?.unit?.[1], `${of}.${name}`).toMatch(/^dBm?$/);
    }
  });

  it('are a time for every interval, timeout, delay and length of time', () => {
    const times = where(
      /(interval|timeout|latency|delay|duration|window|celength|txtime|rxtime)(min|max|ctop|ptoc|big)?$/i,
    );
    expect(times.length).toBeGreaterThan(100);
    for (const { of, name, field } of times) {
      // In connection or periodic events, or in connection intervals.
      if (/^(max|peripheral)Latency$/.test(name)) continue;
      if (/^(cteRequestInterval|eventInterval|procedureInterval|(min|max)ProcedureInterval)$/.test(name))
        continue;
      expect(field.meaning?.unit?.[1], `${of}.${name}`).toMatch(/^(ms|µs|s)$/);
    }
  });

  it('are bits for every mask of events, features and channels', () => {
    for (const { of, name, field } of where(
      /^(le|lmp)Features$|channelMap$|channelClassification$|eventMask/i,
    )) {
      const { bits, refersTo }: Meaning = field.meaning ?? {};
      expect(bits !== undefined || refersTo !== undefined, `${of}.${name}`).toBe(true);
    }
    expect(named(fields.leFeatures.meaning?.bits, LeFeature.leExtendedAdvertising)).toBe(
      'leExtendedAdvertising',
    );
    expect(named(fields.leFeatures.meaning?.bits, 200)).toBeUndefined();
    expect(named(fields.channelMap.meaning?.bits, 36)).toBe('channel 36');
    expect(named(fields.channelMap.meaning?.bits, 37)).toBeUndefined();
    expect(named(fields.csChannelMap.meaning?.bits, 78)).toBe('channel 78');
  });

  it('are off and on for every switch', () => {
    for (const { of, name, field } of where(/enable$/i)) {
      const { names, bits }: Meaning = field.meaning ?? {};
      expect(named(names, 1) ?? named(bits, 0), `${of}.${name}`).toBeDefined();
    }
  });

  it('are the event masks of the declared events (Vol 4, Part E, 7.3.1)', () => {
    const bits = fields.eventMask.meaning!.bits as Record<number, string>;
    const declared = allEvents.filter(({ code, maskBit }) => code !== 0x3e && maskBit !== undefined);
    for (const { name, maskBit } of declared) expect(bits[maskBit!]).toBe(name);
    expect(Object.keys(bits)).toContain('61');
  });

  it('stand for the whole number, its bits and parts of it', () => {
    const eventType = commandField(events.leExtendedAdvertisingReport.parameters.fields, 'eventType');
    expect(eventType.meaning?.parts).toEqual([
      {
        name: 'data status',
        bit: 5,
        width: 2,
        names: { 0: 'complete', 1: 'incomplete, more to come', 2: 'incomplete, truncated' },
      },
    ]);
    expect(named(eventType.meaning?.bits, 4)).toBe('legacy PDU');
    const { rssi } = commands.readRssi.returns!.fields as { rssi: Field<number> };
    expect(rssi.meaning).toEqual({ unit: [1, 'dBm'], names: { 127: 'not available' } });
  });

  it('leave the octets and their reading as they are', () => {
    for (const [name, field] of Object.entries(fields)) {
      expect(field.meaning, name).toBeDefined();
      expect(field.size, name).toBeGreaterThan(0);
    }
  });
});

/** A field inside of the list that a message consists of. */
function commandField(inside: Fields, name: string): Field<unknown> {
  const [list] = Object.values(inside);
  return list!.fields!['item']!.fields![name]!;
}
