import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.js';
import { bringUp } from '../../src/hci/bringup/bringup.js';
import * as commands from '../../src/hci/commands/index.js';
import { HciHost } from '../../src/hci/host.js';
import type { Fault } from '../../src/hci/recovery/fault.js';
import { mistake } from '../support/mistake.js';
import { event } from '../support/scripted-controller.js';
import { leController } from '../support/scripted-device.js';
import { board, machineWith, openDesk } from './support.js';

const CP210X = { vendorId: '10c4', productId: 'ea60' };
const LOG = 'ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n';

describe('the boards of the list, as their ports are opened', () => {
  it('an nRF52840 dongle over USB CDC: any baud rate will do, DTR is raised, no flow control', async (test) => {
    const machine = machineWith({ vendorId: '2fe3', productId: '0004' });
    const { device, ports } = await openDesk({ firmware: board, machine });
    expect(ports[0]!.settings).toMatchObject({ baudRate: 1_000_000, rtscts: false, dtr: 'on' });
    await device?.close();
    mistake(test, {
      chapter: 'device',
      what: 'nRF52840 dongle, H4 over USB CDC: the baud rate does not matter, DTR is needed',
      outcome: 'healed',
      message: 'nothing: it is opened so',
    });
  });

  it('a one-cable ESP32 image: the boot log comes first, on the same UART, as opening may reset the chip', async (test) => {
    let booting = true;
    const inner = board();
    const { device, ports } = await openDesk({
      machine: machineWith(CP210X),
      firmware: () => (octets, say) => {
        // While it boots it prints, and hears nothing.
        if (!booting) inner(octets, say);
        else {
          say(LOG);
          booting = false;
        }
      },
    });
    expect(device?.isOpen).toBe(true);
    expect(device?.controller.bootText).toContain('SPI_FAST_FLASH_BOOT');
    expect(ports[0]!.settings).toMatchObject({ baudRate: 921_600, rtscts: false });
    await device?.close();
    mistake(test, {
      chapter: 'device',
      what: 'one-cable ESP32 images: 921600 baud, no flow control, boot log first',
      outcome: 'healed',
      message: device!.controller.bootText!.trim().replaceAll('\r\n', ' '),
    });
  });

  it('an ESP32-C3 or -S3 through an adapter: 115200 baud and RTS/CTS as the options say, so that its ring does not overflow', async (test) => {
    const { device, ports } = await openDesk({
      firmware: board,
      machine: machineWith({ vendorId: '0403', productId: '6001' }),
      options: { baud: 115_200, rtscts: true },
    });
    expect(ports[0]!.settings).toMatchObject({ baudRate: 115_200, rtscts: true });
    await device?.close();
    mistake(test, {
      chapter: 'device',
      what: 'ESP32-C3/S3: 115200 baud, flow control on: its receive ring overflows into an assertion when a host ignores RTS',
      outcome: 'healed',
      message: 'nothing, with serial:…?baud=115200&rtscts',
    });
  });

  it('an ESP32-C2: 921600 baud, without flow control', async (test) => {
    const { device, ports } = await openDesk({
      firmware: board,
      machine: machineWith({ vendorId: '0403', productId: '6001' }),
      options: { baud: 921_600, rtscts: false },
    });
    expect(ports[0]!.settings).toMatchObject({ baudRate: 921_600, rtscts: false });
    await device?.close();
    mistake(test, {
      chapter: 'device',
      what: 'ESP32-C2: 921600 baud, flow control off by default',
      outcome: 'healed',
      message: 'nothing, with serial:…?baud=921600&rtscts=off',
    });
  });

  it('Zephyr’s hci_uart of a board whose overlay says 115200 (zephyr#25965) is found by baud=auto', async (test) => {
    const { device } = await openDesk({
      machine: machineWith({ vendorId: '1366', productId: '1051' }),
      options: { baud: 'auto' },
      firmware: ({ baudRate }) =>
        baudRate === 115_200 ? board() : (_octets, say) => say(Uint8Array.of(0x80, 0xfe, 0, 0xe0)),
    });
    expect(device?.controller.portSettings).toBe('baud=115200&rtscts');
    await device?.close();
    mistake(test, {
      chapter: 'device',
      what: 'Zephyr hci_uart on some boards at 115200 instead of 1 Mbaud (zephyr#25965)',
      outcome: 'healed',
      message: 'opened by baud=115200&rtscts, with baud=auto',
    });
  });
});

describe('the controllers of the list', () => {
  const up = async (controller = leController()) => {
    const clock = new SimulatedClock();
    const host = new HciHost(controller, { clock });
    const faults: Fault[] = [];
    host.on('fault', (fault) => faults.push(fault));
    const opened = await host.open();
    const info = await clock.run(bringUp(host, opened));
    return { host, info, clock, faults, controller };
  };

  it('ACL buffers of 1021 octets are used as they are (ESP32, zephyr#28872)', async (test) => {
    const { host } = await up(leController().answer(commands.leReadBufferSizeV2, '00 fd03 0c 0000 00'));
    expect(host.acl.buffers).toEqual({ length: 1021, count: 12 });
    mistake(test, {
      chapter: 'device',
      what: 'ESP32: ACL data of up to 1021 octets (zephyr#28872)',
      outcome: 'healed',
      message: 'nothing',
    });
  });

  it('one command at a time, where the controller permits no more (SoftDevice Controller)', async (test) => {
    const { host, controller, clock } = await up(leController().answer(commands.leRand, () => []));
    controller.sent.length = 0;
    const first = host.send(commands.leRand, {});
    const second = host.send(commands.readBdAddr, {});
    await clock.advance(100);
    expect(controller.sent).toEqual(['01182000']);
    controller.emit(event(0x0e, '011820 00 0102030405060708'));
    await clock.run(Promise.all([first, second]));
    expect(controller.sent).toEqual(['01182000', '01091000']);
    mistake(test, {
      chapter: 'device',
      what: 'SoftDevice Controller: Num_HCI_Command_Packets is always 1',
      outcome: 'healed',
      message: 'nothing: a command waits until it is permitted',
    });
  });

  it('event masks name what is used, and no host feature is set that the host does not have', async (test) => {
    const { controller } = await up();
    const at = (opcode: number) => controller.commands.indexOf(opcode);
    expect(at(commands.setEventMask.opcode)).toBeGreaterThan(0);
    expect(at(commands.leSetEventMask.opcode)).toBeGreaterThan(at(commands.setEventMask.opcode));
    expect(controller.commands).not.toContain(commands.leSetHostFeatureV1.opcode);
    expect(controller.commands).toContain(commands.leWriteSuggestedDefaultDataLength.opcode);
    mistake(test, {
      chapter: 'start',
      what: '7. event masks, default data length, list sizes',
      outcome: 'healed',
      message: 'nothing: set for what is used',
    });
  });

  it('Zephyr’s fatal error (vendor event 0x02) is a fault', async (test) => {
    const { controller, clock, faults } = await up();
    controller.emit(event(0xff, '02 0100000000'));
    await clock.advance(0);
    expect(faults).toMatchObject([{ kind: 'fatalError' }]);
    mistake(test, {
      chapter: 'wrong',
      what: 'Zephyr: vendor event 0x02, a fatal error',
      outcome: 'healed',
      message: faults[0]!.message,
    });
  });
});
