import { describe, expect, it } from 'vitest';
import { Phy } from '../../../src/virtual/air/airtime.js';
import { Conditions, type ConditionsOptions } from '../../../src/virtual/air/conditions.js';
import { ratio } from '../../../src/virtual/air/exact-math.js';
import { PathLoss, type Radio } from '../../../src/virtual/air/propagation.js';
import { bitErrorRate, type Fate, fateOf, noisePower } from '../../../src/virtual/air/reception.js';
import { Route } from '../../../src/virtual/air/route.js';

const radio = (name: string, x = 0, txPower = 0): Radio => ({
  name,
  position: { x, y: 0, z: 0 },
  txPower,
  sensitivity: -95,
});

/** The share of packets that meet each fate, of many sent one after the other. */
function shares(
  options: ConditionsOptions,
  { dbm = -60, channel = 0, octets = 37, phy = Phy.le1M as number, count = 4000 } = {},
): Record<Fate, number> {
  const pathLoss = new PathLoss();
  const [a, b] = [radio('a'), radio('b', 3)];
  pathLoss.fix(a, b, dbm);
  const conditions = new Conditions(options);
  const result: Record<Fate, number> = { received: 0, corrupt: 0, missed: 0 };
  for (let i = 0; i < count; i++) {
    const start = i * 7_919;
    result[conditions.fate(pathLoss, a, b, channel, phy, octets, start, start + 376)]++;
  }
  for (const fate of ['received', 'corrupt', 'missed'] as const) result[fate] /= count;
  return result;
}

describe('bit errors', () => {
  it('are one in a thousand at the sensitivity (Vol 6, Part A, 4.1)', () => {
    expect(bitErrorRate(ratio(-95) / noisePower(-95))).toBeCloseTo(0.001, 10);
  });

  it('spare a packet of n bits with the chance that each of them is right', () => {
    // 32 bits of access address, 16 of header, 24 of CRC and 8 of each octet, at one error in a thousand.
    const right = (bits: number) => 0.999 ** bits;
    expect(fateOf(37, 0.001, 0, 0, right(32 + 40 + 296) - 1e-9)).toBe('received');
    expect(fateOf(37, 0.001, 0, 0, right(32 + 40 + 296) + 1e-9)).toBe('corrupt');
    expect(fateOf(37, 0.001, 0, 0, right(32) + 1e-9)).toBe('missed');
  });

  it('hit long packets first, and spare strong signals', () => {
    const long = shares({ bitErrors: true }, { dbm: -95, octets: 251 });
    const short = shares({ bitErrors: true }, { dbm: -95, octets: 0 });
    expect(long.received).toBeGreaterThan(0.08);
    expect(long.received).toBeLessThan(0.17);
    expect(short.received).toBeGreaterThan(0.9);
    expect(shares({ bitErrors: true }, { dbm: -85, octets: 251 }).received).toBe(1);
    expect(shares({ bitErrors: true }, { dbm: -108 }).missed).toBe(1);
  });

  it('come 3 dB earlier on LE 2M and 8 dB later on LE Coded', () => {
    const at = (phy: number, dbm: number) => shares({ bitErrors: true }, { phy, dbm }).received;
    expect(at(Phy.le2M, -92)).toBeCloseTo(at(Phy.le1M, -95), 1);
    expect(at(Phy.leCoded, -103)).toBeCloseTo(at(Phy.le1M, -95), 1);
  });
});

describe('losses', () => {
  it('take the share that was ordered, of weak and strong alike', () => {
    expect(shares({ loss: 0.2, seed: 3 }).missed).toBeCloseTo(0.2, 1);
    expect(shares({ loss: 0 }).missed).toBe(0);
    expect(shares({ loss: 1 }).missed).toBe(1);
  });

  it('are the same for the same seed, and others for another', () => {
    const of = (seed: number) => {
      const conditions = new Conditions({ loss: 0.5, seed });
      const pathLoss = new PathLoss();
      return Array.from({ length: 64 }, (_, i) =>
        conditions.fate(pathLoss, radio('a'), radio('b'), 0, Phy.le1M, 0, i, i + 80),
      ).join();
    };
    expect(of(1)).toBe(of(1));
    expect(of(1)).not.toBe(of(2));
  });
});

