import { describe, expect, it } from 'vitest';
import type { Field } from '../../src/core/codec.js';
import * as commands from '../../src/hci/commands/index.js';
import type { AnyCommand, AnyEvent } from '../../src/hci/definition.js';
import { describeStatus, errorName } from '../../src/hci/error-names.js';
import * as events from '../../src/hci/events/index.js';
import { hasLeFeature, LeFeature, leFeatureNames } from '../../src/hci/features.js';
import { allCommands, allEvents, eventByCode } from '../../src/hci/registry.js';
import {
  camelCase,
  declaredLayout,
  expectedLayout,
  type FactTable,
  type TableEntry,
  versioned,
} from '../support/fact-table.js';
import { describeWithShared, sharedJson } from '../support/shared.js';

/** The events after which a command is done: Core Vol 4, Part E, the "Event(s) generated" of each. */
const connected = [
  'LE_Connection_Complete',
  'LE_Enhanced_Connection_Complete [v1]',
  'LE_Enhanced_Connection_Complete [v2]',
];
const synchronised = [
  'LE_Periodic_Advertising_Sync_Established [v1]',
  'LE_Periodic_Advertising_Sync_Established [v2]',
];
const streaming = ['LE_CIS_Established [v1]', 'LE_CIS_Established [v2]'];
const finishing: Readonly<Record<string, readonly string[]>> = {
  Disconnect: ['Disconnection_Complete'],
  Read_Remote_Version_Information: ['Read_Remote_Version_Information_Complete'],
  LE_Create_Connection: connected,
  LE_Create_Connection_Cancel: connected,
  LE_Connection_Update: ['LE_Connection_Update_Complete'],
  LE_Read_Remote_Features_Page_0: ['LE_Read_Remote_Features_Page_0_Complete'],
  LE_Enable_Encryption: [
    'Encryption_Change [v1]',
    'Encryption_Change [v2]',
    'Encryption_Key_Refresh_Complete',
  ],
  'LE_Read_Local_P-256_Public_Key': ['LE_Read_Local_P-256_Public_Key_Complete'],
  'LE_Generate_DHKey [v1]': ['LE_Generate_DHKey_Complete'],
  LE_Set_PHY: ['LE_PHY_Update_Complete'],
  'LE_Extended_Create_Connection [v1]': connected,
  LE_Periodic_Advertising_Create_Sync: synchronised,
  LE_Periodic_Advertising_Create_Sync_Cancel: synchronised,
  'LE_Generate_DHKey [v2]': ['LE_Generate_DHKey_Complete'],
  LE_Create_CIS: streaming,
  LE_Accept_CIS_Request: streaming,
  LE_Create_BIG: ['LE_Create_BIG_Complete'],
  LE_Create_BIG_Test: ['LE_Create_BIG_Complete'],
  LE_Terminate_BIG: ['LE_Terminate_BIG_Complete'],
  LE_BIG_Create_Sync: ['LE_BIG_Sync_Established'],
  LE_Request_Peer_SCA: ['LE_Request_Peer_SCA_Complete'],
  LE_Read_Remote_Transmit_Power_Level: ['LE_Transmit_Power_Reporting'],
  LE_Subrate_Request: ['LE_Subrate_Change'],
  'LE_Extended_Create_Connection [v2]': connected,
  LE_Read_All_Remote_Features: ['LE_Read_All_Remote_Features_Complete'],
  LE_CS_Read_Remote_Supported_Capabilities: ['LE_CS_Read_Remote_Supported_Capabilities_Complete'],
  LE_CS_Security_Enable: ['LE_CS_Security_Enable_Complete'],
  LE_CS_Read_Remote_FAE_Table: ['LE_CS_Read_Remote_FAE_Table_Complete'],
  LE_CS_Create_Config: ['LE_CS_Config_Complete'],
  LE_CS_Remove_Config: ['LE_CS_Config_Complete'],
  LE_CS_Procedure_Enable: ['LE_CS_Procedure_Enable_Complete'],
  LE_CS_Test_End: ['LE_CS_Test_End_Complete'],
  LE_Frame_Space_Update: ['LE_Frame_Space_Update_Complete'],
  LE_Connection_Rate_Request: ['LE_Connection_Rate_Change'],
};

/** The last feature bit of each version that brought features: Core Vol 6, Part B, 4.6, as the versions came. */
const featureVersions: readonly (readonly [lastBit: number, version: number])[] = [
  [0, 4.0],
  [4, 4.1],
  [7, 4.2],
  [16, 5.0],
  [27, 5.1],
  [35, 5.2],
  [39, 5.3],
  [44, 5.4],
  [65, 6.0],
  [74, 6.2],
];

