import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judge, judgeRoundTrip } from '../../src/cli/doctor/examination.js';
import { BdAddr } from '../../src/core/address.js';
import { SimulatedClock } from '../../src/core/clock.js';
import { seededRandom } from '../../src/core/random.js';
import { Device } from '../../src/gap/device.js';
import type { DeviceOptions } from '../../src/gap/device-options.js';
import { AddressFile, stateFolder } from '../../src/gap/node/address-store.js';
import { type BringUpOptions, bringUp } from '../../src/hci/bringup/bringup.js';
import * as commands from '../../src/hci/commands/index.js';
import { HciHost } from '../../src/hci/host.js';
import type { Diagnostic } from '../../src/hci/host-types.js';
import * as zephyr from '../../src/hci/vendor/zephyr.js';
import { mistake } from '../support/mistake.js';
import type { ScriptedController } from '../support/scripted-controller.js';
import { leController } from '../support/scripted-device.js';

/** A Zephyr controller that has the vendor commands FC01, FC02, FC08 and FC09. */
function zephyrController(): ScriptedController {
  const mask = `83 01 ${'00'.repeat(62)}`;
  return leController()
    .answer(zephyr.zephyrReadSupportedCommands, `00 ${mask}`)
    .answer(zephyr.zephyrReadVersionInformation, '00 0200 0200 00 03 0700 00000000')
    .answer(zephyr.zephyrReadBuildInformation, `00 ${Buffer.from('Zephyr OS v3.7\0').toString('hex')}`)
    .answer(
      zephyr.zephyrReadStaticAddresses,
      `00 01 112233445566 ${'00'.repeat(16)}`.replace('112233445566', '1122334455d6'),
    );
}

async function up(controller: ScriptedController, options: BringUpOptions = {}) {
  const clock = new SimulatedClock();
  const host = new HciHost(controller, { clock });
  const diagnostics: Diagnostic[] = [];
  host.on('diagnostic', (diagnostic) => diagnostics.push(diagnostic));
  const opened = await host.open();
  const info = await clock.run(bringUp(host, opened, options));
  return { host, info, clock, diagnostics };
}

const ZERO = '00 000000000000';

