import type { HeartRateMeasurement } from '../../gatt/values/heart-rate.js';
import type { Heart } from './heart.js';

/** Beats that the rate is the mean of. */
const AVERAGED = 8;
/** Every how many measurements the energy goes with it: Heart Rate Service 1.0, 3.1.1.3, advises ten. */
const ENERGY_EVERY = 10;
const ENERGY_LIMIT = 0xffff;
const LONGEST_RR = 0xffff;

/** Whose heart it is, as far as the energy depends on it. */
export interface Wearer {
  /** Years. */
  readonly age: number;
  /** Kilograms. */
  readonly weight: number;
}

/** The electronics around a heart: mean rate, intervals, and the energy expended while it measures. */
export class HeartRateMonitor {
  private readonly heart: Heart;
  private readonly wearer: Wearer;
  private recent: number[] = [];
  private measuredAt: number;
  private measurements = 0;
  /** Kilojoules. */
  private energy = 0;

  constructor(heart: Heart, wearer: Wearer, now: number) {
    this.heart = heart;
    this.wearer = wearer;
    this.measuredAt = now;
  }

  /** Begins to measure: what the heart did before is not reported. */
  start(now: number): void {
    this.take(now);
    this.measuredAt = now;
  }

  /** The measurement since the last one. */
  measure(now: number): HeartRateMeasurement {
    const beats = this.take(now);
    const mean = this.recent.reduce((sum, interval) => sum + interval, 0) / this.recent.length;
    // Before the first beat there is nothing to tell.
    const rate = this.recent.length === 0 ? 0 : 60_000 / mean;
    this.energy += (this.power(rate) * (now - this.measuredAt)) / 60_000;
    this.measuredAt = now;
    const withEnergy = this.measurements++ % ENERGY_EVERY === ENERGY_EVERY - 1;
    // In steps of 1/1024 s.
    const rrIntervals = beats.map((interval) => Math.min(LONGEST_RR, Math.round(interval * 1.024)) / 1024);
    return {
      heartRateMeasurementValue: Math.round(rate),
      sensorContactDetected: true,
      ...(withEnergy ? { energyExpended: Math.min(ENERGY_LIMIT, Math.floor(this.energy)) } : {}),
      ...(rrIntervals.length > 0 ? { rrIntervals } : {}),
    };
  }

  /** Energy Expended begins at 0 again. */
  resetEnergy(): void {
    this.energy = 0;
  }

  private take(now: number): number[] {
    const beats = this.heart.beats(now);
    this.recent = [...this.recent, ...beats].slice(-AVERAGED);
    return beats;
  }

  /** Kilojoules per minute at a heart rate, for men (Keytel and others, 2005), and at least what rest takes. */
  private power(rate: number): number {
    const { age, weight } = this.wearer;
    return Math.max(0.07 * weight, 0.6309 * rate + 0.1988 * weight + 0.2017 * age - 55.0969);
  }
}
