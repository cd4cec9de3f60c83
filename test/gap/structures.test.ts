import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BdAddr } from '../../src/core/address.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { Uuid } from '../../src/core/uuid.js';
import { AdvertisingData, buildAdvertisingData } from '../../src/gap/advertising-data.js';
import { AdType, type AdTypeName } from '../../src/gap/advertising-types.js';
import { type AdContents, adStructure, readAdStructure } from '../../src/gap/structures/index.js';

/** Octets of each type as the Supplement lays them out, and what they say. */
const samples: { readonly [K in AdTypeName]: readonly [hex: string, contents: AdContents[K]] } = {
  flags: ['06', { flags: 6 }],
  incompleteServiceUuids16: ['0d180f18', { uuids: [Uuid.from(0x180d), Uuid.from(0x180f)] }],
  completeServiceUuids16: ['0d18', { uuids: [Uuid.from(0x180d)] }],
  incompleteServiceUuids32: ['78563412', { uuids: [Uuid.from(0x12345678)] }],
  completeServiceUuids32: ['', { uuids: [] }],
  incompleteServiceUuids128: [
    '9ecadc240ee5a9e093f3a3b50100406e',
    { uuids: [Uuid.from('6e400001-b5a3-f393-e0a9-e50e24dcca9e')] },
  ],
  completeServiceUuids128: [
    '9ecadc240ee5a9e093f3a3b50100406e',
    { uuids: [Uuid.from('6e400001-b5a3-f393-e0a9-e50e24dcca9e')] },
  ],
  shortenedLocalName: ['48c3a4', { name: 'Hä' }],
  completeLocalName: ['48656172740a', { name: 'Heart\n' }],
  txPowerLevel: ['f4', { txPower: -12 }],
  classOfDevice: ['0c025a', { classOfDevice: 0x5a020c }],
  simplePairingHashC192: [`${'00'.repeat(15)}01`, { hash: fromHex(`${'00'.repeat(15)}01`) }],
  simplePairingRandomizerR192: ['ff'.repeat(16), { randomizer: fromHex('ff'.repeat(16)) }],
  securityManagerTkValue: ['01'.repeat(16), { value: fromHex('01'.repeat(16)) }],
  securityManagerOutOfBandFlags: ['0b', { flags: 0x0b }],
  peripheralConnectionIntervalRange: ['0600ffff', { intervalMin: 6, intervalMax: 0xffff }],
  solicitationUuids16: ['1218', { uuids: [Uuid.from(0x1812)] }],
  solicitationUuids32: ['01000100', { uuids: [Uuid.from(0x00010001)] }],
  solicitationUuids128: [
    'd0002d121e4b0fa4994eceb531f40579',
    { uuids: [Uuid.from('7905f431-b5ce-4e99-a40f-4b1e122d00d0')] },
  ],
  serviceData16: ['0f1864', { uuid: Uuid.from(0x180f), data: fromHex('64') }],
  serviceData32: ['7856341200', { uuid: Uuid.from(0x12345678), data: fromHex('00') }],
  serviceData128: [
    '9ecadc240ee5a9e093f3a3b50100406e01',
    { uuid: Uuid.from('6e400001-b5a3-f393-e0a9-e50e24dcca9e'), data: fromHex('01') },
  ],
  publicTargetAddress: ['665544332211', { addresses: [BdAddr.parse('11:22:33:44:55:66')] }],
  randomTargetAddress: [
    '665544332211' + '0100000000c0',
    { addresses: [BdAddr.parse('11:22:33:44:55:66'), BdAddr.parse('C0:00:00:00:00:01')] },
  ],
  appearance: ['4103', { appearance: 0x0341 }],
  advertisingInterval: ['a000', { interval: 160 }],
  leBluetoothDeviceAddress: [
    '0100000000c0' + '01',
    { address: BdAddr.parse('C0:00:00:00:00:01'), addressType: 1 },
  ],
  leRole: ['02', { role: 2 }],
  simplePairingHashC256: ['0a'.repeat(16), { hash: fromHex('0a'.repeat(16)) }],
  simplePairingRandomizerR256: ['0b'.repeat(16), { randomizer: fromHex('0b'.repeat(16)) }],
  leSecureConnectionsConfirmationValue: ['0c'.repeat(16), { confirmationValue: fromHex('0c'.repeat(16)) }],
  leSecureConnectionsRandomValue: ['0d'.repeat(16), { randomValue: fromHex('0d'.repeat(16)) }],
  // The first code point is the scheme's: U+0017 is https (assigned numbers, 2.7).
  uri: ['172f2f612e62', { uri: '\u0017//a.b' }],
  indoorPositioning: ['0400', { flags: 4, data: fromHex('00') }],
  transportDiscoveryData: [
    '010202aabb',
    { blocks: [{ organizationId: 1, flags: 2, data: fromHex('aabb') }] },
  ],
  leSupportedFeatures: ['ff01', { features: fromHex('ff01') }],
  channelMapUpdateIndication: ['ffffffff1f3412', { channelMap: fromHex('ffffffff1f'), instant: 0x1234 }],
  pbAdv: ['000000010001', { linkId: fromHex('00000001'), transactionNumber: 0, data: fromHex('01') }],
  meshMessage: ['68eca487', { data: fromHex('68eca487') }],
  meshBeacon: ['0101', { beaconType: 1, data: fromHex('01') }],
  bigInfo: ['00'.repeat(33), { data: fromHex('00'.repeat(33)) }],
  broadcastCode: ['0e'.repeat(16), { broadcastCode: fromHex('0e'.repeat(16)) }],
  resolvableSetIdentifier: ['010203040506', { hash: fromHex('010203'), prand: fromHex('040506') }],
  advertisingIntervalLong: ['000001', { interval: 0x010000 }],
  broadcastName: ['47617465203132', { name: 'Gate 12' }],
  encryptedAdvertisingData: [
    '0102030405' + 'aabbcc' + '06070809',
    { randomizer: fromHex('0102030405'), payload: fromHex('aabbcc'), mic: fromHex('06070809') },
  ],
  periodicAdvertisingResponseTimingInformation: [
    'd6be898e' + '10' + '06' + '02' + '08',
    {
      accessAddress: 0x8e89bed6,
      numSubevents: 16,
      subeventInterval: 6,
      responseSlotDelay: 2,
      responseSlotSpacing: 8,
    },
  ],
  electronicShelfLabel: ['00', { data: fromHex('00') }],
  threeDInformationData: ['0328', { flags: 3, pathLossThreshold: 40 }],
  manufacturerSpecificData: ['4c000215', { companyIdentifier: 0x004c, data: fromHex('0215') }],
};