function expectLayout(
  what: string,
  layout: Field<unknown> | undefined,
  entries: readonly TableEntry[] | null,
) {
  expect(declaredLayout(layout), what).toEqual(expectedLayout(entries));
}

describeWithShared('the declarations, against the fact table', () => {
  const table = sharedJson<FactTable>('spec/hci-le.json');

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

  it('say which events end what a command has begun, wherever a Command Status answers', () => {
    const nameById = new Map(
      [...table.events, ...table.le_events].map((row) => [
        `${Number(row.event_code)} ${row.subevent_code === undefined ? '' : Number(row.subevent_code)}`,
        versioned(row),
      ]),
    );
    const declared = allCommands
      .filter(({ finishedBy }) => finishedBy !== undefined)
      .map(({ name, finishedBy }) => [
        name,
        finishedBy!.map(([code, subevent]) => nameById.get(`${code} ${subevent ?? ''}`)),
      ]);
    expect(Object.fromEntries(declared)).toEqual(finishing);
    const answered = table.commands.filter((row) => row.completes_with === 'Command_Status').map(versioned);
    expect(Object.keys(finishing)).toEqual(expect.arrayContaining(answered));
    // Those that call something off are answered, and what they call off ends all the same.
    expect(Object.keys(finishing).filter((name) => !answered.includes(name))).toEqual([
      'LE_Create_Connection_Cancel',
      'LE_Periodic_Advertising_Create_Sync_Cancel',
    ]);
  });

  it('are finished by events that tell a Status, and the connection where there is one', () => {
    for (const command of allCommands) {
      for (const [code, subevent] of command.finishedBy ?? []) {
        const event = eventByCode(code, subevent)!;
        const fields = Object.keys(event.parameters.fields);
        // The end of a group that one has ended oneself cannot fail.
        if (event.name !== 'LE_Terminate_BIG_Complete') expect(fields, event.name).toContain('status');
        if ('connectionHandle' in command.parameters.fields) expect(fields).toContain('connectionHandle');
      }
    }
  });

  it('say which version of the specification brought them', () => {
    const since = new Map(
      [...table.commands, ...table.events, ...table.le_events].map((row) => [versioned(row), row.since_core]),
    );
    for (const one of [...allCommands, ...allEvents]) expect(one.since, one.name).toBe(since.get(one.name));
  });

  it('name the features that they serve, of a version that had them (Vol 4, Part E, 3.1)', () => {
    for (const one of [...allCommands, ...allEvents]) {
      if (one.features === undefined) continue;
      expect(one.features.length, one.name).toBeGreaterThan(0);
      for (const feature of one.features) {
        expect(LeFeature, one.name).toHaveProperty(feature);
        const [, came] = featureVersions.find(([last]) => LeFeature[feature] <= last)!;
        expect(Number(one.since), `${one.name} and ${feature}`).toBeGreaterThanOrEqual(came);
      }
    }
  });

  it('name features of their own name', () => {
    const featuresOf = (name: string) =>
      [...allCommands, ...allEvents].find((one) => one.name === name)?.features;
    for (const { name, features } of [...allCommands, ...allEvents]) {
      if (/_CS_/.test(name)) expect(features, name).toEqual(['channelSounding']);
      if (/Monitor/.test(name)) expect(features, name).toEqual(['monitoringAdvertisers']);
      if (/Subrate/.test(name)) expect(features, name).toEqual(['connectionSubrating']);
      if (/Path_Loss/.test(name)) expect(features, name).toEqual(['lePathLossMonitoring']);
      if (/Resolving_List/.test(name)) expect(features, name).toEqual(['llPrivacy']);
      if (/Frame_Space/.test(name)) expect(features, name).toEqual(['frameSpaceUpdate']);
    }
    expect(featuresOf('LE_Set_PHY')).toEqual(['le2MPhy', 'leCodedPhy']);
    expect(featuresOf('LE_Set_Scan_Parameters')).toBeUndefined();
    expect(featuresOf('LE_Create_BIG')).toEqual(['isochronousBroadcaster']);
  });

  it('say the bit of an event in its mask (Vol 4, Part E, 7.3.1, 7.3.69 and 7.8.1)', () => {
    const bitsOf = (page: 'page_1' | 'page_2') =>
      new Map(Object.entries(table.event_masks[page].bits).map(([bit, name]) => [name, Number(bit)]));
    const page1 = bitsOf('page_1');
    const page2 = bitsOf('page_2');
    const le = new Map(table.le_events.map((row) => [versioned(row), row.le_event_mask_bit]));
    for (const { name, maskBit, maskPage2Bit } of allEvents) {
      expect(maskBit, name).toBe(le.get(name) ?? page1.get(name));
      expect(maskPage2Bit, name).toBe(page2.get(name));
    }
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
