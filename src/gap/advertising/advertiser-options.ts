import type { Address } from '../../core/address.js';
import { checkBytes, checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import {
  AdvertisingData,
  type AdvertisingDataFields,
  AdvertisingFlags,
  buildAdvertisingData,
} from '../advertising-data.js';
import type { AdvertisingSettings } from './advertising-commands.js';
import { AdvertisingType } from './advertising-kind.js';

/** TGAP(lim_adv_timeout): Core Vol 3, Part C, Appendix A. */
const LIMITED_MS = 180_000;

/** Options of `Device.startAdvertising`. */
export interface AdvertisingOptions {
  /** The advertising data: fields, or up to 31 octets as they are; empty without. */
  readonly data?: AdvertisingDataFields | Uint8Array;
  /** The scan response: fields, or up to 31 octets as they are; empty without. */
  readonly scanResponse?: AdvertisingDataFields | Uint8Array;
  /** Default `connectable`. */
  readonly type?: keyof typeof AdvertisingType;
  /** Shortest advertising interval in milliseconds, 20–10240; 100. */
  readonly intervalMinMs?: number;
  /** Longest advertising interval in milliseconds; 150, or `intervalMinMs` when that is longer. */
  readonly intervalMaxMs?: number;
  /** Channels: bit 0 is 37, bit 1 is 38, bit 2 is 39; 7, all three. */
  readonly channelMap?: number;
  /** Who may scan and connect: bit 0, scan requests from the accept list only; bit 1, connections from it only; 0. */
  readonly filterPolicy?: number;
  /** The own address to use; the device's own without. */
  readonly ownAddressType?: number;
  /** The peer that directed advertising is for. */
  readonly peer?: Address;
  /**
   * The controller stops connectable advertising when a central connects. What then? `never` starts it again by itself,
   * `whenDisconnected` starts it when that link is gone, `always` goes on at once, as far as the controller can; `never`.
   */
  readonly restart?: 'never' | 'whenDisconnected' | 'always';
  /**
   * How long to advertise, in milliseconds, 10 and up; until it is stopped without. With the flag LE Limited Discoverable 180000,
   * which is also the most that it may be with it: TGAP(lim_adv_timeout) (Core Vol 3, Part C, 9.2.3 and Appendix A).
   */
  readonly durationMs?: number;
}

/** Options, checked. */
export interface Prepared {
  readonly parameters: Omit<AdvertisingSettings, 'ownAddressType' | 'peerAddressType' | 'peerAddress'> & {
    readonly ownAddressType: number | undefined;
    readonly peer: Address | undefined;
  };
  readonly data: Uint8Array;
  readonly scanResponse: Uint8Array;
  readonly restart: 'never' | 'whenDisconnected' | 'always';
  readonly durationMs: number | undefined;
}

const known = [
  'data',
  'scanResponse',
  'type',
  'intervalMinMs',
  'intervalMaxMs',
  'channelMap',
  'filterPolicy',
  'ownAddressType',
  'peer',
  'restart',
  'durationMs',
];

export function isDirected(type: number): boolean {
  return type === AdvertisingType.directedHighDuty || type === AdvertisingType.directedLowDuty;
}

/** @throws {RangeError | TypeError} naming the option, and the octets over, when something is not permitted or does not fit */
export function prepare(options: AdvertisingOptions): Prepared {
  checkKeys('advertising', options, known);
  const kinds = Object.keys(AdvertisingType) as (keyof typeof AdvertisingType)[];
  const type = AdvertisingType[checkOneOf('type', options.type ?? 'connectable', kinds)];
  const directed = isDirected(type);
  if (directed !== (options.peer !== undefined)) {
    throw new RangeError(
      directed ? 'peer: directed advertising wants one' : 'peer: only directed advertising has one',
    );
  }
  if (directed && (options.data !== undefined || options.scanResponse !== undefined)) {
    throw new RangeError('data: directed advertising carries none');
  }
  const min = checkNumber('intervalMinMs', options.intervalMinMs ?? 100, 20, 10240, 'ms');
  const max = checkNumber('intervalMaxMs', options.intervalMaxMs ?? Math.max(150, min), min, 10240, 'ms');
  const parameters = {
    type,
    intervalMin: Math.round(min / 0.625),
    intervalMax: Math.round(max / 0.625),
    channelMap: checkInteger('channelMap', options.channelMap ?? 7, 1, 7),
    filterPolicy: checkInteger('filterPolicy', options.filterPolicy ?? 0, 0, 3),
    ownAddressType:
      options.ownAddressType === undefined
        ? undefined
        : checkInteger('ownAddressType', options.ownAddressType, 0, 3),
    peer: options.peer,
  };
  const data = encodeData('data', options.data);
  return {
    parameters,
    data,
    scanResponse: encodeData('scanResponse', options.scanResponse),
    restart: checkOneOf('restart', options.restart ?? 'never', [
      'never',
      'whenDisconnected',
      'always',
    ] as const),
    durationMs: duration(options.durationMs, data),
  };
}

function duration(given: number | undefined, data: Uint8Array): number | undefined {
  const limited = ((new AdvertisingData(data).flags ?? 0) & AdvertisingFlags.leLimitedDiscoverable) !== 0;
  const longest = limited ? LIMITED_MS : 2 ** 31 - 1;
  if (given !== undefined) return checkNumber('durationMs', given, 10, longest, 'ms');
  return limited ? LIMITED_MS : undefined;
}

function encodeData(option: string, data: AdvertisingDataFields | Uint8Array | undefined): Uint8Array {
  if (data === undefined) return new Uint8Array(0);
  if (data instanceof Uint8Array) return checkBytes(option, data, 0, 31).slice();
  return buildAdvertisingData(data, 31);
}
