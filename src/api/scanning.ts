import type { Timer } from '../core/clock.js';
import { Mutex } from '../core/mutex.js';
import type { Device, Scan } from '../gap/index.js';
import type { AdvertisingReport } from '../hci/advertising-report.js';
import { type Advertisement, AdvertisementFifo } from './advertisement.js';
import { OSError, texts, ValueError } from './errors.js';
import { AdvertisementMerger, toAdvertisement } from './merger.js';
import type { Settings } from './options.js';
import { checkWhole } from './values.js';

/** The firmware's scan: every 50 ms for 30 ms, in units of 0.625 ms. */
const INTERVAL_MS = 0x50 * 0.625;
const WINDOW_MS = 0x30 * 0.625;
/** What a timer can count: 24 days. */
const LONGEST_S = 2_147_483;
/** Addresses whose type is remembered for `connect`; the oldest is forgotten beyond it. */
const REMEMBERED = 4096;

/** What {@link Scanning} needs of its owner. */
export interface ScanningContext {
  readonly settings: Settings;
  /** The device, started when need be. */
  ready(): Promise<Device>;
  /** Whether a connection attempt is under way. */
  connecting(): boolean;
  /** An advertisement came. */
  advertisement(): void;
  /** Something went wrong when nobody waited for it any more. */
  error(error: unknown): void;
}

interface Current {
  scan: Scan | undefined;
  timer: Timer | undefined;
}

/** `start_scan` and what belongs to it: the FIFO, and which type of address was seen with which address. */
export class Scanning {
  readonly fifo: AdvertisementFifo;
  private readonly context: ScanningContext;
  private readonly merger: AdvertisementMerger;
  private readonly turn = new Mutex();
  private readonly seen = new Map<number, number>();
  private current: Current | undefined;

  constructor(context: ScanningContext) {
    this.context = context;
    this.fifo = new AdvertisementFifo(context.settings.fifoSize);
    this.merger = new AdvertisementMerger(context.settings.clock, (advertisement) =>
      this.deliver(advertisement),
    );
  }

  get active(): boolean {
    return this.current !== undefined;
  }

  /** The address type that a scan saw last with an address (as a 48-bit number). */
  addressType(address: number): number | undefined {
    return this.seen.get(address);
  }

  /** See `Bluetooth.start_scan`. */
  start(timeout: number): void {
    checkWhole(timeout, Number.MIN_SAFE_INTEGER, LONGEST_S, texts.invalidScanTime);
    if (timeout === 0) throw new ValueError(texts.invalidScanTime);
    if (this.current || this.context.connecting()) throw new OSError(texts.inProgress);
    this.empty();
    const current: Current = { scan: undefined, timer: undefined };
    this.current = current;
    this.run(current, timeout).catch((error: unknown) => this.fail(current, error));
  }

  /** Stops at once as far as the program sees; resolves when the controller has stopped. */
  async stop(): Promise<void> {
    const { current } = this;
    if (current) {
      this.end();
      this.merger.flush();
    }
    await this.turn.run(async () => current?.scan?.stop());
  }

  /** Throws away what waits in the FIFO. */
  empty(): void {
    this.merger.clear();
    this.fifo.clear();
  }

  private async run(current: Current, timeout: number): Promise<void> {
    const device = await this.context.ready();
    await this.turn.run(async () => {
      if (this.current !== current) return;
      const scan = await device.startScan({
        active: true,
        intervalMs: INTERVAL_MS,
        windowMs: WINDOW_MS,
        filterDuplicates: false,
        onReport: (report) => {
          if (this.current === current) this.report(report);
        },
      });
      current.scan = scan;
      scan.once('stopped', ({ error }) => this.fail(current, error));
      if (timeout < 0 || this.current !== current) return;
      const { clock } = this.context.settings;
      current.timer = clock.setTimeout(() => {
        if (this.current === current) this.stop().catch((error: unknown) => this.context.error(error));
      }, timeout * 1000);
    });
  }

  private report(report: AdvertisingReport): void {
    this.remember(report);
    if (this.context.settings.merge) this.merger.add(report);
    else this.deliver(toAdvertisement(report));
  }

  private remember(report: AdvertisingReport): void {
    const number = Math.floor(report.key / 2);
    const type = report.addressType;
    if (this.seen.get(number) === type) return;
    if (this.seen.size >= REMEMBERED) this.seen.delete(this.seen.keys().next().value!);
    this.seen.set(number, type);
  }

  private deliver(advertisement: Advertisement): void {
    this.fifo.push(advertisement);
    this.context.advertisement();
  }

  /** The scan ended, or never began; nothing happens when it was stopped before. */
  private fail(current: Current, error: unknown): void {
    if (this.current !== current) return;
    this.end();
    this.merger.flush();
    if (error !== undefined) this.context.error(error);
  }

  private end(): void {
    this.context.settings.clock.clearTimeout(this.current?.timer);
    this.current = undefined;
  }
}
