import { describe, expect, it } from 'vitest';
import { RadioTime } from '../../../src/virtual/air/radio-time.js';

/** A connection every `interval` µs. */
class Tenant {
  nextAnchor: number;
  readonly interval: number;
  readonly had: number[] = [];

  constructor(firstAnchor: number, interval: number) {
    this.nextAnchor = firstAnchor;
    this.interval = interval;
  }
}

/** Lets connections have their events, of `length` µs each, in the order of time. */
function run(radio: RadioTime, tenants: readonly Tenant[], until: number, length: number): void {
  for (const tenant of tenants) radio.add(tenant);
  for (;;) {
    const next = tenants.reduce((one, other) => (other.nextAnchor < one.nextAnchor ? other : one));
    const at = next.nextAnchor;
    if (at >= until) return;
    next.nextAnchor += next.interval;
    if (radio.claim(next, at, at + length)) next.had.push(at);
  }
}

describe('the one radio of a controller', () => {
  it('gives all events to connections that do not overlap', () => {
    const tenants = [new Tenant(0, 10_000), new Tenant(5000, 10_000), new Tenant(7000, 20_000)];
    run(new RadioTime(), tenants, 200_000, 400);
    expect(tenants.map(({ had }) => had.length)).toEqual([20, 20, 10]);
  });

  it.each([
    [0, 0],
    [0, 399],
    [0, 200, 399],
    [0, 0, 0, 0],
  ])('gives all that overlap their turn: first events at %s, %s, %s, %s', (...firsts) => {
    const tenants = firsts.filter((at) => at !== undefined).map((at) => new Tenant(at, 10_000));
    run(new RadioTime(), tenants, 1_200_000, 400);
    const shares = tenants.map(({ had }) => had.length);
    const fair = 120 / tenants.length;
    for (const share of shares) {
      expect(share).toBeGreaterThanOrEqual(fair - 2);
      // Nobody waits for longer than the others' turns.
      for (const { had } of tenants) {
        for (let i = 1; i < had.length; i++) {
          expect(had[i]! - had[i - 1]!).toBeLessThanOrEqual(10_000 * (tenants.length + 1));
        }
      }
    }
  });

  it('never has two events at once', () => {
    const tenants = [
      new Tenant(0, 7500),
      new Tenant(100, 11_250),
      new Tenant(300, 15_000),
      new Tenant(7400, 30_000),
    ];
    run(new RadioTime(), tenants, 3_000_000, 1200);
    const all = tenants.flatMap(({ had }) => had).sort((a, b) => a - b);
    for (let i = 1; i < all.length; i++) expect(all[i]! - all[i - 1]!).toBeGreaterThanOrEqual(1200);
    for (const { had } of tenants) expect(had.length).toBeGreaterThanOrEqual(50);
  });

  it('lets an event go on up to the next of another connection, and while nothing is advertised', () => {
    const radio = new RadioTime();
    const [one, other] = [new Tenant(10_000, 10_000), new Tenant(3000, 10_000)];
    radio.add(one);
    radio.add(other);
    expect(radio.claim(one, 0, 1000)).toBe(true);
    expect(radio.extend(one, 1150, 2150)).toBe(true);
    expect(radio.extend(one, 2300, 3300)).toBe(false);
    radio.advertise({}, 2200, 4000);
    expect(radio.extend(one, 2300, 2900)).toBe(false);
    expect(radio.extend(other, 2300, 2900)).toBe(false);
    expect(radio.isFree(900, 2100)).toBe(false);
    expect(radio.isFree(2150, 2900)).toBe(true);
    expect([radio.isIdle(2150, 2200), radio.isIdle(2150, 2300), radio.isIdle(4000, 5000)]).toEqual([
      true,
      false,
      true,
    ]);
    expect([radio.hasRoom(2000, 3000), radio.hasRoom(2000, 3001)]).toEqual([true, false]);
  });

  it('places the events of a new connection where the most room is, in steps of 1.25 ms', () => {
    const radio = new RadioTime();
    expect(radio.offsetFor(1000, 30_000)).toBe(0);
    radio.add(new Tenant(1000, 30_000));
    expect(radio.offsetFor(1000, 30_000)).toBe(12);
    radio.add(new Tenant(16_000, 30_000));
    expect(radio.offsetFor(1000, 30_000)).toBe(6);
    // Every 15 ms against every 30 ms: between both.
    expect(radio.offsetFor(1000, 15_000)).toBe(6);
  });
});
