import { describe, expect, it } from 'vitest';
import { SimulatedClock, seededRandom } from '../../src/core/index.js';
import * as commands from '../../src/hci/commands/index.js';
import {
  leAdvertisingReport,
  leConnectionComplete,
  numberOfCompletedPackets,
} from '../../src/hci/events/index.js';
import { Air, VirtualController } from '../../src/virtual/index.js';
import { HciScript } from '../support/hci-script.js';
import { advertise, advertisingParameters, createConnection, scan, unmask, World } from './world.js';

/** A busy quarter of a minute; gives all octets that any host sent or received, with their times. */
async function busyWorld(seed: number): Promise<string> {
  const world = new World(seed);
  const stations = [];
  for (let i = 0; i < 6; i++) stations.push(await world.controller());
  stations.forEach(({ controller }, i) => {
    controller.position = { x: i * 3, y: i % 2, z: 0 };
  });
  const [central, scanner, ...peripherals] = stations;
  for (const { hci } of peripherals) await advertise(hci);
  await scan(scanner!.hci, { leScanType: 1, leScanInterval: 80, leScanWindow: 40 });
  for (const { controller } of peripherals.slice(0, 3)) {
    await central!.hci.command(commands.leCreateConnection, createConnection(controller.address));
    const { connectionHandle } = await central!.hci.eventually(leConnectionComplete, { status: 0 });
    for (let i = 0; i < 8; i++) {
      await central!.hci.acl(connectionHandle, new Uint8Array(60).fill(i));
      await world.clock.advance(11);
    }
    central!.hci.received.length = 0;
    await central!.hci.command(commands.leRand, {});
  }
  await world.clock.advance(10_000);
  return stations.flatMap(({ hci, controller }) => [controller.name, ...hci.log]).join('\n');
}

describe('a world', () => {
  it('of one seed is the same to the octet in every run', async () => {
    const [one, again, other] = [await busyWorld(11), await busyWorld(11), await busyWorld(12)];
    expect(one.length).toBeGreaterThan(10_000);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  it('has no timer while nobody advertises, listens or is connected', async () => {
    const world = new World();
    const { hci } = await world.controller();
    expect(world.clock.pending).toBe(0);
    await scan(hci);
    await advertise(hci);
    expect(world.clock.pending).toBeGreaterThan(0);
    await hci.command(commands.leSetScanEnable, { leScanEnable: 0, filterDuplicates: 0 });
    await hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 0 });
    expect(world.clock.pending).toBe(0);
  });

  it('keeps a process that scans alive, even when there is nobody to hear', async () => {
    const world = new World();
    await scan((await world.controller()).hci);
    for (let hour = 0; hour < 3; hour++) {
      expect(world.clock.pending).toBe(1);
      await world.clock.advance(3_600_000);
    }
  });

  it('ends when the air is closed, whatever was going on', async () => {
    const world = new World();
    const pair = await world.connected();
    await advertise(pair.peripheral.hci);
    await scan(pair.central.hci);
    world.air.close();
    expect(world.clock.pending).toBe(0);
    expect([...world.air.stations]).toEqual([]);
    expect(pair.central.controller.isOn).toBe(false);
  });

  it('lets stations hear each other as strongly as their distance permits', async () => {
    const world = new World();
    const near = await world.controller();
    const far = await world.controller();
    const gone = await world.controller();
    const scanner = await world.controller();
    near.controller.position = { x: 10, y: 0, z: 0 };
    far.controller.position = { x: 0, y: 100, z: 0 };
    gone.controller.position = { x: 0, y: 0, z: 1000 };
    for (const { hci } of [near, far, gone]) await advertise(hci);
    await scan(scanner.hci);
    await world.clock.advance(1000);
    const heard = scanner.hci.all(leAdvertisingReport).flatMap(({ reports }) => reports);
    const strength = new Map(heard.map(({ address, rssi }) => [address.toString(), rssi]));
    expect([...strength].sort()).toEqual([
      ['00:00:5E:00:53:01', -60],
      ['00:00:5E:00:53:02', -80],
    ]);
  });

  it('goes on while a station comes and goes', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertise(advertiser.hci);
    await scan(scanner.hci);
    advertiser.controller.powerOff();
    await world.clock.advance(1000);
    scanner.hci.silence();
    advertiser.controller.powerOn();
    const hci = await HciScript.open(world.clock, advertiser.controller.transport());
    await advertise(hci);
    await world.clock.advance(1000);
    expect(scanner.hci.all(leAdvertisingReport).length).toBeGreaterThan(5);
  });

  it('goes on for ten minutes with five idle connections and ten advertisers', async () => {
    const world = new World();
    const central = await world.controller();
    for (let i = 0; i < 5; i++) {
      const { hci, controller } = await world.controller();
      await advertise(hci);
      const request = createConnection(controller.address, {
        connectionIntervalMin: 24,
        connectionIntervalMax: 24,
      });
      await central.hci.command(commands.leCreateConnection, request);
      await central.hci.eventually(leConnectionComplete, { status: 0 });
    }
    for (let i = 0; i < 10; i++) await advertise((await world.controller()).hci);
    await world.clock.advance(600_000);
    expect(central.controller.activity.connections).toBe(5);
  });
});

