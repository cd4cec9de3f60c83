import type { Clock } from '../../../core/clock.js';
import { TransportError } from '../../../core/errors.js';
import { closedMeanwhile, mayCome } from './socket-errors.js';

/** How a connection is made. All times in milliseconds. */
export interface DialOptions {
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  /** For how long it is tried again while nothing listens; 0 gives up at once. */
  readonly retryMs: number;
}

/** Starts one attempt, which tells its outcome once; gives a function that breaks it off, also after it has failed. */
export type Attempt = (succeed: () => void, fail: (error: TransportError) => void) => () => void;

/** The pause between two attempts. */
const PAUSE_MS = 250;

/** Connects to a server: each attempt has its time, and while nothing listens there is another. */
export class Dialler {
  private readonly name: string;
  private readonly options: DialOptions;
  private readonly clock: Clock;
  private giveUp: ((error: TransportError) => void) | undefined;
  private stopped = false;

  constructor(name: string, options: DialOptions, clock: Clock) {
    this.name = name;
    this.options = options;
    this.clock = clock;
  }

  /** @throws {TransportError} what the last attempt failed with; `PORT_CLOSED` after {@link stop} */
  async connect(attempt: Attempt): Promise<void> {
    const until = this.clock.now() + this.options.retryMs;
    for (;;) {
      try {
        await this.within(this.options.timeoutMs, () => this.timedOut(), attempt);
        return;
      } catch (error) {
        if (!mayCome(error) || this.clock.now() + PAUSE_MS > until) throw error;
      }
      await this.within(PAUSE_MS, undefined, () => () => {});
    }
  }

  /** Ends what is under way. */
  stop(): void {
    this.stopped = true;
    this.giveUp?.(closedMeanwhile(this.name));
  }

  /** An attempt, or nothing at all, until `ms` have passed; without `expired` that is no failure. */
  private within(ms: number, expired: (() => TransportError) | undefined, attempt: Attempt): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.stopped) throw closedMeanwhile(this.name);
      let abandon = () => {};
      const over = () => {
        this.clock.clearTimeout(timer);
        this.giveUp = undefined;
      };
      const fail = (error: TransportError) => {
        over();
        abandon();
        reject(error);
      };
      const succeed = () => {
        over();
        resolve();
      };
      const timer = this.clock.setTimeout(() => (expired ? fail(expired()) : succeed()), ms);
      this.giveUp = fail;
      abandon = attempt(succeed, fail);
    });
  }

  private timedOut(): TransportError {
    const seconds = this.options.timeoutMs / 1000;
    return new TransportError(
      `${this.name}: no connection within ${seconds} s. Is the host switched on, and does no firewall stand between?`,
      'PORT_NOT_FOUND',
      { cause: Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }) },
    );
  }
}
