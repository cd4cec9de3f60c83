import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Marks } from '../../src/gap/scanning/marks.js';

describe('marks', () => {
  /** What is to be found: the last `most` keys in the order that they came first. */
  function model(most: number) {
    const marks = new Map<number, number>();
    return {
      marks,
      set(key: number, mark: number) {
        if (!marks.has(key) && marks.size === most) marks.delete(marks.keys().next().value!);
        marks.set(key, mark);
      },
    };
  }

  it('are those of a Map that forgets what came first, whatever the keys and however many', () => {
    // Few that meet often, those of addresses and sets, and all that there may be.
    const key = fc.oneof(
      fc.nat(40).map((n) => n * 0x1_0000_0000),
      fc.nat(2 ** 20).map((n) => n * 16 - 7),
      fc.maxSafeInteger(),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.tuple(key, fc.nat(0xffff_ffff)), { maxLength: 800 }),
        (most, entries) => {
          const marks = new Marks(most);
          const expected = model(most);
          for (const [one, mark] of entries) {
            expect(marks.get(one)).toBe(expected.marks.get(one));
            marks.set(one, mark);
            expected.set(one, mark);
          }
          expect(marks.size).toBe(expected.marks.size);
          for (const [one] of entries) expect(marks.get(one)).toBe(expected.marks.get(one));
        },
      ),
    );
  });

  it('of 100,000 addresses in a row: the last 16,384 are there', () => {
    const marks = new Marks(16_384);
    for (let i = 0; i < 100_000; i++) marks.set(0xc000_5e00_5300 + i, i);
    expect(marks.size).toBe(16_384);
    expect(marks.get(0xc000_5e00_5300 + 100_000 - 16_385)).toBeUndefined();
    for (let i = 100_000 - 16_384; i < 100_000; i++) expect(marks.get(0xc000_5e00_5300 + i)).toBe(i);
  });

  it('are found in a few steps, whatever addresses have in common', () => {
    for (const step of [1, 256, 65_536, 2 ** 24, 2 ** 32, 2 ** 40, 16, -1]) {
      const marks = new Marks(16_384);
      for (let i = 0; i < 256; i++) marks.set(i * step, i);
      for (let i = 0; i < 256; i++) expect(marks.get(i * step)).toBe(i);
    }
  });
});
