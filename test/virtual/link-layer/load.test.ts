import { describe, expect, it } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import {
  disconnectionComplete,
  leAdvertisingReport,
  leConnectionComplete,
  numberOfCompletedPackets,
} from '../../../src/hci/events/index.js';
import { fullPersonality, type Personality } from '../../../src/virtual/index.js';
import { advertise, createConnection, type ScriptedController, scan, World } from '../world.js';

/** One end of a connection under load: sends numbered packets as buffers are free, and checks those that come. */
class End {
  readonly station: ScriptedController;
  readonly handle: number;
  readonly toSend: number;
  sent = 0;
  completed = 0;
  received = 0;
  /** When the last packet came, in ms. */
  doneAt = 0;
  private readonly length: number;

  constructor(station: ScriptedController, handle: number, toSend: number, length = 27) {
    this.station = station;
    this.handle = handle;
    this.toSend = toSend;
    this.length = length;
  }

  packet(index: number): Uint8Array {
    return Uint8Array.from({ length: this.length }, (_, i) => (i === 0 ? index >> 8 : index + i));
  }
}

interface Pair {
  /** The end at the hub. */
  readonly hub: End;
  readonly peer: End;
  readonly isCentral: boolean;
  readonly timeout: number;
}

interface Setting {
  readonly central: number;
  readonly peripheral: number;
  /** 1.25 ms. */
  readonly interval: number;
  readonly packets: number;
  readonly personality?: Personality;
}

/** A hub that is central of some and peripheral of others, at the same interval, with timeouts of their own. */
async function star(world: World, setting: Setting): Promise<{ hub: ScriptedController; pairs: Pair[] }> {
  const { central, peripheral, interval, packets, personality } = setting;
  const hub = await world.controller(personality ?? fullPersonality);
  const pairs: Pair[] = [];
  const times = { connectionIntervalMin: interval, connectionIntervalMax: interval };
  for (let i = 0; i < central + peripheral; i++) {
    const peer = await world.controller();
    const isCentral = i < central;
    const timeout = 300 + 10 * i;
    const [from, to] = isCentral ? [hub, peer] : [peer, hub];
    await advertise(to.hci, { advertisingIntervalMin: 32, advertisingIntervalMax: 32 });
    const request = createConnection(to.controller.address, { ...times, supervisionTimeout: timeout });
    // An advertiser whose one radio has a connection event does not hear who connects: 0x3E, and once more.
    let theirs: { connectionHandle: number } | undefined;
    let ours = 0;
    for (let attempt = 0; !theirs; attempt++) {
      expect(attempt).toBeLessThan(5);
      await from.hci.command(commands.leCreateConnection, request);
      ours = (await from.hci.eventually(leConnectionComplete, { status: 0, role: 0 })).connectionHandle;
      await world.clock.advance(7 * interval * 1.25);
      [theirs] = to.hci.all(leConnectionComplete);
      if (!theirs) from.hci.event(disconnectionComplete, { reason: 0x3e });
    }
    const [hubHandle, peerHandle] = isCentral
      ? [ours, theirs.connectionHandle]
      : [theirs.connectionHandle, ours];
    pairs.push({
      hub: new End(hub, hubHandle, packets),
      peer: new End(peer, peerHandle, packets),
      isCentral,
      timeout,
    });
  }
  await world.clock.advance(500);
  for (const { hci } of [hub, ...pairs.map(({ peer }) => peer.station)]) hci.received.length = 0;
  return { hub, pairs };
}

/** Takes what came to a station's ends, in order; gives how many of its buffers became free. */
function take(world: World, station: ScriptedController, ends: readonly [End, End][]): number {
  const byHandle = new Map(ends.map(([own, other]) => [own.handle, [own, other] as const]));
  for (const { handle, data } of station.hci.allAcl()) {
    const [own, other] = byHandle.get(handle)!;
    expect([...data]).toEqual([...other.packet(own.received)]);
    own.received++;
    own.doneAt = world.clock.now();
  }
  let freed = 0;
  for (const { handles } of station.hci.all(numberOfCompletedPackets)) {
    for (const { connectionHandle, numCompletedPackets } of handles) {
      byHandle.get(connectionHandle)![0].completed += numCompletedPackets;
      freed += numCompletedPackets;
    }
  }
  return freed;
}

