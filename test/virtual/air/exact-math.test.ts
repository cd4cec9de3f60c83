import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decibel, exp, ln, log10, ratio } from '../../../src/virtual/air/exact-math.js';
import { gauss, hash3, wander } from '../../../src/virtual/air/noise.js';

const near = (actual: number, wanted: number) =>
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(wanted)) * 4);

describe('logarithms and powers of basic operations', () => {
  it('agree with those of the engine', () => {
    fc.assert(
      fc.property(fc.double({ min: 5e-324, max: 1e308, noNaN: true }), (x) => {
        near(ln(x), Math.log(x));
        near(log10(x), Math.log10(x));
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
        expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-12);
      }),
    );
    expect([exp(-800), exp(800)]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it('turn decibel into ratios and back', () => {
    near(decibel(100), 20);
    near(ratio(-3), 0.5011872336272722);
    expect(() => ln(0)).toThrow(/x: 0 is not permitted/);
  });
});

describe('chance without memory', () => {
  it('has the mean 0 and the deviation 1, at the points and between them', () => {
    const statistics = (values: number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      return [mean, Math.sqrt(variance)] as const;
    };
    for (const values of [
      Array.from({ length: 20_000 }, (_, i) => gauss(hash3(1, i, 0))),
      Array.from({ length: 20_000 }, (_, i) => wander(5, i * 1000 + 500, 1000)),
    ]) {
      const [mean, deviation] = statistics(values);
      expect(Math.abs(mean)).toBeLessThan(0.03);
      expect(Math.abs(deviation - 1)).toBeLessThan(0.03);
    }
  });

  it('wanders without jumps, and forgets after its coherence', () => {
    const at = (time: number) => wander(9, time, 100_000);
    for (let time = 0; time < 1_000_000; time += 1000) {
      expect(Math.abs(at(time + 1000) - at(time))).toBeLessThan(0.15);
    }
    const pairs = Array.from({ length: 5000 }, (_, i) => at(i * 1_000_000) * at(i * 1_000_000 + 300_000));
    expect(Math.abs(pairs.reduce((sum, value) => sum + value, 0) / pairs.length)).toBeLessThan(0.06);
  });
});
