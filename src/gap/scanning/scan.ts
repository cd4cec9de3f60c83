import { Emitter } from '../../core/emitter.js';
import { StateError } from '../../core/errors.js';
import { AsyncQueue } from '../../core/queue.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import type { ScanOptions } from './scan-options.js';

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

  /** Stops scanning, for this one: other scans go on. Idempotent. @throws {HciError} when the controller refuses */
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
