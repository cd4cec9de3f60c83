import type { RandomSource } from '../../core/random.js';

/** Octets drawn at a time: the platform's source costs as much for four as for this many. */
const POOL = 128;

/** Integers by chance from a {@link RandomSource}, without an allocation each time. */
export class Dice {
  private readonly random: RandomSource;
  private readonly pool = new Uint8Array(POOL);
  private used = POOL;

  constructor(random: RandomSource) {
    this.random = random;
  }

  /** A uniform integer from 0 to 0xFFFFFFFF. */
  word(): number {
    if (this.used >= POOL) {
      this.random.fill(this.pool);
      this.used = 0;
    }
    const b = this.pool;
    const at = this.used;
    this.used += 4;
    return (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;
  }

  /** An integer from 0 to `limit` − 1. */
  below(limit: number): number {
    return Math.floor((this.word() / 0x100000000) * limit);
  }
}
