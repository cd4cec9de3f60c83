import { beforeEach, describe, expect, it } from 'vitest';
import { Address } from '../../src/core/address.js';
import { NotSupportedError, TransportError } from '../../src/core/errors.js';
import type { Scan, ScanOptions } from '../../src/gap/index.js';
import type { AdvertisingReport } from '../../src/hci/advertising-report.js';
import * as commands from '../../src/hci/commands/index.js';
import { event, type ScriptedController } from '../support/scripted-controller.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';

const A = '0200000000c0';
const B = '0300000000c0';

/** One legacy report in an LE Advertising Report event (7.7.65.2). */
function legacy(address: string, data = '', type = '00', rssi = 'c4'): string {
  const octets = data.replace(/ /g, '');
  return event(
    0x3e,
    `02 01 ${type} 01 ${address} ${(octets.length / 2).toString(16).padStart(2, '0')} ${octets} ${rssi}`,
  );
}

const START = '01 0c 20 02 01'.replace(/ /g, '');
const STOP = '010c20020000';
const parameters = (type: string, interval: string, window: string, filter = '00') =>
  `010b2007${type}${interval}${window}00${filter}`;

async function opened() {
  const all = await scriptedDevice();
  all.controller.answer(commands.leSetScanParameters, '00').answer(commands.leSetScanEnable, '00');
  all.controller.sent.length = 0;
  return all;
}

type Opened = Awaited<ReturnType<typeof opened>>;

