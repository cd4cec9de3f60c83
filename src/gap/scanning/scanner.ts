import { checkKeys, checkNumber } from '../../core/check.js';
import { Emitter } from '../../core/emitter.js';
import { HciError, StateError } from '../../core/errors.js';
import { AsyncQueue } from '../../core/queue.js';
import {
  AdvertisingReport,
  forEachAdvertisingReport,
  forEachExtendedAdvertisingReport,
} from '../../hci/advertising-report.js';
import {
  leAdvertisingReport,
  leDirectedAdvertisingReport,
  leExtendedAdvertisingReport,
} from '../../hci/events/index.js';
import type { HciHost } from '../../hci/host.js';
import type { AcceptList } from '../connecting/accept-list.js';
import { ignoreDisallowed, isReset, isTaken } from '../errors.js';
import type { OnAirAddresses } from '../privacy/on-air.js';
import type { RadioGate, RadioUser } from '../privacy/radio-gate.js';
import type { Radio } from '../radio.js';
import { ReportChains } from './report-chains.js';
import { extendedScan, legacyScan, type ScanCommands, type ScanSettings } from './scan-commands.js';

/** Options of a scan. */
export interface ScanOptions {
  /** Ask advertisers for their scan response (active scanning); true. */
  readonly active?: boolean;
  /** Time between the starts of two scan windows in milliseconds, 2.5–10240; 60. */
  readonly intervalMs?: number;
  /** How long each window listens in milliseconds, 2.5 to the interval; 30. */
  readonly windowMs?: number;
  /** Let the controller report each advertiser once only; false. */
  readonly filterDuplicates?: boolean;
  /** Report only advertisers of the filter accept list (`Device.acceptList`); false. */
  readonly acceptListOnly?: boolean;
  /** Called with each report. Without it, reports wait for the scan's iterator. */
  readonly onReport?: (report: AdvertisingReport) => void;
  /** Reports that may wait for the iterator; the newest are dropped beyond it; 256. */
  readonly queueLimit?: number;
  /** Stops the scan. */
  readonly signal?: AbortSignal;
}

interface ScanEvents {
  /** The scan is over: stopped, or `error` ended it. */
  stopped: { readonly error: Error | undefined };
}

/**
 * A scan under way. Iterate over it for the reports (or give `onReport`), and stop it when done; leaving the loop stops
 * it as well.
 */
export class Scan extends Emitter<ScanEvents> implements AsyncIterable<AdvertisingReport>, AsyncDisposable {
  /** Reports received. */
  received = 0;
  private readonly queue: AsyncQueue<AdvertisingReport> | undefined;
  private readonly halt: (scan: Scan) => Promise<void>;

  /** @internal Made by {@link Scanner.start}. */
  constructor(options: ScanOptions, halt: (scan: Scan) => Promise<void>) {
    super();
    this.halt = halt;
    this.queue = options.onReport
      ? undefined
      : new AsyncQueue(options.queueLimit ?? 256, () => void this.stop().catch(() => {}));
  }

  /** Reports dropped because nobody took them in time. */
  get dropped(): number {
    return this.queue?.dropped ?? 0;
  }

  /** Stops scanning; idempotent. @throws {HciError} when the controller refuses */
  stop(): Promise<void> {
    return this.halt(this);
  }

  /** @internal */
  deliver(report: AdvertisingReport): void {
    this.queue?.push(report);
  }

  /** @internal */
  end(error?: Error): void {
    this.queue?.end(error);
    this.emit('stopped', { error });
  }

