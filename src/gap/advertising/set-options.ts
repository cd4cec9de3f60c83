import { Address, AddressType, BdAddr } from '../../core/address.js';
import { checkBytes, checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import { type AdvertisingDataFields, buildAdvertisingData } from '../advertising-data.js';
import { checkSetAddress, type SetAddressOption } from './set-address.js';

/** A PHY of advertising. */
export type AdvertisingPhy = '1M' | '2M' | 'coded';

/** Advertising data as fields, or as octets. */
export type AdvertisingPayload = AdvertisingDataFields | Uint8Array;

/** What an advertising set is like: Core Vol 4, Part E, 7.8.53. */
export interface AdvertisingSetOptions {
  /** Whether centrals may connect; false. */
  readonly connectable?: boolean;
  /** Whether scanners get an answer: with extended PDUs instead of `data`, and not together with `connectable`; false. */
  readonly scannable?: boolean;
  /** Legacy PDUs, which scanners of Bluetooth 4 hear as well: 31 octets, on LE 1M; false. */
  readonly legacyPdus?: boolean;
  /** The one peer that it is for. */
  readonly peer?: Address;
  /**
   * A random address for this set alone, static or private, or `private`: resolvable private ones of its own, which change when
   * the device's does, and want its option `privacy`. The device's without; not with `anonymous`, and none that is not resolvable
   * with `connectable`.
   */
  readonly address?: SetAddressOption;
  /** Leave the address out: nobody can tell who it is; not with `connectable` or `scannable`; false. */
  readonly anonymous?: boolean;
  /** Put the power into the header of extended PDUs; false. */
  readonly includeTxPower?: boolean;
  /** Shortest interval in milliseconds, 20–10485759; 100. */
  readonly intervalMinMs?: number;
  /** Longest interval in milliseconds; 150, or `intervalMinMs` when that is longer. */
  readonly intervalMaxMs?: number;
  /** Channels: bit 0 is 37, bit 1 is 38, bit 2 is 39; 7, all three. */
  readonly channelMap?: number;
  /** Who may scan and connect: bit 0, scan requests from the accept list only; bit 1, connections from it only; 0. */
  readonly filterPolicy?: number;
  /** The PHY of the advertising channels, `1M` or `coded`; `1M`. */
  readonly primaryPhy?: '1M' | 'coded';
  /** The PHY of the data; that of the advertising channels. */
  readonly secondaryPhy?: AdvertisingPhy;
  /**
   * The coding of LE Coded on the advertising channels, where `primaryPhy` is `coded`; the controller's choice without. Wants a
   * controller with Advertising Coding Selection (Bluetooth 5.4).
   */
  readonly primaryCoding?: 'S2' | 'S8';
  /** Likewise that of the data, where `secondaryPhy` is `coded`. */
  readonly secondaryCoding?: 'S2' | 'S8';
  /** Rather be refused (0x11) than have the other coding; false. */
  readonly codingRequired?: boolean;
  /** Advertising events that may go without their data, 0–255; 0. */
  readonly secondaryMaxSkip?: number;
  /** The Advertising_SID, 0–15, by which scanners tell sets of one device apart; 0. */
  readonly sid?: number;
  /** The power to send with, -127 to 20 dBm; the controller's choice without. */
  readonly txPower?: number;
  /** Up to what the controller takes, 1650 octets at most. */
  readonly data?: AdvertisingPayload;
  /** Likewise; with `scannable` only. */
  readonly scanResponse?: AdvertisingPayload;
  /** Tell who asks for the scan response, as the event `scanRequest`; false. */
  readonly scanRequests?: boolean;
}

/** For how long a set advertises. */
export interface AdvertisingTime {
  /** Milliseconds, 10–655350; until it is stopped without. */
  readonly durationMs?: number;
  /** Advertising events, 1–255; as many as there are without. */
  readonly maxEvents?: number;
}

/** How a set advertises periodically: Core Vol 4, Part E, 7.8.61 to 7.8.63. */
export interface PeriodicAdvertisingOptions {
  /** Shortest interval in milliseconds, 7.5–81918.75; 100. */
  readonly intervalMinMs?: number;
  /** Longest interval in milliseconds; 150, or `intervalMinMs` when that is longer. */
  readonly intervalMaxMs?: number;
  /** Put the power into the header; false. */
  readonly includeTxPower?: boolean;
  /** Put the ADI in, by which scanners see that data did not change; false. */
  readonly includeAdi?: boolean;
  readonly data?: AdvertisingPayload;
}

const known = [
  'connectable',
  'scannable',
  'legacyPdus',
  'peer',
  'address',
  'anonymous',
  'includeTxPower',
  'intervalMinMs',
  'intervalMaxMs',
  'channelMap',
  'filterPolicy',
  'primaryPhy',
  'secondaryPhy',
  'primaryCoding',
  'secondaryCoding',
  'codingRequired',
  'secondaryMaxSkip',
  'sid',
  'txPower',
  'data',
  'scanResponse',
  'scanRequests',
];

const phys = { '1M': 1, '2M': 2, coded: 3 } as const;
const NO_PREFERENCE = 0x7f;
const LEGACY_LIMIT = 31;

/** What the command for a set's parameters says, but for the handle and the own address. */
export interface SetParameters {
  readonly advertisingEventProperties: number;
  readonly primaryAdvertisingIntervalMin: number;
  readonly primaryAdvertisingIntervalMax: number;
  readonly primaryAdvertisingChannelMap: number;
  readonly peerAddressType: number;
  readonly peerAddress: BdAddr;
  readonly advertisingFilterPolicy: number;
  readonly advertisingTxPower: number;
  readonly primaryAdvertisingPhy: number;
  readonly secondaryAdvertisingMaxSkip: number;
  readonly secondaryAdvertisingPhy: number;
  readonly advertisingSid: number;
  readonly scanRequestNotificationEnable: number;
  readonly primaryAdvertisingPhyOptions: number;
  readonly secondaryAdvertisingPhyOptions: number;
}

/** The parameters that options ask for. @throws {RangeError | TypeError} naming what is not permitted */
export function setParameters(options: AdvertisingSetOptions): SetParameters {
  checkKeys('advertising set', options, known);
  const { connectable = false, scannable = false, legacyPdus = false, anonymous = false, peer } = options;
  if (peer !== undefined && !(peer instanceof Address)) throw new TypeError('peer: an Address is permitted');
  const { address } = options;
  if (address !== undefined) checkSetAddress(address, { connectable, anonymous });
  if (!legacyPdus && connectable && scannable)
    throw new RangeError('scannable: extended PDUs are connectable or scannable, not both; legacyPdus are');
  if (legacyPdus && connectable && !scannable && !peer)
    throw new RangeError(
      'scannable: what is connectable with legacyPdus is scannable, too, unless it has a peer',
    );
  if (legacyPdus && peer && (scannable || !connectable))
    throw new RangeError('peer: with legacyPdus what is for one peer is connectable, and not scannable');
  if (legacyPdus && peer && options.data !== undefined)
    throw new RangeError('data: with legacyPdus what is for one peer carries none');
  if (legacyPdus && options.includeTxPower)
    throw new RangeError('includeTxPower: legacyPdus have no room for it; the data may say it');
  if (anonymous && (connectable || scannable || legacyPdus))
    throw new RangeError('anonymous: not with connectable, scannable or legacyPdus');
  if (!scannable && options.scanResponse !== undefined)
    throw new RangeError('scanResponse: only what is scannable has one');
  if (scannable && !legacyPdus && options.data !== undefined)
    throw new RangeError('data: what is scannable with extended PDUs has its data in scanResponse');
  const min = checkNumber('intervalMinMs', options.intervalMinMs ?? 100, 20, 10_485_759, 'ms');
  const max = checkNumber(
    'intervalMaxMs',
    options.intervalMaxMs ?? Math.max(150, min),
    min,
    10_485_759,
    'ms',
  );
  const primary = checkOneOf('primaryPhy', options.primaryPhy ?? '1M', ['1M', 'coded'] as const);
  const secondary = checkOneOf('secondaryPhy', options.secondaryPhy ?? primary, [
    '1M',
    '2M',
    'coded',
  ] as const);
  if (legacyPdus && (primary !== '1M' || secondary !== '1M'))
    throw new RangeError('primaryPhy: legacyPdus go on LE 1M only');
  const { codingRequired = false } = options;
  if (codingRequired && options.primaryCoding === undefined && options.secondaryCoding === undefined)
    throw new RangeError('codingRequired: permitted with primaryCoding or secondaryCoding only');
  return {
    advertisingEventProperties:
      bit(connectable, 0) |
      bit(scannable, 1) |
      bit(peer !== undefined, 2) |
      bit(legacyPdus, 4) |
      bit(anonymous, 5) |
      bit(options.includeTxPower === true, 6),
    primaryAdvertisingIntervalMin: Math.round(min / 0.625),
    primaryAdvertisingIntervalMax: Math.round(max / 0.625),
    primaryAdvertisingChannelMap: checkInteger('channelMap', options.channelMap ?? 7, 1, 7),
    peerAddressType: peer ? peer.type & 1 : AddressType.public,
    peerAddress: peer?.bd ?? BdAddr.zero,
    advertisingFilterPolicy: checkInteger('filterPolicy', options.filterPolicy ?? 0, 0, 3),
    advertisingTxPower:
      options.txPower === undefined ? NO_PREFERENCE : checkInteger('txPower', options.txPower, -127, 20),
    primaryAdvertisingPhy: phys[primary],
    secondaryAdvertisingMaxSkip: checkInteger('secondaryMaxSkip', options.secondaryMaxSkip ?? 0, 0, 255),
    secondaryAdvertisingPhy: phys[secondary],
    advertisingSid: checkInteger('sid', options.sid ?? 0, 0, 15),
    scanRequestNotificationEnable: bit(options.scanRequests === true, 0),
    primaryAdvertisingPhyOptions: codingOption('primary', primary, options),
    secondaryAdvertisingPhyOptions: codingOption('secondary', secondary, options),
  };
}

/** Primary_ or Secondary_Advertising_PHY_Options: 7.8.53. */
function codingOption(which: 'primary' | 'secondary', phy: AdvertisingPhy, options: AdvertisingSetOptions) {
  const coding = options[`${which}Coding`];
  if (coding === undefined) return 0;
  checkOneOf(`${which}Coding`, coding, ['S2', 'S8']);
  if (phy !== 'coded') throw new RangeError(`${which}Coding: permitted with ${which}Phy coded only`);
  return (coding === 'S2' ? 1 : 2) + (options.codingRequired ? 2 : 0);
}

function bit(set: boolean, at: number): number {
  return set ? 1 << at : 0;
}

/** The octets of a payload. @param limit what the controller takes @throws {RangeError} when it does not fit */
export function payloadOctets(
  option: string,
  payload: AdvertisingPayload | undefined,
  legacyPdus: boolean,
  limit: number,
): Uint8Array {
  const most = legacyPdus ? LEGACY_LIMIT : limit;
  if (payload === undefined) return new Uint8Array(0);
  if (payload instanceof Uint8Array) return checkBytes(option, payload, 0, most).slice();
  return buildAdvertisingData(payload, most);
}

/** Duration and number of events as the enable command has them. */
export function setTime(time: AdvertisingTime): { readonly durationMs: number; readonly maxEvents: number } {
  checkKeys('start', time, ['durationMs', 'maxEvents']);
  return {
    durationMs:
      time.durationMs === undefined ? 0 : checkNumber('durationMs', time.durationMs, 10, 655_350, 'ms'),
    maxEvents: time.maxEvents === undefined ? 0 : checkInteger('maxEvents', time.maxEvents, 1, 255),
  };
}

/** The parameters of periodic advertising. */
export function periodicParameters(options: PeriodicAdvertisingOptions) {
  checkKeys('startPeriodic', options, [
    'intervalMinMs',
    'intervalMaxMs',
    'includeTxPower',
    'includeAdi',
    'data',
  ]);
  const min = checkNumber('intervalMinMs', options.intervalMinMs ?? 100, 7.5, 81_918.75, 'ms');
  const max = checkNumber('intervalMaxMs', options.intervalMaxMs ?? Math.max(150, min), min, 81_918.75, 'ms');
  return {
    periodicAdvertisingIntervalMin: Math.round(min / 1.25),
    periodicAdvertisingIntervalMax: Math.round(max / 1.25),
    periodicAdvertisingProperties: bit(options.includeTxPower === true, 6),
  };
}
