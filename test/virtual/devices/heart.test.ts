import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import { Heart } from '../../../src/virtual/devices/heart.js';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the simulated heart', () => {
  it('beats at a plausible and changing rate, whoever it belongs to', () => {
    for (let seed = 0; seed < 20; seed++) {
      const heart = new Heart(0, { random: seededRandom(seed) });
      const rates: number[] = [];
      for (let minute = 1; minute <= 60; minute++) rates.push(60_000 / mean(heart.beats(minute * 60_000)));
      expect(Math.min(...rates)).toBeGreaterThan(50);
      expect(Math.max(...rates)).toBeLessThan(180);
      expect(new Set(rates.map(Math.round)).size).toBeGreaterThan(3);
    }
  });

  it('beats the same for the same seed, however often it is asked', () => {
    const seldom = new Heart(0, { random: seededRandom(7) });
    const often = new Heart(0, { random: seededRandom(7) });
    const few = seldom.beats(30_000);
    const many = Array.from({ length: 300 }, (_, i) => often.beats((i + 1) * 100)).flat();
    expect(many).toEqual(few);
  });

  it('forgets what was more than a minute ago', () => {
    const heart = new Heart(0, { random: seededRandom(7) });
    const beats = heart.beats(86_400_000);
    expect(beats.length).toBeGreaterThan(40);
    expect(beats.length).toBeLessThan(100);
  });
});