/** Keeps all buffers full, those of the hub by turns, until all has come. */
async function exchange(world: World, hub: ScriptedController, pairs: readonly Pair[], limitMs: number) {
  const stations: { station: ScriptedController; ends: [End, End][]; free: number; turn: number }[] = [
    { station: hub, ends: pairs.map((pair) => [pair.hub, pair.peer]), free: 8, turn: 0 },
    ...pairs.map((pair) => ({
      station: pair.peer.station,
      ends: [[pair.peer, pair.hub]] as [End, End][],
      free: 8,
      turn: 0,
    })),
  ];
  const until = world.clock.now() + limitMs;
  const all = pairs.flatMap(({ hub: one, peer }) => [one, peer]);
  while (all.some((end, i) => end.received < all[i ^ 1]!.toSend)) {
    if (world.clock.now() > until) {
      const left = pairs.map(({ hub: h, peer }) => `${h.received}/${peer.received}`).join(' ');
      throw new Error(`not all came within ${limitMs} ms: ${left}`);
    }
    for (const one of stations) {
      one.free += take(world, one.station, one.ends);
      for (let passed = 0; one.free > 0 && passed < one.ends.length; ) {
        const [own] = one.ends[one.turn++ % one.ends.length]!;
        // Not more than two of a connection at a time, so that a slow one does not take all buffers.
        if (own.sent >= own.toSend || own.sent - own.completed >= 2) {
          passed++;
          continue;
        }
        passed = 0;
        one.free--;
        await one.station.hci.acl(own.handle, own.packet(own.sent++));
      }
    }
    await world.clock.advance(5);
  }
}

describe.each([
  ['with a radio for each role', {}],
  ['with one radio', { oneRadio: true }],
] as const)(
  '32 connections on one controller %s, central of half of them and peripheral of the others',
  (_, radio) => {
    const personality: Personality = { ...fullPersonality, ...radio };
    const oneRadio = personality.oneRadio === true;
    // 32 events of two exchanges of 27 octets take 28 ms.
    const setting = { central: 16, peripheral: 16, interval: oneRadio ? 64 : 24, packets: 60, personality };

    it('carry data both ways, all of it, each as fast as the others', async () => {
      const world = new World();
      const { hub, pairs } = await star(world, setting);
      const began = world.clock.now();
      await exchange(world, hub, pairs, 60_000);
      // Of connections as peripheral whose events overlap, each has every second event of the one radio.
      // Those of one direction and role have the same chances; what a peripheral sends last is acknowledged an event later.
      for (const isCentral of [true, false]) {
        const some = pairs.filter((pair) => pair.isCentral === isCentral);
        for (const ends of [some.map(({ hub: end }) => end), some.map(({ peer }) => peer)]) {
          const times = ends.map(({ doneAt }) => doneAt - began);
          expect(Math.max(...times) / Math.min(...times)).toBeLessThan(oneRadio ? 2.5 : 1.25);
          for (const end of ends) expect([end.sent, end.received]).toEqual([60, 60]);
        }
      }
      // No more than that fits (0x09).
      await world.clock.advance(100);
      hub.hci.received.length = 0;
      const request = createConnection(pairs[0]!.peer.station.controller.address, { peerAddressType: 1 });
      await hub.hci.refused(commands.leCreateConnection, request, 0x09);
    });

    it('go on beside scanning and advertising', async () => {
      const world = new World();
      const { hub, pairs } = await star(world, { ...setting, packets: 20 });
      const neighbour = await world.controller();
      await advertise(neighbour.hci, { advertisingType: 3 });
      await scan(neighbour.hci);
      await advertise(hub.hci, { advertisingType: 3 });
      await scan(hub.hci);
      const began = world.clock.now();
      const reports = (station: ScriptedController) =>
        station.hci.all(leAdvertisingReport).reduce((sum, { reports: list }) => sum + list.length, 0);
      await exchange(world, hub, pairs, 60_000);
      await world.clock.advance(10_000 - (world.clock.now() - began));
      // A hundred events in ten seconds, less the delay of 5 ms on average.
      // With one radio, connections come first.
      for (const station of [hub, neighbour]) expect(reports(station)).toBeGreaterThan(oneRadio ? 30 : 85);
    });

    it('end each after its own supervision timeout, and the others go on (Vol 6, Part B, 4.5.2)', async () => {
      const world = new World();
      const { hub, pairs } = await star(world, { ...setting, packets: 5 });
      const began = world.clock.now();
      const gone = pairs.filter((_, i) => i % 2 === 0);
      for (const { peer } of gone) peer.station.controller.powerOff();
      const ended = new Map<number, number>();
      while (world.clock.now() - began < 8000) {
        await world.clock.advance(5);
        for (const { connectionHandle, reason } of hub.hci.all(disconnectionComplete)) {
          expect(reason).toBe(0x08);
          ended.set(connectionHandle, world.clock.now() - began);
        }
      }
      expect([...ended.keys()].sort()).toEqual(gone.map((pair) => pair.hub.handle).sort());
      for (const { hub: end, timeout } of gone) {
        // From the last packet heard, up to an interval before.
        expect(ended.get(end.handle)).toBeGreaterThan(timeout * 10 - 4 * setting.interval);
        expect(ended.get(end.handle)).toBeLessThanOrEqual(timeout * 10 + 5);
      }
      const left = pairs.filter((_, i) => i % 2 === 1);
      await exchange(world, hub, left, 30_000);
    });
  },
);
