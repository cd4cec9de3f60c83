import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { Heart } from '../../../src/virtual/devices/heart.js';
import { encodeHeartRateMeasurement } from '../../../src/virtual/devices/heart-rate-measurement.js';

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

describe('Heart Rate Measurement (Heart Rate Service 1.0, 3.1)', () => {
  it('carries the rate in one octet up to 255 and in two beyond', () => {
    expect(toHex(encodeHeartRateMeasurement({ rate: 72 }, 20))).toBe('0048');
    expect(toHex(encodeHeartRateMeasurement({ rate: 255 }, 20))).toBe('00ff');
    expect(toHex(encodeHeartRateMeasurement({ rate: 300 }, 20))).toBe('012c01');
  });

  it('flags sensor contact, energy expended and RR intervals', () => {
    expect(toHex(encodeHeartRateMeasurement({ rate: 72, contact: true }, 20))).toBe('0648');
    expect(toHex(encodeHeartRateMeasurement({ rate: 72, contact: false }, 20))).toBe('0448');
    expect(toHex(encodeHeartRateMeasurement({ rate: 72, energyExpended: 0x1234 }, 20))).toBe('08483412');
    expect(toHex(encodeHeartRateMeasurement({ rate: 72, rrIntervals: [853, 860] }, 20))).toBe('104855035c03');
  });

  it('leaves out the oldest RR intervals when they do not fit', () => {
    const bytes = encodeHeartRateMeasurement({ rate: 72, energyExpended: 1, rrIntervals: [1, 2, 3] }, 8);
    expect(toHex(bytes)).toBe('1848010002000300');
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0xffff })),
        fc.integer({ min: 5, max: 60 }),
        (rrIntervals, limit) => {
          const measurement = { rate: 300, energyExpended: 1, rrIntervals };
          expect(encodeHeartRateMeasurement(measurement, limit).length).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });
});
