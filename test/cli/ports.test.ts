import { describe, expect, it } from 'vitest';
import { portsCommand } from '../../src/cli/commands/ports.js';
import { OptionValues } from '../../src/cli/option-values.js';
import { Output } from '../../src/cli/output.js';
import { SimulatedClock } from '../../src/core/clock.js';
import { seededRandom } from '../../src/core/random.js';
import { boardOf } from '../../src/hci/transport/boards.js';
import type { Machine } from '../../src/hci/transport/node/port-list.js';
import { portInfoOf } from '../../src/hci/transport/node/port-list.js';
import type { UsbControllerInfo } from '../../src/hci/transport/node/usb.js';
import { parsePort } from '../../src/hci/transport/port.js';
import { recordedMachine } from '../support/recorded-machine.js';
import { MemorySink } from './support.js';

/** Runs `bluewire ports` on a machine. */
async function ports(machine: Machine, ...flags: string[]) {
  return portsWith(machine, [], flags);
}

async function portsWith(
  machine: Machine,
  usb: readonly UsbControllerInfo[] | Error,
  flags: readonly string[] = [],
) {
  const stdout = new MemorySink();
  const stderr = new MemorySink();
  const listUsb = () => (usb instanceof Error ? Promise.reject(usb) : Promise.resolve(usb));
  await portsCommand(machine, listUsb).run({
    output: new Output({ stdout, stderr, env: {}, verbose: flags.includes('verbose') }),
    options: new OptionValues(new Map(flags.map((flag) => [flag, true]))),
    operands: [],
    clock: new SimulatedClock(),
    version: '1.2.3',
    random: seededRandom(1),
    env: {},
    signal: new AbortController().signal,
  });
  return { out: stdout.text, err: stderr.text };
}

