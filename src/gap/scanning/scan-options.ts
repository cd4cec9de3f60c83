import { checkFunction, checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import type { ScanPhy } from './scan-commands.js';
import type { ScanFilter } from './scan-filter.js';

/** Options of a scan. */
export interface ScanOptions {
  /** Ask advertisers for their scan response (active scanning), and report them; true. */
  readonly active?: boolean;
  /** Time between the starts of two scan windows in milliseconds, 2.5–10240; 60. */
  readonly intervalMs?: number;
  /** How long each window listens in milliseconds, 2.5 to the interval; 30. */
  readonly windowMs?: number;
  /** The primary PHYs to listen on, one or both; `['1M']`. `coded` wants a controller with extended advertising and LE Coded. */
  readonly phys?: readonly ScanPhy[];
  /**
   * Report each advertiser once only, and an extended advertisement again when its data changed; false. `eachPeriod` begins
   * anew with each {@link periodMs}. The last 16384 are remembered.
   */
  readonly filterDuplicates?: boolean | 'eachPeriod';
  /** Report only advertisers of the filter accept list (`Device.acceptList`); false. */
  readonly acceptListOnly?: boolean;
  /** Report only advertisers that fit. */
  readonly filter?: ScanFilter;
  /** The scan ends by itself after this time in milliseconds, 10–2147483647; without it, when it is stopped. */
  readonly durationMs?: number;
  /** Scan for {@link durationMs} again and again, with this time between two beginnings in milliseconds. */
  readonly periodMs?: number;
  /** Called with each report. Without it, reports wait for the scan's iterator. */
  readonly onReport?: (report: AdvertisingReport) => void;
  /** Reports that may wait for the iterator; the newest are dropped beyond it; 256. */
  readonly queueLimit?: number;
  /** Stops the scan. */
  readonly signal?: AbortSignal;
}

/** What a scan wants of the radio. */
export interface ScanWish {
  readonly active: boolean;
  /** In units of 0.625 ms. */
  readonly interval: number;
  readonly window: number;
  readonly phys: readonly ScanPhy[];
  readonly filterDuplicates: boolean;
  readonly acceptListOnly: boolean;
}

const LONGEST_MS = 2 ** 31 - 1;
const known = [
  'active',
  'intervalMs',
  'windowMs',
  'phys',
  'filterDuplicates',
  'acceptListOnly',
  'filter',
  'durationMs',
  'periodMs',
  'onReport',
  'queueLimit',
  'signal',
];

/** What options want of the radio. @throws {RangeError | TypeError} naming the option that is not permitted */
export function scanWish(options: ScanOptions): ScanWish {
  checkKeys('scan', options, known);
  const { active, filterDuplicates = false, phys = ['1M'], acceptListOnly, durationMs, periodMs } = options;
  const intervalMs = checkNumber('intervalMs', options.intervalMs ?? 60, 2.5, 10240, 'ms');
  const windowMs = checkNumber(
    'windowMs',
    options.windowMs ?? Math.min(30, intervalMs),
    2.5,
    intervalMs,
    'ms',
  );
  checkFunction('onReport', options.onReport);
  checkOneOf('filterDuplicates', filterDuplicates, [true, false, 'eachPeriod']);
  if (filterDuplicates === 'eachPeriod' && periodMs === undefined)
    throw new RangeError('filterDuplicates: "eachPeriod" is permitted with periodMs only');
  if (!Array.isArray(phys) || phys.length === 0) throw new TypeError('phys: a list of PHYs is permitted');
  for (const phy of phys) checkOneOf('phys', phy, ['1M', 'coded']);
  if (durationMs !== undefined) checkNumber('durationMs', durationMs, 10, LONGEST_MS, 'ms');
  if (periodMs !== undefined) {
    if (durationMs === undefined) throw new RangeError('periodMs: it is permitted with durationMs only');
    checkNumber('periodMs', periodMs, durationMs, LONGEST_MS, 'ms');
  }
  if (options.queueLimit !== undefined) checkInteger('queueLimit', options.queueLimit, 1, LONGEST_MS);
  return {
    active: active !== false,
    interval: Math.round(intervalMs / 0.625),
    window: Math.round(windowMs / 0.625),
    phys,
    filterDuplicates: filterDuplicates !== false,
    acceptListOnly: acceptListOnly === true,
  };
}

/**
 * What the radio does for several scans, so that each sees at least what it would see alone: active if one is; the shortest
 * interval, and the greatest share of it; all PHYs; filtered by the controller only by what all want (adr/0018).
 */
export function unionOf(wishes: readonly ScanWish[]): ScanWish {
  const interval = Math.min(...wishes.map((wish) => wish.interval));
  const shares = wishes.map((wish) => Math.ceil((wish.window * interval) / wish.interval));
  const asked = new Set(wishes.flatMap(({ phys }) => phys));
  return {
    active: wishes.some(({ active }) => active),
    interval,
    // No window is shorter than 2.5 ms (7.8.10).
    window: Math.max(4, ...shares),
    phys: (['1M', 'coded'] as const).filter((phy) => asked.has(phy)),
    filterDuplicates: wishes.every(({ filterDuplicates }) => filterDuplicates),
    acceptListOnly: wishes.every(({ acceptListOnly }) => acceptListOnly),
  };
}
