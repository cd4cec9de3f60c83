import type { Clock, Timer } from '../../core/clock.js';

/** Says after a time without packets that this side of a link sleeps (low power mode: Core Vol 4, Part D). */
export class H5SleepWatch {
  private readonly clock: Clock;
  private readonly afterMs: number | undefined;
  private readonly sleep: () => void;
  private readonly isQuiet: () => boolean;
  private timer: Timer | undefined;
  private lastPacketAt = 0;

  /**
   * @param afterMs milliseconds; never where it is `undefined`
   * @param isQuiet whether nothing is owed to the other side
   */
  constructor(clock: Clock, afterMs: number | undefined, isQuiet: () => boolean, sleep: () => void) {
    this.clock = clock;
    this.afterMs = afterMs;
    this.isQuiet = isQuiet;
    this.sleep = sleep;
  }

  /** A packet came or was sent. */
  used(): void {
    if (this.timer !== undefined) this.lastPacketAt = this.clock.now();
  }

  /** The link is active. */
  start(): void {
    const { afterMs, clock } = this;
    if (afterMs === undefined) return;
    clock.clearTimeout(this.timer);
    this.lastPacketAt = clock.now();
    const look = () => {
      const left = this.lastPacketAt + afterMs - clock.now();
      if (left <= 0 && this.isQuiet()) this.sleep();
      this.timer = clock.setTimeout(look, left > 0 ? left : afterMs);
    };
    this.timer = clock.setTimeout(look, afterMs);
  }

  /** It is not any more. */
  stop(): void {
    this.clock.clearTimeout(this.timer);
  }
}
