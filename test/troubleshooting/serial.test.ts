import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import { Device } from '../../src/gap/index.js';
import type { SerialSettings } from '../../src/hci/transport/node/serial-settings.js';
import { H5Peer } from '../support/h5-peer.js';
import { type Mistake, mistake } from '../support/mistake.js';
import { recordedMachine } from '../support/recorded-machine.js';
import { type Firmware, h4Firmware } from '../support/scripted-port.js';
import { board, codeOf, type Desk, healthy, machineWith, openDesk, pass } from './support.js';

const says =
  (text: string | Uint8Array): (() => Firmware) =>
  () =>
  (_octets, say) =>
    say(text);

/** Only at these settings the octets are what they were. */
const onlyAt =
  (
    right: (settings: SerialSettings) => boolean,
    firmware: () => Firmware,
  ): ((settings: SerialSettings) => Firmware) =>
  (settings) =>
    right(settings) ? firmware() : (_octets, say) => say(fromHex('80fe00e0f880fefe0080ff00c0'));

/** What ends in a message, and nothing else. */
const diagnosed: readonly [Mistake['chapter'], what: string, desk: Desk, code: string, message: RegExp][] = [
  [
    'mistake',
    'nothing is connected to the port (TX and RX not crossed, no power, no firmware)',
    {},
    'NO_HCI',
    /nothing answers HCI.*powered.*RTS\/CTS/,
  ],
  [
    'mistake',
    'a charge-only cable: there is no port at all',
    { failure: 'Error: No such file or directory, cannot open /dev/ttyX0' },
    'PORT_NOT_FOUND',
    /there is no port.*plugged in/,
  ],
  [
    'mistake',
    'the wrong baud rate',
    { firmware: says(fromHex('80fe00e0f880fefe0080ff00c0')) },
    'NO_HCI',
    /make no sense.*baud rate is wrong/,
  ],
  [
    'mistake',
    'no permission (Linux: not in the group dialout)',
    { failure: 'Error: Permission denied, cannot open /dev/ttyX0' },
    'PORT_DENIED',
    /dialout.*log in again/,
  ],
  [
    'mistake',
    'the port is in use by another process',
    { failure: 'Error Resource temporarily unavailable Cannot lock port', machine: held('minicom') },
    'PORT_BUSY',
    /in use by minicom \(pid 812\)/,
  ],
  [
    'mistake',
    'ModemManager asks the new port whether it is a modem',
    { failure: 'Error Resource temporarily unavailable Cannot lock port', machine: held('ModemManager') },
    'PORT_BUSY',
    /ModemManager \(pid 812\).*wait half a minute/,
  ],
  [
    'mistake',
    'BlueZ holds the serial port (btattach)',
    { failure: 'Error: Device or resource busy, cannot open', machine: held('btattach') },
    'PORT_BUSY',
    /btattach.*end btattach/,
  ],
  [
    'mistake',
    'gpsd holds the serial port',
    { failure: 'Error Resource temporarily unavailable Cannot lock port', machine: held('gpsd') },
    'PORT_BUSY',
    /gpsd.*GPS receivers/,
  ],
  [
    'mistake',
    'an ESP32 in the boot loader (BOOT pressed)',
    {
      firmware: says(
        '\r\nrst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\r\nwaiting for download\r\n',
      ),
    },
    'NO_HCI',
    /ESP32 in its boot loader.*Release the BOOT button/,
  ],
  [
    'mistake',
    'the console of an ESP32 instead of its HCI UART',
    {
      greeting: 'ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n',
      machine: machineWith({ vendorId: '10c4', productId: 'ea60' }),
    },
    'NO_HCI',
    /console \(UART0\).*TX5 RX18.*CP210x/,
  ],
  [
    'mistake',
    'the wrong one of two ports: a Zephyr shell',
    { firmware: says('\r\nuart:~$ \r\nuart:~$ ') },
    'NO_HCI',
    /Zephyr shell.*other port/,
  ],
  [
    'mistake',
    'an application of one’s own is still on the board',
    { firmware: says('temperature 21.5, humidity 40\r\n') },
    'NO_HCI',
    /text comes.*temperature 21\.5.*flash HCI-over-UART/,
  ],
  [
    'mistake',
    'a board that runs MicroPython',
    { firmware: says('\r\n>>> \r\n>>> \r\n') },
    'NO_HCI',
    /Python.*flash HCI-over-UART/,
  ],
  [
    'mistake',
    'a phone’s or modem’s port',
    {
      firmware: says('\r\nOK\r\n\r\nERROR\r\n'),
      machine: machineWith({ vendorId: '12d1', productId: '1506' }),
    },
    'NO_HCI',
    /AT commands.*Mobile modem/,
  ],
  [
    'mistake',
    'a GPS receiver',
    { firmware: says('$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n') },
    'NO_HCI',
    /GPS receiver/,
  ],
  [
    'mistake',
    'TX and RX are joined (loop-back plug)',
    { firmware: () => (octets, say) => say(octets) },
    'NO_HCI',
    /comes back.*TX and RX are joined/,
  ],
  [
    'mistake',
    'an H5 image opened as H4',
    { firmware: says(fromHex('c0002f00d0017ec0')) },
    'NO_HCI',
    /by H5.*option h5/,
  ],
  [
    'mistake',
    'RTS/CTS missing: answers break off',
    { firmware: says(fromHex('040e04')) },
    'NO_HCI',
    /breaks off.*RTS and CTS/,
  ],
  [
    'mistake',
    'a second host uses the controller: events come, no answers',
    { firmware: says(fromHex('043e0d0201000001010000c0dec000c4')) },
    'NO_HCI',
    /no answer to HCI_Reset.*another host/,
  ],
  [
    'mistake',
    'Nordic connectivity firmware on the dongle',
    { machine: machineWith({ vendorId: '1915', productId: 'c00a' }) },
    'NO_HCI',
    /connectivity firmware.*not HCI at all/,
  ],
  [
    'mistake',
    'a Nordic dongle in its boot loader',
    { machine: machineWith({ vendorId: '1915', productId: '521f' }) },
    'NO_HCI',
    /boot loader.*nrfutil/,
  ],
  [
    'mistake',
    'Node 20.3 to 20.11 hangs on serial ports through io_uring',
    { nodeVersion: 'v20.9.0' },
    'NO_HCI',
    /UV_USE_IO_URING=0/,
  ],
  [
    'mistake',
    'a path that is no serial port',
    { failure: 'Error: Inappropriate ioctl for device, cannot open /dev/null' },
    'PORT_NOT_FOUND',
    /no serial port/,
  ],
];

