import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bluetooth, OSError, ValueError } from '../../src/api/index.js';
import { toHex } from '../../src/core/index.js';
import type { AdvertisingOptions, Device } from '../../src/gap/index.js';
import { World } from './world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

async function advertiser(options: AdvertisingOptions = {}): Promise<Device> {
  const device = await world.device();
  await world.run(
    device.startAdvertising({
      data: { flags: 6, completeLocalName: 'sensor' },
      scanResponse: { manufacturerData: { companyIdentifier: 0x4c, data: Uint8Array.of(1) } },
      ...options,
    }),
  );
  return device;
}

describe('start_scan', () => {
  it('refuses 0 and what is no whole number: invalid scan time', () => {
    const bt = world.bluetooth();
    for (const timeout of [0, 0.5, Number.NaN, undefined, null, '5']) {
      expect(() => bt.start_scan(timeout as number)).toThrow(new ValueError('invalid scan time'));
      expect(() => bt.start_scan(timeout as number)).toThrow(ValueError);
    }
    expect(bt.isscanning()).toBe(false);
  });

  it('returns at once, and scans from then on as far as the program sees', async () => {
    const bt = world.bluetooth();
    expect(bt.start_scan(5)).toBeUndefined();
    expect(bt.isscanning()).toBe(true);
    expect(() => bt.start_scan(5)).toThrow(new OSError('operation already in progress'));
    await world.clock.advance(10);
    expect(bt.device?.scanning).toBe(true);
  });

  it('ends by itself after its seconds', async () => {
    const bt = world.bluetooth();
    await world.run(bt.init());
    bt.start_scan(2);
    await world.clock.advance(1990);
    expect(bt.isscanning()).toBe(true);
    await world.clock.advance(20);
    expect(bt.isscanning()).toBe(false);
    await world.clock.advance(10);
    expect(bt.device?.scanning).toBe(false);
  });

  it('goes on without end when the time is negative, until stop_scan', async () => {
    const bt = world.bluetooth();
    bt.start_scan(-1);
    await world.clock.advance(3_600_000);
    expect(bt.isscanning()).toBe(true);
    bt.stop_scan();
    expect(bt.isscanning()).toBe(false);
    bt.stop_scan();
    await world.clock.advance(10);
    expect(bt.device?.scanning).toBe(false);
  });

  it('can be stopped and started again at once', async () => {
    const bt = world.bluetooth();
    bt.start_scan(-1);
    bt.stop_scan();
    bt.start_scan(-1);
    await world.clock.advance(10);
    expect([bt.isscanning(), bt.device?.scanning]).toEqual([true, true]);
    bt.stop_scan();
    bt.start_scan(-1);
    bt.stop_scan();
    await world.clock.advance(10);
    expect([bt.isscanning(), bt.device?.scanning]).toEqual([false, false]);
  });

  it('is refused while a connection is being made', async () => {
    const bt = world.bluetooth();
    const attempt = world.failure(bt.connect('112233445566', { timeout: 100 }));
    expect(() => bt.start_scan(1)).toThrow(new OSError('operation already in progress'));
    await attempt;
    bt.start_scan(1);
  });
});