describe('interference', () => {
  it('of a jammer stops everything on its channels, in its time', () => {
    const jam = (fromMs: number, untilMs: number): ConditionsOptions => ({
      interferers: [{ kind: 'jammer', channels: [37, 5], fromMs, untilMs }],
    });
    expect(shares(jam(0, 1e6), { channel: 5 }).missed).toBe(1);
    expect(shares(jam(0, 1e6), { channel: 6 }).received).toBe(1);
    // 4000 packets in 31.7 s.
    expect(shares(jam(0, 15_838), { channel: 37 }).missed).toBeCloseTo(0.5, 2);
  });

  it('of a jammer with a power drowns what is weaker than it', () => {
    const interferers = [{ kind: 'jammer', channels: [0], power: -20 }] as const;
    expect(shares({ interferers }, { dbm: -65 }).received).toBe(0);
    expect(shares({ interferers }, { dbm: -40 }).received).toBe(1);
  });

  it('of Wi-Fi lies on the channels under its 20 MHz, for its part of the time', () => {
    const wifi = (channel: number) =>
      shares({ interferers: [{ kind: 'wifi', channel: 6, dutyCycle: 0.3 }] }, { channel, dbm: -70 }).received;
    // 2437 MHz ± 10: data channels 11 (2428) to 20 (2446), and none of the advertising channels.
    expect([11, 15, 20].map(wifi).every((share) => share > 0.4 && share < 0.75)).toBe(true);
    expect([10, 21, 37, 38, 39].map(wifi)).toEqual([1, 1, 1, 1, 1]);
  });

  it.each([
    [{ kind: 'wifi', channel: 14, dutyCycle: 0.5 }, /interferers\.0\.channel: 14/],
    [{ kind: 'wifi', channel: 1, dutyCycle: 2 }, /interferers\.0\.dutyCycle: 2/],
    [{ kind: 'jammer', channels: [40] }, /interferers\.0\.channels\.0: 40/],
    [{ kind: 'microwave' }, /interferers\.0\.kind: "microwave" is not permitted/],
    [{ kind: 'jammer', channels: [1], chanels: [2] }, /unknown option "chanels"/],
  ])('refuses %o', (one, message) => {
    expect(() => new Conditions({ interferers: [one as never] })).toThrow(message);
  });
});

describe('collisions', () => {
  /** What becomes of a packet of `a` to `c`, while `b` sends on the same channel from 100 µs before its end on. */
  const meet = (a: number, b: number, offset: number, channel = 37) => {
    const pathLoss = new PathLoss();
    const [one, other, to] = [radio('a'), radio('b'), radio('c')];
    pathLoss.fix(one, to, a);
    pathLoss.fix(other, to, b);
    const conditions = new Conditions({ collisions: true });
    conditions.occupy(one, 37, 1000, 1376);
    conditions.occupy(other, channel, 1000 + offset, 1376 + offset);
    return conditions.fate(pathLoss, one, to, 37, Phy.le1M, 37, 1000, 1376);
  };

  it('destroy both packets of equal strength', () => {
    expect(meet(-60, -60, 0)).not.toBe('received');
    expect(meet(-60, -60, 200)).not.toBe('received');
  });

  it('let the much stronger packet through', () => {
    expect(meet(-50, -70, 0)).toBe('received');
    expect(meet(-70, -50, 0)).not.toBe('received');
  });

  it('need the same channel at the same time', () => {
    expect(meet(-60, -60, 376)).toBe('received');
    expect(meet(-60, -60, -376)).toBe('received');
    expect(meet(-60, -60, 0, 38)).toBe('received');
  });
});