function held(name: string) {
  return recordedMachine({
    platform: 'linux',
    ports: [],
    files: { '/proc/812/comm': name },
    folders: { '/proc': ['812'], '/proc/812/fd': ['7'] },
    links: { '/proc/812/fd/7': '/dev/ttyX0' },
  });
}

describe('a serial port that is not what one thinks', () => {
  it.each(diagnosed)('%s: %s', async (chapter, what, desk, code, wanted) => {
    const { error, message, clock } = await openDesk(desk);
    expect(codeOf(error)).toBe(code);
    expect(message).toMatch(wanted);
    expect(message).not.toContain('\n');
    expect(clock.pending).toBe(0);
    note(chapter, what, 'diagnosed', message);
  });

  it('mistake: an H4 image opened as H5', async (test) => {
    const { message } = await openDesk({
      firmware: says(fromHex('040e0401030c00')),
      options: { hunt: false },
    });
    expect(message).toMatch(/by H4.*Leave out the option h5/);
    mistake(test, { chapter: 'mistake', what: 'an H4 image opened as H5', outcome: 'diagnosed', message });
  });
});

/** The table's rows have no context of their own: their notes wait for the test behind them. */
const notes: Mistake[] = [];
function note(chapter: Mistake['chapter'], what: string, outcome: Mistake['outcome'], message: string): void {
  notes.push({ chapter, what, outcome, message });
}

describe('what is told of it', () => {
  it('is one line each, and names what to do', (test) => {
    expect(notes).toHaveLength(diagnosed.length);
    for (const one of notes) mistake(test, one);
  });
});

