import { type RandomSource, randomUnit } from '../../core/random.js';

/** What a {@link Heart} is like. */
export interface HeartOptions {
  readonly random: RandomSource;
  /** Beats per minute at rest; 68. */
  readonly restingRate?: number;
  /** The beats per minute that no effort exceeds; 165. */
  readonly maximumRate?: number;
}

/** How much of the way to where they tend rate and effort go with each beat. */
const RATE_PER_BEAT = 0.05;
const EFFORT_PER_BEAT = 0.01;
/** How likely a beat is the one with which its owner begins to do something else. */
const CHANGE_OF_MIND = 1 / 90;
/** Half the width of the variation between two neighbouring intervals: what a healthy heart at rest has. */
const VARIABILITY = 0.06;
/** Beats further back than this many milliseconds interest nobody. */
const REMEMBERED_MS = 60_000;

/**
 * A heart that beats: each beat takes its own time, the rate follows what its owner does, and the intervals vary as
 * those of living hearts. Beats are worked out when somebody asks, so that it needs no timer.
 */
export class Heart {
  private readonly random: RandomSource;
  private readonly restingRate: number;
  private readonly maximumRate: number;
  /** Beats per minute. */
  private rate: number;
  /** 0 is rest, 1 all that can be given. */
  private effort = 0;
  private aim = 0;
  /** When the last beat was, in milliseconds. */
  private last: number;
  /** Milliseconds from the last beat to the next. */
  private interval: number;

  /** @param now the moment of its first beat, in milliseconds */
  constructor(now: number, options: HeartOptions) {
    this.random = options.random;
    this.restingRate = options.restingRate ?? 68;
    this.maximumRate = options.maximumRate ?? 165;
    this.rate = this.restingRate;
    this.last = now;
    this.interval = this.nextInterval();
  }

  /** The beats since the last question (a minute's at most), up to `now`: the milliseconds before each. */
  beats(now: number): number[] {
    this.last = Math.max(this.last, now - REMEMBERED_MS);
    const intervals: number[] = [];
    while (this.last + this.interval <= now) {
      this.last += this.interval;
      intervals.push(this.interval);
      this.adapt();
      this.interval = this.nextInterval();
    }
    return intervals;
  }

  private nextInterval(): number {
    // The harder it works, the steadier it beats.
    return (60_000 / this.rate) * (1 + VARIABILITY * this.vary() * (1 - 0.8 * this.effort));
  }

  private adapt(): void {
    // A stroll is more likely than a sprint.
    if (randomUnit(this.random) < CHANGE_OF_MIND) {
      const much = randomUnit(this.random);
      this.aim = much * much;
    }
    this.effort += EFFORT_PER_BEAT * (this.aim - this.effort);
    const wanted = this.restingRate + (this.maximumRate - this.restingRate) * this.effort;
    this.rate += RATE_PER_BEAT * (wanted - this.rate) + 0.4 * this.vary();
  }

  /** Between -1 and 1. */
  private vary(): number {
    return 2 * randomUnit(this.random) - 1;
  }
}