describe('a world with slack, as in real time', () => {
  /** Counts the timers that come. */
  class CountingClock extends SimulatedClock {
    wakes = 0;

    // Real time cannot.
    override skipTo(): boolean {
      return false;
    }

    override setTimeout(callback: () => void, delayMs: number): unknown {
      return super.setTimeout(() => {
        this.wakes++;
        callback();
      }, delayMs);
    }
  }

  async function station(air: Air, clock: SimulatedClock, n: number) {
    const controller = new VirtualController(air, {
      address: `00005E0053${n.toString(16).padStart(2, '0')}`,
    });
    const hci = await HciScript.open(clock, controller.transport());
    await unmask(hci);
    return { controller, hci };
  }

  it('wakes up seldom for twenty advertisers, and brings as many reports', async () => {
    const run = async (slackMs: number) => {
      const clock = new CountingClock();
      const air = new Air({ clock, random: seededRandom(1), slackMs });
      for (let n = 0; n < 20; n++) {
        const { hci } = await station(air, clock, n);
        await hci.command(commands.leSetAdvertisingParameters, advertisingParameters());
        await hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 1 });
      }
      const scanner = await station(air, clock, 100);
      await scan(scanner.hci, { leScanType: 1 });
      await clock.advance(10_000);
      return { wakes: clock.wakes, reports: scanner.hci.all(leAdvertisingReport).length };
    };
    const exact = await run(0);
    const relaxed = await run(25);
    expect(relaxed.wakes).toBeLessThan(420);
    expect(exact.wakes).toBeGreaterThan(5000);
    expect(Math.abs(relaxed.reports - exact.reports) / exact.reports).toBeLessThan(0.02);
  });

  it('answers as quickly as without: data is sent in the next connection event', async () => {
    const clock = new SimulatedClock();
    const air = new Air({ clock, random: seededRandom(1), slackMs: 25 });
    const central = await station(air, clock, 1);
    const peripheral = await station(air, clock, 2);
    await advertise(peripheral.hci);
    await central.hci.command(commands.leCreateConnection, createConnection(peripheral.controller.address));
    const { connectionHandle } = await central.hci.eventually(leConnectionComplete, { status: 0 });
    await clock.advance(100);
    const [theirs] = peripheral.hci.all(leConnectionComplete);
    for (let i = 0; i < 20; i++) {
      await clock.advance(100 + i * 1.3);
      const start = clock.now();
      await central.hci.acl(connectionHandle, new Uint8Array(5));
      while (peripheral.hci.allAcl().length === 0) await clock.advance(0.1);
      await peripheral.hci.acl(theirs!.connectionHandle, new Uint8Array(5));
      while (central.hci.allAcl().length === 0) await clock.advance(0.1);
      expect(clock.now() - start).toBeLessThan(16);
    }
    expect(central.hci.all(numberOfCompletedPackets)).toHaveLength(20);
  });
});
