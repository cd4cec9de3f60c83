import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Device } from '../../src/gap/device.js';
import { ExclusiveTransport } from '../support/exclusive-transport.js';
import { World } from '../support/world.js';

const ABSENT = 'C0:00:00:00:00:99/random';
const SAID = 'the controller does not scan while it connects: the two take turns';

describe.each(['legacy', 'extended'] as const)(
  'with a controller that does not scan while it initiates, by %s commands (0x0C)',
  (advertisingCommands) => {
    let world: World;
    let wire: ExclusiveTransport;
    let device: Device;
    let peers: Device[];
    let reports: number;

    beforeEach(async () => {
      world = new World();
      world.defaults = { advertisingCommands };
      wire = new ExclusiveTransport(world.controller().transport(), () => world.clock.now());
      device = await world.device({ transport: wire });
      peers = [await world.device(), await world.device()];
      for (const peer of peers)
        await world.run(peer.startAdvertising({ data: { flags: 6, completeLocalName: 'lamp' } }));
      reports = 0;
      wire.timeline.length = 0;
    });
    afterEach(() => world.close());

    const scan = () => world.run(device.startScan({ onReport: () => void reports++ }));
    const said = () => world.diagnostics.filter(({ message }) => message === SAID).length;
    const what = () => wire.timeline.map(([, one]) => one);

    it('a peer is connected to while there is a scan, which goes on then', async () => {
      await scan();
      await world.clock.advance(500);
      const link = await world.run(device.connect(peers[0]!.address));
      expect(link.isConnected).toBe(true);
      reports = 0;
      await world.clock.advance(2000);
      expect(reports).toBeGreaterThan(0);
      expect(what()).toEqual(['scan', 'connect', 'scan']);
      await world.run(device.connect(peers[1]!.address));
      expect(what()).toEqual(['scan', 'connect', 'scan', 'connect', 'scan']);
      // It is told once.
      expect(said()).toBe(1);
    });

    it('a scan that is started while it connects has its turns, and so has the attempt', async () => {
      const attempt = device.connect(ABSENT, { timeoutMs: 20_000 });
      attempt.catch(() => {});
      await world.clock.advance(1000);
      const running = await scan();
      expect(device.scanning).toBe(true);
      await world.clock.advance(14_000);
      expect(reports).toBeGreaterThan(20);
      expect(what().slice(0, 5)).toEqual(['connect', 'scan', 'connect', 'scan', 'connect']);
      // Each has its share: 2.5 s.
      const turns = wire.timeline
        .slice(1)
        .map(([at], i) => Math.round((at - wire.timeline[i]![0]) / 100) / 10);
      expect(turns.slice(1, 4)).toEqual([2.5, 2.5, 2.5]);
      await expect(world.run(attempt)).rejects.toMatchObject({ code: 'TIMEOUT' });
      reports = 0;
      await world.clock.advance(3000);
      expect([wire.scanning, reports > 0]).toEqual([true, true]);
      await world.run(running.stop());
      expect(wire.scanning).toBe(false);
    });

    it('connecting in the background, for as long as it takes, does not end the scan, nor the other way', async () => {
      await scan();
      const link = device.connect(ABSENT, { timeoutMs: Number.POSITIVE_INFINITY });
      link.catch(() => {});
      for (let i = 0; i < 5; i++) {
        reports = 0;
        await world.clock.advance(6000);
        expect(reports).toBeGreaterThan(0);
      }
      const late = await world.device({ address: 'C0:00:00:00:00:99' });
      await world.run(late.startAdvertising({ data: { flags: 6 } }));
      expect(String((await world.run(link)).peer)).toBe(ABSENT);
    });

    it('a peer is found by its name while another is connected to', async () => {
      const absent = device.connect(ABSENT, { timeoutMs: 60_000 });
      absent.catch(() => {});
      await world.clock.advance(100);
      const link = await world.run(device.connect({ name: 'lamp' }));
      expect(peers.some(({ address }) => address.equals(link.peer))).toBe(true);
    });

    it('several are connected to in turns with a scan', async () => {
      await scan();
      const links = await world.run(Promise.all(peers.map(({ address }) => device.connect(address))));
      expect(links.length).toBe(2);
      reports = 0;
      for (const peer of peers) await world.run(peer.startAdvertising({ data: { flags: 6 } }));
      await world.clock.advance(2000);
      expect(reports).toBeGreaterThan(0);
    });

    it('nothing is left over when the device is closed in either’s turn', async () => {
      for (const ms of [1000, 3500]) {
        const own = new ExclusiveTransport(world.controller().transport(), () => world.clock.now());
        const one = await world.device({ transport: own });
        const link = one.connect(ABSENT);
        link.catch(() => {});
        await world.run(one.startScan({ onReport: () => {} }));
        await world.clock.advance(ms);
        const rejected = expect(world.run(link)).rejects.toThrow();
        await world.run(one.close());
        await rejected;
      }
    });
  },
);

it('a refusal that has nothing to do with a scan is told as it is, and the scan goes on', async () => {
  const world = new World();
  const wire = new ExclusiveTransport(world.controller().transport(), () => world.clock.now());
  const device = await world.device({ transport: wire, advertisingCommands: 'legacy' });
  let reports = 0;
  const peer = await world.device();
  await world.run(peer.startAdvertising({ data: { flags: 6 } }));
  await world.run(device.startScan({ onReport: () => void reports++ }));
  const scanning = Object.getOwnPropertyDescriptor(wire, 'scanning')!;
  // Disallowed whether it scans or not.
  Object.defineProperty(wire, 'scanning', { get: () => true, set: () => {}, configurable: true });
  await expect(world.run(device.connect(peer.address))).rejects.toMatchObject({ status: 0x0c });
  Object.defineProperty(wire, 'scanning', scanning);
  reports = 0;
  await world.clock.advance(2000);
  expect(reports).toBeGreaterThan(0);
  expect(world.diagnostics.some(({ message }) => message === SAID)).toBe(false);
  await world.close();
});