describe('a serial port that heals', () => {
  it('has its baud rate and flow control found out when that is asked for', async (test) => {
    const right = ({ baudRate, rtscts }: SerialSettings) => baudRate === 115_200 && rtscts;
    const { device, ports } = await openDesk({
      firmware: onlyAt(right, board),
      options: { baud: 'auto', rtscts: 'auto' },
    });
    expect(device?.controller.portSettings).toBe('baud=115200&rtscts');
    expect(ports.map(({ settings }) => settings.baudRate)).toEqual([1_000_000, 1_000_000, 115_200, 115_200]);
    await device?.close();
    mistake(test, {
      chapter: 'mistake',
      what: 'baud rate and flow control are not known: baud=auto, rtscts=auto',
      outcome: 'healed',
      message: `opened by ${device?.controller.portSettings}`,
    });
  });

  it('and says what it tried when none of them is it', async (test) => {
    const { message, error } = await openDesk({
      firmware: onlyAt(() => false, board),
      options: { baud: 'auto' },
    });
    expect(codeOf(error)).toBe('NO_HCI');
    expect(message).toMatch(/make no sense.*Tried baud=1000000, baud=115200, baud=921600/);
    mistake(test, {
      chapter: 'mistake',
      what: 'baud=auto, and no rate is it',
      outcome: 'diagnosed',
      message,
    });
  });

  it('prints a boot log first, which is kept for the report', async (test) => {
    const { device } = await openDesk({
      firmware: board,
      greeting: '*** Booting Zephyr OS build v3.7.0 ***\r\n',
    });
    expect(device?.controller.bootText).toMatch(/Booting Zephyr OS build/);
    mistake(test, {
      chapter: 'start',
      what: '1. a boot log comes first on the same line',
      outcome: 'healed',
      message: device!.controller.bootText!.trim(),
    });
  });

  it('swallows the first HCI_Reset, stuck in the middle of a packet (bumble#956), and is asked again', async (test) => {
    let resets = 0;
    const inner = board();
    const { device, ports } = await openDesk({
      firmware: () => (octets, say) => {
        if (toHex(octets) === '01030c00' && resets++ < 2) return;
        inner(octets, say);
      },
    });
    expect(device).toBeDefined();
    expect(ports[0]!.writes.slice(0, 3).map((octets) => toHex(octets))).toEqual(Array(3).fill('01030c00'));
    mistake(test, {
      chapter: 'start',
      what: '2. HCI_Reset is swallowed, or a NOP Command Complete comes first (zephyr#15333)',
      outcome: 'healed',
      message: 'nothing: HCI_Reset is sent again every 200 ms, ten times',
    });
  });

  it('sends a NOP Command Complete before the answer (zephyr#15333)', async () => {
    const inner = board();
    const { device } = await openDesk({
      firmware: () => (octets, say) => {
        if (toHex(octets) === '01030c00') say(fromHex('040e03010000'));
        inner(octets, say);
      },
    });
    expect(device?.isOpen).toBe(true);
  });

  it('misses every second Reset reply, as clones of the CSR8510 do (bumble#476)', async (test) => {
    let count = 0;
    const inner = board();
    const { device, clock, ports } = await openDesk({
      firmware: () => (octets, say) => {
        if (toHex(octets) === '01030c00' && count++ % 2 === 0) return;
        inner(octets, say);
      },
    });
    expect(device?.isOpen).toBe(true);
    expect(ports).toHaveLength(1);
    const closing = device!.close();
    await pass(clock, 3000);
    await closing;
    mistake(test, {
      chapter: 'device',
      what: 'CSR8510 clones miss every second Reset reply',
      outcome: 'healed',
      message: 'nothing: HCI_Reset is sent again',
    });
  });

  it('is unplugged while it runs: waited for, opened again, and the scan goes on', async (test) => {
    const told: string[] = [];
    const { device, clock, ports } = await openDesk({ firmware: board });
    device!.on('recovering', ({ fault }) => told.push(fault.message));
    device!.on('recovered', ({ attempts }) => told.push(`back after ${attempts} tries`));
    const starting = device!.startScan({ onReport: () => {} });
    await pass(clock, 100);
    await starting;
    ports[0]!.unplug();
    await pass(clock, 3000);
    expect(told[0]).toMatch(/the port is gone\. Was the device unplugged\?/);
    expect(told.at(-1)).toMatch(/^back after/);
    expect(device!.scanning).toBe(true);
    mistake(test, {
      chapter: 'wrong',
      what: 'the dongle is unplugged while it runs, and plugged in again',
      outcome: 'healed',
      message: told.join('; '),
    });
  });

  it('loses octets: an impossible packet is noticed, the controller reset, the state restored (zephyr#58236)', async (test) => {
    const { device, clock, ports, diagnostics } = await openDesk({ firmware: board });
    const recoveries: string[] = [];
    device!.on('recovered', ({ fault }) => recoveries.push(fault.kind));
    ports[0]!.say(fromHex('ffffffffff0102'));
    await pass(clock, 3000);
    expect(recoveries).toEqual(['framing']);
    const lost = diagnostics.find(({ message }) => /framing lost/.test(message))!;
    mistake(test, {
      chapter: 'wrong',
      what: 'octets are lost on the way: H4 cannot find its place again',
      outcome: 'healed',
      message: lost.message,
    });
  });
});

