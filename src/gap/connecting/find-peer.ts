import type { Address } from '../../core/address.js';
import { checkKeys } from '../../core/check.js';
import type { Clock } from '../../core/clock.js';
import type { TimeoutError } from '../../core/errors.js';
import { concatBytes } from '../../core/hex.js';
import { Transaction } from '../../core/transaction.js';
import { Uuid, type UuidLike } from '../../core/uuid.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import { AdvertisingData } from '../advertising-data.js';
import type { Scanner } from '../scanning/scanner.js';
import type { Listening } from './connect-options.js';

/** A connectable advertiser as far as it is known. */
export interface FoundPeer {
  /** Its identity address where there is a bond with it, else the one on air. */
  readonly address: Address;
  /** Its advertisement. */
  readonly report: AdvertisingReport;
  /** What its advertisement and its scan response say, where one came. */
  readonly data: AdvertisingData;
}

/** Which peer is meant that is not known by its address; all that is said has to fit. */
export interface PeerQuery {
  /** Its complete local name. */
  readonly name?: string;
  /** A service that it says it has. */
  readonly service?: UuidLike;
  /** Anything else. Called with each advertisement and scan response of each connectable advertiser. */
  readonly predicate?: (peer: FoundPeer) => boolean;
}

const LE_CODED = 3;

/** Advertisers that are remembered until their scan response comes. */
const REMEMBERED = 1024;

/** What a query asks for. @throws {TypeError | RangeError} when it asks for nothing, or what it cannot */
export function matcher(query: PeerQuery): {
  readonly matches: (peer: FoundPeer) => boolean;
  readonly what: string;
} {
  checkKeys('connect', query, ['name', 'service', 'predicate']);
  const { name, service, predicate } = query;
  if (name === undefined && service === undefined && predicate === undefined)
    throw new TypeError('connect: an address, or a name, a service or a predicate is wanted');
  if (name !== undefined && typeof name !== 'string') throw new TypeError('name: a string is permitted');
  if (predicate !== undefined && typeof predicate !== 'function')
    throw new TypeError('predicate: a function is permitted');
  const uuid = service === undefined ? undefined : Uuid.from(service);
  const parts = [
    ...(name === undefined ? [] : [`the name ${JSON.stringify(name)}`]),
    ...(uuid === undefined ? [] : [`the service ${uuid.toShortString()}`]),
    ...(predicate ? ['what was asked for'] : []),
  ];
  return {
    what: parts.join(' and '),
    matches: (peer) =>
      (name === undefined || (peer.data.localNameComplete && peer.data.localName === name)) &&
      (uuid === undefined || peer.data.hasService(uuid)) &&
      (predicate === undefined || predicate(peer)),
  };
}

/** How {@link findPeer} goes about it. */
export interface FindOptions {
  readonly scanner: Scanner;
  readonly clock: Clock;
  readonly matches: (peer: FoundPeer) => boolean;
  /** Whether scan responses are asked for. */
  readonly active: boolean;
  /** How it is listened; without PHYs on LE 1M, and on whatever others do. */
  readonly listening: Listening;
  readonly timeoutMs: number | undefined;
  readonly timeoutError: () => TimeoutError;
  readonly signal: AbortSignal | undefined;
}

/**
 * The first connectable advertiser that matches; the advertisement and the scan response of one are looked at together.
 * @throws {TimeoutError} when none is seen in time
 * @throws {HciError} when the controller does not scan for it; {@link StateError} when the device is closed
 */
export async function findPeer(options: FindOptions): Promise<FoundPeer> {
  const { scanner, clock, matches, listening, timeoutMs, timeoutError, signal } = options;
  const found = new Transaction<FoundPeer>({ clock, what: 'a search', timeoutMs, timeoutError, signal });
  found.start();
  /** The last connectable advertisement of each, the one longest ago first. */
  const seen = new Map<number, AdvertisingReport>();
  const { phys } = listening;
  const off = scanner.watch(
    (report) => {
      if (phys && !phys.includes(report.primaryPhy === LE_CODED ? 'coded' : '1M')) return;
      if (report.anonymous || (!report.connectable && !report.scanResponse)) return;
      const { key } = report;
      const advertisement = report.scanResponse ? seen.get(key) : report;
      if (!advertisement) return;
      if (!report.scanResponse) {
        seen.delete(key);
        seen.set(key, report);
        if (seen.size > REMEMBERED) seen.delete(seen.keys().next().value!);
      }
      const octets = report.scanResponse ? concatBytes(advertisement.data, report.data) : report.data;
      const peer = { address: report.address, report: advertisement, data: new AdvertisingData(octets) };
      try {
        if (matches(peer)) found.resolve(peer);
      } catch (error) {
        // The program's own.
        found.reject(error);
      }
    },
    { active: options.active, ...listening, failed: (error) => found.reject(error) },
  );
  try {
    return await found.promise;
  } finally {
    off();
  }
}
