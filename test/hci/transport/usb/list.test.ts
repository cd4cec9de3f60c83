import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../../src/core/clock.js';
import {
  listUsbControllers,
  type UsbChange,
  type UsbMachine,
  watchUsb,
} from '../../../../src/hci/transport/node/usb.js';
import { broadcom, csr8510, renamed, serialBoard, zephyrHciUsb } from '../../../support/usb/descriptors.js';
import { machineWith } from '../../../support/usb/dongle.js';
import {
  ERROR_ACCESS,
  type SimulatedDeviceOptions,
  SimulatedLibusb,
  SimulatedUsbDevice,
} from '../../../support/usb/libusb.js';

function setUp(...plugs: (Partial<SimulatedDeviceOptions> & Pick<SimulatedDeviceOptions, 'bytes'>)[]) {
  const clock = new SimulatedClock();
  const libusb = new SimulatedLibusb();
  const plug = (options: Partial<SimulatedDeviceOptions> & Pick<SimulatedDeviceOptions, 'bytes'>, i = 7) =>
    libusb.plug(new SimulatedUsbDevice({ clock, ports: [i + 1], address: i + 3, ...options }));
  plugs.forEach((options, i) => {
    plug(options, i);
  });
  const list = (replaced: Partial<UsbMachine> = {}) =>
    clock.run(listUsbControllers(machineWith(libusb, replaced)));
  return { clock, libusb, plug, list };
}

const zephyr = { bytes: zephyrHciUsb, strings: { 1: 'ZEPHYR', 2: 'USB-DEV', 3: '6195E3610E0946BB' } };
const csr = { bytes: csr8510, strings: { 2: 'CSR8510 A10' } };

describe('listUsbControllers', () => {
  it('gives the controllers in the order of usb:0, usb:1…, with names, place and port string', async () => {
    const { list, libusb } = setUp({ bytes: serialBoard }, zephyr, { ...csr, bus: 2, ports: [1, 4] });
    expect(await list()).toEqual([
      {
        port: 'usb:2fe3:000b',
        vendorId: '2fe3',
        productId: '000b',
        manufacturer: 'ZEPHYR',
        product: 'USB-DEV',
        serialNumber: '6195E3610E0946BB',
        name: 'Zephyr hci_usb',
        note: '',
        class: 'e0/01/01',
        bus: 1,
        address: 4,
        location: '1-2',
        permitted: true,
        kernelName: undefined,
        holder: undefined,
      },
      expect.objectContaining({
        port: 'usb:0a12:0001',
        product: 'CSR8510 A10',
        serialNumber: undefined,
        name: 'CSR8510, or a copy of it',
        note: expect.stringContaining('HCI_Reset'),
        location: '2-1.4',
      }),
    ]);
    expect(libusb.devices.every(({ isOpen }) => !isOpen)).toBe(true);
  });

  it('tells those apart that are alike, by serial number or by place', async () => {
    const { list } = setUp(csr, csr, zephyr, { ...zephyr, strings: { 3: 'A/B C' } });
    expect((await list()).map(({ port }) => port)).toEqual([
      'usb:1-1',
      'usb:1-2',
      'usb:2fe3:000b/6195E3610E0946BB',
      'usb:2fe3:000b/A%2FB%20C',
    ]);
  });

  it('opens none on Linux, where the system tells the names and who may open and has it', async () => {
    const files: Record<string, string> = {
      '/sys/bus/usb/devices/1-1/idVendor': '0a12',
      '/sys/bus/usb/devices/1-1/product': 'CSR8510 A10',
      '/proc/77/comm': 'btstack',
    };
    const { list, libusb } = setUp({ bytes: csr8510, openError: ERROR_ACCESS });
    const [only] = await list({
      read: (path) => files[path],
      mayOpen: (path) => path !== '/dev/bus/usb/001/003',
      names: (path) =>
        path === '/proc'
          ? ['77']
          : path === '/proc/77/fd'
            ? ['5']
            : path.endsWith('bluetooth')
              ? ['hci0']
              : [],
      link: () => '/dev/bus/usb/001/003',
      realPath: (path) => (path.endsWith('hci0/device') ? '/sys/devices/usb1/1-1/1-1:1.0' : undefined),
    });
    expect(only).toMatchObject({
      product: 'CSR8510 A10',
      manufacturer: undefined,
      permitted: false,
      kernelName: 'hci0',
      holder: { pid: 77, name: 'btstack' },
    });
    expect(libusb.devices[0]!.log).toEqual([]);
  });

  it('gives those too that cannot be opened for their names', async () => {
    const { list } = setUp({ ...csr, openError: ERROR_ACCESS });
    expect(await list({ platform: 'win32' })).toMatchObject([{ port: 'usb:0a12:0001', product: undefined }]);
  });

  it('opens none on macOS', async () => {
    const { list, libusb } = setUp(zephyr);
    expect(await list({ platform: 'darwin' })).toMatchObject([{ port: 'usb:2fe3:000b', product: undefined }]);
    expect(libusb.devices[0]!.log).toEqual([]);
  });

  it('knows what needs firmware from the operating system', async () => {
    const { list } = setUp(
      { bytes: renamed(csr8510, 0x0bda, 0x8771) },
      { bytes: renamed(csr8510, 0x8087, 0x0029) },
      { bytes: broadcom },
      { bytes: renamed(csr8510, 0x1234, 0x0001) },
    );
    const found = await list();
    expect(found.map(({ name }) => name)).toEqual([
      'Realtek RTL8761B',
      'Intel controller',
      'Broadcom controller',
      'Bluetooth controller',
    ]);
    expect(found.map(({ note }) => note.includes('firmware'))).toEqual([true, true, true, false]);
    expect(found[2]!.class).toBe('ff/01/01');
  });

  it('says what to install when the package is absent', async () => {
    const machine = machineWith(new SimulatedLibusb(), {
      loadUsb: () => {
        throw Object.assign(new Error("Cannot find module 'usb'"), { code: 'MODULE_NOT_FOUND' });
      },
    });
    await expect(listUsbControllers(machine)).rejects.toMatchObject({
      code: 'PORT_UNSUPPORTED',
      message: expect.stringContaining('npm install usb@2'),
    });
    await expect(watchUsb(() => {}, machine)).rejects.toMatchObject({ code: 'PORT_UNSUPPORTED' });
  });
});

describe('watchUsb', () => {
  it('tells what is there, then what is plugged in and out, until it is ended', async () => {
    const { clock, libusb, plug } = setUp(zephyr);
    const changes: string[] = [];
    const tell = ({ type, controller }: UsbChange) =>
      changes.push(`${type} ${controller.port} ${controller.location}`);
    const end = await clock.run(watchUsb(tell, machineWith(libusb)));
    expect(changes.splice(0)).toEqual(['attached usb:2fe3:000b 1-1']);
    const second = plug(csr, 4);
    plug({ bytes: serialBoard }, 5);
    await clock.advance(100);
    expect(changes.splice(0)).toEqual(['attached usb:0a12:0001 1-5']);
    libusb.unplug(second);
    const third = plug({ ...csr, address: 42 }, 4);
    await clock.advance(100);
    expect(changes.splice(0).toSorted()).toEqual([
      'attached usb:0a12:0001 1-5',
      'detached usb:0a12:0001 1-5',
    ]);
    end();
    libusb.unplug(third);
    await clock.advance(100);
    expect(changes).toEqual([]);
    expect(libusb.listening).toBe(0);
  });
});
