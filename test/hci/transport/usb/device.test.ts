import { afterEach, describe, expect, it } from 'vitest';
import type { Device } from '../../../../src/gap/device.js';
import { characteristic, service } from '../../../../src/gatt/index.js';
import type { AdvertisingReport } from '../../../../src/hci/advertising-report.js';
import { mistake } from '../../../support/mistake.js';
import {
  compositeBoard,
  csr8510,
  type DeviceBytes,
  zephyrHciUsb,
  zephyrRenumbered,
} from '../../../support/usb/descriptors.js';
import {
  type DongleOptions,
  machineWith,
  SimulatedDongle,
  transportOf,
} from '../../../support/usb/dongle.js';
import { SimulatedLibusb, SimulatedUsbDevice } from '../../../support/usb/libusb.js';
import { World } from '../../../support/world.js';

const LAMP = '7ad50000-0001-4c0d-9a64-8c4f3f2b1e00';
const LEVEL = '7ad50000-0002-4c0d-9a64-8c4f3f2b1e00';

/** A world with a dongle that is plugged in, and a device in range that runs without one. */
async function setUp(bytes: DeviceBytes, dongleOptions: Partial<DongleOptions> = {}) {
  const world = new World();
  const { clock } = world;
  const libusb = new SimulatedLibusb();
  const usb = new SimulatedUsbDevice({ clock, bytes, kernelDriver: 'btusb' });
  const controller = world.controller();
  const dongle = await new SimulatedDongle(usb, controller.transport(), {
    events: 0x81,
    dataIn: 0x82,
    ...dongleOptions,
  }).start();
  libusb.plug(usb);
  const machine = machineWith(libusb);
  const other = await world.device({ name: 'other' });
  const open = (port = 'usb:') =>
    world.device({ transport: () => transportOf(port, machine, clock), recovery: false });
  return { world, clock, libusb, usb, dongle, machine, other, open };
}

type Setting = Awaited<ReturnType<typeof setUp>>;

const long = Uint8Array.from({ length: 400 }, (_, i) => i & 0xff);

/** Connects to the other device, which has a lamp; gives what was written to that. */
async function connect({ world, other }: Setting, device: Device) {
  const written: Uint8Array[] = [];
  const lamp = service(LAMP, {
    level: characteristic(LEVEL, {
      read: true,
      write: true,
      writeWithoutResponse: true,
      notify: true,
      value: long,
      onWrite: (value) => {
        written.push(value.slice());
      },
    }),
  });
  const added = other.server.add(lamp);
  await world.run(other.startAdvertising({ data: { completeLocalName: 'other' } }));
  const link = await world.run(device.connect(other.address));
  const [found] = await world.run(link.gatt.discoverServices(LAMP));
  const [level] = await world.run(found!.discoverCharacteristics());
  return { link, level: level!, added, written };
}

let device: Device | undefined;
let setting: Setting | undefined;
afterEach(async () => {
  if (device && setting) await setting.world.run(device.close());
  if (setting) await setting.world.run(setting.other.close());
  device = undefined;
  setting = undefined;
});

describe('a device over USB', () => {
  it.each([
    ['Zephyr hci_usb, events of 64 octets', zephyrHciUsb, {}],
    ['CSR8510, events cut into 16 octets', csr8510, {}],
    ['Zephyr with the endpoints that it really has', zephyrRenumbered, {}],
    ['a composite board, which takes commands at its interface', compositeBoard, { requestType: 0x21 }],
    ['a composite board that takes them as a device all the same', compositeBoard, { requestType: 0x20 }],
    ['a controller that ends full packets with an empty one', zephyrHciUsb, { emptyPackets: true }],
    ['events that come 3 ms after data that came later', zephyrHciUsb, { eventDelay: 3 }],
  ] as const)('%s: bring-up, scan, connection, long values both ways', async (_name, bytes, options) => {
    setting = await setUp(bytes, options);
    const { world, clock, usb, open } = setting;
    device = await open();
    expect(device.controller.hciVersion).toBeGreaterThan(0);

    const reports: AdvertisingReport[] = [];
    const { level, added, written, link } = await connect(setting, device);
    const scan = await world.run(device.startScan({ active: true, onReport: (one) => reports.push(one) }));
    expect(await world.run(level.readLong())).toEqual(long);
    const sent: Uint8Array[] = [];
    for (let i = 0; i < 60; i++) {
      sent.push(long.slice(i, i + 120 + i));
      await world.run(level.write(sent.at(-1)!));
    }
    expect(written).toEqual(sent);
    const notified: Uint8Array[] = [];
    await world.run(level.subscribe((value) => notified.push(value.slice())));
    for (let i = 0; i < 60; i++) await world.run(added.characteristics.level.notify(sent[i]!));
    await clock.advance(1000);
    expect(notified).toEqual(sent);
    await world.run(scan.stop());
    expect(link.isConnected).toBe(true);
    await world.run(link.disconnect());
    expect(world.diagnostics).toEqual([]);
    expect(usb.kernelDriver).toBeUndefined();
    await world.run(device.close());
    expect(usb.kernelDriver).toBe('btusb');
  });
});

