import { describe, expect, it, type TestContext } from 'vitest';
import { SimulatedClock } from '../../../../src/core/clock.js';
import type { UsbMachine } from '../../../../src/hci/transport/node/usb.js';
import type { LibusbModule } from '../../../../src/hci/transport/node/usb-package.js';
import { udevRule } from '../../../../src/hci/transport/usb/advice.js';
import { type Mistake, mistake } from '../../../support/mistake.js';
import {
  broadcom,
  csr8510,
  type DeviceBytes,
  renamed,
  serialBoard,
  withConfiguration,
  zephyrHciUsb,
} from '../../../support/usb/descriptors.js';
import { machineWith, Recorder, transportOf } from '../../../support/usb/dongle.js';
import {
  ERROR_ACCESS,
  ERROR_BUSY,
  ERROR_IO,
  ERROR_NOT_SUPPORTED,
  type SimulatedDeviceOptions,
  SimulatedLibusb,
  SimulatedUsbDevice,
} from '../../../support/usb/libusb.js';

type Plug = Partial<SimulatedDeviceOptions> & { readonly bytes: DeviceBytes };

/** What opening `port` fails with, when these devices are plugged in. */
async function failureOf(port: string, plugs: readonly Plug[], replaced: Partial<UsbMachine> = {}) {
  const clock = new SimulatedClock();
  const libusb = new SimulatedLibusb();
  plugs.forEach((options, i) => {
    libusb.plug(new SimulatedUsbDevice({ clock, ports: [i + 1], address: i + 3, ...options }));
  });
  const failure = async () => {
    const transport = transportOf(port, machineWith(libusb, replaced), clock);
    try {
      await clock.run(transport.open(new Recorder().sink()));
    } finally {
      await clock.run(transport.close());
    }
    return { code: 'none', message: 'it opened' };
  };
  const error = await failure().catch((reason: { code: string; message: string }) => reason);
  expect(libusb.devices.every(({ isOpen }) => !isOpen)).toBe(true);
  expect(libusb.listening).toBe(0);
  expect(clock.pending).toBe(0);
  return `${error.code} ${error.message}`;
}

/** What opening failed with, noted for docs/troubleshooting.md. */
function noted(context: TestContext, what: string, failure: string, chapter: Mistake['chapter'] = 'mistake') {
  mistake(context, { chapter, what, outcome: 'diagnosed', message: failure.replace(/^[A-Z_]+ /, '') });
}

const zephyr: Plug = { bytes: zephyrHciUsb, strings: { 1: 'ZEPHYR', 2: 'USB-DEV', 3: '6195E3610E0946BB' } };
const csr: Plug = { bytes: csr8510, strings: { 2: 'CSR8510 A10' } };