describe('what a board wants of its port', () => {
  it('DTR is raised on CDC and J-Link ports, and settles before the first octet (zephyr#27160)', async (test) => {
    const machine = machineWith({ vendorId: '2fe3', productId: '0004' });
    const { device, ports } = await openDesk({ firmware: board, machine });
    expect(device).toBeDefined();
    expect(ports[0]!.lines).toEqual([{ dtr: true, rts: true }]);
    mistake(test, {
      chapter: 'start',
      what: '1. CDC-ACM and J-Link ports stay silent without DTR',
      outcome: 'healed',
      message: 'nothing: DTR is raised on boards that want it (dtr=on|off|keep says otherwise)',
    });
  });

  it('DTR and RTS of an ESP32 with the auto-reset circuit are left inactive, also at closing; writes stay below 64 octets', async (test) => {
    const machine = machineWith({ vendorId: '10c4', productId: 'ea60' });
    const { device, ports } = await openDesk({ firmware: board, machine });
    expect(ports[0]!.lines).toEqual([{ dtr: false, rts: false }]);
    expect(ports[0]!.settings).toMatchObject({ hupcl: false, baudRate: 921_600 });
    const { leEncrypt } = await import('../../src/hci/commands/index.js');
    const before = ports[0]!.writes.length;
    const sent = Promise.all(
      Array.from({ length: 6 }, () =>
        device!.host.send(leEncrypt, { key: new Uint8Array(16), plaintextData: new Uint8Array(16) }),
      ),
    );
    await pass(device!.host.clock as never, 200);
    await sent;
    expect(ports[0]!.writes.slice(before).every(({ length }) => length <= 63)).toBe(true);
    mistake(test, {
      chapter: 'device',
      what: 'ESP32: the auto-reset circuit, writes over 63 octets that stall (esp-idf#14648)',
      outcome: 'healed',
      message: 'nothing: the lines are left inactive, hupcl is off, writes are cut to 63 octets',
    });
  });

  it('a DK with J-Link gets RTS/CTS, 1 Mbaud, and writes of 64 octets at most', async (test) => {
    const machine = machineWith({ vendorId: '1366', productId: '1051' });
    const { device, ports } = await openDesk({ firmware: board, machine });
    expect(ports[0]!.settings).toMatchObject({ baudRate: 1_000_000, rtscts: true });
    await device?.close();
    mistake(test, {
      chapter: 'device',
      what: 'nRF52 DK (J-Link): 1 Mbaud, RTS/CTS on, writes over 64 octets are corrupted',
      outcome: 'healed',
      message: 'nothing: the port is opened so, and writes are cut to 64 octets',
    });
  });

  it('options of the port string win over what the board wants', async () => {
    const machine = machineWith({ vendorId: '10c4', productId: 'ea60' });
    const { ports } = await openDesk({
      firmware: board,
      machine,
      options: { baud: 115_200, rtscts: true, dtr: 'on', rts: 'on', hupcl: true },
    });
    expect(ports[0]!.settings).toMatchObject({ baudRate: 115_200, rtscts: true, hupcl: true });
    expect(ports[0]!.lines).toEqual([{ dtr: true, rts: true }]);
  });

  it('Zephyr’s hci_uart_3wire works by H5, without a Reset hunt', async (test) => {
    const { clock } = await import('../../src/core/clock.js').then(({ SimulatedClock }) => ({
      clock: new SimulatedClock(),
    }));
    const controller = healthy();
    let say: ((octets: Uint8Array) => void) | undefined;
    const peer = new H5Peer({
      window: 4,
      write: (octets) => say?.(Uint8Array.from(octets)),
      packet: (packet) => controller.send(Uint8Array.from(packet)),
      after: (ms, callback) => void clock.setTimeout(callback, ms),
    });
    await controller.open({
      packet: (type, bytes, start, end) => peer.send([type, ...bytes.subarray(start, end)]),
      diagnostic: () => {},
      closed: () => {},
    });
    const { device } = await openDesk({
      options: { hunt: false },
      firmware: () => (octets, answer) => {
        say = answer;
        peer.receive(octets);
        if (peer.state === 'uninitialised') peer.link([0x01, 0x7e]);
        if (peer.state === 'initialised') peer.link([0x03, 0xfc, 0x04]);
      },
    });
    expect(device).toBeInstanceOf(Device);
    mistake(test, {
      chapter: 'device',
      what: 'Zephyr hci_uart_3wire: H5, window 4, no CRC',
      outcome: 'healed',
      message: 'nothing, with the option h5; payload damage goes unseen without CRC (docs/h5.md)',
    });
  });

  it('a Bluetooth 4.0 dongle without anything new is brought up', async () => {
    const { device } = await openDesk({ firmware: () => h4Firmware(healthy('4.0')) });
    expect(device?.controller.hciVersion).toBe(6);
  });
});
