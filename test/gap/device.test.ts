import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Address } from '../../src/core/address.js';
import type { Connection } from '../../src/gap/connection.js';
import { Device } from '../../src/gap/device.js';
import { characteristic, service } from '../../src/gatt/index.js';
import type { AdvertisingReport } from '../../src/hci/advertising-report.js';
import { ScriptedController } from '../support/scripted-controller.js';
import { World } from '../support/world.js';

describe.each(['legacy', 'extended'] as const)('with %s commands', (advertisingCommands) => {
  let world: World;
  let central: Device;
  let peripheral: Device;

  beforeEach(async () => {
    world = new World();
    world.defaults = { advertisingCommands };
    central = await world.device({ name: 'central' });
    peripheral = await world.device({ name: 'peripheral', appearance: 0x0341 });
  });

  afterEach(async () => {
    await world.run(Promise.all([central.close(), peripheral.close()]));
  });

  const data = { flags: 6, completeLocalName: 'Thing' };

  /** A link between the two, and both its ends. */
  async function connect(): Promise<{ mine: Connection; theirs: Connection }> {
    const arrived = new Promise<Connection>((resolve) => peripheral.once('connection', resolve));
    await world.run(peripheral.startAdvertising({ data }));
    const mine = await world.run(central.connect(peripheral.address));
    return { mine, theirs: await world.run(arrived) };
  }

  describe('scanning', () => {
    it('gives advertisements and scan responses, to a callback or to an iterator', async () => {
      await world.run(
        peripheral.startAdvertising({
          data,
          scanResponse: { manufacturerData: { companyIdentifier: 0xffff, data: Uint8Array.of(1) } },
        }),
      );
      const seen: AdvertisingReport[] = [];
      const scan = await world.run(central.startScan({ onReport: (report) => seen.push(report) }));
      await world.clock.advance(2000);
      await world.run(scan.stop());
      expect(seen.some((report) => report.connectable && !report.scanResponse)).toBe(true);
      expect(seen.some((report) => report.scanResponse)).toBe(true);
      expect(seen.every((report) => report.address.equals(peripheral.address))).toBe(true);
      const count = seen.length;
      await world.clock.advance(2000);
      expect(seen.length).toBe(count);
      const first = async () => {
        for await (const report of central.scan({ active: false })) return report;
        return undefined;
      };
      const report = await world.run(first());
      expect(report?.scanResponse).toBe(false);
      expect(central.scanning).toBe(false);
    });

    it('stops by its signal, once, and leaves another scan alone', async () => {
      const controller = new AbortController();
      const scan = await world.run(central.startScan({ signal: controller.signal, onReport: () => {} }));
      const other = await world.run(central.startScan({ onReport: () => {} }));
      let stopped = 0;
      scan.on('stopped', () => stopped++);
      controller.abort();
      await world.clock.advance(100);
      expect(stopped).toBe(1);
      expect(central.scanning).toBe(true);
      await world.run(other.stop());
      expect(central.scanning).toBe(false);
      await world.run(scan.stop());
      await world.run(central.startScan({ onReport: () => {} }));
      expect(stopped).toBe(1);
    });

    it.each([
      [{ intervalMs: 1 }, /intervalMs: 1 is not permitted; 2.5 to 10240 ms/],
      [{ intervalMs: 50, windowMs: 60 }, /windowMs: 60 is not permitted; 2.5 to 50 ms/],
      [{ passive: true }, /unknown option "passive"; known are active/],
    ])('refuses %j, naming the option and what is permitted', async (options, message) => {
      await expect(central.startScan(options as object)).rejects.toThrow(message);
    });
  });

  describe('advertising', () => {
    it.each([
      [{ type: 'loud' }, /type: "loud" is not permitted; one of "connectable"/],
      [{ intervalMinMs: 10 }, /intervalMinMs: 10 is not permitted; 20 to 10240 ms/],
      [{ intervalMinMs: 200, intervalMaxMs: 100 }, /intervalMaxMs: 100/],
      [{ channelMap: 8 }, /channelMap: 8 is not permitted; an integer from 1 to 7/],
      [{ data: new Uint8Array(32) }, /data: 32 octets are not permitted; 0 to 31/],
      [{ type: 'directedLowDuty' }, /peer: directed advertising wants one/],
      [{ peer: Address.parse('C0:00:00:00:00:01/random') }, /peer: only directed/],
      [{ name: 'x' }, /unknown option "name"/],
    ])('refuses %j', async (options, message) => {
      await expect(peripheral.startAdvertising(options as object)).rejects.toThrow(message);
    });

    it('stops with a connection, and starts again as asked for', async () => {
      for (const [restart, during, after] of [
        ['never', false, false],
        ['whenDisconnected', false, true],
        ['always', true, true],
      ] as const) {
        await world.run(peripheral.startAdvertising({ data, restart }));
        const link = await world.run(central.connect(peripheral.address));
        await world.clock.advance(100);
        expect([restart, peripheral.advertising]).toEqual([restart, during]);
        await world.run(link.disconnect());
        await world.clock.advance(1000);
        expect([restart, peripheral.advertising]).toEqual([restart, after]);
        await world.run(peripheral.stopAdvertising());
      }
    });

    it('reaches only the peer when it is directed', async () => {
      const other = await world.device();
      await world.run(peripheral.startAdvertising({ type: 'directedLowDuty', peer: central.address }));
      await expect(world.run(other.connect(peripheral.address, { timeoutMs: 1000 }))).rejects.toMatchObject({
        code: 'TIMEOUT',
      });
      const link = await world.run(central.connect(peripheral.address));
      expect(link.isConnected).toBe(true);
      await world.run(other.close());
    });
  });

  describe('connections', () => {
    it('come about on both sides with the parameters asked for, and end on both with the reason', async () => {
      const { mine, theirs } = await connect();
      expect([mine.role, theirs.role]).toEqual(['central', 'peripheral']);
      expect(String(theirs.peer)).toBe(String(central.address));
      expect(mine.parameters.intervalMs).toBeGreaterThanOrEqual(15);
      expect(mine.parameters.intervalMs).toBeLessThanOrEqual(30);
      expect(mine.mtu).toBe(247);
      let ended = 0;
      mine.on('disconnected', () => ended++);
      theirs.on('disconnected', () => ended++);
      await world.run(mine.disconnect());
      await world.clock.advance(1000);
      // Terminated by this host, and by the remote user (Vol 1, Part F, 2.22 and 2.19).
      expect([mine.disconnectReason?.reason, theirs.disconnectReason?.reason, ended]).toEqual([
        0x16, 0x13, 2,
      ]);
      expect(central.connections).toEqual([]);
      await expect(mine.gatt.read(3)).rejects.toMatchObject({ code: 'DISCONNECTED', reason: 0x16 });
      await expect(mine.readRssi()).rejects.toMatchObject({ code: 'DISCONNECTED' });
      await world.run(mine.disconnect());
    });

    it('serve the device name and appearance (Vol 3, Part C, 12)', async () => {
      const { mine, theirs } = await connect();
      const [name] = await world.run(mine.gatt.readByUuid(0x2a00));
      expect(new TextDecoder().decode(name?.value)).toBe('peripheral');
      const [appearance] = await world.run(mine.gatt.readByUuid(0x2a01));
      expect([...(appearance?.value ?? [])]).toEqual([0x41, 0x03]);
      // A link has a client and a server on either side.
      const [back] = await world.run(theirs.gatt.readByUuid(0x2a00));
      expect(new TextDecoder().decode(back?.value)).toBe('central');
      peripheral.name = 'other';
      const [other] = await world.run(mine.gatt.readByUuid(0x2a00));
      expect(new TextDecoder().decode(other?.value)).toBe('other');
    });

    it('carry long values, write commands and notifications both ways without loss', async () => {
      const received: number[] = [];
      const local = peripheral.server.add(
        service('7ad50000-5b1e-4c0d-9a64-8c4f3f2b1e00', {
          sink: characteristic('7ad50001-5b1e-4c0d-9a64-8c4f3f2b1e00', {
            read: true,
            write: true,
            writeWithoutResponse: true,
            onWrite: (value) => void received.push(value.length),
          }),
          source: characteristic('7ad50002-5b1e-4c0d-9a64-8c4f3f2b1e00', { notify: true, indicate: true }),
        }),
      );
      const { mine } = await connect();
      const [found] = await world.run(mine.gatt.discoverServices('7ad50000-5b1e-4c0d-9a64-8c4f3f2b1e00'));
      const [sink, source] = await world.run(found!.discoverCharacteristics());
      const long = Uint8Array.from({ length: 512 }, (_, i) => i & 255);
      await world.run(sink!.write(long));
      expect(await world.run(sink!.readLong())).toEqual(long);
      const burst = async () => {
        for (let i = 0; i < 200; i++) await sink!.writeWithoutResponse(new Uint8Array(100));
        await sink!.read();
      };
      await world.run(burst());
      expect(received).toEqual([512, ...Array.from({ length: 200 }, () => 100)]);
      const values: number[] = [];
      const stop = await world.run(source!.subscribe((value) => values.push(value[0]!)));
      const notify = async () => {
        for (let i = 0; i < 100; i++) await local.characteristics.source.notify(Uint8Array.of(i));
      };
      await world.run(notify());
      await world.clock.advance(5000);
      expect(values).toEqual(Array.from({ length: 100 }, (_, i) => i));
      await world.run(stop());
      expect(local.characteristics.source.subscribers).toEqual([]);
      const indications: number[] = [];
      await world.run(source!.subscribe((value) => indications.push(value[0]!), { indicate: true }));
      await world.run(
        Promise.all([1, 2, 3].map((n) => local.characteristics.source.indicate(Uint8Array.of(n)))),
      );
      expect(indications).toEqual([1, 2, 3]);
    });

    it('change their parameters from both sides (Vol 4, Part E, 7.8.18; Vol 3, Part A, 4.20)', async () => {
      const { mine, theirs } = await connect();
      const changed = await world.run(
        mine.updateParameters({ intervalMinMs: 50, intervalMaxMs: 50, latency: 2 }),
      );
      expect(changed).toEqual({ intervalMs: 50, latency: 2, supervisionTimeoutMs: 4000 });
      await world.clock.advance(500);
      expect(theirs.parameters).toEqual(changed);
      const back = await world.run(theirs.updateParameters({ intervalMinMs: 7.5, intervalMaxMs: 10 }));
      expect(back.intervalMs).toBeGreaterThanOrEqual(7.5);
      expect(back.intervalMs).toBeLessThanOrEqual(10);
      await expect(
        mine.updateParameters({ intervalMinMs: 1000, supervisionTimeoutMs: 1000 }),
      ).rejects.toThrow(/supervisionTimeoutMs/);
    });

    it('tell the peripheral that the central refuses its parameters', async () => {
      const strict = await world.device({ acceptParameters: () => false });
      const arrived = new Promise<Connection>((resolve) => peripheral.once('connection', resolve));
      await world.run(peripheral.startAdvertising({ data }));
      await world.run(strict.connect(peripheral.address));
      const theirs = await world.run(arrived);
      await expect(
        world.run(theirs.updateParameters({ intervalMinMs: 100, intervalMaxMs: 100 })),
      ).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
      await world.run(strict.close());
    });

    it('measure the strength of the signal (Vol 4, Part E, 7.5.4)', async () => {
      const { mine } = await connect();
      const rssi = await world.run(mine.readRssi());
      expect(rssi).toBeGreaterThanOrEqual(-127);
      expect(rssi).toBeLessThanOrEqual(20);
    });

    it('give up after their time with the attempt cancelled, and can be tried again at once (7.8.13)', async () => {
      const nobody = Address.parse('C0:00:00:00:00:99/random');
      await expect(world.run(central.connect(nobody, { timeoutMs: 500 }))).rejects.toMatchObject({
        code: 'TIMEOUT',
      });
      const { mine } = await connect();
      expect(mine.isConnected).toBe(true);
    });

    it('are called off by a signal, before their turn and while it lasts', async () => {
      const nobody = Address.parse('C0:00:00:00:00:99/random');
      const controller = new AbortController();
      const first = central.connect(nobody, { signal: controller.signal });
      const second = central.connect(nobody, { signal: controller.signal });
      first.catch(() => {});
      second.catch(() => {});
      await world.clock.advance(100);
      controller.abort(new Error('enough'));
      await expect(world.run(first)).rejects.toThrow('enough');
      await expect(world.run(second)).rejects.toThrow('enough');
      const { mine } = await connect();
      expect(mine.isConnected).toBe(true);
    });

    it('are several at a time, each attempt in its turn', async () => {
      const others = [await world.device(), await world.device(), await world.device()];
      for (const other of others) await world.run(other.startAdvertising({ data }));
      const links = await world.run(Promise.all(others.map((other) => central.connect(other.address))));
      expect(links.map((link) => String(link.peer))).toEqual(others.map((other) => String(other.address)));
      const names = await world.run(Promise.all(links.map((link) => link.gatt.readByUuid(0x2a00))));
      expect(names.length).toBe(3);
      await expect(central.connect(others[0]!.address)).rejects.toMatchObject({ code: 'INVALID_STATE' });
      await world.run(Promise.all(others.map((other) => other.close())));
      await world.clock.advance(10_000);
      expect(central.connections).toEqual([]);
    });

    it('end with what waits on them when the peer is gone (supervision timeout, Vol 6, Part B, 4.5.2)', async () => {
      const chip = world.controller();
      const sensor = await world.device({}, chip);
      await world.run(sensor.startAdvertising({ data }));
      const link = await world.run(central.connect(sensor.address));
      chip.powerOff();
      const since = world.clock.now();
      await expect(world.run(link.gatt.read(3))).rejects.toMatchObject({
        code: 'DISCONNECTED',
        reason: 0x08,
      });
      expect(world.clock.now() - since).toBeLessThan(4500);
      expect(link.disconnectReason?.message).toMatch(/0x08 Connection Timeout/);
    });
  });

  describe('a device', () => {
    it('is central and peripheral at the same time', async () => {
      const { mine } = await connect();
      await world.run(central.startAdvertising({ data }));
      const third = await world.device();
      const link = await world.run(third.connect(central.address));
      expect(central.connections.map(({ role }) => role).toSorted()).toEqual(['central', 'peripheral']);
      expect([mine.isConnected, link.isConnected]).toEqual([true, true]);
      await world.run(third.close());
    });

    it('uses the static random address it is given, or makes one where the chip has none', async () => {
      const given = await world.device({ address: 'C0:DE:C0:00:00:01' });
      expect(String(given.address)).toBe('C0:DE:C0:00:00:01/random');
      const none = await world.device({}, world.controller({ address: '00:00:00:00:00:00' }));
      expect(String(none.address)).toMatch(/^[C-F][0-9A-F]:.*\/random$/);
      await world.run(given.startAdvertising({ data }));
      const link = await world.run(none.connect(given.address));
      expect(String(link.peer)).toBe('C0:DE:C0:00:00:01/random');
      await world.run(Promise.all([given.close(), none.close()]));
    });

    it('ends its links, leaves the controller reset, and refuses everything once it is closed', async () => {
      const { mine, theirs } = await connect();
      const scan = await world.run(central.startScan({ onReport: () => {} }));
      let stopped = 0;
      scan.on('stopped', () => stopped++);
      await world.run(central.close());
      await world.run(central.close());
      await world.clock.advance(100);
      expect([mine.isConnected, theirs.isConnected, stopped]).toEqual([false, false, 1]);
      await expect(central.startScan()).rejects.toMatchObject({ code: 'INVALID_STATE' });
      await expect(central.connect(peripheral.address)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    });

    it('leaves no timer behind when everything is closed', async () => {
      await connect();
      await world.run(Promise.all([central.close(), peripheral.close()]));
      await world.clock.advance(60_000);
      expect(world.clock.pending).toBe(0);
    });

    it.each([
      [{ mtu: 22 }, /mtu: 22 is not permitted; an integer from 23 to 517/],
      [{ address: '00:DE:C0:00:00:01' }, /no static random address/],
      [{ address: 'nonsense' }, /no Bluetooth address/],
      [{ nmae: 'x' }, /unknown option "nmae"/],
      [{ appearance: -1 }, /appearance: -1/],
      [{ name: 'x'.repeat(249) }, /name: 249 octets/],
    ])('refuses %j before anything is opened', async (options, message) => {
      const transport = new ScriptedController();
      await expect(Device.open({ transport, ...options })).rejects.toThrow(message);
      expect(transport.sent).toEqual([]);
    });
  });
});
