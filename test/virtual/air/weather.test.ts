import { describe, expect, it } from 'vitest';
import { leCreateConnection } from '../../../src/hci/commands/index.js';
import {
  leAdvertisingReport,
  leConnectionComplete,
  numberOfCompletedPackets,
} from '../../../src/hci/events/index.js';
import { Conditions, type ConditionsOptions } from '../../../src/virtual/index.js';
import { advertise, createConnection, scan, World } from '../world.js';

/** A world with weather in it. */
const world = (options: ConditionsOptions) => new World(5, new Conditions(options));

const dataChannels = Array.from({ length: 37 }, (_, i) => i);

/** How many advertising reports come within ten seconds of 100 advertising events. */
async function reports(options: ConditionsOptions, advertisers = 1): Promise<number> {
  const there = world(options);
  for (let i = 0; i < advertisers; i++) {
    await advertise((await there.controller()).hci);
    // So that they do not all begin at once.
    await there.clock.advance(13.7);
  }
  const { hci } = await there.controller();
  await scan(hci);
  await there.clock.advance(10_000);
  return hci.all(leAdvertisingReport).length;
}

describe('advertising in bad weather', () => {
  it('comes through on the channels that nobody jams', async () => {
    const free = await reports({});
    const jammed = await reports({ interferers: [{ kind: 'jammer', channels: [37] }] });
    expect(free).toBeGreaterThan(80);
    expect(jammed / free).toBeGreaterThan(0.55);
    expect(jammed / free).toBeLessThan(0.8);
    expect(await reports({ interferers: [{ kind: 'jammer', channels: [37, 38, 39] }] })).toBe(0);
  });

  it('loses what is ordered to be lost', async () => {
    const lossy = await reports({ loss: 0.5 });
    expect(lossy).toBeGreaterThan(35);
    expect(lossy).toBeLessThan(65);
  });

  it('collides the more, the more there are', async () => {
    const share = async (advertisers: number) =>
      (await reports({ collisions: true }, advertisers)) / (await reports({}, advertisers));
    const [few, many] = [await share(2), await share(60)];
    expect(few).toBeGreaterThan(0.95);
    // Two packets of 128 µs meet when they begin within 256 µs: e to the power of −59 · 256 µs / 105 ms is 0.87.
    expect(many).toBeGreaterThan(0.8);
    expect(many).toBeLessThan(0.93);
  });
});

describe('a connection in bad weather', () => {
  it.each([
    ['with packets lost', { faults: [{ fault: 'drop', probability: 0.3, channels: dataChannels }] }],
    ['with wrong CRCs', { faults: [{ fault: 'corrupt', probability: 0.4, channels: dataChannels }] }],
    ['beside a Wi-Fi network', { interferers: [{ kind: 'wifi', channel: 6, dutyCycle: 0.9, power: 30 }] }],
    ['with every third packet dropped', { faults: [{ fault: 'drop', every: 3 }] }],
  ] satisfies [string, ConditionsOptions][])(
    'carries all data in order and once %s (Vol 6, Part B, 4.5.9)',
    async (_, options) => {
      const there = world(options);
      const central = await there.controller();
      const peripheral = await there.controller();
      await advertise(peripheral.hci);
      await central.hci.command(leCreateConnection, createConnection(peripheral.controller.address));
      const { connectionHandle } = await central.hci.eventually(leConnectionComplete, { status: 0 });
      for (let i = 0; i < 40; i++) {
        await central.hci.acl(connectionHandle, Uint8Array.of(1, 0, 4, 0, i));
        await there.clock.advance(100);
      }
      await there.clock.advance(2000);
      expect(peripheral.hci.allAcl().map(({ data }) => data[4])).toEqual(
        Array.from({ length: 40 }, (_, i) => i),
      );
      expect(central.hci.all(numberOfCompletedPackets)).toHaveLength(40);
    },
  );

  it('ends by its supervision timeout when all its channels are jammed (Vol 6, Part B, 4.5.2)', async () => {
    const there = world({ interferers: [{ kind: 'jammer', channels: dataChannels, fromMs: 3000 }] });
    const { central, peripheral } = await there.connected();
    expect(central.controller.activity.connections).toBe(1);
    await there.clock.advance(2900);
    expect(central.controller.activity.connections).toBe(1);
    await there.clock.advance(1200);
    expect(central.controller.activity.connections).toBe(0);
    expect(peripheral.controller.activity.connections).toBe(0);
  });
});