describe('what a scan finds', () => {
  it('is one record of advertisement and scan response, with all five fields', async () => {
    const device = await advertiser();
    const bt = world.bluetooth();
    bt.start_scan(-1);
    await world.clock.advance(300);
    const adv = bt.get_adv();
    expect(toHex(adv!.mac)).toBe(toHex(device.address.bd.bytes));
    expect(adv!.addr_type).toBe(Bluetooth.PUBLIC_ADDR);
    expect(adv!.adv_type).toBe(Bluetooth.CONN_ADV);
    expect(adv!.rssi).toBeLessThan(0);
    expect(adv!.data).toHaveLength(31);
    expect(bt.resolve_adv_data(adv!.data, Bluetooth.ADV_NAME_CMPL)).toBe('sensor');
    expect(bt.resolve_adv_data(adv!.data, Bluetooth.ADV_MANUFACTURER_DATA)).toEqual(
      Uint8Array.of(0x4c, 0, 1),
    );
  });

  it('is two records when merging is off', async () => {
    await advertiser();
    const bt = world.bluetooth({ merge: false });
    bt.start_scan(-1);
    await world.clock.advance(300);
    const types = bt.get_advertisements().map(({ adv_type }) => adv_type);
    expect(types.slice(0, 2)).toEqual([Bluetooth.CONN_ADV, Bluetooth.SCAN_RSP]);
  });

  it('reports each advertisement, not each device', async () => {
    await advertiser({ type: 'nonConnectable', data: { flags: 4 }, intervalMinMs: 100, intervalMaxMs: 100 });
    const bt = world.bluetooth({ fifo_size: 100 });
    bt.start_scan(-1);
    await world.clock.advance(5000);
    expect(bt.get_advertisements().length).toBeGreaterThan(15);
  });

  it('waits in a FIFO of 16; the newest is dropped and counted', async () => {
    await advertiser();
    const bt = world.bluetooth();
    bt.start_scan(-1);
    await world.clock.advance(20_000);
    expect(bt.advertisements_dropped).toBeGreaterThan(10);
    expect(bt.get_advertisements()).toHaveLength(16);
    expect(bt.get_advertisements()).toEqual([]);
    expect(bt.get_adv()).toBeNull();
  });

  it('is forgotten when the next scan starts', async () => {
    await advertiser();
    const bt = world.bluetooth();
    bt.start_scan(-1);
    await world.clock.advance(1000);
    bt.stop_scan();
    expect(bt.get_adv()).not.toBeNull();
    bt.start_scan(-1);
    expect(bt.get_adv()).toBeNull();
    expect(bt.advertisements_dropped).toBe(0);
  });

  it('raises NEW_ADV_EVENT for each, also when the FIFO is full', async () => {
    await advertiser();
    const bt = world.bluetooth({ fifo_size: 2 });
    let calls = 0;
    bt.callback(
      Bluetooth.NEW_ADV_EVENT,
      (arg) => {
        expect(arg).toBe('mine');
        calls++;
      },
      'mine',
    );
    bt.start_scan(-1);
    await world.clock.advance(2000);
    expect(calls).toBe(2 + bt.advertisements_dropped);
    expect(bt.events()).toBe(Bluetooth.NEW_ADV_EVENT);
    expect(bt.events()).toBe(0);
  });
});

describe('callback', () => {
  it('calls with the object itself when there is no arg, and is taken off without trigger or handler', async () => {
    await advertiser();
    const bt = world.bluetooth();
    const got: unknown[] = [];
    bt.callback({ trigger: Bluetooth.NEW_ADV_EVENT, handler: (arg) => got.push(arg) });
    bt.start_scan(-1);
    await world.clock.advance(500);
    expect(got[0]).toBe(bt);
    for (const off of [() => bt.callback(), () => bt.callback(null, () => {}), () => bt.callback(1, null)]) {
      bt.callback(Bluetooth.NEW_ADV_EVENT, (arg) => got.push(arg));
      off();
      got.length = 0;
      await world.clock.advance(500);
      expect(got).toEqual([]);
    }
  });

  it('calls for the events of its trigger only', async () => {
    await advertiser();
    const bt = world.bluetooth();
    let calls = 0;
    bt.callback(Bluetooth.CLIENT_CONNECTED | Bluetooth.CLIENT_DISCONNECTED, () => calls++);
    bt.start_scan(-1);
    await world.clock.advance(500);
    expect(calls).toBe(0);
    expect(bt.events()).toBe(Bluetooth.NEW_ADV_EVENT);
  });

  it('refuses a trigger that is no number and a handler that is no function', () => {
    const bt = world.bluetooth();
    expect(() => bt.callback('x' as never, () => {})).toThrow(ValueError);
    expect(() => bt.callback(1, 'x' as never)).toThrow(ValueError);
  });
});