describe('events and data of a device that race each other', () => {
  it('are brought into order: a central’s first request overtakes the event of its connection', async (context) => {
    setting = await setUp(zephyrHciUsb, { eventDelay: 60 });
    const { world, other, open, dongle } = setting;
    device = await open();
    const lamp = { level: characteristic(LEVEL, { read: true, value: Uint8Array.of(7) }) };
    device.server.add(service(LAMP, lamp));
    await world.run(device.startAdvertising({ data: { completeLocalName: 'lamp' } }));
    const before = dongle.overtaking;
    const link = await world.run(other.connect(device.address));
    const [found] = await world.run(link.gatt.discoverServices(LAMP));
    const [level] = await world.run(found!.discoverCharacteristics());
    expect(await world.run(level!.read())).toEqual(Uint8Array.of(7));
    expect(dongle.overtaking).toBeGreaterThan(before);
    expect(world.diagnostics).toEqual([]);
    mistake(context, {
      chapter: 'device',
      what: 'Zephyr hci_usb: events and ACL data may arrive out of order',
      outcome: 'healed',
      message: 'nothing: data waits for the event that makes sense of it (docs/usb.md)',
    });
  });
});

describe('a device whose dongle is unplugged', () => {
  it('in the middle of writing ends its connections and everything that waits, told once', async () => {
    setting = await setUp(zephyrHciUsb);
    const { world, clock, libusb, usb, open } = setting;
    device = await open();
    const closed: unknown[] = [];
    device.on('closed', (error) => closed.push(error));
    const { link, level } = await connect(setting, device);
    const ended: unknown[] = [];
    link.on('disconnected', (reason) => ended.push(reason));
    const writing = level.writeLong(long).then(
      () => 'written',
      (error: { code: string }) => error.code,
    );
    await clock.advance(70);
    libusb.unplug(usb);
    expect(await world.run(writing)).toBe('DISCONNECTED');
    await clock.advance(1000);
    expect(ended).toHaveLength(1);
    expect(closed).toMatchObject([
      { code: 'PORT_LOST', message: expect.stringMatching(/^usb:: the controller (was unplugged|is gone)/) },
    ]);
    expect(usb.isOpen).toBe(false);
    expect(libusb.listening).toBe(0);
  });

  it('comes back when it is plugged in again, and scans as before', async (context) => {
    setting = await setUp(csr8510);
    const { world, clock, libusb, usb, machine, other } = setting;
    device = await world.device({ transport: () => transportOf('usb:0a12:0001', machine, clock) });
    const recovered: unknown[] = [];
    const lost: string[] = [];
    device.on('fault', ({ message }) => lost.push(message));
    device.on('recovered', (one) => recovered.push(one));
    await world.run(other.startAdvertising({ intervalMinMs: 100, intervalMaxMs: 100 }));
    const scan = await world.run(device.startScan({ active: false, onReport: () => {} }));
    await clock.advance(1000);
    libusb.unplug(usb);
    await clock.advance(3000);
    const again = new SimulatedUsbDevice({ clock, bytes: csr8510, address: 5 });
    await new SimulatedDongle(again, world.controller().transport(), { events: 0x81, dataIn: 0x82 }).start();
    libusb.plug(again);
    const before = scan.received;
    await clock.advance(30_000);
    expect(recovered).toHaveLength(1);
    expect(scan.received).toBeGreaterThan(before + 10);
    mistake(context, {
      chapter: 'mistake',
      what: 'a USB dongle is unplugged while a program runs, and plugged in again',
      outcome: 'healed',
      message: lost[0]!,
    });
  });
});