describe('several scans of one device (adr/0018)', () => {
  let all: Opened;
  let controller: ScriptedController;
  beforeEach(async () => {
    all = await opened();
    controller = all.controller;
  });

  async function scan(options: ScanOptions = {}) {
    const seen: AdvertisingReport[] = [];
    const started: Scan = await all.clock.run(
      all.device.startScan({ onReport: (one) => seen.push(one), ...options }),
    );
    return { scan: started, seen, stop: () => all.clock.run(started.stop()) };
  }
  const sent = () => controller.sent.splice(0);
  async function emit(...packets: string[]) {
    controller.emit(...packets);
    await all.clock.advance(1);
  }

  it('have the radio do what they want together, anew when one comes or goes (7.8.10, 7.8.11)', async () => {
    const first = await scan({ active: false, intervalMs: 100, windowMs: 50 });
    expect(sent()).toEqual([parameters('00', 'a000', '5000'), `${START}00`]);
    // The shortest interval, the greatest share: 37.5 ms of 75, not 15.
    const second = await scan({ intervalMs: 75, windowMs: 15 });
    expect(sent()).toEqual([STOP, parameters('01', '7800', '3c00'), `${START}00`]);
    await first.stop();
    expect(sent()).toEqual([STOP, parameters('01', '7800', '1800'), `${START}00`]);
    expect(all.device.scanning).toBe(true);
    await second.stop();
    expect(sent()).toEqual([STOP]);
    expect(all.device.scanning).toBe(false);
    expect(all.clock.pending).toBe(0);
  });

  it('that want the same leave the radio as it is', async () => {
    const first = await scan();
    sent();
    const second = await scan();
    await first.stop();
    expect(sent()).toEqual([]);
    await emit(legacy(A));
    expect([first.seen.length, second.seen.length]).toEqual([0, 1]);
    await second.stop();
    expect(sent()).toEqual([STOP]);
  });

  it('are filtered by the controller by what all of them want only', async () => {
    await scan({ filterDuplicates: true, acceptListOnly: true });
    expect(sent()).toEqual([parameters('01', '6000', '3000', '01'), `${START}01`]);
    const other = await scan();
    expect(sent()).toEqual([STOP, parameters('01', '6000', '3000', '00'), `${START}00`]);
    await other.stop();
    expect(sent()).toEqual([STOP, parameters('01', '6000', '3000', '01'), `${START}01`]);
    // It has told the first of advertisers of which it would tell a new one nothing.
    await scan({ filterDuplicates: true, acceptListOnly: true });
    expect(sent()).toEqual([STOP, parameters('01', '6000', '3000', '01'), `${START}01`]);
  });

  it('by the accept list before a program has used it, see whom it has put there by commands of its own, and nobody else', async () => {
    const listed = await scan({ acceptListOnly: true });
    const other = await scan();
    await emit(legacy(A), legacy(B));
    expect([listed.seen.length, other.seen.length]).toEqual([0, 2]);
    controller.answer(commands.leAddDeviceToFilterAcceptList, '00');
    const entry = { addressType: 1, address: Address.parse('C0:00:00:00:00:02/random').bd };
    await all.clock.run(all.device.host.send(commands.leAddDeviceToFilterAcceptList, entry));
    await emit(legacy(A), legacy(B));
    expect([listed.seen.length, other.seen.length]).toEqual([1, 4]);
    // From its first use on, it is the list that counts.
    controller.answer(commands.leClearFilterAcceptList, '00');
    await all.clock.run(all.device.acceptList.add('C0:00:00:00:00:03/random'));
    await emit(legacy(A), legacy(B));
    expect(listed.seen.map(({ address }) => String(address).slice(0, 17))).toEqual([
      'C0:00:00:00:00:02',
      'C0:00:00:00:00:03',
    ]);
    await other.stop();
    sent();
    await emit(legacy(A), legacy(B));
    expect(listed.seen.length).toBe(3);
  });

  it('see what each would see alone: scan responses, duplicates, filters', async () => {
    const passive = await scan({ active: false });
    const active = await scan();
    const once = await scan({ filterDuplicates: true });
    const near = await scan({ filter: { rssi: -60 } });
    await emit(legacy(A), legacy(A), legacy(A, '', '04'), legacy(A, '', '04'), legacy(B, '', '00', '80'));
    expect(passive.seen.map(({ scanResponse }) => scanResponse)).toEqual([false, false, false]);
    expect(active.seen.length).toBe(5);
    expect(
      once.seen.map(({ address, scanResponse }) => [String(address).slice(0, 17), scanResponse]),
    ).toEqual([
      ['C0:00:00:00:00:02', false],
      ['C0:00:00:00:00:02', true],
      ['C0:00:00:00:00:03', false],
    ]);
    expect(near.seen.length).toBe(4);
    expect([passive, active, once, near].map(({ scan }) => scan.received)).toEqual([3, 5, 3, 4]);
  });

  it('know services and names from advertisement and scan response together', async () => {
    const named = await scan({ filter: { name: 'AB' } });
    const both = await scan({ filter: { name: /^A/g, services: [0x180d, 0x1800] } });
    const one = await scan({ filter: { address: ['C0:00:00:00:00:03/random'] } });
    const told: boolean[] = [];
    await scan({ filter: { predicate: (_, data) => told.push(data.hasService(0x180d)) > 0 } });
    await emit(
      legacy(A, '03030d18'),
      legacy(A, '03094142', '04'),
      legacy(A, '03030d18'),
      legacy(B, '03094142'),
    );
    expect(named.seen.length).toBe(3);
    expect(both.seen.map(({ scanResponse }) => scanResponse)).toEqual([true, false]);
    expect(one.seen.length).toBe(1);
    expect(told).toEqual([true, true, true, false]);
  });

  it('end one by one: the newcomer that the controller refuses, and no other', async () => {
    const first = await scan({ active: false });
    controller.answer(commands.leSetScanParameters, (p) => [`040e04010b20${p[0] === 1 ? '11' : '00'}`]);
    await expect(scan()).rejects.toMatchObject({ status: 0x11 });
    await emit(legacy(A));
    expect(first.seen.length).toBe(1);
    sent();
    await first.stop();
    expect(sent()).toEqual([STOP]);
  });

  it('end by themselves after their duration, or begin anew with each period', async () => {
    const short = await scan({ durationMs: 500 });
    let ended = 0;
    short.scan.on('stopped', () => ended++);
    const repeated = await scan({ durationMs: 100, periodMs: 1000, filterDuplicates: 'eachPeriod' });
    sent();
    await all.clock.advance(150);
    await emit(legacy(A));
    expect([short.seen.length, repeated.seen.length]).toEqual([1, 0]);
    await all.clock.advance(400);
    expect([ended, sent()]).toEqual([1, [STOP]]);
    expect(all.device.scanning).toBe(true);
    for (let period = 1; period <= 3; period++) {
      await all.clock.advance(period === 1 ? 500 : 999);
      await emit(legacy(A), legacy(A));
      expect(repeated.seen.length).toBe(period);
      expect(sent().at(-1)).toBe(`${START}01`);
      await all.clock.advance(0);
    }
    await repeated.stop();
    expect(all.clock.pending).toBe(0);
  });

  it.each([
    [{ phys: [] }, /phys/],
    [{ phys: ['2M'] }, /phys: "2M" is not permitted/],
    [{ periodMs: 100 }, /periodMs: it is permitted with durationMs only/],
    [{ durationMs: 200, periodMs: 100 }, /periodMs: 100 is not permitted; 200 to/],
    [{ filterDuplicates: 'eachPeriod' }, /filterDuplicates: "eachPeriod" is permitted with periodMs only/],
    [{ filter: { uuid: 1 } }, /filter: unknown option "uuid"/],
    [{ filter: { rssi: -200 } }, /rssi: -200 is not permitted/],
    [{ filter: { address: 'nobody' } }, /nobody/],
  ])('refuse %j', async (options, message) => {
    await expect(scan(options as ScanOptions)).rejects.toThrow(message);
    expect(all.device.scanning).toBe(false);
    expect(sent()).toEqual([]);
  });

  it('refuse LE Coded where there are legacy commands only', async () => {
    await expect(scan({ phys: ['1M', 'coded'] })).rejects.toThrow(NotSupportedError);
  });

  it('leave the others in peace when a callback of one throws', async () => {
    const apart: unknown[] = [];
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => apart.push(error));
    await scan({
      onReport: () => {
        throw new Error('of the program');
      },
    });
    const other = await scan();
    await emit(legacy(A));
    await new Promise((resolve) => setImmediate(resolve));
    process.removeAllListeners('uncaughtException');
    for (const listener of before) process.on('uncaughtException', listener);
    expect(other.seen.length).toBe(1);
    expect(apart).toMatchObject([{ message: 'of the program' }]);
  });

  it('end in every state when the device is closed: before they began, and between their periods', async () => {
    await scan({ durationMs: 10, periodMs: 10_000 });
    await all.clock.advance(100);
    const late = all.device.startScan({ active: false, onReport: () => {} });
    late.catch(() => {});
    await all.clock.run(all.device.close());
    await Promise.allSettled([late]);
    expect(all.device.scanning).toBe(false);
    expect(all.clock.pending).toBe(0);
  });

  it('all end when the port is lost', async () => {
    const [one, two] = [await scan(), await scan({ active: false, durationMs: 1000 })];
    const errors: unknown[] = [];
    for (const { scan } of [one, two]) scan.on('stopped', ({ error }) => errors.push(error));
    controller.lose(new TransportError('unplugged', 'PORT_LOST'));
    await all.clock.advance(10);
    expect(errors.length).toBe(2);
    expect(all.clock.pending).toBe(0);
  });
});

