import { Address } from '../../core/address.js';
import { checkKeys, checkNumber } from '../../core/check.js';
import { Uuid, type UuidLike } from '../../core/uuid.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import type { AdvertisingData } from '../advertising-data.js';
import { Advertisers, dataOf } from './advertisers.js';

/** Which advertisers a scan is for; all that is said has to fit. */
export interface ScanFilter {
  /** Services: one of them has to be in the lists of services, solicited ones not counted. */
  readonly services?: readonly UuidLike[];
  /** The local name, complete or shortened: as it is written, or a pattern. */
  readonly name?: string | RegExp;
  /** The advertiser, or one of several: identity addresses where there is a bond. */
  readonly address?: Address | string | readonly (Address | string)[];
  /** The weakest signal in dBm, -127–20. Reports whose strength is not known do not fit. */
  readonly rssi?: number;
  /**
   * Anything else. Called with each advertisement and scan response that fits otherwise.
   * @param data what advertisement and scan response say together, as far as they were heard
   */
  readonly predicate?: (report: AdvertisingReport, data: AdvertisingData) => boolean;
}

/** Advertisers of which advertisement and scan response are remembered. */
const REMEMBERED = 8192;
const known = ['services', 'name', 'address', 'rssi', 'predicate'];

/**
 * Says of each report whether it fits. Services and name are looked for in advertisement and scan response together: once both
 * were heard, both fit.
 * @throws {TypeError | RangeError} naming what is not permitted
 */
export function scanFilter(filter: ScanFilter): (report: AdvertisingReport) => boolean {
  checkKeys('filter', filter, known);
  const { services, name, address, rssi, predicate } = filter;
  if (services !== undefined && (!Array.isArray(services) || services.length === 0))
    throw new TypeError('services: a list of UUIDs is permitted');
  if (name !== undefined && typeof name !== 'string' && !(name instanceof RegExp))
    throw new TypeError('name: a string or a regular expression is permitted');
  if (predicate !== undefined && typeof predicate !== 'function')
    throw new TypeError('predicate: a function is permitted');
  if (rssi !== undefined) checkNumber('rssi', rssi, -127, 20, 'dBm');
  const uuids = services?.map((service: UuidLike) => Uuid.from(service));
  const keys = address === undefined ? undefined : new Set([address].flat().map(keyOf));
  const named = (local: string | undefined) => {
    if (local === undefined) return false;
    // `search`, as a pattern with the flag g goes on where it was with `test`.
    return typeof name === 'string' ? local === name : local.search(name!) >= 0;
  };
  const advertisers = new Advertisers(REMEMBERED);
  const looksInside = uuids !== undefined || name !== undefined || predicate !== undefined;
  return (report) => {
    if (keys && (report.anonymous || !keys.has(report.key))) return false;
    // Before the strength: what was too weak tells all the same what the advertiser is.
    const heard = !looksInside
      ? undefined
      : report.anonymous
        ? { advertisement: report, scanResponse: undefined }
        : advertisers.take(report);
    if (rssi !== undefined && !((report.rssi ?? Number.NEGATIVE_INFINITY) >= rssi)) return false;
    if (!heard) return true;
    const data = dataOf(heard);
    return (
      (uuids === undefined || uuids.some((uuid) => data.hasService(uuid))) &&
      (name === undefined || named(data.localName)) &&
      (predicate === undefined || predicate(report, data))
    );
  };
}

function keyOf(address: Address | string): number {
  return Address.from(address).key;
}
