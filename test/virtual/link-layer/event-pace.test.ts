import { expect, it } from 'vitest';
import { EventPace } from '../../../src/virtual/link-layer/event-pace.js';

/** The events of a row that are used, with data in some of them. */
function used(pace: EventPace, from: number, count: number, data: readonly number[] = []): number[] {
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    const event = (from + i) & 0xffff;
    if (pace.uses(event)) found.push(from + i);
    if (data.includes(from + i)) pace.dataIn();
  }
  return found;
}

it('a subrated connection uses every so many events, and those behind data (Vol 6, Part B, 4.5.1)', () => {
  const pace = new EventPace();
  pace.set(8, 2, 100);
  // The PDU that set it was data.
  expect(used(pace, 101, 24, [108])).toEqual([101, 102, 108, 109, 110, 116, 124]);
});

it('it does so for ever: the counter of events goes round, and old data is forgotten', () => {
  const pace = new EventPace();
  pace.set(8, 3, 0);
  used(pace, 1, 7);
  const rounds = used(pace, 8, 3 * 65_536, [8]);
  expect(rounds.slice(0, 5)).toEqual([8, 9, 10, 11, 16]);
  expect(rounds.slice(4).every((event) => event % 8 === 0)).toBe(true);
});