describe('bringing a controller up, step by step', () => {
  it('3 and 6: the manufacturer decides about vendor commands: Zephyr’s are asked, and their answers read', async (test) => {
    const { info } = await up(zephyrController());
    expect(info.firmware).toEqual({
      name: 'Zephyr link layer',
      version: '3.7, nRF52, Zephyr OS v3.7',
      problem: undefined,
    });
    mistake(test, {
      chapter: 'start',
      what: '3, 6. manufacturer and firmware are told apart; vendor commands only where they belong, answers of a wrong length are passed over',
      outcome: 'healed',
      message: `${info.firmware.name} ${info.firmware.version}`,
    });
  });

  it('6: the same opcodes mean other things elsewhere: they are not sent to other manufacturers', async () => {
    for (const company of ['c305', 'e502', '0200', '0a00', 'ffff']) {
      const controller = leController().answer(
        commands.readLocalVersionInformation,
        `00 0c 0100 0c ${company} 0200`,
      );
      await up(controller);
      expect(controller.commands.filter((opcode) => opcode >> 10 === 0x3f)).toEqual([]);
    }
  });

  it('6: a vendor’s answer that is too short is passed over, and told', async () => {
    const { info, diagnostics } = await up(
      zephyrController().answer(zephyr.zephyrReadVersionInformation, '00 0200'),
    );
    expect(info.firmware.version).toBe('Zephyr OS v3.7');
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/Read_Version_Information.*done without/),
    ]);
  });

  it('4: buffers by version 2, else 1, else those of BR/EDR', async (test) => {
    const v2 = await up(leController().answer(commands.leReadBufferSizeV2, '00 fb00 05 7800 03'));
    expect(v2.info).toMatchObject({
      aclDataLength: 251,
      aclDataPackets: 5,
      isoDataLength: 120,
      isoDataPackets: 3,
    });
    const v1 = await up(leController().answer(commands.leReadBufferSizeV2, { status: 1 }));
    expect(v1.info).toMatchObject({ aclDataPackets: 3, isoDataPackets: 0 });
    const shared = await up(
      leController()
        .answer(commands.leReadBufferSizeV2, { status: 1 })
        .answer(commands.leReadBufferSizeV1, '00 0000 00')
        .answer(commands.readBufferSize, '00 3601 40 0a00 0000'),
    );
    expect(shared.info).toMatchObject({ aclDataLength: 310, aclDataPackets: 10 });
    mistake(test, {
      chapter: 'start',
      what: '4. no LE buffers, no version 2 of a command: the older one serves',
      outcome: 'healed',
      message: 'nothing',
    });
  });

  it('4: a command that gets lost is sent again where it matters, and done without where it does not (zephyr#37731)', async (test) => {
    let asked = 0;
    const { info } = await up(
      leController().answer(commands.leReadLocalSupportedFeaturesPage0, () =>
        asked++ === 0 ? [] : ['040e0c0103200020000000000000 00'.replaceAll(' ', '')],
      ),
    );
    expect(asked).toBe(2);
    expect(info.leFeatures[0]).toBe(0x20);
    const { info: without, diagnostics } = await up(
      leController().answer(commands.leReadSupportedStates, undefined),
    );
    expect(without.leStates).toBeUndefined();
    const message = diagnostics[0]!.message;
    expect(diagnostics.map((one) => one.message)).toContainEqual(
      expect.stringMatching(/LE_Read_Supported_States.*done without/),
    );
    mistake(test, {
      chapter: 'wrong',
      what: 'hci_uart drops a command when it runs out of buffers, at bring-up',
      outcome: 'healed',
      message,
    });
  });

  it('5: without an address, one of the chip serves; without that, one that is made and kept from run to run', async (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'bluewire-addresses-'));
    const store = new AddressFile(join(folder, 'deep', 'addresses.json'));
    const open = async (controller: ScriptedController, options: Partial<DeviceOptions> = {}) => {
      controller.answer(commands.readBdAddr, ZERO).answer(commands.leSetRandomAddress, '00');
      const clock = new SimulatedClock();
      const random = seededRandom(99);
      const device = await clock.run(
        Device.open({ transport: controller, clock, random, addressStore: store, ...options }),
      );
      return device.address.toString();
    };
    try {
      expect(await open(zephyrController())).toBe('D6:55:44:33:22:11/random');
      const made = await open(leController());
      expect(made).toMatch(/^[C-F][0-9A-F]:.*\/random$/);
      expect(await open(leController(), { random: seededRandom(7) })).toBe(made);
      expect(JSON.parse(readFileSync(store.path, 'utf8'))).toEqual({
        'scripted:': made.replace('/random', ''),
      });
      // A damaged file counts as empty, an entry that is no static random address as none.
      writeFileSync(store.path, '{ "scripted:": "00:11:22:33:44:55" }');
      expect(await open(leController())).toMatch(/\/random$/);
      writeFileSync(store.path, 'not JSON');
      expect(await open(leController())).toMatch(/\/random$/);
      expect(await open(leController(), { addressStore: null })).toMatch(/\/random$/);
      mistake(test, {
        chapter: 'start',
        what: '5. the controller has no address (all zeros): a static random one, the same in every run',
        outcome: 'healed',
        message: `its own where it has one, else one that is kept: ${made}`,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('5: an address that cannot be kept is told, and serves all the same', async () => {
    const clock = new SimulatedClock();
    const diagnostics: string[] = [];
    const controller = leController()
      .answer(commands.readBdAddr, ZERO)
      .answer(commands.leSetRandomAddress, '00');
    const device = await clock.run(
      Device.open({
        transport: controller,
        clock,
        addressStore: {
          load: () => Promise.resolve(undefined),
          save: () => Promise.reject(new Error('EROFS: read-only file system')),
        },
        onDiagnostic: ({ message }) => diagnostics.push(message),
      }),
    );
    expect(device.address.isRandom).toBe(true);
    expect(diagnostics).toEqual([expect.stringMatching(/could not be kept.*read-only/)]);
  });

  it('5: an address of all ones was never programmed: there is none', async () => {
    const { info } = await up(leController().answer(commands.readBdAddr, '00 ffffffffffff'));
    expect(info.publicAddress.equals(BdAddr.zero)).toBe(true);
  });

  it('keeps addresses where the system wants such things', () => {
    expect(stateFolder('linux', {}, '/home/me')).toBe('/home/me/.local/state/bluewire');
    expect(stateFolder('linux', { XDG_STATE_HOME: '/state' }, '/home/me')).toBe('/state/bluewire');
    expect(stateFolder('darwin', {}, '/Users/me')).toBe('/Users/me/Library/Application Support/bluewire');
    expect(stateFolder('win32', { LOCALAPPDATA: '/local' }, '/home')).toBe('/local/bluewire');
  });

  it('7: host flow control is off, and where it is wanted comes in its only order (esp-idf#479)', async (test) => {
    const plain = leController();
    await up(plain);
    expect(plain.commands).not.toContain(commands.setControllerToHostFlowControl.opcode);
    const controlled = leController()
      .answer(commands.hostBufferSize, '00')
      .answer(commands.setControllerToHostFlowControl, '00');
    await up(controlled, { hostFlowControl: { aclDataLength: 251, aclDataPackets: 8 } });
    const order = [commands.hostBufferSize.opcode, commands.setControllerToHostFlowControl.opcode];
    expect(controlled.commands.filter((opcode) => order.includes(opcode))).toEqual(order);
    mistake(test, {
      chapter: 'start',
      what: '7. host flow control: Host Buffer Size, then Set Controller To Host Flow Control',
      outcome: 'healed',
      message: 'nothing: off by default, in this order where it is asked for',
    });
  });

  it('a dual-mode chip is told that the host knows LE before anything of LE is used (7.3.79)', async (test) => {
    const controller = leController()
      .answer(commands.readLocalSupportedFeatures, '00 0000000040000000')
      .answer(commands.writeLeHostSupport, '00');
    const { info } = await up(controller);
    expect(info.dualMode).toBe(true);
    const at = (opcode: number) => controller.commands.indexOf(opcode);
    expect(at(commands.writeLeHostSupport.opcode)).toBeLessThan(at(commands.leSetEventMask.opcode));
    mistake(test, {
      chapter: 'start',
      what: '4. a dual-mode chip: LE is off until LE Host Support is written',
      outcome: 'healed',
      message: 'nothing',
    });
  });

  it('a dongle without LE says what it is', async (test) => {
    const controller = leController().answer(commands.leReadLocalSupportedFeaturesPage0, { status: 1 });
    const host = new HciHost(controller, { clock: new SimulatedClock() });
    const failed = await bringUp(host, await host.open()).catch((error: Error) => error);
    expect(failed).toMatchObject({
      code: 'NO_HCI',
      message: expect.stringMatching(/no Bluetooth Low Energy.*Another dongle/),
    });
    mistake(test, {
      chapter: 'mistake',
      what: 'a dongle from before Bluetooth 4.0',
      outcome: 'diagnosed',
      message: (failed as Error).message,
    });
  });

  it('may be done again on the same host, and registers nothing twice', async () => {
    const controller = leController();
    const { host, clock, diagnostics } = await up(controller);
    for (let i = 0; i < 3; i++) await clock.run(bringUp(host, { resetDone: true }));
    controller.emit('04100142');
    await clock.advance(0);
    expect(diagnostics.filter(({ message }) => /hardware error/.test(message))).toHaveLength(1);
  });

  it('a feature that is asked of a 4.0 dongle is refused by name, before it is sent', async (test) => {
    // Everything up to octet 28, as Bluetooth 4.0 had it.
    const mask = new Uint8Array(64).fill(0xff, 0, 29);
    const controller = leController().answer(
      commands.readLocalSupportedCommands,
      `00 ${Buffer.from(mask).toString('hex')}`,
    );
    const { host } = await up(controller);
    const refused = await host
      .send(commands.leSetDefaultPhy, { allPhys: 0, txPhys: 2, rxPhys: 2 })
      .catch((error: Error) => error);
    expect(refused).toMatchObject({ code: 'NOT_SUPPORTED' });
    mistake(test, {
      chapter: 'mistake',
      what: 'an old 4.0 dongle is asked for something of Bluetooth 5',
      outcome: 'diagnosed',
      message: (refused as Error).message,
    });
  });
});

describe('what the doctor says of a controller that answers', () => {
  const info = async (version: string) =>
    (await up(leController().answer(commands.readLocalVersionInformation, version))).info;

  it.each([
    [
      'RTL8761B whose firmware was not loaded',
      '00 0a 0000 0a 5d00 6187',
      /let Linux load it first.*firmware-realtek/,
    ],
    ['Intel without its firmware', '00 00 0000 00 0200 0000', /operating system does that.*ibt/],
  ])('%s', async (what, version, advice) => {
    const findings = judge(await info(version));
    expect(findings[0]).toMatchObject({
      check: 'firmware',
      verdict: 'failed',
      advice: expect.stringMatching(advice),
    });
    rows.push([what, `${findings[0]!.found}: ${findings[0]!.advice}`]);
  });

  const rows: [string, string][] = [];
  it('missing firmware is named, with who loads it', (test) => {
    expect(rows).toHaveLength(2);
    for (const [what, message] of rows)
      mistake(test, { chapter: 'device', what, outcome: 'diagnosed', message });
  });

  it('SoftDevice Controller with its default buffers of 27 octets is slow, and says how to mend that', async (test) => {
    const { info: small } = await up(
      leController()
        .answer(commands.readLocalVersionInformation, '00 0d 0000 0d 5900 0000')
        .answer(commands.leReadBufferSizeV2, '00 1b00 03 0000 00'),
    );
    const finding = judge(small).find(({ check }) => check === 'ACL buffers')!;
    expect(finding).toMatchObject({
      verdict: 'warning',
      advice: expect.stringMatching(/CONFIG_BT_BUF_ACL_TX_SIZE=251/),
    });
    mistake(test, {
      chapter: 'device',
      what: 'SoftDevice Controller: often just 3 × 27-octet ACL buffers',
      outcome: 'diagnosed',
      message: `${finding.found}: ${finding.advice}`,
    });
  });

  it('an adapter with a latency timer of 16 ms is noticed by the time of its answers', (test) => {
    const slow = { count: 200, min: 15.2, median: 16, p95: 17, max: 32 };
    const finding = judgeRoundTrip(slow, 'serial:/dev/ttyUSB0');
    expect(finding).toMatchObject({
      verdict: 'warning',
      advice: expect.stringMatching(/latency timer to 1 ms/),
    });
    expect(judgeRoundTrip(slow, 'tcp:1.2.3.4:5')).toMatchObject({ verdict: 'ok' });
    expect(judgeRoundTrip({ ...slow, median: 2 }, 'serial:COM3')).toMatchObject({ verdict: 'ok' });
    mistake(test, {
      chapter: 'mistake',
      what: 'everything is slow: the latency timer of an FTDI adapter',
      outcome: 'diagnosed',
      message: `${finding.found}: ${finding.advice}`,
    });
  });
});
