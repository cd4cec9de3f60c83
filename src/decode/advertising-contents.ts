/** What stands in advertising data structures: Core Specification Supplement, Part A, 1. */
import {
  bdAddr,
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
} from '../core/codec.js';
import { AdType } from '../gap/advertising-types.js';
import { LeFeature } from '../hci/features.js';
import { utf8, uuid } from './fields.js';

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

const contents: Readonly<Record<number, Fields>> = {
  [AdType.flags]: {
    flags: meaning(u8, {
      bits: {
        0: 'LE Limited Discoverable',
        1: 'LE General Discoverable',
        2: 'BR/EDR Not Supported',
        3: 'Simultaneous LE and BR/EDR',
      },
    }),
  },
  [AdType.incompleteServiceUuids16]: uuids[2],
  [AdType.completeServiceUuids16]: uuids[2],
  [AdType.incompleteServiceUuids32]: uuids[4],
  [AdType.completeServiceUuids32]: uuids[4],
  [AdType.incompleteServiceUuids128]: uuids[16],
  [AdType.completeServiceUuids128]: uuids[16],
  [AdType.shortenedLocalName]: name,
  [AdType.completeLocalName]: name,
  [AdType.txPowerLevel]: { txPower: meaning(i8, { unit: [1, 'dBm'] }) },
  [AdType.classOfDevice]: { classOfDevice: meaning(u24, { hex: true }) },
  [AdType.simplePairingHashC192]: { hash: octets16 },
  [AdType.simplePairingRandomizerR192]: { randomizer: octets16 },
  [AdType.securityManagerTkValue]: { value: rest },
  [AdType.securityManagerOutOfBandFlags]: {
    flags: meaning(u8, {
      bits: {
        0: 'OOB data present',
        1: 'LE supported by the host',
        2: 'Simultaneous LE and BR/EDR by the host',
        3: 'random address',
      },
    }),
  },
  [AdType.peripheralConnectionIntervalRange]: {
    intervalMin: preferredInterval,
    intervalMax: preferredInterval,
  },
  [AdType.solicitationUuids16]: uuids[2],
  [AdType.solicitationUuids32]: uuids[4],
  [AdType.solicitationUuids128]: uuids[16],
  [AdType.serviceData16]: { uuid: uuid(2), data: rest },
  [AdType.serviceData32]: { uuid: uuid(4), data: rest },
  [AdType.serviceData128]: { uuid: uuid(16), data: rest },
  [AdType.publicTargetAddress]: addresses,
  [AdType.randomTargetAddress]: addresses,
  [AdType.appearance]: { appearance: meaning(u16, { refersTo: 'appearance' }) },
  [AdType.advertisingInterval]: { interval: meaning(u16, advertisingInterval) },
  [AdType.leBluetoothDeviceAddress]: {
    address: bdAddr,
    addressType: meaning(u8, { names: { 0: 'public', 1: 'random' } }),
  },
  [AdType.leRole]: {
    role: meaning(u8, {
      names: {
        0: 'only Peripheral',
        1: 'only Central',
        2: 'both, Peripheral preferred',
        3: 'both, Central preferred',
      },
    }),
  },
  [AdType.simplePairingHashC256]: { hash: octets16 },
  [AdType.simplePairingRandomizerR256]: { randomizer: octets16 },
  [AdType.leSecureConnectionsConfirmationValue]: { confirmationValue: octets16 },
  [AdType.leSecureConnectionsRandomValue]: { randomValue: octets16 },
  [AdType.uri]: { uri: utf8 },
  [AdType.transportDiscoveryData]: {
    blocks: repeated(struct({ organizationId: u8, flags: u8, data: sized(u8) })),
  },
  [AdType.leSupportedFeatures]: { features: meaning(rest, { bits: leFeatureBits }) },
  [AdType.channelMapUpdateIndication]: { channelMap: octets(5), instant: u16 },
  [AdType.broadcastCode]: { broadcastCode: octets16 },
  [AdType.resolvableSetIdentifier]: { hash: octets(3), prand: octets(3) },
  [AdType.broadcastName]: name,
  [AdType.periodicAdvertisingResponseTimingInformation]: {
    accessAddress: meaning(u32, { hex: true }),
    numSubevents: u8,
    subeventInterval: meaning(u8, { unit: [1.25, 'ms'] }),
    responseSlotDelay: meaning(u8, { unit: [1.25, 'ms'] }),
    responseSlotSpacing: meaning(u8, { unit: [0.125, 'ms'] }),
  },
  [AdType.manufacturerSpecificData]: {
    companyIdentifier: meaning(u16, { refersTo: 'company' }),
    data: rest,
  },
};

/** The declared contents of a structure of an AD type; octets for those that nobody knows, or that have no fixed layout. */
export function advertisingContents(type: number, size: number): Fields {
  if (type === AdType.advertisingIntervalLong) {
    return { interval: meaning(size === 3 ? u24 : u32, advertisingInterval) };
  }
  // An encrypted structure: Core Specification Supplement, Part A, 1.23.
  if (type === AdType.encryptedAdvertisingData && size >= 9) {
    return { randomizer: octets(5), payload: octets(size - 9), mic: octets(4) };
  }
  return contents[type] ?? { data: rest };
}