describe('faults of the air', () => {
  const strikes = (fault: Omit<NonNullable<ConditionsOptions['faults']>[number], 'fault'>) => {
    const conditions = new Conditions({ faults: [{ fault: 'corrupt', ...fault }] });
    const pathLoss = new PathLoss();
    const fates = Array.from({ length: 10 }, (_, i) =>
      conditions.fate(pathLoss, radio('a'), radio('b'), i, Phy.le1M, 0, i * 1000, i * 1000 + 80),
    );
    return fates.map((fate) => (fate === 'corrupt' ? 1 : 0)).join('');
  };

  it('strike by number, by time, by channel and by name', () => {
    expect(strikes({})).toBe('1111111111');
    expect(strikes({ after: 3, every: 2, times: 2 })).toBe('0001010000');
    expect(strikes({ fromMs: 2, untilMs: 5 })).toBe('0011100000');
    expect(strikes({ channels: [4, 9] })).toBe('0000100001');
    expect(strikes({ from: 'a', to: 'b' })).toBe('1111111111');
    expect(strikes({ from: 'b' })).toBe('0000000000');
    expect(strikes({ probability: 0 })).toBe('0000000000');
  });

  it('refuse what they do not know, with its name', () => {
    const make = (fault: object) => new Conditions({ faults: [fault as never] });
    expect(() => make({ fault: 'melt' })).toThrow(/faults\.0\.fault: "melt" is not permitted/);
    expect(() => make({ fault: 'drop', every: 0 })).toThrow(/faults\.0\.every: 0/);
    expect(() => make({ fault: 'drop', form: 'a' })).toThrow(/unknown option "form"/);
    expect(() => make({ fault: 'delay' })).toThrow(/faults\.0\.us: missing/);
    expect(() => make({ fault: 'delay', us: -1 })).toThrow(/faults\.0\.us: -1/);
    expect(() => make({ fault: 'stall' })).toThrow(/faults\.0\.ms: missing/);
    expect(() => make({ fault: 'drop', ms: 5 })).toThrow(
      /faults\.0\.ms: is not permitted; it belongs to stall/,
    );
  });

  const at = (conditions: Conditions, from: string, to: string, start: number) =>
    conditions.fate(new PathLoss(), radio(from), radio(to), 7, Phy.le1M, 0, start, start + 80);

  it('make a packet late: within 2 µs nobody notices, beyond it is missed (Vol 6, Part B, 4.2.1)', () => {
    const late = (us: number) =>
      at(new Conditions({ faults: [{ fault: 'delay', us, from: 'a' }] }), 'a', 'b', 1000);
    expect([late(0), late(2), late(3), late(1000)]).toEqual(['received', 'received', 'missed', 'missed']);
  });

  it('leave a late packet on the air, where it disturbs what comes then', () => {
    const faults = [{ fault: 'delay', us: 500, from: 'a', times: 1 }] as const;
    const conditions = new Conditions({ collisions: true, faults });
    expect(at(conditions, 'a', 'b', 1000)).toBe('missed');
    expect(at(conditions, 'c', 'd', 1490)).not.toBe('received');
    expect(at(conditions, 'c', 'd', 1600)).toBe('received');
  });

  it('stall a radio, which neither sends nor hears anything meanwhile', () => {
    const conditions = new Conditions({ faults: [{ fault: 'stall', from: 'a', after: 1, ms: 5 }] });
    expect(at(conditions, 'a', 'b', 0)).toBe('received');
    expect(at(conditions, 'a', 'b', 1000)).toBe('missed');
    const fates = [2000, 5999, 6000].map((start) => [
      at(conditions, 'a', 'b', start),
      at(conditions, 'b', 'a', start),
      at(conditions, 'b', 'c', start),
    ]);
    expect(fates).toEqual([
      ['missed', 'missed', 'received'],
      ['missed', 'missed', 'received'],
      ['received', 'received', 'received'],
    ]);
    expect(conditions.faultCounts).toEqual([1]);
  });
});

