import { type Clock, SimulatedClock, type Timer } from '../../core/clock.js';
import { throwApart } from '../../core/emitter.js';

/**
 * Simulated time that goes on by itself, from one timer to the next, as fast as the machine can. Between two timers every
 * promise that can settle does. It stands still while there is no timer.
 */
export class FreeRunningClock extends SimulatedClock {
  private running = false;

  override setTimeout(callback: () => void, delayMs: number): Timer {
    const timer = super.setTimeout(callback, delayMs);
    if (!this.running) {
      this.running = true;
      void this.go();
    }
    return timer;
  }

  private async go(): Promise<void> {
    await this.quiet();
    for (;;) {
      try {
        if (!this.step(Number.POSITIVE_INFINITY)) break;
      } catch (error) {
        // As it is with the platform's timers: the program hears of it, the other timers go on.
        throwApart(error);
      }
      await this.quiet();
    }
    this.running = false;
  }
}

/** Another clock's time, faster or slower. */
export class ScaledClock implements Clock {
  private readonly inner: Clock;
  private readonly factor: number;
  private readonly begin: number;
  private readonly epoch: number;

  /** @param factor how many milliseconds of this clock pass in one of the other */
  constructor(inner: Clock, factor: number) {
    this.inner = inner;
    this.factor = factor;
    this.begin = inner.now();
    this.epoch = inner.wallTime?.() ?? 0;
  }

  now(): number {
    return (this.inner.now() - this.begin) * this.factor;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    return this.inner.setTimeout(callback, delayMs / this.factor);
  }

  clearTimeout(timer: Timer | undefined): void {
    this.inner.clearTimeout(timer);
  }

  wallTime(): number {
    return this.epoch + this.now();
  }
}
