import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Address } from '../../../src/core/address.js';
import type { Connection } from '../../../src/gap/connection.js';
import type { Device } from '../../../src/gap/device.js';
import type { AdvertisingReport } from '../../../src/hci/advertising-report.js';
import { VirtualController } from '../../../src/virtual/index.js';
import { FaultyTransport } from '../../support/faulty-transport.js';
import { World } from '../../support/world.js';
import { deviceOf, isOf, type Person, person, personalities } from './support.js';

const [me, peer, other] = [person(1), person(2), person(3)];
describe.each(['legacy', 'extended'] as const)('with %s commands', (advertisingCommands) => {
  let world: World;

  beforeEach(() => {
    world = new World();
    world.defaults = { advertisingCommands };
  });
  afterEach(() => world.close());

  const make = (who: Person, others: readonly Person[], options?: Parameters<typeof deviceOf>[3]) =>
    deviceOf(world, who, others, options);

  /** What a device sees during so many milliseconds. */
  async function seen(by: Device, ms: number): Promise<AdvertisingReport[]> {
    const reports: AdvertisingReport[] = [];
    const scan = await world.run(
      by.startScan({ active: false, onReport: (report) => void reports.push(report) }),
    );
    await world.clock.advance(ms);
    await world.run(scan.stop());
    return reports;
  }

  const distinct = (addresses: readonly (Address | undefined)[]) => new Set(addresses.map(String)).size;

  describe.each(Object.entries(personalities))('With %s', (_, personality) => {
    it('the own address is private, changes, and is told from no other by strangers', async () => {
      const hidden = await make(me, [], { privacy: { rotateMs: 10_000 }, personality });
      const stranger = await make(other, []);
      await world.run(hidden.startAdvertising({ data: { flags: 6 } }));
      const reports = await seen(stranger, 35_000);
      expect(reports.length).toBeGreaterThan(100);
      for (const report of reports) {
        expect(isOf(report.address, me)).toBe(true);
        expect(report.addressOnAir).toEqual(report.address);
      }
      expect(distinct(reports.map(({ address }) => address))).toBe(4);
      expect(hidden.advertising).toBe(true);
      expect(hidden.address).toEqual(me.identity);
      expect(isOf(hidden.addressOnAir, me)).toBe(true);
    });

    it('bonded peers are seen by their identity, under whatever address', async () => {
      const hidden = await make(peer, [me], { privacy: { rotateMs: 10_000 } });
      const watching = await make(me, [other, peer], { personality });
      await world.run(hidden.startAdvertising({ data: { flags: 6 } }));
      const reports = await seen(watching, 25_000);
      expect(reports.length).toBeGreaterThan(50);
      for (const report of reports) {
        expect(report.address.equals(peer.identity)).toBe(true);
        expect(report.key).toBe(peer.identity.key);
        if (report.addressOnAir) expect(isOf(report.addressOnAir, peer)).toBe(true);
      }
    });

    it.each([
      ['the central', true, false],
      ['the peripheral', false, true],
      ['both', true, true],
    ])(
      'a connection with private addresses of %s comes about, and is encrypted by the bond',
      async (...which) => {
        const [, mine, theirs] = which;
        const central = await make(me, [peer, other], { privacy: mine, personality });
        const peripheral = await make(peer, [me, other], { privacy: theirs, personality });
        const arrived = new Promise<Connection>((resolve) => peripheral.once('connection', resolve));
        await world.run(peripheral.startAdvertising({ data: { flags: 6 } }));
        const here = await world.run(central.connect(peer.identity));
        const there = await world.run(arrived);
        expect(here.peer.equals(peer.identity)).toBe(true);
        expect(there.peer.equals(me.identity)).toBe(true);
        expect(isOf(here.peerOnAir, peer)).toBe(theirs);
        expect(isOf(there.peerOnAir, me)).toBe(mine);
        expect(here.security).toMatchObject({ level: 4, bonded: true });
        await world.run(here.disconnect());
        expect(world.diagnostics).toEqual([]);
      },
    );

    it('all goes on when the address changes: scan, advertising, and an attempt to connect', async () => {
      const device = await make(me, [peer, other], { privacy: { rotateMs: 2000 }, personality });
      const late = await make(peer, [me]);
      const stranger = await make(other, []);
      const reports: AdvertisingReport[] = [];
      await world.run(device.startScan({ onReport: (report) => void reports.push(report) }));
      await world.run(device.startAdvertising({ restart: 'always' }));
      const connecting = device.connect(peer.identity, { timeoutMs: 60_000 });
      const mine = await seen(stranger, 11_000);
      expect(distinct(mine.map(({ address }) => address))).toBe(6);
      await world.run(late.startAdvertising());
      const link = await world.run(connecting);
      expect(link.peer.equals(peer.identity)).toBe(true);
      expect(device.scanning && device.advertising).toBe(true);
      await world.run(stranger.startAdvertising());
      reports.length = 0;
      await world.clock.advance(5000);
      expect(reports.some(({ address }) => address.equals(other.identity))).toBe(true);
      expect(world.diagnostics).toEqual([]);
    });

    it('directed advertising reaches a bonded peer by a private address of its own', async () => {
      const central = await make(me, [other, peer], { privacy: true, personality });
      const peripheral = await make(peer, [me, other], { privacy: true, personality });
      const stranger = await make(other, []);
      await world.run(peripheral.startAdvertising({ type: 'directedLowDuty', peer: me.identity }));
      expect(await seen(stranger, 2000)).toEqual([]);
      const reports = await seen(central, 2000);
      expect(reports.length).toBeGreaterThan(0);
      for (const report of reports) {
        expect(report.directed && report.address.equals(peer.identity)).toBe(true);
      }
      const link = await world.run(central.connect(reports[0]!));
      expect(link.peer.equals(peer.identity)).toBe(true);
    });

    it('a peer that shows its identity is taken in device privacy mode, ignored in network privacy mode', async () => {
      const plain = await make(peer, [me]);
      await world.run(plain.startAdvertising({ data: { flags: 6 } }));
      const kind = await make(me, [peer, other], { privacy: { mode: 'device' }, personality });
      expect((await seen(kind, 2000)).length).toBeGreaterThan(0);
      await world.run(kind.close());
      const strict = await make(me, [peer, other], { privacy: { mode: 'network' }, personality });
      expect(await seen(strict, 2000)).toEqual([]);
    });
  });

  it('a private device whose controller failed is private again, and knows whom it knew', async () => {
    const controller = new VirtualController(world.air, { address: String(me.identity.bd) });
    const ports: FaultyTransport[] = [];
    const transport = () => {
      ports.push(new FaultyTransport(controller.transport()));
      return ports.at(-1)!;
    };
    const hidden = await make(me, [peer], { transport, privacy: { rotateMs: 60_000 } });
    const friend = await make(peer, [me], { privacy: true });
    const stranger = await make(other, []);
    await world.run(hidden.startAdvertising({ data: { flags: 6 }, restart: 'always' }));
    const recovered = new Promise((resolve) => hidden.once('recovered', resolve));
    ports[0]!.inject('0410 01 42');
    await world.run(recovered);
    await world.clock.advance(100);
    const reports = await seen(stranger, 2000);
    expect(reports.length).toBeGreaterThan(5);
    for (const report of reports) expect(isOf(report.addressOnAir, me)).toBe(true);
    expect((await seen(friend, 1000)).every(({ address }) => address.equals(me.identity))).toBe(true);
    const arrived = new Promise<Connection>((resolve) => hidden.once('connection', resolve));
    await world.run(friend.connect(me.identity));
    expect((await world.run(arrived)).peer.equals(peer.identity)).toBe(true);
  });
});