describe('path loss in a building', () => {
  it('takes off what each wall on the way takes', () => {
    const walls = [
      { from: { x: 2, y: -1 }, to: { x: 2, y: 1 }, loss: 8 },
      { from: { x: 4, y: -1 }, to: { x: 4, y: 1 }, loss: 3 },
    ];
    const free = new PathLoss();
    const built = new PathLoss({ walls });
    const loss = (x: number) => free.rssi(radio('a'), radio('b', x)) - built.rssi(radio('a'), radio('b', x));
    expect([1, 3, 5].map(loss)).toEqual([0, 8, 11]);
    // Round the corner of the wall.
    const beside: Radio = { ...radio('b'), position: { x: 3, y: 4, z: 0 } };
    expect(built.rssi(radio('a'), beside)).toBe(free.rssi(radio('a'), beside));
  });

  it('fades the same in both directions, alike at neighbouring moments, and otherwise on another band', () => {
    const model = new PathLoss({ fading: { k: -20 }, seed: 4 });
    const [a, b] = [radio('a'), radio('b', 4)];
    const course = (one: Radio, other: Radio, channel = 37) =>
      Array.from({ length: 400 }, (_, i) => model.rssi(one, other, i * 10_000, channel));
    expect(course(a, b)).toEqual(course(b, a));
    expect(course(a, b)).not.toEqual(course(a, b, 39));
    const values = course(a, b);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(15);
    const mean = values.reduce((sum, dbm) => sum + 10 ** (dbm / 10), 0) / values.length;
    expect(Math.abs(10 * Math.log10(mean) - -52)).toBeLessThan(2);
    const other = new PathLoss({ fading: { k: -20 }, seed: 5 });
    expect(Array.from({ length: 400 }, (_, i) => other.rssi(a, b, i * 10_000))).not.toEqual(values);
  });

  it('shadows with the deviation that was ordered', () => {
    const model = new PathLoss({ shadowing: { deviation: 5, coherenceMs: 100 } });
    const values = Array.from({ length: 4000 }, (_, i) => model.rssi(radio('a'), radio('b'), i * 100_000));
    const mean = values.reduce((sum, dbm) => sum + dbm, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, dbm) => sum + (dbm - mean) ** 2, 0) / values.length);
    expect(Math.abs(deviation - 5)).toBeLessThan(0.4);
  });
});

describe('a route', () => {
  const route = (options: Partial<ConstructorParameters<typeof Route>[1]>) => {
    let now = 0;
    const way = new Route(() => now, {
      points: [
        { x: 0, y: 0 },
        { x: 10, y: 0, pauseMs: 5000 },
        { x: 10, y: 10 },
      ],
      speed: 2,
      ...options,
    });
    return (ms: number) => {
      now = ms * 1000;
      return [way.x, way.y, way.z];
    };
  };

  it('goes from point to point at its speed, pauses, and stays at the last', () => {
    const at = route({});
    expect([0, 2500, 5000, 9999, 12_500, 15_000, 1e9].map(at)).toEqual([
      [0, 0, 0],
      [5, 0, 0],
      [10, 0, 0],
      [10, 0, 0],
      [10, 5, 0],
      [10, 10, 0],
      [10, 10, 0],
    ]);
  });

  it('sets out when it is told, turns back, or goes round', () => {
    expect(route({ startMs: 1000 })(3500)).toEqual([5, 0, 0]);
    expect(route({ end: 'return' })(17_500)).toEqual([10, 5, 0]);
    const round = route({ end: 'repeat' });
    const diagonal = (Math.sqrt(200) / 2) * 1000;
    expect(round(15_000 + diagonal / 2)[0]).toBeCloseTo(5, 9);
    expect(round(15_000 + diagonal + 2500)[0]).toBeCloseTo(5, 9);
  });

  it('refuses what is no way', () => {
    expect(() => route({ points: [] })).toThrow(/points: none/);
    expect(() => route({ speed: 0 })).toThrow(/speed: 0/);
    expect(() => route({ points: [{ x: 0, y: Number.NaN }] })).toThrow(/points\.0\.y/);
  });
});
