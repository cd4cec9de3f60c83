import { type RandomSource, randomUnit } from '../../core/random.js';
import { exp } from '../air/exact-math.js';

/** What a healthy body keeps to, in degrees Celsius. */
const NORMAL = 36.8;
/** How far from it the temperature gets, and how long it takes to come back, in milliseconds. */
const SPREAD = 0.35;
const RETURN_MS = 120_000;

/** A body's temperature: it wanders, slowly, and always comes back. */
export class Thermometer {
  private readonly random: RandomSource;
  private deviation = 0;
  private readAt: number;

  /** @param now in milliseconds */
  constructor(random: RandomSource, now: number) {
    this.random = random;
    this.readAt = now;
  }

  /** Degrees Celsius now. */
  celsius(now: number): number {
    // What is left of the deviation after the time that passed, and what came to it in the meantime.
    const left = exp(-(now - this.readAt) / RETURN_MS);
    this.readAt = now;
    const news = Math.sqrt(1 - left * left) * (2 * randomUnit(this.random) - 1);
    this.deviation = left * this.deviation + SPREAD * news;
    return NORMAL + this.deviation;
  }
}