/** A controller of Bluetooth 5. */
function controllerOf5(): ScriptedController {
  return leController()
    .answer(commands.leReadLocalSupportedFeaturesPage0, '00 2030000000000000')
    .answer(commands.leReadMaximumAdvertisingDataLength, '00 7206')
    .answer(commands.leReadNumberOfSupportedAdvertisingSets, '00 02')
    .answer(commands.leReadPeriodicAdvertiserListSize, '00 04')
    .answer(commands.leSetExtendedScanParameters, '00')
    .answer(commands.leSetExtendedScanEnable, '00');
}

describe('scans by extended commands', () => {
  it('tell of an extended advertisement again when its data changed, of each set by itself (Vol 6, Part B, 4.4.3.5)', async () => {
    const { device, clock, controller } = await scriptedDevice(controllerOf5(), {
      advertisingCommands: 'extended',
    });
    const seen: string[] = [];
    const onReport = ({ sid, data }: AdvertisingReport) => void seen.push(`${sid}:${data.join()}`);
    await clock.run(device.startScan({ filterDuplicates: true, onReport }));
    const report = (sid: string, data: string, who = `01 ${A}`) =>
      event(0x3e, `0d 01 0000 ${who} 01 02 ${sid} 7f d0 0000 00 000000000000 01 ${data}`);
    const anonymous = 'ff 000000000000';
    controller.emit(report('01', '05'), report('02', '05'), report('01', '05'), report('01', '06'));
    controller.emit(report('02', '05'), report('01', '05'), report('03', '05', anonymous));
    controller.emit(report('03', '05', anonymous));
    await clock.advance(1);
    // Nobody knows whether an anonymous one was there before.
    expect(seen).toEqual(['1:5', '2:5', '1:6', '1:5', '3:5', '3:5']);
  });

  it('go on after a reset, but for those that the controller refuses that came back', async () => {
    const { device, clock, controller } = await scriptedDevice(controllerOf5(), {
      advertisingCommands: 'extended',
      recovery: true,
      commandTimeoutMs: 100,
    });
    const ended: [string, unknown][] = [];
    const scan = async (who: string, options: ScanOptions) => {
      const started = await clock.run(device.startScan({ onReport: () => {}, ...options }));
      started.on('stopped', ({ error }) =>
        ended.push([who, (error as { status?: number } | undefined)?.status]),
      );
      return started;
    };
    const near = await scan('near', {});
    await scan('far', { phys: ['coded'] });
    await scan('quiet', { active: false });
    // Scanning_PHYs: only LE 1M is taken from now on.
    controller.answer(commands.leSetExtendedScanParameters, (p) => [
      `040e04014120${p[2] === 1 ? '00' : '11'}`,
    ]);
    const recovered = new Promise((resolve) => device.once('recovered', resolve));
    // A Hardware Error.
    controller.emit(event(0x10, '42'));
    await clock.run(recovered);
    expect(ended).toEqual([['far', 0x11]]);
    expect(device.scanning).toBe(true);
    expect(controller.sent.at(-2)).toBe(`01412008${'00 00 01 01 6000 3000'.replace(/ /g, '')}`);
    expect(controller.sent.at(-1)).toBe('01422006010000000000');
    await clock.run(near.stop());
    expect(controller.sent.at(-2)).toBe(`01412008${'00 00 01 00 6000 3000'.replace(/ /g, '')}`);
  });
});