  /** @throws {StateError} when the scan was given `onReport` */
  [Symbol.asyncIterator](): AsyncIterator<AdvertisingReport> {
    if (!this.queue)
      throw new StateError('this scan gives its reports to onReport; iterate over one without it');
    return this.queue;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** The scan under way. */
interface Current {
  readonly scan: Scan;
  readonly onReport: (report: AdvertisingReport) => void;
  readonly parameters: () => ScanSettings;
  readonly filterDuplicates: boolean;
  readonly acceptListOnly: boolean;
  /** Whether it asks for scan responses. */
  readonly active: boolean;
  /** Whether it is there for {@link Scanner.watch} alone. */
  readonly background: boolean;
}

/** Scanning: Core Vol 3, Part C, 9.1.2 and 9.2. */
export class Scanner implements RadioUser {
  private readonly host: HciHost;
  private readonly addresses: OnAirAddresses;
  private readonly gate: RadioGate;
  private readonly acceptList: AcceptList;
  /** Those of the controller that there is: after a recovery it may be another one. */
  private readonly commands: () => ScanCommands;
  private readonly chains: ReportChains;
  private current: Current | undefined;
  private stopping: Promise<void> | undefined;
  /** What the controller scans for now. */
  private running: Current | undefined;
  private paused: Current | undefined;
  /** Who watches, and whether scan responses are asked for it. */
  private readonly watchers = new Map<(report: AdvertisingReport) => void, boolean>();

  constructor({ host, addresses, gate, controller }: Radio, acceptList: AcceptList) {
    this.acceptList = acceptList;
    this.host = host;
    this.addresses = addresses;
    this.gate = gate;
    this.commands = () =>
      controller().advertisingCommands === 'extended' ? extendedScan(host) : legacyScan(host);
    gate.add(this);
    // One closure for the life of the host: reports come by the million.
    const deliver = (report: AdvertisingReport) => {
      const { current } = this;
      if (!current || !this.addresses.seen(report)) return;
      if (current.acceptListOnly && !this.acceptList.admits(report.address)) return;
      current.scan.received++;
      current.onReport(report);
      for (const watcher of this.watchers.keys()) watcher(report);
    };
    this.chains = new ReportChains((message) => host.report({ layer: 'gap', message }));
    const part = (report: AdvertisingReport) => {
      const whole = this.chains.take(report);
      if (whole && (!whole.directUnresolved || this.addresses.isOwn(whole.directAddress!))) deliver(whole);
    };
    host.onRawEvent(leExtendedAdvertisingReport, (bytes, start, end) => {
      if (!forEachExtendedAdvertisingReport(bytes, start, end, part)) {
        host.report({
          layer: 'hci',
          message: 'an LE Extended Advertising Report is malformed; what was sound of it was passed on',
        });
      }
    });
    host.onEvent(leDirectedAdvertisingReport, ({ reports }) => {
      for (const report of reports) {
        const made = AdvertisingReport.directed(report);
        if (this.addresses.isOwn(made.directAddress!)) deliver(made);
      }
    });
    host.onRawEvent(leAdvertisingReport, (bytes, start, end) => {
      if (!forEachAdvertisingReport(bytes, start, end, deliver)) {
        host.report({
          layer: 'hci',
          message: 'an LE Advertising Report is malformed; what was sound of it was passed on',
        });
      }
    });
  }

  /** Whether a scan is under way. */
  get scanning(): boolean {
    return this.current !== undefined && !this.current.background;
  }

  /** Starts a scan; see {@link ScanOptions}. One at a time. */
  async start(options: ScanOptions): Promise<Scan> {
    const parameters = scanParameters(options, this.addresses, this.acceptList);
    // What only watches sees the reports of this scan as well.
    if (this.current?.background) await this.stop(this.current.scan);
    return this.begin(options, parameters, false);
  }

  /**
   * Shows all reports to somebody inside the stack, of the user's scan or else of one that is for this alone.
   * @param options.active whether scan responses are asked for, where no user scans
   * @returns ends it
   */
  watch(
    watcher: (report: AdvertisingReport) => void,
    options: { readonly active?: boolean } = {},
  ): () => void {
    this.watchers.set(watcher, options.active === true);
    const { current } = this;
    // A scan that asks nobody is begun anew for who wants answers.
    if (options.active && current?.background && !current.active) this.stop(current.scan).catch(() => {});
    else this.watchOn();
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size === 0 && this.current?.background) this.stop(this.current.scan).catch(() => {});
    };
  }

  private watchOn(): void {
    if (this.watchers.size === 0 || this.current || !this.host.isOpen) return;
    const options = { active: [...this.watchers.values()].includes(true), onReport: () => {} };
    this.begin(options, scanParameters(options, this.addresses, this.acceptList), true).catch(
      (error: unknown) => {
        if (isReset(error) || !this.host.isOpen) return;
        const why = error instanceof Error ? error.message : String(error);
        this.host.report({ layer: 'gap', message: `looking for a peer with a private address: ${why}` });
      },
    );
  }

