import { hexCode } from '../core/hex.js';

/** One advertising data structure: Core Vol 3, Part C, 11. */
export interface AdvertisingStructure {
  /** The AD type; see {@link AdType}. */
  readonly type: number;
  /** What stands behind the type, 0–254 octets. */
  readonly data: Uint8Array;
}

/** The AD types: assigned numbers, 2.3; what they carry is in the Core Specification Supplement, Part A. */
export const AdType = {
  flags: 0x01,
  incompleteServiceUuids16: 0x02,
  completeServiceUuids16: 0x03,
  incompleteServiceUuids32: 0x04,
  completeServiceUuids32: 0x05,
  incompleteServiceUuids128: 0x06,
  completeServiceUuids128: 0x07,
  shortenedLocalName: 0x08,
  completeLocalName: 0x09,
  txPowerLevel: 0x0a,
  classOfDevice: 0x0d,
  simplePairingHashC192: 0x0e,
  simplePairingRandomizerR192: 0x0f,
  securityManagerTkValue: 0x10,
  securityManagerOutOfBandFlags: 0x11,
  peripheralConnectionIntervalRange: 0x12,
  solicitationUuids16: 0x14,
  solicitationUuids128: 0x15,
  serviceData16: 0x16,
  publicTargetAddress: 0x17,
  randomTargetAddress: 0x18,
  appearance: 0x19,
  advertisingInterval: 0x1a,
  leBluetoothDeviceAddress: 0x1b,
  leRole: 0x1c,
  simplePairingHashC256: 0x1d,
  simplePairingRandomizerR256: 0x1e,
  solicitationUuids32: 0x1f,
  serviceData32: 0x20,
  serviceData128: 0x21,
  leSecureConnectionsConfirmationValue: 0x22,
  leSecureConnectionsRandomValue: 0x23,
  uri: 0x24,
  indoorPositioning: 0x25,
  transportDiscoveryData: 0x26,
  leSupportedFeatures: 0x27,
  channelMapUpdateIndication: 0x28,
  pbAdv: 0x29,
  meshMessage: 0x2a,
  meshBeacon: 0x2b,
  bigInfo: 0x2c,
  broadcastCode: 0x2d,
  resolvableSetIdentifier: 0x2e,
  advertisingIntervalLong: 0x2f,
  broadcastName: 0x30,
  encryptedAdvertisingData: 0x31,
  periodicAdvertisingResponseTimingInformation: 0x32,
  electronicShelfLabel: 0x34,
  threeDInformationData: 0x3d,
  manufacturerSpecificData: 0xff,
} as const;

/** The name of an AD type in code. */
export type AdTypeName = keyof typeof AdType;

const names: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [0x01, 'Flags'],
  [0x02, 'Incomplete List of 16-bit Service or Service Class UUIDs'],
  [0x03, 'Complete List of 16-bit Service or Service Class UUIDs'],
  [0x04, 'Incomplete List of 32-bit Service or Service Class UUIDs'],
  [0x05, 'Complete List of 32-bit Service or Service Class UUIDs'],
  [0x06, 'Incomplete List of 128-bit Service or Service Class UUIDs'],
  [0x07, 'Complete List of 128-bit Service or Service Class UUIDs'],
  [0x08, 'Shortened Local Name'],
  [0x09, 'Complete Local Name'],
  [0x0a, 'Tx Power Level'],
  [0x0d, 'Class of Device'],
  [0x0e, 'Simple Pairing Hash C-192'],
  [0x0f, 'Simple Pairing Randomizer R-192'],
  [0x10, 'Device ID / Security Manager TK Value'],
  [0x11, 'Security Manager Out of Band Flags'],
  [0x12, 'Peripheral Connection Interval Range'],
  [0x14, 'List of 16-bit Service Solicitation UUIDs'],
  [0x15, 'List of 128-bit Service Solicitation UUIDs'],
  [0x16, 'Service Data - 16-bit UUID'],
  [0x17, 'Public Target Address'],
  [0x18, 'Random Target Address'],
  [0x19, 'Appearance'],
  [0x1a, 'Advertising Interval'],
  [0x1b, 'LE Bluetooth Device Address'],
  [0x1c, 'LE Role'],
  [0x1d, 'Simple Pairing Hash C-256'],
  [0x1e, 'Simple Pairing Randomizer R-256'],
  [0x1f, 'List of 32-bit Service Solicitation UUIDs'],
  [0x20, 'Service Data - 32-bit UUID'],
  [0x21, 'Service Data - 128-bit UUID'],
  [0x22, 'LE Secure Connections Confirmation Value'],
  [0x23, 'LE Secure Connections Random Value'],
  [0x24, 'URI'],
  [0x25, 'Indoor Positioning'],
  [0x26, 'Transport Discovery Data'],
  [0x27, 'LE Supported Features'],
  [0x28, 'Channel Map Update Indication'],
  [0x29, 'PB-ADV'],
  [0x2a, 'Mesh Message'],
  [0x2b, 'Mesh Beacon'],
  [0x2c, 'BIGInfo'],
  [0x2d, 'Broadcast_Code'],
  [0x2e, 'Resolvable Set Identifier'],
  [0x2f, 'Advertising Interval - long'],
  [0x30, 'Broadcast_Name'],
  [0x31, 'Encrypted Advertising Data'],
  [0x32, 'Periodic Advertising Response Timing Information'],
  [0x34, 'Electronic Shelf Label'],
  [0x3d, '3D Information Data'],
  [0xff, 'Manufacturer Specific Data'],
]);

/** The name of an AD type; `undefined` for one that is not assigned. */
export function adTypeName(type: number): string | undefined {
  return names.get(type);
}

/** An AD type with its name: `0x09 Complete Local Name`. */
export function describeAdType(type: number): string {
  return `${hexCode(type)} ${names.get(type) ?? '(unknown)'}`;
}
