import { Address } from '../../core/address.js';
import { checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import { AdvertisingReport } from '../../hci/advertising-report.js';
import { type Reception, reception, type SyncTransferOptions } from './reception.js';
import type { ScanPhy } from './scan-commands.js';

/** A periodic advertising train: its advertiser, and which of its sets. */
export interface PeriodicTrain {
  /** The advertiser: its identity address where it is bonded, or the address on air. */
  readonly address: Address | string;
  /** Its Advertising_SID, 0–15. */
  readonly sid: number;
}

/** How a train is looked for and received: Core Vol 4, Part E, 7.8.67. */
export interface PeriodicSyncSettings extends SyncTransferOptions {
  /**
   * The primary PHYs that its set is looked for on, one or both; `['1M']`, or that of the advertisement that told of it. `coded`
   * wants a controller with LE Coded.
   */
  readonly phys?: readonly ScanPhy[];
  /** How long the train is looked for in milliseconds; 20000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Which train, or which several of whom the first that is found is meant, and how it is received. */
export type PeriodicSyncOptions = PeriodicSyncSettings &
  (PeriodicTrain | { readonly anyOf: readonly PeriodicTrain[] });

/** A train that is looked for. */
export interface WantedTrain extends Reception {
  readonly address: Address;
  readonly sid: number;
}

/** What is looked for: the first that is found. */
export interface SyncWish {
  readonly trains: readonly WantedTrain[];
  readonly phys: readonly ScanPhy[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const settingNames = ['skip', 'syncTimeoutMs', 'phys', 'timeoutMs', 'signal'];
const known = ['address', 'sid', 'anyOf', ...settingNames];
const CODED = 3;

/** What options ask for. @throws {RangeError | TypeError} naming what is not permitted */
export function syncWish(
  given: PeriodicSyncOptions | AdvertisingReport,
  settings: PeriodicSyncSettings = {},
): SyncWish {
  const ofTrain = given instanceof AdvertisingReport ? ofReport(given) : given;
  checkKeys('syncPeriodic', ofTrain, known);
  checkKeys('syncPeriodic', settings, settingNames);
  const options: PeriodicSyncOptions = { ...ofTrain, ...settings };
  const { timeoutMs = 20_000, phys = ['1M'], signal } = options;
  checkNumber('timeoutMs', timeoutMs, 1, 2 ** 31 - 1, 'ms');
  if (!Array.isArray(phys) || phys.length === 0) throw new TypeError('phys: a list of PHYs is permitted');
  for (const phy of phys) checkOneOf('phys', phy, ['1M', 'coded']);
  const how = reception(options);
  const trains = new Map<string, WantedTrain>();
  for (const train of trainsOf(options)) {
    const address = typeof train.address === 'string' ? Address.parse(train.address) : train.address;
    const sid = checkInteger('sid', train.sid, 0, 15);
    trains.set(`${address.key} ${sid}`, { address, sid, ...how });
  }
  return { trains: [...trains.values()], phys, timeoutMs, signal };
}

function trainsOf(options: PeriodicSyncOptions): readonly PeriodicTrain[] {
  if (!('anyOf' in options)) return [options];
  const { anyOf } = options;
  if ('address' in options || 'sid' in options)
    throw new RangeError('anyOf: permitted without address and sid only');
  if (!Array.isArray(anyOf) || anyOf.length === 0)
    throw new TypeError('anyOf: a list of trains is permitted');
  for (const train of anyOf) checkKeys('anyOf', train, ['address', 'sid']);
  return anyOf;
}

function ofReport(report: AdvertisingReport): PeriodicSyncOptions {
  const { sid } = report;
  if (sid === undefined || report.anonymous || report.periodicAdvertisingIntervalMs === undefined)
    throw new RangeError('syncPeriodic: this advertisement tells of no periodic advertising');
  const phys: readonly ScanPhy[] = [report.primaryPhy === CODED ? 'coded' : '1M'];
  return { address: report.addressOnAir ?? report.address, sid, phys };
}
