import type { Clock, Timer } from '../core/clock.js';
import type { AdvertisingReport } from '../hci/advertising-report.js';
import { significantLength } from './adv-data.js';
import { Advertisement, paddedData } from './advertisement.js';
import { BluetoothConstants as C } from './constants.js';

/** How long an advertisement waits for its scan response. */
const PATIENCE_MS = 100;
/** How many advertisers are waited for at the same time; beyond it the one that waits longest is delivered. */
const LIMIT = 1024;

interface Pending {
  readonly report: AdvertisingReport;
  readonly due: number;
}

/**
 * Makes one record of a scannable advertisement and its scan response, as the chip's stack does: the advertisement is
 * held back until the response comes. When none comes, it is delivered alone, at the device's next advertisement or
 * after 100 ms.
 */
export class AdvertisementMerger {
  private readonly clock: Clock;
  private readonly deliver: (advertisement: Advertisement, report: AdvertisingReport) => void;
  /** By address, the one that has waited longest first. */
  private readonly pending = new Map<number, Pending>();
  private timer: Timer | undefined;

  /** @param deliver is told each, and the report that it is of: the advertisement's, where there is a scan response */
  constructor(clock: Clock, deliver: (advertisement: Advertisement, report: AdvertisingReport) => void) {
    this.clock = clock;
    this.deliver = deliver;
  }

  /** A report came. */
  add(report: AdvertisingReport): void {
    if (report.scanResponse) {
      this.respond(report);
      return;
    }
    const { key } = report;
    if (this.pending.size > 0) this.release(key);
    if (!report.scannable) {
      this.deliver(toAdvertisement(report), report);
      return;
    }
    if (this.pending.size >= LIMIT) this.release(this.pending.keys().next().value!);
    this.pending.set(key, { report, due: this.clock.now() + PATIENCE_MS });
    this.timer ??= this.clock.setTimeout(() => this.expire(), PATIENCE_MS);
  }

  /** Delivers all that waits: the scan is over. */
  flush(): void {
    const waiting = [...this.pending.values()];
    this.clear();
    for (const { report } of waiting) this.deliver(toAdvertisement(report), report);
  }

  /** Forgets all that waits. */
  clear(): void {
    this.pending.clear();
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private respond(response: AdvertisingReport): void {
    const { key } = response;
    const waiting = this.pending.get(key);
    if (!waiting) {
      this.deliver(toAdvertisement(response), response);
      return;
    }
    this.pending.delete(key);
    this.deliver(toAdvertisement(waiting.report, response), waiting.report);
  }

  private release(key: number): void {
    const waiting = this.pending.get(key);
    if (!waiting) return;
    this.pending.delete(key);
    this.deliver(toAdvertisement(waiting.report), waiting.report);
  }

  private expire(): void {
    this.timer = undefined;
    const now = this.clock.now();
    for (const [key, { due }] of this.pending) {
      if (due > now) {
        this.timer = this.clock.setTimeout(() => this.expire(), due - now);
        return;
      }
      this.release(key);
    }
  }
}

/** A report as the API gives it, with the scan response behind it where there is one. */
export function toAdvertisement(report: AdvertisingReport, response?: AdvertisingReport): Advertisement {
  const { data } = report;
  const length = response ? significantLength(data) : data.length;
  return new Advertisement(
    report.address.bd.bytes,
    report.addressType,
    advType(report),
    report.rssi ?? response?.rssi ?? 127,
    paddedData(data, length, response?.data),
  );
}

function advType(report: AdvertisingReport): number {
  if (!report.extended) return report.eventType;
  if (report.scanResponse) return C.SCAN_RSP;
  if (report.connectable) return report.directed ? C.CONN_DIR_ADV : C.CONN_ADV;
  return report.scannable ? C.DISC_ADV : C.NON_CONN_ADV;
}
