import type { Address } from '../../core/address.js';
import { checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import { raceAbort } from '../../core/mutex.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import { AdvertisingData, AdvertisingFlags } from '../advertising-data.js';
import type { Device } from '../device.js';
import type { ScanPhy } from './scan-commands.js';
import type { ScanFilter } from './scan-filter.js';

/** How {@link discover} looks for devices. */
export interface DiscoveryOptions {
  /**
   * `general` finds devices in the general or the limited discoverable mode, `limited` those in the limited one: that somebody has
   * just made discoverable for a while. Default `general`.
   */
  readonly mode?: 'general' | 'limited';
  /**
   * How long to look, in milliseconds, 10–2147483647; 10240, or 30720 with LE Coded, as long as the specification asks for at
   * least: TGAP(gen_disc_scan_min), TGAP(lim_disc_scan_min) and those with `_coded`.
   */
  readonly durationMs?: number;
  /** Ask for scan responses, where many devices have their name; true. */
  readonly active?: boolean;
  /** The primary PHYs to listen on; `['1M']`. */
  readonly phys?: readonly ScanPhy[];
  /** Which of the devices that show themselves are wanted: see {@link ScanFilter}. */
  readonly filter?: ScanFilter;
  /** Told of a device when it is found, and again when its scan response is there. */
  readonly onFound?: (device: DiscoveredDevice) => void;
  /** Devices to remember; those that come later are left out; 1000. */
  readonly limit?: number;
  /** Ends the search with its reason. */
  readonly signal?: AbortSignal;
}

/** A device that shows itself. */
export interface DiscoveredDevice {
  /** By its identity, where it is bonded. */
  readonly address: Address;
  /** The newest of its advertising reports, to be given to `connect`. */
  readonly report: AdvertisingReport;
  readonly advertisingData: AdvertisingData;
  /** What it answered to a scan request; `undefined` where it has not. */
  readonly scanResponse: AdvertisingData | undefined;
  /** The name in either of them. */
  readonly name: string | undefined;
}

const known = ['mode', 'durationMs', 'active', 'phys', 'filter', 'onFound', 'limit', 'signal'];
const { leLimitedDiscoverable, leGeneralDiscoverable } = AdvertisingFlags;
/** TGAP(gen_disc_scan_min) and TGAP(lim_disc_scan_min): Core Vol 3, Part C, Appendix A. */
const SCAN_MIN_MS = 10_240;
/** The same with `_coded`. */
const SCAN_MIN_CODED_MS = 30_720;
/** TGAP(scan_fast_interval) and TGAP(scan_fast_window), for a search that a user waits for. */
const FAST = { intervalMs: 60, windowMs: 30 };

/**
 * The General and the Limited Discovery Procedure: Core Vol 3, Part C, 9.2.6 and 9.2.5. A device is found by the Flags in its
 * advertising data; broadcasters, and devices that only let others connect, are not. Each is in the list once.
 * @throws {NotSupportedError} for LE Coded on a controller without extended advertising
 * @throws {HciError} when the controller refuses to scan
 */
export async function discover(
  device: Pick<Device, 'startScan' | 'host'>,
  options: DiscoveryOptions = {},
): Promise<DiscoveredDevice[]> {
  checkKeys('discover', options, known);
  const { mode = 'general', active = true, phys = ['1M'], filter, onFound, signal } = options;
  checkOneOf('mode', mode, ['general', 'limited']);
  const least = phys.includes('coded') ? SCAN_MIN_CODED_MS : SCAN_MIN_MS;
  const durationMs = checkNumber('durationMs', options.durationMs ?? least, 10, 2 ** 31 - 1, 'ms');
  const limit = checkInteger('limit', options.limit ?? 1000, 1, 100_000);
  const wanted = mode === 'limited' ? leLimitedDiscoverable : leLimitedDiscoverable | leGeneralDiscoverable;
  const found = new Map<number, Found>();
  const onReport = (report: AdvertisingReport) => {
    // Whoever does not say who he is, cannot be found.
    if (report.anonymous) return;
    const present = found.get(report.key);
    if (report.scanResponse && present) {
      if (present.answered(report)) onFound?.(present);
      return;
    }
    // Whoever is scannable by extended PDUs, has no data elsewhere.
    if (report.scanResponse && report.legacy) return;
    const data = new AdvertisingData(report.data);
    if (((data.flags ?? 0) & wanted) === 0) return;
    if (present) {
      present.seen(report, data);
      return;
    }
    if (found.size >= limit) return;
    const made = new Found(report, data);
    found.set(report.key, made);
    onFound?.(made);
  };
  const { clock } = device.host;
  const scan = await device.startScan({
    ...{ active, phys, onReport, ...FAST },
    ...(filter ? { filter } : {}),
    ...(signal ? { signal } : {}),
  });
  let timer: unknown;
  const over = new Promise<void>((resolve, reject) => {
    timer = clock.setTimeout(resolve, durationMs);
    scan.once('stopped', ({ error }) => (error ? reject(error) : resolve()));
  });
  try {
    await raceAbort(over, signal);
  } finally {
    clock.clearTimeout(timer as never);
    await scan.stop();
  }
  signal?.throwIfAborted();
  return [...found.values()];
}

class Found implements DiscoveredDevice {
  readonly address: Address;
  report: AdvertisingReport;
  advertisingData: AdvertisingData;
  scanResponse: AdvertisingData | undefined;

  constructor(report: AdvertisingReport, data: AdvertisingData) {
    this.address = report.address;
    this.report = report;
    this.advertisingData = data;
    if (report.scanResponse) this.scanResponse = data;
  }

  get name(): string | undefined {
    return this.scanResponse?.localName ?? this.advertisingData.localName;
  }

  seen(report: AdvertisingReport, data: AdvertisingData): void {
    this.report = report;
    this.advertisingData = data;
  }

  /** Says whether it is the first answer. */
  answered(report: AdvertisingReport): boolean {
    const first = this.scanResponse === undefined;
    this.scanResponse = new AdvertisingData(report.data);
    return first;
  }
}