describe('scans on both PHYs', () => {
  it('each hear theirs, with one command for both (7.8.64)', async () => {
    const { device, clock, controller } = await scriptedDevice(controllerOf5(), {
      advertisingCommands: 'extended',
    });
    controller.sent.length = 0;
    const seen: [string, number][] = [];
    const scan = (who: string, phys: ScanOptions['phys']) =>
      clock.run(
        device.startScan({ phys: phys!, active: false, onReport: (one) => seen.push([who, one.primaryPhy]) }),
      );
    const near = await scan('near', ['1M']);
    await scan('far', ['coded']);
    await scan('all', ['coded', '1M']);
    expect(controller.sent.slice(2)).toEqual([
      '01422006000000000000',
      `0141200d${'00 00 05 00 6000 3000 00 6000 3000'.replace(/ /g, '')}`,
      '01422006010000000000',
    ]);
    const report = (phy: string) =>
      event(0x3e, `0d 01 0000 01 ${A} ${phy} 02 01 7f d0 0000 00 000000000000 00`);
    controller.emit(report('01'), report('03'));
    await clock.advance(1);
    expect(seen).toEqual([
      ['near', 1],
      ['all', 1],
      ['far', 3],
      ['all', 3],
    ]);
    controller.sent.length = 0;
    await clock.run(near.stop());
    expect(controller.sent).toEqual([]);
  });
});
