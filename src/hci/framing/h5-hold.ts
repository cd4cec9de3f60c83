import type { Clock, Timer } from '../../core/clock.js';

/** An XOFF that is followed by no XON within so many milliseconds is taken for a damaged octet. */
export const HELD_UP_MS = 2000;

/** Whether the other side of a link holds this one up, by XOFF and XON: Core Vol 4, Part D, 10.1. */
export class H5Hold {
  private readonly clock: Clock;
  private readonly released: () => void;
  private readonly expired: () => void;
  private timer: Timer | undefined;

  /**
   * @param released called when sending may go on
   * @param expired called before that when no XON came
   */
  constructor(clock: Clock, released: () => void, expired: () => void) {
    this.clock = clock;
    this.released = released;
    this.expired = expired;
  }

  /** Whether nothing may be sent. */
  get isOn(): boolean {
    return this.timer !== undefined;
  }

  /** XON or XOFF came. */
  flow(on: boolean): void {
    this.clock.clearTimeout(this.timer);
    if (on) this.release();
    else
      this.timer = this.clock.setTimeout(() => {
        this.expired();
        this.release();
      }, HELD_UP_MS);
  }

  /** The link begins anew: nothing is held up. */
  clear(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** The link is over; what is held up stays so. */
  stop(): void {
    this.clock.clearTimeout(this.timer);
  }

  private release(): void {
    if (this.timer === undefined) return;
    this.timer = undefined;
    this.released();
  }
}
