import { Address, type BdAddr } from '../core/address.js';
import { AdvertisingData } from '../gap/advertising-data.js';
import { Buckets, Sample } from './bounded.js';
import type { AdvertiserSummary } from './statistics.js';

/** How many are told apart. */
const LIMIT = 2000;
const SAMPLES = 120;
const RSSI_UNKNOWN = 127;
const ANONYMOUS = 0xff;
/** The shortest advertising interval, but for high duty directed advertising (Core Vol 4, Part E, 7.8.5): reports that follow each other faster are of one event, or late. */
const SHORTEST_INTERVAL_SECONDS = 0.02;

/** A report as an event of any kind has it. */
export interface Report {
  readonly eventType: number;
  readonly addressType: number;
  readonly address: BdAddr;
  readonly data: Uint8Array;
  readonly rssi: number;
}

interface Advertiser {
  readonly address: string;
  name: string | undefined;
  nameIsComplete: boolean;
  reports: number;
  scanResponses: number;
  legacy: boolean;
  extended: boolean;
  connectable: boolean;
  rssiCount: number;
  rssiSum: number;
  rssiMin: number;
  rssiMax: number;
  readonly gaps: Sample;
  /** Sum and count of the RSSI. */
  readonly rssi: Buckets;
  readonly first: number;
  last: number;
}

/** Who advertised. */
export class Advertisers {
  /** Reports of advertisers that there was no room for. */
  leftOut = 0;
  private readonly byAddress = new Map<string, Advertiser>();

  report(report: Report, isExtended: boolean, at: number): void {
    const key =
      report.addressType === ANONYMOUS
        ? 'anonymous'
        : new Address(report.address, report.addressType).toString();
    const one = this.byAddress.get(key) ?? this.enter(key, at);
    if (!one) {
      this.leftOut++;
      return;
    }
    const isScanResponse = isExtended ? (report.eventType & 0x08) !== 0 : report.eventType === 4;
    one.reports++;
    if (isScanResponse) one.scanResponses++;
    else if (one.reports > 1 && at - one.last >= SHORTEST_INTERVAL_SECONDS) one.gaps.add(at - one.last);
    if (!isScanResponse || one.reports === 1) one.last = at;
    if (isExtended && (report.eventType & 0x10) === 0) one.extended = true;
    else one.legacy = true;
    if (isExtended ? (report.eventType & 0x01) !== 0 : report.eventType <= 1) one.connectable = true;
    this.strength(one, report.rssi, at);
    this.nameOf(one, report.data);
  }

  /** The name of an advertiser, by its address with its type. */
  name(address: string): string | undefined {
    return this.byAddress.get(address)?.name;
  }

  get list(): readonly AdvertiserSummary[] {
    return [...this.byAddress.values()]
      .sort((a, b) => b.reports - a.reports || (a.address < b.address ? -1 : 1))
      .map((one) => {
        const gap = one.gaps.count >= 4 ? one.gaps.quantile(0.25) : undefined;
        const kinds: ('legacy' | 'extended')[] = [];
        if (one.legacy) kinds.push('legacy');
        if (one.extended) kinds.push('extended');
        return {
          address: one.address,
          name: one.name,
          reports: one.reports,
          scanResponses: one.scanResponses,
          kinds,
          connectable: one.connectable,
          rssi:
            one.rssiCount === 0
              ? undefined
              : { min: one.rssiMin, mean: one.rssiSum / one.rssiCount, max: one.rssiMax },
          intervalMs: gap === undefined ? undefined : gap * 1000,
          first: one.first,
          last: one.last,
          samples: one.rssi.entries.flatMap(([sum = 0, count = 0], i) =>
            count === 0 ? [] : [[i * one.rssi.width, sum / count] as const],
          ),
        };
      });
  }

  private enter(address: string, at: number): Advertiser | undefined {
    if (this.byAddress.size >= LIMIT) return undefined;
    const one: Advertiser = {
      address,
      name: undefined,
      nameIsComplete: false,
      reports: 0,
      scanResponses: 0,
      legacy: false,
      extended: false,
      connectable: false,
      rssiCount: 0,
      rssiSum: 0,
      rssiMin: Number.POSITIVE_INFINITY,
      rssiMax: Number.NEGATIVE_INFINITY,
      gaps: new Sample(500),
      rssi: new Buckets(2, SAMPLES),
      first: at,
      last: at,
    };
    this.byAddress.set(address, one);
    return one;
  }

  private strength(one: Advertiser, rssi: number, at: number): void {
    if (rssi === RSSI_UNKNOWN) return;
    one.rssiCount++;
    one.rssiSum += rssi;
    one.rssiMin = Math.min(one.rssiMin, rssi);
    one.rssiMax = Math.max(one.rssiMax, rssi);
    one.rssi.add(at, 0, rssi);
    one.rssi.add(at, 1, 1);
  }

  private nameOf(one: Advertiser, octets: Uint8Array): void {
    if (one.nameIsComplete || octets.length === 0) return;
    const data = new AdvertisingData(octets);
    const name = data.localName;
    if (name === undefined) return;
    one.name = name;
    // A shortened name gives way to the whole one.
    one.nameIsComplete = [...data].some(({ type }) => type === 0x09);
  }
}
