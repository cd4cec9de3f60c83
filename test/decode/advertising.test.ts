import { beforeAll, describe, expect, it } from 'vitest';
import { fromHex } from '../../src/core/hex.js';
import {
  decode,
  findField,
  loadAssignedNumbers,
  type NameTables,
  type ReadableField,
} from '../../src/decode/index.js';
import { AdType, adTypeName } from '../../src/gap/advertising-types.js';
import { commandPacket, eventPacket } from '../support/packets.js';

let names: NameTables;
beforeAll(async () => {
  names = await loadAssignedNumbers();
});

/** The structures in the advertising data of a legacy report. */
function structures(data: string): readonly ReadableField[] {
  const size = fromHex(data).length.toString(16).padStart(2, '0');
  const { fields } = decode(eventPacket(0x3e, `02 01 00 01 010000c0dec0 ${size} ${data} c5`), { names });
  return findField(fields, 'reports', '0', 'data')!.fields!;
}

/** What one structure says. */
function said(type: number, contents: string): string {
  const octets = fromHex(contents);
  const [structure] = structures(`${hex(octets.length + 1)}${hex(type)}${contents}`);
  expect(structure!.label).toBe(adTypeName(type));
  return structure!.text;
}

const hex = (value: number) => value.toString(16).padStart(2, '0');
const OCTETS_16 = '000102030405060708090a0b0c0d0e0f';
const UUID_128 = '0f0e0d0c-0b0a-0908-0706-050403020100';

/** A structure of each type: Core Specification Supplement, Part A, 1. */
const examples: readonly (readonly [type: number, contents: string, said: string])[] = [
  [AdType.flags, '1a', '0x1A (LE General Discoverable, Simultaneous LE and BR/EDR, bit 4)'],
  [AdType.incompleteServiceUuids16, '0d180f18', '0x180D (Heart Rate) 0x180F (Battery Service)'],
  [AdType.completeServiceUuids16, '0d18', '0x180D (Heart Rate)'],
  [AdType.incompleteServiceUuids32, '78563412', '0x12345678'],
  [AdType.completeServiceUuids32, '0d180000', '0x180D (Heart Rate)'],
  [AdType.incompleteServiceUuids128, OCTETS_16, UUID_128],
  [AdType.completeServiceUuids128, OCTETS_16, UUID_128],
  [AdType.shortenedLocalName, '48656172', '"Hear"'],
  [AdType.completeLocalName, '48c3bc68', '"Hüh"'],
  [AdType.txPowerLevel, 'fc', '-4 dBm'],
  [AdType.classOfDevice, '14011a', '0x1A0114'],
  [AdType.simplePairingHashC192, OCTETS_16, OCTETS_16],
  [AdType.simplePairingRandomizerR192, OCTETS_16, OCTETS_16],
  [AdType.securityManagerTkValue, OCTETS_16, OCTETS_16],
  [AdType.securityManagerOutOfBandFlags, '03', '0x03 (OOB data present, LE supported by the host)'],
  [AdType.peripheralConnectionIntervalRange, '0600ffff', '6 (7.5 ms) 65535 (no specific value)'],
  [AdType.solicitationUuids16, '1218', '0x1812 (Human Interface Device)'],
  [AdType.solicitationUuids128, OCTETS_16, UUID_128],
  [AdType.serviceData16, '0f1864', '0x180F (Battery Service) 64'],
  [AdType.publicTargetAddress, '010203040506', '06:05:04:03:02:01'],
  [AdType.randomTargetAddress, '0102030405c6010203040506', 'C6:05:04:03:02:01 06:05:04:03:02:01'],
  [AdType.appearance, '4103', '0x0341 (Heart Rate Sensor: Heart Rate Belt)'],
  [AdType.advertisingInterval, 'a000', '160 (100 ms)'],
  [AdType.leBluetoothDeviceAddress, '0102030405c601', 'C6:05:04:03:02:01/random'],
  [AdType.leRole, '02', '2 (both, Peripheral preferred)'],
  [AdType.simplePairingHashC256, OCTETS_16, OCTETS_16],
  [AdType.simplePairingRandomizerR256, OCTETS_16, OCTETS_16],
  [AdType.solicitationUuids32, '78563412', '0x12345678'],
  [AdType.serviceData32, '78563412aa', '0x12345678 aa'],
  [AdType.serviceData128, `${OCTETS_16}aa`, `${UUID_128} aa`],
  [AdType.leSecureConnectionsConfirmationValue, OCTETS_16, OCTETS_16],
  [AdType.leSecureConnectionsRandomValue, OCTETS_16, OCTETS_16],
  [AdType.uri, '172f2f612e62', '"\\u0017//a.b"'],
  [AdType.indoorPositioning, '0102', '0x01 02'],
  [AdType.transportDiscoveryData, '01020203aa', '1 2 03aa'],
  [AdType.leSupportedFeatures, '0101', 'leEncryption, le2MPhy'],
  [AdType.channelMapUpdateIndication, 'ffffffff1f3412', 'ffffffff1f 4660'],
  [AdType.pbAdv, '01', '01'],
  [AdType.meshMessage, '0102', '0102'],
  [AdType.meshBeacon, '00', '0 (unprovisioned device) (empty)'],
  [AdType.bigInfo, '00112233', '00112233'],
  [AdType.broadcastCode, OCTETS_16, OCTETS_16],
  [AdType.resolvableSetIdentifier, '010203040506', '010203 040506'],
  [AdType.advertisingIntervalLong, '400d03', '200000 (125 s)'],
  [AdType.advertisingIntervalLong, '400d0300', '200000 (125 s)'],
  [AdType.broadcastName, '4d757369', '"Musi"'],
  [AdType.encryptedAdvertisingData, '0102030405aabbcc01020304', '0102030405 aabbcc 01020304'],
  [
    AdType.periodicAdvertisingResponseTimingInformation,
    'd6be898e0a180408',
    '0x8E89BED6 10 24 (30 ms) 4 (5 ms) 8 (1 ms)',
  ],
  [AdType.electronicShelfLabel, '0a0b', '0a0b'],
  [AdType.threeDInformationData, '0102', '0x01 (association notification) 2'],
  [AdType.manufacturerSpecificData, '4c000215', '0x004C (Apple, Inc.) 0215'],
];

