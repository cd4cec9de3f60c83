/** What stands in advertising data structures: Core Specification Supplement, Part A, 1. */
import {
  bdAddr,
  type Field,
  type Fields,
  i8,
  meaning,
  octets,
  repeated,
  rest,
  sized,
  struct,
  u8,
  u16,
  u24,
  u32,
  type Values,
} from '../../core/codec.js';
import { utf8, uuid } from '../../core/codec-text.js';
import { LeFeature } from '../../hci/features.js';
import { AdType, type AdTypeName } from '../advertising-types.js';

const octets16 = octets(16);
const uuids = {
  2: { uuids: repeated(uuid(2)) },
  4: { uuids: repeated(uuid(4)) },
  16: { uuids: repeated(uuid(16)) },
};
const preferredInterval = meaning(u16, { unit: [1.25, 'ms'], names: { 65535: 'no specific value' } });
const addresses = { addresses: repeated(bdAddr) };
const name = { name: utf8 };
const advertisingInterval = { unit: [0.625, 'ms'] } as const;

const leFeatureBits: Record<number, string> = Object.fromEntries(
  Object.entries(LeFeature).map(([feature, bit]) => [bit, feature]),
);

const intervalLong: Field<number> = {
  kind: 'u24 or u32',
  size: undefined,
  read: (reader) => (reader.remaining === 3 ? reader.u24() : reader.u32()),
  write: (writer, value) => void (value > 0xffffff ? writer.u32(value) : writer.u24(value)),
};

/** All octets but the last `size`. */
function restBut(size: number): Field<Uint8Array> {
  return {
    ...rest,
    read: (reader) => reader.view(Math.max(0, reader.remaining - size)),
  };
}

/**
 * What a structure of each AD type carries, in the order in which it travels. Where a profile of its own lays it out (Mesh,
 * electronic shelf labels, indoor positioning, transport discovery), it is octets from where that begins.
 */
export const adContents = {
  flags: {
    flags: meaning(u8, {
      bits: {
        0: 'LE Limited Discoverable',
        1: 'LE General Discoverable',
        2: 'BR/EDR Not Supported',
        3: 'Simultaneous LE and BR/EDR',
      },
    }),
  },
  incompleteServiceUuids16: uuids[2],
  completeServiceUuids16: uuids[2],
  incompleteServiceUuids32: uuids[4],
  completeServiceUuids32: uuids[4],
  incompleteServiceUuids128: uuids[16],
  completeServiceUuids128: uuids[16],
  shortenedLocalName: name,
  completeLocalName: name,
  txPowerLevel: { txPower: meaning(i8, { unit: [1, 'dBm'] }) },
  classOfDevice: { classOfDevice: meaning(u24, { hex: true }) },
  simplePairingHashC192: { hash: octets16 },
  simplePairingRandomizerR192: { randomizer: octets16 },
  securityManagerTkValue: { value: rest },
  securityManagerOutOfBandFlags: {
    flags: meaning(u8, {
      bits: {
        0: 'OOB data present',
        1: 'LE supported by the host',
        2: 'Simultaneous LE and BR/EDR by the host',
        3: 'random address',
      },
    }),
  },
  peripheralConnectionIntervalRange: {
    intervalMin: preferredInterval,
    intervalMax: preferredInterval,
  },
  solicitationUuids16: uuids[2],
  solicitationUuids32: uuids[4],
  solicitationUuids128: uuids[16],
  serviceData16: { uuid: uuid(2), data: rest },
  serviceData32: { uuid: uuid(4), data: rest },
  serviceData128: { uuid: uuid(16), data: rest },
  publicTargetAddress: addresses,
  randomTargetAddress: addresses,
  appearance: { appearance: meaning(u16, { refersTo: 'appearance' }) },
  advertisingInterval: { interval: meaning(u16, advertisingInterval) },
  leBluetoothDeviceAddress: {
    address: bdAddr,
    addressType: meaning(u8, { names: { 0: 'public', 1: 'random' } }),
  },
  leRole: {
    role: meaning(u8, {
      names: {
        0: 'only Peripheral',
        1: 'only Central',
        2: 'both, Peripheral preferred',
        3: 'both, Central preferred',
      },
    }),
  },
  simplePairingHashC256: { hash: octets16 },
  simplePairingRandomizerR256: { randomizer: octets16 },
  leSecureConnectionsConfirmationValue: { confirmationValue: octets16 },
  leSecureConnectionsRandomValue: { randomValue: octets16 },
  uri: { uri: utf8 },
  transportDiscoveryData: {
    blocks: repeated(struct({ organizationId: u8, flags: u8, data: sized(u8) })),
  },
  leSupportedFeatures: { features: meaning(rest, { bits: leFeatureBits }) },
  channelMapUpdateIndication: { channelMap: octets(5), instant: u16 },
  broadcastCode: { broadcastCode: octets16 },
  resolvableSetIdentifier: { hash: octets(3), prand: octets(3) },
  broadcastName: name,
  periodicAdvertisingResponseTimingInformation: {
    accessAddress: meaning(u32, { hex: true }),
    numSubevents: u8,
    subeventInterval: meaning(u8, { unit: [1.25, 'ms'] }),
    responseSlotDelay: meaning(u8, { unit: [1.25, 'ms'] }),
    responseSlotSpacing: meaning(u8, { unit: [0.125, 'ms'] }),
  },
  advertisingIntervalLong: { interval: meaning(intervalLong, advertisingInterval) },
  // CSS, Part A, 1.23.
  encryptedAdvertisingData: { randomizer: octets(5), payload: restBut(4), mic: octets(4) },
  indoorPositioning: { flags: meaning(u8, { hex: true }), data: rest },
  pbAdv: { linkId: octets(4), transactionNumber: u8, data: rest },
  meshMessage: { data: rest },
  meshBeacon: {
    beaconType: meaning(u8, { names: { 0: 'unprovisioned device', 1: 'secure network', 2: 'private' } }),
    data: rest,
  },
  bigInfo: { data: rest },
  electronicShelfLabel: { data: rest },
  // 3D Synchronization Profile, 4.2.
  threeDInformationData: {
    flags: meaning(u8, {
      bits: {
        0: 'association notification',
        1: 'battery level reporting',
        2: 'send battery level on start-up',
        7: 'factory test mode',
      },
    }),
    pathLossThreshold: u8,
  },
  manufacturerSpecificData: {
    companyIdentifier: meaning(u16, { refersTo: 'company' }),
    data: rest,
  },
} satisfies Record<AdTypeName, Fields>;

/** What structures of the AD types carry, by the name of the type. */
export type AdContents = { readonly [K in AdTypeName]: Readonly<Values<(typeof adContents)[K]>> };

const byType: ReadonlyMap<number, Fields> = new Map(
  Object.entries(adContents).map(([name, fields]) => [AdType[name as AdTypeName], fields]),
);

/** The declared contents of a structure of an AD type; octets for those that nobody knows. */
export function contentsOf(type: number): Fields {
  return byType.get(type) ?? { data: rest };
}
