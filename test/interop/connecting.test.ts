import { afterEach, expect, it, vi } from 'vitest';
import { type Connection, Device } from '../../src/gap/index.js';
import { leAddDeviceToFilterAcceptList } from '../../src/hci/commands/index.js';
import type { Child } from './support/child.js';
import {
  airControllers,
  btvirtControllers,
  bumbleControllers,
  heartRateSensor,
  peer,
} from './support/peers.js';
import { describeInterop } from './support/present.js';

const addressOf = (n: number) => `F0:00:5E:00:53:E${n}`;

describeInterop(
  "connecting of bluewire to Bumble's hosts, on the controllers of bluewire air",
  ['bumble', 'bluewire'],
  () => {
    let device: Device | undefined;
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    /** This host, and so many of Bumble's. */
    async function open(count: number): Promise<{ device: Device; others: Child[] }> {
      const [own, ...ports] = await airControllers(count + 1);
      const others = ports.map(({ bumble }, i) => peer('connectable', bumble, '--address', addressOf(i + 1)));
      await Promise.all(others.map((one) => one.event('ready')));
      device = await Device.open({ transport: own!.port });
      expect(device.controller.advertisingCommands).toBe('extended');
      return { device, others };
    }

    it.each([
      ['coded', 'coded', ['coded'], 'coded'],
      ['1M', '2M', ['1M', '2M'], '2M'],
      ['1M', '1M', ['1M', 'coded'], '1M'],
    ] as const)(
      'a peer that advertises on %s and %s is connected to by %j (Vol 4, Part E, 7.8.66)',
      async (primary, secondary, phys, phy) => {
        const { device, others } = await open(1);
        await others[0]!.call('advertise', { primary, secondary });
        const link = await device.connect(`${addressOf(1)}/random`, { phys, exchangeMtu: false });
        expect(await link.radio.readPhy()).toEqual({ tx: phy, rx: phy });
        expect(link.mtu).toBe(23);
        await link.gatt.exchangeMtu();
        expect(link.mtu).toBeGreaterThan(23);
        await link.disconnect();
      },
    );

    it('both sides change PHYs and connection parameters (7.8.49, 7.8.18; Vol 3, Part C, 9.3.9)', async () => {
      const { device, others } = await open(1);
      const [other] = others as [Child];
      await other.call('advertise');
      const link = await device.connect(`${addressOf(1)}/random`);
      expect(await link.radio.setPhy({ tx: ['2M'], rx: ['2M'] })).toEqual({ tx: '2M', rx: '2M' });
      expect(await other.event('phy')).toMatchObject({ tx: '2M', rx: '2M' });
      // What was wished for holds for what the peer asks for, too.
      await link.radio.setPhy({});
      const changed = new Promise((resolve) => link.radio.once('phy', resolve));
      await other.call('phy', { phy: 'coded' });
      expect(await changed).toEqual({ tx: 'coded', rx: 'coded' });

      const mine = { intervalMinMs: 50, intervalMaxMs: 50, latency: 2, supervisionTimeoutMs: 4000 };
      await link.updateParameters(mine);
      expect(await other.event('parameters')).toMatchObject({ interval: 50, latency: 2 });
      for (const [l2cap, interval] of [
        [false, 60],
        [true, 75],
      ] as const) {
        const updated = new Promise((resolve) => link.once('parameters', resolve));
        await other.call('update', { interval, latency: 1, timeout: 5000, l2cap });
        expect(await updated).toEqual({ intervalMs: interval, latency: 1, supervisionTimeoutMs: 5000 });
      }
      await link.disconnect();
    });

    it('three peers at a time, by one initiation with the accept list (7.8.16), and one that is not there', async () => {
      const { device, others } = await open(3);
      const absent = device.connect('F0:00:5E:00:53:EF/random', {
        timeoutMs: 60_000,
        signal: AbortSignal.timeout(45_000),
      });
      const gone = absent.catch((error: Error) => error);
      const attempts = [1, 2, 3].map((n) => device.connect(`${addressOf(n)}/random`));
      const entries = () => device.host.mirror.count(leAddDeviceToFilterAcceptList.opcode);
      await vi.waitFor(() => expect(entries()).toBe(4));
      for (const other of others) await other.call('advertise');
      const links: Connection[] = await Promise.all(attempts);
      expect(links.map((link) => String(link.peer))).toEqual([1, 2, 3].map((n) => `${addressOf(n)}/random`));
      expect(device.connections.length).toBe(3);
      for (const other of others)
        expect(await other.event('connected')).toMatchObject({ role: 'peripheral' });
      await device.close();
      expect(await gone).toBeInstanceOf(Error);
    });
  },
);

describeInterop(
  "connecting of bluewire to several of Bumble's hosts, on Bumble's controllers, which do not initiate by their list",
  ['bumble'],
  () => {
    it('one at a time then, though all were asked for together', async () => {
      const [own, ...others] = await bumbleControllers('tcp', 'tcp', 'tcp', 'tcp');
      for (const [i, one] of others.entries()) await heartRateSensor(one, addressOf(i + 1));
      await using device = await Device.open({ transport: own!.port });
      const links = await Promise.all([1, 2, 3].map((n) => device.connect(`${addressOf(n)}/random`)));
      expect(links.map((link) => String(link.peer))).toEqual([1, 2, 3].map((n) => `${addressOf(n)}/random`));
      expect(links.every(({ mtu }) => mtu > 23)).toBe(true);
    });
  },
);

describeInterop(
  "connecting of bluewire to one of Bumble's hosts that is on its accept list, on controllers that do not initiate by it",
  ['bumble', 'btvirt'],
  () => {
    it.each([
      ["Bumble's, which does nothing then", () => bumbleControllers('tcp', 'tcp')],
      ["btvirt's, which looks for nobody", () => btvirtControllers(2)],
    ])('%s: the host looks for it (Vol 3, Part C, 9.3.5)', async (_, controllers) => {
      const [own, other] = await controllers();
      await heartRateSensor(other!, addressOf(1));
      await using device = await Device.open({ transport: own!.port });
      await device.acceptList.add(`${addressOf(1)}/random`, `${addressOf(2)}/random`);
      const link = await device.connectAny();
      expect(String(link.peer)).toBe(`${addressOf(1)}/random`);
      expect(link.mtu).toBeGreaterThan(23);
    });
  },
);