describe('a mistake with USB ports ends in words that say what to do:', () => {
  it('no permission on Linux: the line for udev, ready to be pasted, and where', async (context) => {
    const message = await failureOf('usb:2fe3:000b', [{ ...zephyr, openError: ERROR_ACCESS }]);
    expect(message).toMatch(/^PORT_DENIED usb:2fe3:000b: no permission to open 2fe3:000b at 1-1\. /);
    expect(message).toContain(
      '/etc/udev/rules.d/70-bluewire.rules (as root): SUBSYSTEM=="usb", ATTR{idVendor}=="2fe3", ATTR{idProduct}=="000b", MODE="0660", GROUP="plugdev", TAG+="uaccess" ',
    );
    expect(message).toContain('sudo udevadm control --reload-rules && sudo udevadm trigger');
    expect(udevRule(0x0a12, 1)).toContain('ATTR{idVendor}=="0a12", ATTR{idProduct}=="0001"');
    noted(context, 'no permission for a USB controller (no udev rule)', message);
  });

  it('in use on Linux: how to free it from BlueZ, with the name that the kernel has for it', async (context) => {
    const files: Record<string, string> = {
      '/sys/class/bluetooth/hci3/device': '/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0',
    };
    const machine: Partial<UsbMachine> = {
      names: (path) => (path === '/sys/class/bluetooth' ? ['hci3'] : []),
      realPath: (path) => files[path],
    };
    const message = await failureOf('usb:', [{ ...csr, claimError: ERROR_BUSY }], machine);
    expect(message).toMatch(
      /^PORT_BUSY usb:: 0a12:0001 at 1-1 is in use by another program, or by the kernel's driver btusb/,
    );
    expect(message).toContain('sudo systemctl stop bluetooth && sudo hciconfig hci3 down');
    noted(context, 'BlueZ holds the USB dongle and does not let go', message);
  });

  it('in use by a program that can be seen: its name and number', async (context) => {
    const machine: Partial<UsbMachine> = {
      names: (path) => (path === '/proc' ? ['77', 'self'] : path === '/proc/77/fd' ? ['5'] : []),
      link: (path) => (path === '/proc/77/fd/5' ? '/dev/bus/usb/001/003' : undefined),
      read: (path) => (path === '/proc/77/comm' ? 'bumble' : undefined),
    };
    const message = await failureOf('usb:', [{ ...csr, claimError: ERROR_BUSY }], machine);
    expect(message).toMatch(/ is in use by bumble \(pid 77\): end it first$/);
    noted(context, 'another stack has the USB dongle open', message);
  });

  it('no driver on Windows: WinUSB, by Zadig', async (context) => {
    const plug = { ...csr, openError: ERROR_NOT_SUPPORTED };
    const message = await failureOf('usb:', [plug], { platform: 'win32' });
    expect(message).toMatch(
      /^PORT_DENIED usb:: Windows has no driver for 0a12:0001.*WinUSB with Zadig \(https:\/\/zadig/,
    );
    noted(context, 'Windows has no driver for a USB dongle that lets programs reach it', message);
  });

  it('in use on Windows', async () => {
    const denied = await failureOf('usb:', [{ ...csr, openError: ERROR_ACCESS }], { platform: 'win32' });
    expect(denied).toMatch(/^PORT_DENIED .*or another program has it.*WinUSB/);
    const busy = await failureOf('usb:', [{ ...csr, claimError: ERROR_BUSY }], { platform: 'win32' });
    expect(busy).toMatch(/^PORT_BUSY .*is in use by another program: end it first$/);
  });

  it('something else: what libusb said', async () => {
    const message = await failureOf('usb:', [{ ...csr, openError: ERROR_IO }]);
    expect(message).toMatch(/^TRANSPORT_ERROR .*cannot be opened \(LIBUSB_ERROR -1\)\. Unplug it/);
  });

  it('macOS: refused with the reason, whatever is plugged in, and pointed to serial ports', async (context) => {
    const message = await failureOf('usb:', [csr], {
      platform: 'darwin',
      loadUsb: () => {
        throw new Error('must not be loaded');
      },
    });
    expect(message).toMatch(
      /^PORT_UNSUPPORTED usb:: USB controllers are not opened on macOS.*panicked.*libusb\/issues\/1762/,
    );
    expect(message).toContain('serial:/dev/cu.usbmodem');
    noted(context, 'a USB dongle on macOS', message, 'wrong');
  });

  it('the package is not installed: what to install', async (context) => {
    const missing = Object.assign(new Error("Cannot find module 'usb'\nRequire stack:\n- /a/b.js"), {
      code: 'MODULE_NOT_FOUND',
    });
    const loadUsb = () => {
      throw missing;
    };
    const message = await failureOf('usb:0', [], { loadUsb });
    expect(message).toBe(
      'PORT_UNSUPPORTED usb:0: USB needs the package usb, which is not installed with bluewire by itself: npm install usb@2',
    );
    noted(context, 'the package usb is not installed', message);
  });

  it.each([
    ['libudev.so.1: cannot open shared object file', /apt install libudev1, apk add eudev-libs/],
    [
      "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found",
      /older than what the package was built for/,
    ],
    ['No native build was found for platform=linux arch=riscv64', /npm rebuild usb/],
  ])('the package cannot be loaded (%s)', async (text, advice) => {
    const loadUsb = () => {
      throw new Error(text);
    };
    const message = await failureOf('usb:', [], { loadUsb });
    expect(message).toMatch(/^PORT_UNSUPPORTED usb:: the package usb cannot be loaded/);
    expect(message).toMatch(advice);
  });

  it('version 3 of the package, and a libusb that does not start', async () => {
    const three = { usb: {} } as unknown as LibusbModule;
    expect(await failureOf('usb:', [], { loadUsb: () => three })).toMatch(
      /^PORT_UNSUPPORTED .*npm install usb@2$/,
    );
    const broken = new SimulatedLibusb();
    broken.usb.INIT_ERROR = -99;
    expect(await failureOf('usb:', [], { loadUsb: () => broken })).toMatch(
      /libusb did not start \(error -99\)/,
    );
  });

  it('nothing is plugged in at all, or nothing that is a controller', async (context) => {
    noted(context, 'usb: in a container that was given no USB device', await failureOf('usb:', []));
    expect(await failureOf('usb:', [])).toMatch(
      /^PORT_NOT_FOUND usb:: there is no Bluetooth controller on USB\. No USB device/,
    );
    expect(await failureOf('usb:0', [{ bytes: serialBoard }])).toMatch(
      /1 other USB device is there\. Is the controller plugged in/,
    );
  });

  it('a controller that shows no endpoints, or no readable descriptors', async () => {
    const bare = withConfiguration(csr8510, '09 02 1200 01 01 00 80 32  09 04 00 00 00 e0 01 01 00');
    expect(await failureOf('usb:', [{ bytes: bare }])).toMatch(
      /There is usb:1-1 \(0a12:0001 .*lacks one of the endpoints/,
    );
    const half = withConfiguration(csr8510, '09 02 1200 01 01 00 80 32  09 04');
    expect(await failureOf('usb:', [{ bytes: half }])).toMatch(
      /its descriptors cannot be read \(LIBUSB_ERROR_IO\)/,
    );
  });

  it('a device that is not there, or is none: and the controllers that are', async () => {
    expect(await failureOf('usb:2fe3:000b', [csr])).toMatch(
      /^PORT_NOT_FOUND usb:2fe3:000b: there is no USB device 2fe3:000b\. Is it plugged in.*Controllers: usb:1-1 \(0a12:0001 CSR8510/,
    );
    expect(await failureOf('usb:1366:1015', [csr, { bytes: serialBoard }])).toMatch(
      /the device 1366:1015 is there, but it has no HCI interface \(class 0xE0\/01\/01\), but class 0x02, 0x0A\. It has a serial port/,
    );
    expect(await failureOf('usb:7-1.2', [csr])).toMatch(/there is no USB device at 7-1\.2/);
    expect(await failureOf('usb:5', [csr])).toMatch(
      /no controller number 5 on USB, counted from 0.*There are: usb:1-1/,
    );
  });

  it('several controllers match: each with the port string that means it', async (context) => {
    const several = await failureOf('usb:', [zephyr, csr]);
    noted(context, 'usb: with several controllers', several);
    expect(several).toBe(
      'PORT_SPEC usb:: 2 controllers match. Name one of them: usb:1-1 (2fe3:000b USB-DEV, serial 6195E3610E0946BB); usb:1-2 (0a12:0001 CSR8510 A10)',
    );
    expect(await failureOf('usb:0a12:0001', [csr, csr])).toMatch(/^PORT_SPEC .*2 controllers match/);
  });

  it('a serial number that none has, or that cannot be read', async () => {
    expect(await failureOf('usb:2fe3:000b/ABC', [zephyr])).toMatch(
      /no such controller with the serial number "ABC"\. There are: .*serial 6195E3610E0946BB/,
    );
    expect(await failureOf('usb:?serial=ABC', [{ ...csr, openError: ERROR_ACCESS }])).toMatch(
      /\(of 1 it cannot be read\)/,
    );
  });

  it.each([
    ['usb:2fe3', /target: nothing, a number, vid:pid in hexadecimal, or bus-port is wanted/],
    ['usb:2fe3:00b', /target:/],
    ['usb:zephyr', /target:/],
    ['usb:1-', /target:/],
    ['usb:2fe3:000b/', /target:/],
    ['usb:0?serial', /serial: a serial number is wanted/],
    ['usb:0?baud=9600', /baud: no such option/],
  ])('%s has no form', async (port, message) => {
    const text = await failureOf(port, [csr]);
    expect(text).toMatch(/^PORT_SPEC /);
    expect(text).toMatch(message);
    expect(text).toContain('The form is usb: (the only controller), usb:0 (the first)');
  });
});

describe('a port string means', () => {
  const twin = (serial: string): Plug => ({ ...zephyr, strings: { 3: serial } });
  const vendor = { bytes: renamed(broadcom, 0x1234, 0x5678) };

  it.each([
    ['usb:', [csr], 0],
    ['usb:0', [csr, zephyr], 0],
    ['usb:1', [csr, zephyr], 1],
    ['usb:2fe3:000b', [csr, zephyr], 1],
    ['usb:2FE3:000B', [csr, zephyr], 1],
    ['usb:2fe3:000b/two', [twin('one'), twin('two')], 1],
    ['usb:2fe3:000b?serial=two', [twin('one'), twin('two')], 1],
    ['usb:?serial=one', [twin('one'), twin('two')], 0],
    ['usb:1-2', [csr, csr], 1],
    [
      'usb:1-3.10',
      [
        { ...csr, ports: [3, 9] },
        { ...csr, ports: [3, 10] },
      ],
      1,
    ],
    [
      'usb:1',
      [
        { ...csr, ports: [3, 10] },
        { ...csr, ports: [3, 9] },
      ],
      0,
    ],
    ['usb:0', [{ ...csr, bus: 2 }, csr], 1],
    ['usb:1234:5678', [vendor], 0],
  ] as const)('%s: the device that it says', async (port, plugs, wanted) => {
    const clock = new SimulatedClock();
    const libusb = new SimulatedLibusb();
    const devices = plugs.map((options: Plug, i) =>
      libusb.plug(new SimulatedUsbDevice({ clock, ports: [i + 1], address: i + 3, ...options })),
    );
    const transport = transportOf(port, machineWith(libusb), clock);
    await clock.run(transport.open(new Recorder().sink()));
    expect(devices.map(({ isOpen }) => isOpen)).toEqual(devices.map((_, i) => i === wanted));
    await clock.run(transport.close());
  });
});
