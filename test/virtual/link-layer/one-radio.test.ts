import { describe, expect, it } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import {
  disconnectionComplete,
  leAdvertisingReport,
  leConnectionComplete,
  numberOfCompletedPackets,
} from '../../../src/hci/events/index.js';
import { esp32Personality, fullPersonality, zephyrPersonality } from '../../../src/virtual/index.js';
import { advertise, createConnection, type ScriptedController, scan, World } from '../world.js';

const oneRadio = { ...fullPersonality, oneRadio: true };

/** The hub advertises, and each of so many centrals connects to it, every 7.5 ms. */
async function crowd(world: World, hub: ScriptedController, centrals: number): Promise<ScriptedController[]> {
  const all: ScriptedController[] = [];
  for (let i = 0; i < centrals; i++) {
    const central = await world.controller();
    for (let attempt = 0; ; attempt++) {
      expect(attempt).toBeLessThan(20);
      if (attempt === 0) await advertise(hub.hci, { advertisingIntervalMin: 32, advertisingIntervalMax: 32 });
      await central.hci.command(commands.leCreateConnection, createConnection(hub.controller.address));
      await central.hci.eventually(leConnectionComplete, { status: 0 });
      await world.clock.advance(60);
      if (hub.hci.all(leConnectionComplete).length > 0) break;
      central.hci.event(disconnectionComplete, { reason: 0x3e });
    }
    all.push(central);
  }
  return all;
}

/** Keeps a station's buffers full for a while, as far as the others leave it time. */
async function saturate(world: World, stations: readonly ScriptedController[], handle: number, ms: number) {
  const until = world.clock.now() + ms;
  for (const { hci } of stations) for (let i = 0; i < 8; i++) await hci.acl(handle, new Uint8Array(27));
  while (world.clock.now() < until) {
    await world.clock.advance(1);
    for (const { hci } of stations) {
      for (const { handles } of hci.all(numberOfCompletedPackets)) {
        for (let i = 0; i < handles[0]!.numCompletedPackets; i++) await hci.acl(handle, new Uint8Array(27));
      }
    }
  }
}

describe('one radio for several roles', () => {
  it('is what the products have that personalities are named after', () => {
    for (const personality of [esp32Personality, zephyrPersonality]) expect(personality.oneRadio).toBe(true);
    expect(fullPersonality.oneRadio).toBeUndefined();
  });

  it.each([1, 2, 3])(
    'keeps the connections of five centrals alive, whatever their phases (seed %i)',
    async (seed) => {
      const world = new World(seed);
      const hub = await world.controller(oneRadio);
      const centrals = await crowd(world, hub, 5);
      for (const { hci } of [hub, ...centrals]) hci.received.length = 0;
      for (let i = 0; i < 20; i++) {
        for (const central of centrals) await central.hci.acl(1, Uint8Array.of(i));
        await world.clock.advance(500);
      }
      const heard = hub.hci.allAcl();
      // Events every 7.5 ms for ten seconds, supervised by one second: nobody is starved, and nothing is lost.
      for (let handle = 1; handle <= 5; handle++) {
        const data = heard.filter((packet) => packet.handle === handle).map((packet) => packet.data[0]);
        expect(data).toEqual(Array.from({ length: 20 }, (_, i) => i));
      }
      expect(hub.hci.all(disconnectionComplete)).toEqual([]);
    },
  );

  it('leaves a scanner what connections do not take', async () => {
    /** Reports in ten seconds of ten advertisements a second. */
    const heard = async (personality: typeof oneRadio, busy: boolean): Promise<number> => {
      const world = new World();
      const hub = await world.controller(personality);
      const [central] = await crowd(world, hub, 1);
      const beacon = await world.controller();
      await advertise(beacon.hci, {
        advertisingType: 3,
        advertisingIntervalMin: 160,
        advertisingIntervalMax: 160,
      });
      await scan(hub.hci);
      if (busy) await saturate(world, [central!], 1, 10_000);
      else await world.clock.advance(10_000);
      return hub.hci.all(leAdvertisingReport).length;
    };
    const free = await heard({ ...oneRadio, oneRadio: false }, true);
    const [idle, busy] = [await heard(oneRadio, false), await heard(oneRadio, true)];
    expect(free).toBeGreaterThan(80);
    // An empty event takes 310 µs of 7500, an advertisement of 128 µs meets one with (310 + 128) / 7500 = 6 %.
    expect(idle).toBeGreaterThan(free * 0.85);
    expect(idle).toBeLessThan(free);
    expect(busy).toBeLessThan(free * 0.2);
  });

  it('lets advertising cut what follows the first exchange of an event short, so that it is heard', async () => {
    const world = new World();
    const hub = await world.controller(oneRadio);
    const [central] = await crowd(world, hub, 1);
    await advertise(hub.hci, { advertisingType: 3 });
    const neighbour = await world.controller();
    await scan(neighbour.hci);
    await saturate(world, [central!, hub], 1, 3000);
    const reports = neighbour.hci.all(leAdvertisingReport).length;
    // Of 29 events each is heard on one channel of three; the first PDU falls into the exchange that it cuts short.
    expect(reports).toBeGreaterThan(10);
    expect(hub.hci.all(disconnectionComplete)).toEqual([]);
  });

  it('connects on, and its own connections do not lose their supervision', async () => {
    const world = new World();
    const hub = await world.controller({ ...oneRadio, maxConnections: 16 });
    const peers: ScriptedController[] = [];
    for (let i = 0; i < 16; i++) {
      const peer = await world.controller();
      await advertise(peer.hci);
      const times = { connectionIntervalMin: 24, connectionIntervalMax: 24, supervisionTimeout: 50 };
      await hub.hci.command(commands.leCreateConnection, createConnection(peer.controller.address, times));
      await hub.hci.eventually(leConnectionComplete, { status: 0 });
      peers.push(peer);
    }
    for (const { hci } of [hub, ...peers]) hci.received.length = 0;
    await saturate(world, peers, 1, 2000);
    expect(hub.hci.all(disconnectionComplete)).toEqual([]);
    // As central it has placed them so that none is in the way of another: each has room for one to three exchanges.
    const counts = new Map<number, number>();
    for (const { handle } of hub.hci.allAcl()) counts.set(handle, (counts.get(handle) ?? 0) + 1);
    expect(counts.size).toBe(16);
    expect(Math.max(...counts.values()) / Math.min(...counts.values())).toBeLessThanOrEqual(3);
  });
});
