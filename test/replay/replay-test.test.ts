import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Bluetooth } from '../../src/api/index.js';
import { SimulatedClock, sleep } from '../../src/core/clock.js';
import { toHex } from '../../src/core/hex.js';
import { seededRandom } from '../../src/core/random.js';
import {
  ReplayError,
  type ReplayedBluetooth,
  type ReplayedDevice,
  type ReplayReport,
  type ReplayTestOptions,
  replayTest,
  type TestFunction,
} from '../../src/replay/index.js';
import { World } from '../../src/virtual/index.js';

const fixture = fileURLToPath(new URL('../../fixtures/heart-rate-virtual.hci', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bluewire-replays-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Finds the sensor, and takes `count` measurements. */
const measure =
  (count: number, values: Uint8Array[] = []) =>
  async ({ device }: ReplayedDevice) => {
    for await (const report of device.scan({ filter: { services: [0x180d] } })) {
      if (!report.connectable) continue;
      const link = await device.connect(report);
      const services = await link.gatt.discoverAll();
      const sensor = services.find(({ uuid }) => uuid.short === 0x180d);
      if (sensor)
        for await (const value of sensor.characteristics[0]!.values())
          if (values.push(value) === count) break;
      await link.disconnect();
      if (sensor) break;
    }
  };

const seen: Uint8Array[] = [];
// Under vitest without globals the runner has to be looked for; the test is one of this file all the same.
await replayTest(fixture, measure(3, seen), {
  title: 'registers a test with vitest, which replays this stack octet for octet',
  permit: 'strict',
  onReport: (report) => {
    expect(seen).toHaveLength(3);
    expect({ complete: report.complete, uses: report.uses }).toEqual({ complete: true, uses: [] });
  },
});

/** Runs what would be registered. */
async function run(
  capture: string | Uint8Array,
  body: (bt: ReplayedDevice) => Promise<void>,
  options: ReplayTestOptions = {},
): Promise<{ title: string; report: ReplayReport | undefined }> {
  let registered: { title: string; run: () => Promise<void> } | undefined;
  let report: ReplayReport | undefined;
  const all: ReplayTestOptions = {
    test: (title, work) => {
      registered = { title, run: work };
    },
    onReport: (one) => {
      report = one;
    },
    ...options,
  };
  expect(replayTest(capture, body, all)).toBeUndefined();
  await registered!.run();
  return { title: registered!.title, report };
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('replayTest', () => {
  it('takes the runner as an option, and a capture in memory', async () => {
    const { title, report } = await run(readFileSync(fixture), measure(3), { name: 'heart rate' });
    expect(title).toBe('replays heart rate');
    expect(report?.complete).toBe(true);
  });

  it('fails where the capture was not played to its end', async () => {
    const failure = await failureOf(run(fixture, async () => {}, { permit: 'strict' }));
    expect(failure).toBeInstanceOf(ReplayError);
    expect((failure as ReplayError).divergence.got).toBeUndefined();
  });

  it('fails with the divergence where the host does otherwise, and with what the body throws', async () => {
    const other = run(fixture, async ({ device }) => {
      await device.connect('C0:DE:C0:00:00:01/random');
    });
    expect(await failureOf(other)).toBeInstanceOf(ReplayError);
    const thrown = new Error('the body');
    expect(await failureOf(run(fixture, () => Promise.reject(thrown)))).toBe(thrown);
  });

  it('writes the new session when values are others and that is asked for, and then only', async () => {
    const file = join(folder, 'golden.hci');
    // The host of this capture asked for another MTU.
    const old = readFileSync(fixture, 'utf8').replace(/(> 02[0-9a-f]{4}07000300040002)f700/, '$1c800');
    expect(old).not.toBe(readFileSync(fixture, 'utf8'));
    writeFileSync(file, old);
    const failure = await failureOf(run(file, measure(3), { permit: 'strict' }));
    expect((failure as ReplayError).divergence.path).toBe('data.att.clientRxMtu');
    expect(readFileSync(file, 'utf8')).toBe(old);
    const { report } = await run(file, measure(3), { permit: 'strict', update: true });
    expect(report?.kinds).toEqual(['new behaviour']);
    expect(readFileSync(file, 'utf8')).not.toBe(old);
    // The new one is this host's, octet for octet, and is not written again.
    const written = readFileSync(file, 'utf8');
    const again = await run(file, measure(3), { permit: 'strict', update: true });
    expect(again.report?.uses).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe(written);
  });

  it('opens the Pycom API', async () => {
    const clock = new SimulatedClock();
    const random = seededRandom(3);
    const world = await clock.run(World.open({ clock, random }));
    const lines: string[] = [];
    const capture = {
      packet: (time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number) =>
        void lines.push(
          `${time} ${sent ? '>' : '<'} ${toHex(Uint8Array.of(type, ...bytes.subarray(start, end)))}`,
        ),
      close: () => Promise.resolve(),
    };
    const transport = world.controller('00:00:5E:00:53:01').transport();
    /** What is seen within a second, by name. */
    const look = async (bluetooth: Bluetooth, time: SimulatedClock) => {
      bluetooth.start_scan(-1);
      await sleep(time, 1000);
      const found: string[] = [];
      for (let adv = bluetooth.get_adv(); adv; adv = bluetooth.get_adv()) {
        found.push(String(bluetooth.resolve_adv_data(adv.data, Bluetooth.ADV_NAME_CMPL)));
      }
      return found;
    };
    const recorded = new Bluetooth({ transport, clock, random, capture });
    const names = await clock.run(look(recorded, clock));
    const octets = new TextEncoder().encode(`${lines.join('\n')}\n`);
    await clock.run(recorded.deinit());
    await clock.run(world.close());
    expect(names.length).toBeGreaterThan(0);

    let registered: (() => Promise<void>) | undefined;
    const test: TestFunction = (_, work) => {
      registered = work;
    };
    let replayed: string[] = [];
    const body = async ({ bluetooth, replay }: ReplayedBluetooth) => {
      replayed = await look(bluetooth, replay.clock);
    };
    void replayTest(octets, body, { pycom: true, permit: 'strict', test });
    await registered!();
    expect(replayed).toEqual(names);
  });
});