describe('bluewire ports', () => {
  it('tells on Linux what each port probably is, who holds it, and what to do', async () => {
    const { out, err } = await ports(recordedMachine('linux-desk'));
    expect(out).toBe(
      [
        'serial:/dev/ttyACM0?rtscts  Nordic DK (SEGGER J-Link): J-Link',
        '    Free. With Zephyr hci_uart it is a controller at 1000000 baud with RTS/CTS (?rtscts). Of a board with several ports, the first is the application’s, as a rule.',
        'serial:/dev/ttyACM1  Zephyr board with USB serial: Zephyr HCI UART sample',
        '    Free. With samples/bluetooth/hci_uart over USB CDC it is a controller; the baud rate does not matter, DTR has to be on.',
        'serial:/dev/ttyS0?baud=115200  Serial port of the computer itself',
        '    Free. A controller may be wired to it.',
        'serial:/dev/ttyUSB0?baud=921600  CP210x bridge (ESP32 boards, adapters)',
        '    No permission: it belongs to the group uucp: sudo usermod -aG uucp $USER, and log in again. On ESP32 boards this is UART0, the console, unless the HCI firmware was built for it; DTR and RTS are kept inactive, as they reset the chip.',
        'serial:/dev/ttyUSB1  FTDI adapter',
        '    In use by ModemManager (pid 812): end it first. A latency timer of 16 ms slows every answer: set it to 1 ms (/sys/bus/usb-serial/devices/ttyUSB0/latency_timer).',
        '/dev/ttyACM2  Nordic dongle with connectivity firmware',
        '    No controller. Its firmware is not HCI at all (it runs the host itself): flash Zephyr hci_usb or hci_uart instead.',
        'hci0  Bluetooth controller 00:1a:7d:da:71:13 of the Linux kernel',
        '    BlueZ has it (driver btusb). To use it here: sudo hciconfig hci0 down, then --port usb:0a12:0001',
        '',
      ].join('\n'),
    );
    expect(err).toBe('1 port is surely no controller (--all shows them)\n');
  });

  it('gives port strings that can be opened as they are, and objects for scripts', async () => {
    const { out } = await ports(recordedMachine('linux-desk'), 'json', 'all');
    const rows = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string | null>);
    expect(rows).toHaveLength(8);
    for (const { port } of rows) if (port !== null) expect(parsePort(port!).scheme).toBe('serial');
    expect(rows.find(({ path }) => path === '/dev/ttyACM3')).toMatchObject({
      port: null,
      board: 'phone',
      controller: 'no',
      usb: '04e8:6860',
    });
  });

  it('opens cu. ports on macOS, and knows those of the system', async () => {
    const { out, err } = await ports(recordedMachine('macos-laptop'));
    expect(out.split('\n').filter((line) => !line.startsWith(' '))).toEqual([
      'serial:/dev/cu.usbmodem0010502555031?rtscts  Nordic DK (SEGGER J-Link)',
      'serial:/dev/cu.usbmodem1201?baud=921600  ESP32 with USB of its own (C3, S3, C6, H2)',
      'serial:/dev/cu.usbserial-0001?baud=921600  CP210x bridge (ESP32 boards, adapters)',
      '',
    ]);
    expect(err).toMatch(/^2 ports are surely no controller/);
  });

  it('finds the identifiers on Windows where the list has them only in the instance’s name', async () => {
    const { out } = await ports(recordedMachine('windows-laptop'), 'all');
    expect(out.split('\n').filter((line) => !line.startsWith(' '))).toEqual([
      'serial:COM1  Serial port: Communications Port (COM1)',
      'serial:COM3?rtscts  Nordic DK (SEGGER J-Link): JLink CDC UART Port (COM3)',
      'serial:COM5?baud=921600  CP210x bridge (ESP32 boards, adapters): Silicon Labs CP210x USB to UART Bridge (COM5)',
      'COM6  Serial port over Bluetooth: Standard Serial over Bluetooth link (COM6)',
      'COM9  Nordic dongle in its boot loader: nRF52 SDFU USB (COM9)',
      '',
    ]);
  });

  it('lists controllers on USB first, once each, with who has them', async () => {
    const csr: UsbControllerInfo = {
      port: 'usb:0a12:0001',
      vendorId: '0a12',
      productId: '0001',
      manufacturer: undefined,
      product: 'CSR8510 A10',
      serialNumber: undefined,
      name: 'CSR dongle',
      note: 'No firmware to load.',
      class: 'e0/01/01',
      bus: 1,
      address: 9,
      location: '1-9',
      permitted: true,
      kernelName: 'hci0',
      holder: undefined,
    };
    const { out } = await portsWith(recordedMachine('linux-desk'), [
      csr,
      { ...csr, port: 'usb:1-4', kernelName: undefined, permitted: false },
    ]);
    expect(out.split('\n').slice(0, 4)).toEqual([
      'usb:0a12:0001  CSR dongle: CSR8510 A10',
      '    BlueZ has it as hci0: sudo hciconfig hci0 down; opening it takes it away. No firmware to load.',
      'usb:1-4  CSR dongle: CSR8510 A10',
      '    No permission: opening it says which udev rule is wanted. No firmware to load.',
    ]);
    expect(out).not.toContain('of the Linux kernel');
    const without = await portsWith(
      recordedMachine('linux-desk'),
      new Error('the package usb is not installed'),
      ['verbose'],
    );
    expect(without.err).toMatch(/USB controllers are not listed: the package usb is not installed/);
  });

  it('leaves out what Linux names ttyS1 to ttyS31 without a chip behind it', async () => {
    const { out } = await ports(recordedMachine('linux-desk'), 'all');
    expect(out).toContain('/dev/ttyS0');
    expect(out).not.toMatch(/ttyS(1|31)\b/);
  });

  it('takes the ports of /sys where there is no udevadm, as in containers', async () => {
    const recorded = recordedMachine('linux-desk');
    const failing: Machine = {
      ...recorded,
      listSerialPorts: () => Promise.reject(new Error('spawn udevadm ENOENT')),
      names: (path) =>
        path === '/sys/class/tty'
          ? ['tty', 'tty1', 'ttyS31', 'ttyS0', 'ttyACM1', 'ttyACM0', 'ttyprintk']
          : recorded.names(path),
    };
    const { out } = await ports(failing, 'all');
    expect(out.split('\n').filter((line) => /^(serial|\/dev)/.test(line))).toEqual([
      'serial:/dev/ttyACM0?rtscts  Nordic DK (SEGGER J-Link): J-Link',
      'serial:/dev/ttyACM1  Zephyr board with USB serial: Zephyr HCI UART sample',
      'serial:/dev/ttyS0?baud=115200  Serial port of the computer itself',
    ]);
    await expect(ports({ ...failing, platform: 'darwin' })).rejects.toThrow('udevadm');
  });

  it('writes USB identifiers in lower case, as usb: takes them, on every system', async () => {
    const { out } = await ports(recordedMachine('windows-laptop'), 'json', 'all');
    expect(out).toContain('"usb":"1915:521f"');
  });

  it('never advises joining the group root', async () => {
    const { out } = await ports(
      recordedMachine({
        platform: 'linux',
        ports: [{ path: '/dev/ttyUSB0' }],
        files: { '/etc/group': 'root:x:0:' },
        denied: ['/dev/ttyUSB0'],
        groups: { '/dev/ttyUSB0': 0 },
      }),
    );
    expect(out).toMatch(/No permission: add yourself to the group dialout/);
    expect(out).not.toContain('root');
  });

  it('says what to check also when only ports of the computer itself are there', async () => {
    const { out, err } = await ports(recordedMachine({ platform: 'linux', ports: [{ path: '/dev/ttyS0' }] }));
    expect(out).toContain('serial:/dev/ttyS0');
    expect(err).toMatch(/^nothing else is attached\. Is it plugged in/);
    expect((await ports(recordedMachine('linux-desk'))).err).not.toContain('plugged in');
  });

  it('says what to check when nothing is attached', async () => {
    const { out, err } = await ports(recordedMachine({ platform: 'linux', ports: [] }));
    expect(out).toBe('');
    expect(err).toMatch(/^nothing is attached.*data lines.*charging only/);
  });
});

