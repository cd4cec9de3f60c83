import { Address, AddressType, BdAddr } from '../../core/address.js';
import { AdvertisingPhy } from '../air/advertising-airtime.js';

/** Bits of Advertising_Event_Properties: Core Vol 4, Part E, 7.8.53. */
export const AdvertisingProperty = {
  connectable: 0x01,
  scannable: 0x02,
  directed: 0x04,
  highDuty: 0x08,
  legacy: 0x10,
  anonymous: 0x20,
  txPower: 0x40,
} as const;

/** Advertising_Type of the legacy commands: Core Vol 4, Part E, 7.8.5. */
export const AdvertisingType = {
  connectable: 0,
  directedHighDuty: 1,
  scannable: 2,
  nonConnectable: 3,
  directedLowDuty: 4,
} as const;

/** The event properties of each {@link AdvertisingType}: Core Vol 4, Part E, 7.8.53, table of legacy PDUs. */
export const legacyProperties: readonly number[] = [0x13, 0x1d, 0x12, 0x10, 0x15];

/** How an advertising set advertises. */
export interface AdvertisingParameters {
  /** Bits of {@link AdvertisingProperty}. */
  readonly properties: number;
  /** Units of 0.625 ms. */
  readonly intervalMin: number;
  readonly intervalMax: number;
  readonly ownAddressType: number;
  readonly peer: Address;
  /** Bit 0 is channel 37. */
  readonly channelMap: number;
  /** Bit 0: scan requests from the Filter Accept List only; bit 1: connection requests. */
  readonly filterPolicy: number;
  /** dBm; `undefined` for the radio's own power. */
  readonly txPower: number | undefined;
  /** A code of {@link AdvertisingPhy}. */
  readonly primaryPhy: number;
  /** A code of {@link AdvertisingPhy}. */
  readonly secondaryPhy: number;
  readonly sid: number;
  /** Whether the host hears of scan requests. */
  readonly notifyScanRequests: boolean;
}

/** Before the first LE Set Advertising Parameters: Core Vol 4, Part E, 7.8.5. */
export const defaultAdvertisingParameters: AdvertisingParameters = {
  properties: legacyProperties[AdvertisingType.connectable]!,
  intervalMin: 0x0800,
  intervalMax: 0x0800,
  ownAddressType: AddressType.public,
  peer: new Address(BdAddr.zero, AddressType.public),
  channelMap: 0x07,
  filterPolicy: 0,
  txPower: undefined,
  primaryPhy: AdvertisingPhy.le1M,
  secondaryPhy: AdvertisingPhy.le1M,
  sid: 0,
  notifyScanRequests: false,
};
