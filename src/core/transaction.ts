import type { Clock, Timer } from './clock.js';
import { TimeoutError } from './errors.js';

/** What a {@link Transaction} needs. */
export interface TransactionOptions {
  readonly clock: Clock;
  /** What is being done, for the message of an error: `LE_Set_Scan_Enable`, `ATT Read Request of handle 0x0003`. */
  readonly what: string;
  /** The deadline in milliseconds; none without. */
  readonly timeoutMs?: number | undefined;
  /** Makes the error of the deadline; a {@link TimeoutError} without. */
  readonly timeoutError?: (() => Error) | undefined;
  /** Called at the deadline, before the promise rejects: to close a bearer, for example. */
  readonly onTimeout?: (() => void) | undefined;
  /** Lets the caller leave. The exchange itself goes on: whoever owns it keeps its place until the answer. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the caller left by {@link signal}. */
  readonly onAbort?: (() => void) | undefined;
}

/**
 * One request that waits for its reply: with a deadline, an AbortSignal, and an end with the link. HCI commands,
 * ATT requests, SMP and L2CAP signalling all wait by this. Settles once; whatever comes later is passed over.
 */
export class Transaction<Reply> {
  readonly promise: Promise<Reply>;
  /** Whether the promise is settled: by reply, error, deadline or the caller's leaving. */
  settled = false;
  /** Whether the caller left before the answer. */
  abandoned = false;
  private resolvePromise!: (reply: Reply) => void;
  private rejectPromise!: (error: unknown) => void;
  private readonly options: TransactionOptions;
  private timer: Timer | undefined;
  private limitMs: number | undefined;
  private abortListener: (() => void) | undefined;

  constructor(options: TransactionOptions) {
    this.options = options;
    this.promise = new Promise<Reply>((resolve, reject) => {
      this.resolvePromise = resolve;
      this.rejectPromise = reject;
    });
    const signal = options.signal;
    if (signal) {
      if (signal.aborted) this.abort();
      else {
        this.abortListener = () => this.abort();
        signal.addEventListener('abort', this.abortListener, { once: true });
      }
    }
  }

  /** Starts the deadline: when the request really leaves, not when it is queued. */
  start(): void {
    const { timeoutMs, clock } = this.options;
    if (timeoutMs !== undefined && !this.timer) this.timer = clock.setTimeout(() => this.expire(), timeoutMs);
  }

  /** The peer said that the reply will take longer: the deadline, where one runs, is `timeoutMs` from now. */
  extend(timeoutMs: number): void {
    if (this.timer === undefined) return;
    this.stopTimer();
    this.limitMs = timeoutMs;
    this.timer = this.options.clock.setTimeout(() => this.expire(), timeoutMs);
  }

  /** The reply came. */
  resolve(reply: Reply): void {
    this.stopTimer();
    if (this.finish()) this.resolvePromise(reply);
  }

  /** The exchange failed: refused, malformed, link or port gone. */
  reject(error: unknown): void {
    this.stopTimer();
    if (this.finish()) this.rejectPromise(error);
  }

  private expire(): void {
    this.timer = undefined;
    const { what, timeoutMs, timeoutError, onTimeout } = this.options;
    onTimeout?.();
    if (this.finish())
      this.rejectPromise(timeoutError?.() ?? new TimeoutError(what, this.limitMs ?? timeoutMs ?? 0));
  }

  private abort(): void {
    // The deadline keeps running: the exchange is still under way, only nobody listens.
    this.abandoned = true;
    if (this.finish()) {
      this.rejectPromise(this.options.signal?.reason);
      this.options.onAbort?.();
    }
  }

  private stopTimer(): void {
    if (this.timer !== undefined) {
      this.options.clock.clearTimeout(this.timer);
      this.timer = undefined;
    }
  }

  private finish(): boolean {
    if (this.settled) return false;
    this.settled = true;
    if (this.abortListener) this.options.signal?.removeEventListener('abort', this.abortListener);
    return true;
  }
}

/** What `promise` gives, unless the deadline or the caller's signal comes first; what is waited for goes on in any case. */
export function within<T>(promise: Promise<T>, options: TransactionOptions): Promise<T> {
  const wait = new Transaction<T>(options);
  wait.start();
  promise.then(
    (value) => wait.resolve(value),
    (error) => wait.reject(error),
  );
  return wait.promise;
}