describe('advertising data', () => {
  it('is taken apart by every AD type (Core Specification Supplement, Part A, 1)', () => {
    const wanted = examples.map(([type, contents, text]) => `${adTypeName(type)}: ${contents}: ${text}`);
    expect(
      examples.map(([type, contents]) => `${adTypeName(type)}: ${contents}: ${said(type, contents)}`),
    ).toEqual(wanted);
    expect(new Set(examples.map(([type]) => type))).toEqual(new Set(Object.values(AdType)));
  });

  it('keeps structures of unknown types, and contents that are too short for theirs', () => {
    expect(structures('03 60 0102')[0]).toMatchObject({ key: '0x60', label: 'AD type 0x60', text: '0102' });
    const [power] = structures('01 0a');
    expect(findField(power!.fields!, 'txPower')!.malformed).toMatch(/1 octets wanted/);
    const [uuids] = structures('04 03 0d1800');
    expect(findField(uuids!.fields!, 'uuids', '1')).toMatchObject({ length: 1, value: '00' });
    expect(findField(uuids!.fields!, 'uuids', '1')!.malformed).toMatch(/2 octets wanted/);
  });

  it('ends at a length of zero, and says what stands behind (Core Vol 3, Part C, 11)', () => {
    const [, end] = structures('02 01 06 00 00');
    expect(end).toMatchObject({ key: 'end', offset: 16, length: 2, text: '2 zeros', structural: true });
    const [, octets] = structures('02 01 06 00 07');
    expect(octets).toMatchObject({ key: 'end', text: '0007' });
  });

  it('says when a structure runs past the end', () => {
    const packet = decode(eventPacket(0x3e, '02 01 00 01 010000c0dec0 05 020106 0509 c5'));
    expect(packet.malformed).toBe('an advertising structure of 6 octets, and 2 are left');
    expect(findField(packet.fields, 'reports', '0', 'data', 'flags')!.text).toMatch(/^0x06/);
  });

  it('may be cut where more of it comes in another report (Core Vol 4, Part E, 7.7.65.13)', () => {
    const report = (eventType: string) =>
      decode(
        eventPacket(
          0x3e,
          `0d 01 ${eventType} 01 010000c0dec0 01 00 00 7f c5 0000 00 000000000000 05 020106 0509`,
        ),
      );
    expect(report('2000').malformed).toBeUndefined();
    expect(report('0000').malformed).toMatch(/an advertising structure of 6 octets/);
  });

  it('may be cut in the first of several commands, and begins anywhere in the later (Core Vol 4, Part E, 7.8.54)', () => {
    const command = (operation: string) => decode(commandPacket(0x2037, `00 ${operation} 01 05 020106 0509`));
    expect(command('03').malformed).toMatch(/an advertising structure of 6 octets/);
    expect(command('01').malformed).toBeUndefined();
    expect(findField(command('01').fields, 'advertisingData', 'flags')).toBeDefined();
    expect(findField(command('02').fields, 'advertisingData')!.value).toBe('0201060509');
  });
});