describe('what a port is known by', () => {
  it('comes from /sys on Linux, also by a name that is a link', () => {
    const machine = recordedMachine('linux-desk');
    const info = portInfoOf('/dev/serial/by-id/usb-SEGGER_J-Link_001050255503-if00', machine);
    expect(info).toMatchObject({ path: '/dev/ttyACM0', vendorId: '1366', product: 'J-Link' });
    expect(boardOf(info)).toMatchObject({ id: 'j-link', maxWrite: 64 });
    expect(boardOf(portInfoOf('/dev/pts/3', machine)).id).toBe('unknown');
  });

  it('tells boards that share a bridge chip by their names', () => {
    expect(boardOf({ path: 'x', vendorId: '0403', productId: '6010', product: 'ESP-Prog' }).id).toBe(
      'esp-prog',
    );
    expect(boardOf({ path: 'x', vendorId: '0403', productId: '6010', product: 'Dual RS232' }).id).toBe(
      'ftdi',
    );
    expect(boardOf({ path: 'x', vendorId: '1915', productId: 'C00A' }).id).toBe('nordic-connectivity');
    const nordic = { path: 'x', vendorId: '1915', productId: '522a' };
    expect(boardOf({ ...nordic, product: 'nRF Sniffer for Bluetooth LE' })).toMatchObject({
      id: 'nordic-sniffer',
      hci: 'no',
    });
    expect(boardOf(nordic)).toMatchObject({ id: 'nordic-cdc', hci: 'maybe', dtr: 'on' });
  });

  it('keeps DTR and RTS of ESP32 boards inactive, also at closing', () => {
    for (const vendorId of ['10c4', '1a86', '303a'])
      expect(
        boardOf({ path: 'x', vendorId, productId: vendorId === '10c4' ? 'ea60' : '1001' }),
      ).toMatchObject({
        dtr: 'off',
        rts: 'off',
        hupcl: false,
      });
  });
});