const all = Object.keys(AdType) as AdTypeName[];

describe('advertising data structures of all types (CSS, Part A, 1)', () => {
  it.each(all)('%s: is built to the octet, and read back', (name) => {
    const [hex, contents] = samples[name];
    const structure = adStructure(name, contents as never);
    expect(structure.type).toBe(AdType[name]);
    expect(toHex(structure.data)).toBe(hex);
    expect(readAdStructure(structure)).toEqual({ name, type: AdType[name], contents });
    const [again] = new AdvertisingData(buildAdvertisingData([structure], 255)).structures;
    expect(readAdStructure(again!)).toEqual({ name, type: AdType[name], contents });
  });

  it.each(all)(
    '%s: whatever octets come, they are read and give the same octets again, or are refused',
    (name) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 80 }), (data) => {
          const read = readAdStructure({ type: AdType[name], data });
          if (!read) return;
          const text = Object.values(read.contents).some((value) => typeof value === 'string');
          // Octets that are no UTF-8 cannot be given back; 24 bits of an interval go in three octets.
          if (text || name === 'advertisingIntervalLong') return;
          expect(toHex(adStructure(name, read.contents as never).data)).toBe(toHex(data));
        }),
      );
    },
  );

  it('are refused where the octets cannot be contents of the type', () => {
    for (const [type, hex] of [
      [AdType.flags, ''],
      [AdType.appearance, '41'],
      [AdType.appearance, '410300'],
      [AdType.completeServiceUuids16, '0d180f'],
      [AdType.encryptedAdvertisingData, '0102030405060708'],
      [AdType.leBluetoothDeviceAddress, '0100000000c0'],
      [AdType.advertisingIntervalLong, '0001'],
      [0x99, '00'],
    ] as const) {
      expect(readAdStructure({ type, data: fromHex(hex) })).toBeUndefined();
    }
  });

  it('cannot be built of what does not fit, and the error names the field', () => {
    expect(() => adStructure('flags', { flags: 256 })).toThrow(/flags/);
    expect(() => adStructure('completeServiceUuids16', { uuids: [Uuid.from(0x12345678)] })).toThrow(/uuids/);
    expect(() => adStructure('broadcastCode', { broadcastCode: new Uint8Array(15) })).toThrow(
      /broadcastCode/,
    );
    expect(() => adStructure('broadcastName', { name: 'x'.repeat(255) })).toThrow(/255 octets/);
    expect(() => adStructure('nothing' as 'flags', { flags: 1 })).toThrow(/no such AD type/);
  });
});
