import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { seededRandom } from '../../../src/core/random.js';
import { FreeRunningClock, ScaledClock } from '../../../src/virtual/air/pace.js';
import {
  createWorld,
  heartRateSensor,
  type SimulatedDevice,
  thermometer,
} from '../../../src/virtual/devices/index.js';
import { spansOf } from '../../../src/virtual/devices/presence.js';

const sensor = heartRateSensor.address;

describe('a world with pace fast', () => {
  it('lets a program run as it would with hardware, in no time', async () => {
    await using world = await createWorld({ seed: 7 });
    const device = await world.device();
    const link = await device.connect(sensor);
    const before = world.now;
    await world.run(3_600_000);
    expect(world.now - before).toBeGreaterThanOrEqual(3_600_000);
    expect(link.isConnected).toBe(true);
  });

  it('stands still while nothing is to happen', async () => {
    const clock = new FreeRunningClock();
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      clock.setTimeout(() => seen.push(clock.now()), 5);
      clock.setTimeout(() => {
        seen.push(clock.now());
        resolve();
      }, 5000);
    });
    expect(seen).toEqual([5, 5000]);
    expect(clock.pending).toBe(0);
  });

  it('waits for a condition', async () => {
    await using world = await createWorld({ seed: 7 });
    const device = await world.device();
    let reports = 0;
    await device.startScan({ onReport: () => reports++ });
    await world.until(() => reports >= 20);
    expect(reports).toBeGreaterThanOrEqual(20);
    await expect(world.until(() => false, { limitMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('a world with pace stepped', () => {
  it('stands still unless it is told', async () => {
    await using world = await createWorld({ seed: 7, pace: 'stepped' });
    const device = await world.device();
    const before = world.now;
    let connected = false;
    const connecting = device.connect(sensor).then((link) => {
      connected = true;
      return link;
    });
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.now).toBe(before);
    expect(connected).toBe(false);
    expect((await world.until(connecting)).isConnected).toBe(true);
    const then = world.now;
    await world.run(250);
    expect(world.now).toBeCloseTo(then + 250, 3);
  });

  it('goes step by step, and says when each thing happened', async () => {
    await using world = await createWorld({ seed: 7, pace: 'stepped', devices: [heartRateSensor] });
    const moments: number[] = [];
    for (let i = 0; i < 5; i++) moments.push((await world.step())!);
    const gaps = moments.slice(1).map((moment, i) => moment - moments[i]!);
    // Each is an advertising event, or what comes of one.
    expect(gaps.every((gap) => gap >= 0 && gap <= 160)).toBe(true);
    expect(Math.max(...gaps)).toBeGreaterThanOrEqual(100);
  });

  it('calls at a moment, unless that is called off', async () => {
    await using world = await createWorld({ seed: 1, pace: 'stepped', devices: [] });
    const seen: number[] = [];
    world.at(40, () => seen.push(world.now));
    world.at(20, () => seen.push(world.now));
    world.at(30, () => seen.push(world.now))();
    await world.run(100);
    expect(seen).toEqual([20, 40]);
    expect(await world.step()).toBeUndefined();
  });

  it('gives up on a promise after the limit, and when nothing is left to happen', async () => {
    await using world = await createWorld({ seed: 7, pace: 'stepped' });
    const never = new Promise<void>(() => {});
    await expect(world.until(never, { limitMs: 5000 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(world.now).toBeLessThan(6000);
    await using empty = await createWorld({ seed: 7, pace: 'stepped', devices: [] });
    await expect(empty.until(never)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('a world in real time', () => {
  it('passes as many times as fast as the other clock', async () => {
    const clock = new SimulatedClock();
    await clock.advance(1000);
    const scaled = new ScaledClock(clock, 10);
    let fired = -1;
    scaled.setTimeout(() => {
      fired = scaled.now();
    }, 500);
    await clock.advance(49);
    expect(fired).toBe(-1);
    await clock.advance(2);
    expect(fired).toBe(500);
    expect(scaled.wallTime()).toBe(1000 + 510);
    scaled.clearTimeout(undefined);
  });
});

describe('a world', () => {
  it.each([
    [{ seed: -1 }, /seed: -1 is not permitted/],
    [{ sead: 1 }, /unknown option "sead"/],
    [{ pace: 0 }, /pace: 0 is not permitted/],
    [{ seed: 1, random: seededRandom(1) }, /seed, random: one of them/],
    [{ pace: 'fast', clock: new SimulatedClock() }, /clock, pace: one of them/],
    [{ conditions: { loss: 2 } }, /loss: 2 is not permitted/],
    [{ propagation: { exponent: 11 } }, /exponent: 11 is not permitted/],
    [{ devices: [thermometer, thermometer] }, /name: "Thermometer" is not permitted twice/],
  ])('refuses %o', async (options, message) => {
    await expect(createWorld(options as never)).rejects.toThrow(message);
  });

  it('gives each device of the user a controller and an address of its own', async () => {
    await using world = await createWorld({ seed: 3, pace: 'stepped' });
    const [one, other] = [await world.device(), await world.device({ name: 'other' })];
    // The thermometer has the second of the addresses.
    expect([one, other].map(({ address }) => address.toString())).toEqual([
      '00:00:5E:00:53:01/public',
      '00:00:5E:00:53:03/public',
    ]);
  });

  it('is closed once, with all that is in it', async () => {
    const world = await createWorld({ seed: 3, pace: 'stepped' });
    const device = await world.device();
    await world.close();
    await world.close();
    expect(device.isOpen).toBe(false);
    expect((world.clock as SimulatedClock).pending).toBe(0);
    await expect(world.run(1)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect(() => world.controller('00:00:5E:00:53:09')).toThrow(/the world is closed/);
  });

  it('lets devices move: what they send arrives stronger and weaker', async () => {
    const walker: SimulatedDevice = {
      ...heartRateSensor,
      position: {
        points: [
          { x: 1, y: 0 },
          { x: 101, y: 0 },
        ],
        speed: 10,
      },
    };
    await using world = await createWorld({ seed: 3, pace: 'stepped', devices: [walker] });
    const device = await world.device();
    const course: number[] = [];
    await world.until(device.startScan({ onReport: ({ rssi }) => course.push(rssi ?? 127) }));
    await world.run(10_500);
    expect(course[0]).toBeGreaterThan(-50);
    expect(course.at(-1)).toBe(-80);
    expect(course.slice(1).every((rssi, i) => rssi <= (course[i] ?? 0))).toBe(true);
    world.devices.get('Heart Rate')!.move({ x: 2, y: 0, z: 0 });
    await world.run(500);
    expect(course.at(-1)).toBe(-46);
  });
});

describe('devices that come and go', () => {
  const visitor = (presence: SimulatedDevice['presence'] & {}): SimulatedDevice => ({
    ...heartRateSensor,
    presence,
  });

  it('are there in their times', async () => {
    const devices = [visitor({ spans: [{ fromMs: 1000, untilMs: 2000 }, { fromMs: 5000 }] })];
    await using world = await createWorld({ seed: 3, pace: 'stepped', devices });
    const device = await world.device();
    const seen: number[] = [];
    await world.until(device.startScan({ onReport: () => seen.push(world.now) }));
    await world.run(8000);
    const within = (from: number, until: number) => seen.filter((ms) => ms >= from && ms < until).length;
    expect(within(0, 1000)).toBe(0);
    expect(within(1000, 2000)).toBeGreaterThan(4);
    expect(within(2001, 5000)).toBe(0);
    expect(within(5000, 8000)).toBeGreaterThan(15);
  });

  it('end their links without a word when they go, and are there anew afterwards', async () => {
    await using world = await createWorld({ seed: 3, pace: 'stepped', devices: [heartRateSensor] });
    const device = await world.device();
    const sensorThere = world.devices.get('Heart Rate')!;
    const link = await world.until(
      device.connect(sensor, { supervisionTimeoutMs: 1000 } as never).catch(() => device.connect(sensor)),
    );
    sensorThere.switchOff();
    expect(sensorThere.isOn).toBe(false);
    await world.until(() => !link.isConnected);
    await world.until(sensorThere.switchOn());
    expect((await world.until(device.connect(sensor))).isConnected).toBe(true);
  });

  it('keep to their spans, their battery and their churn at once', () => {
    const spans = (presence: SimulatedDevice['presence'] & {}, count: number) => {
      const found: [number, number][] = [];
      for (const { from, until } of spansOf(presence, seededRandom(5))) {
        found.push([from, until]);
        if (found.length === count) break;
      }
      return found;
    };
    const forever = Number.POSITIVE_INFINITY;
    expect(spans({}, 2)).toEqual([[0, forever]]);
    expect(spans({ batteryMinutes: 1 }, 2)).toEqual([[0, 60_000]]);
    expect(
      spans({ batteryMinutes: 1, spans: [{ fromMs: 0, untilMs: 50_000 }, { fromMs: 100_000 }] }, 3),
    ).toEqual([
      [0, 50_000],
      [100_000, 110_000],
    ]);
    const turns = spans({ churn: { onMs: 1000, offMs: 3000 } }, 2000);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(turns.map(([from, until]) => until - from))).toBeCloseTo(1000, -2);
    expect(mean(turns.slice(1).map(([from], i) => from - (turns[i]?.[1] ?? 0)))).toBeGreaterThan(2700);
    expect(turns.every(([from, until], i) => until > from && from >= (turns[i - 1]?.[1] ?? 0))).toBe(true);
  });
});