  private async begin(
    options: ScanOptions,
    parameters: Current['parameters'],
    background: boolean,
  ): Promise<Scan> {
    if (this.current) throw new StateError('a scan is under way already: stop it first');
    options.signal?.throwIfAborted();
    const scan = new Scan(options, (which) => this.stop(which));
    const current: Current = {
      scan,
      onReport: options.onReport ?? ((report) => scan.deliver(report)),
      parameters,
      filterDuplicates: options.filterDuplicates === true,
      acceptListOnly: options.acceptListOnly === true,
      active: options.active !== false,
      background,
    };
    this.current = current;
    try {
      await this.stopping;
      this.host.trace?.(`startScan(${options.active === false ? 'passive' : 'active'}) →`);
      await this.gate.use(() => this.enable(current));
    } catch (error) {
      if (this.current === current) this.current = undefined;
      throw error;
    }
    const { signal } = options;
    if (signal) {
      const abort = () => void scan.stop().catch(() => {});
      if (signal.aborted) abort();
      else {
        signal.addEventListener('abort', abort, { once: true });
        scan.once('stopped', () => signal.removeEventListener('abort', abort));
      }
    }
    return scan;
  }

  /** Stops whatever scan there is. */
  async stopAll(): Promise<void> {
    if (this.current) await this.stop(this.current.scan);
  }

  /** Starts the scan again on a controller that was reset; when the controller refuses, the scan ends with that error. */
  async restore(): Promise<void> {
    const { current } = this;
    if (!current) return;
    try {
      await this.gate.use(() => this.enable(current));
    } catch (error) {
      if (!(error instanceof HciError) || this.current !== current) throw error;
      this.abort(error);
    }
  }

  /**
   * Whether there should be a scan and the controller knows nothing of it: its parameters are disallowed while it scans
   * (7.8.10). It takes them then, and has to be reset.
   */
  async wasForgotten(): Promise<boolean> {
    const { current } = this;
    if (!current) return false;
    const taken = await this.gate.use(() => isTaken(this.commands().prepare(current.parameters())));
    return taken && this.current === current;
  }

  /** Ends the scan because the controller is gone. */
  abort(error: Error | undefined): void {
    const { current } = this;
    this.current = undefined;
    current?.scan.end(error);
  }

  async pause(): Promise<void> {
    const { running } = this;
    if (!running || running !== this.current) return;
    this.paused = running;
    this.running = undefined;
    await ignoreDisallowed(this.commands().stop());
  }

  async resume(): Promise<void> {
    const { paused } = this;
    this.paused = undefined;
    // Somebody stopped it meanwhile.
    if (!paused || this.current !== paused) return;
    try {
      await this.enable(paused);
    } catch (error) {
      // After a reset all begins anew anyway.
      if (!isReset(error) && this.current === paused) this.abort(error instanceof Error ? error : undefined);
    }
  }

  private async enable(current: Current): Promise<void> {
    const commands = this.commands();
    await commands.prepare(current.parameters());
    // A stop that came meanwhile wins.
    if (this.current !== current) return;
    this.running = current;
    this.chains.clear();
    await commands.start(current.filterDuplicates);
  }

  private async stop(scan: Scan): Promise<void> {
    if (this.current?.scan !== scan) {
      await this.stopping;
      return;
    }
    this.current = undefined;
    // A controller that is being reset does not scan, and will not again.
    if (!this.host.isOpen) {
      scan.end();
      return;
    }
    this.host.trace?.('stopScan() →');
    this.stopping = ignoreDisallowed(this.commands().stop());
    try {
      await this.stopping;
      scan.end();
      this.watchOn();
    } catch (error) {
      if (isReset(error)) {
        scan.end();
        return;
      }
      scan.end(error instanceof Error ? error : undefined);
      if (this.host.isOpen) throw error;
    } finally {
      this.stopping = undefined;
    }
  }
}

const known = [
  'active',
  'intervalMs',
  'windowMs',
  'filterDuplicates',
  'acceptListOnly',
  'onReport',
  'queueLimit',
  'signal',
];

/** Checks the options; gives what makes the command's parameters, as private addresses are at the moment. */
function scanParameters(options: ScanOptions, addresses: OnAirAddresses, acceptList: AcceptList) {
  checkKeys('scan', options, known);
  const intervalMs = checkNumber('intervalMs', options.intervalMs ?? 60, 2.5, 10240, 'ms');
  const windowMs = checkNumber(
    'windowMs',
    options.windowMs ?? Math.min(30, intervalMs),
    2.5,
    intervalMs,
    'ms',
  );
  return () => ({
    scanType: options.active === false ? 0 : 1,
    interval: Math.round(intervalMs / 0.625),
    window: Math.round(windowMs / 0.625),
    ownAddressType: addresses.ownAddressType(),
    // 2 and 3: directed advertisements to private addresses, too (7.8.10).
    filterPolicy:
      (options.acceptListOnly && acceptList.isInController ? 1 : 0) | (addresses.wantsDirected() ? 2 : 0),
  });
}
