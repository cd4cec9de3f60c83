import { describe, expect, it } from 'vitest';
import { NotSupportedError } from '../../src/core/errors.js';
import { Device } from '../../src/gap/device.js';
import type { Connection, TransferredSync } from '../../src/gap/index.js';
import * as commands from '../../src/hci/commands/index.js';
import { event } from '../support/scripted-controller.js';
import { extendedController, leController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';

const senderA = 'C0:00:00:00:00:0A/random';
const senderB = 'C0:00:00:00:00:0B/random';
const onList = (address: string, sid: string) => `0147200801${address}${sid}`;
const A = '0a00000000c0';
const B = '0b00000000c0';
const CLEAR = '01492000';
const createWith = (options: string, rest: string) => `0144200e${options}${rest}c80000`;

/** An advertisement that tells of a train: Event_Type, PHYs, SID and interval as 7.7.65.13 has them. */
const advertisement = (address: string, sid: string, primary = '01', interval = '5000') =>
  event(0x3e, `0d 01 0000 01 ${address} ${primary} 01 ${sid} 7f d0 ${interval} 00 000000000000 00`);
const established = (address: string, sid: string, handle = '0700') =>
  event(0x3e, `0e 00 ${handle} ${sid} 01 ${address} 01 5000 00`);

describe('the first of several trains (Vol 4, Part E, 7.8.67 and 7.8.70 to 7.8.73)', () => {
  const anyOf = [
    { address: senderA, sid: 1 },
    { address: senderB, sid: 2 },
  ];

  it('is looked for by the periodic advertiser list of the controller', async () => {
    const { device, clock, controller } = await scriptedDevice(extendedController());
    const asked = device.syncPeriodic({ anyOf: [...anyOf, anyOf[0]!] });
    await clock.advance(1);
    const create = createWith('01', '00' + '00' + '000000000000' + '0000');
    expect(controller.sent.filter((packet) => /^01(4[4-9])20/.test(packet))).toEqual([
      CLEAR,
      onList(A, '01'),
      onList(B, '02'),
      create,
    ]);
    controller.emit(established(B, '02'));
    const sync = await clock.run(asked);
    expect([String(sync.address), sync.sid]).toEqual([senderB, 2]);
    // Those that are received are passed over; one alone needs no list.
    controller.sent.length = 0;
    const other = device.syncPeriodic({ anyOf });
    await clock.advance(1);
    expect(controller.sent.filter((packet) => /^01(4[4-9])20/.test(packet))).toEqual([
      createWith('00', `0101${A}0000`),
    ]);
    controller.emit(established(A, '01', '0800'));
    await clock.run(other);
    await expect(clock.run(device.syncPeriodic({ anyOf }))).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it.each([
    [
      'more than the list has room for',
      (c: ReturnType<typeof extendedController>) =>
        c.answer(commands.leReadPeriodicAdvertiserListSize, '00 01'),
    ],
    [
      'more than the list takes (0x07)',
      (c: ReturnType<typeof extendedController>) =>
        c.answer(commands.leAddDeviceToPeriodicAdvertiserList, '07'),
    ],
  ])('is looked for by the host when there are %s', async (_, made) => {
    const { device, clock, controller } = await scriptedDevice(made(extendedController()));
    const asked = device.syncPeriodic({ anyOf });
    await clock.advance(1);
    const creates = () => controller.sent.filter((packet) => packet.startsWith('014420'));
    expect(creates()).toEqual([]);
    // Another set of the same advertiser; one without a train.
    controller.emit(advertisement(A, '02'), advertisement(B, '02', '01', '0000'));
    await clock.advance(1);
    expect(creates()).toEqual([]);
    controller.emit(advertisement(B, '02'), advertisement(A, '01'));
    await clock.advance(1);
    expect(creates()).toEqual([createWith('00', `0201${B}0000`)]);
    controller.emit(established(B, '02'));
    expect((await clock.run(asked)).sid).toBe(2);
  });

  it('is not asked for any more when nobody wants it, also while the list is filled', async () => {
    const { device, clock, controller, diagnostics } = await scriptedDevice(
      extendedController().answer(commands.leAddDeviceToPeriodicAdvertiserList, undefined),
    );
    const abort = new AbortController();
    const asked = device.syncPeriodic({ anyOf, signal: abort.signal });
    asked.catch(() => {});
    await clock.advance(1);
    abort.abort(new Error('enough'));
    controller.answer(commands.leAddDeviceToPeriodicAdvertiserList, '00');
    controller.emit(event(0x0e, '01 4720 00'));
    await expect(clock.run(asked)).rejects.toThrow('enough');
    expect(controller.commands).not.toContain(commands.lePeriodicAdvertisingCreateSync.opcode);
    expect(diagnostics).toEqual([]);
  });

  it('is found between devices, with a list that is long enough and one that is not', async () => {
    const world = new World();
    const senders = [await world.device(), await world.device(), await world.device()];
    const sets = [];
    for (const [sid, sender] of senders.entries()) {
      const set = await world.run(sender.createAdvertisingSet({ sid }));
      await world.run(set.startPeriodic({ intervalMinMs: 50, intervalMaxMs: 50, data: Uint8Array.of(sid) }));
      sets.push(set);
    }
    const receiver = await world.device();
    const all = senders.map(({ address }, sid) => ({ address, sid }));
    const strangers = Array.from({ length: 300 }, (_, i) => ({
      address: `C0:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}/random`,
      sid: 9,
    }));
    for (const [sid, list] of [all, [...all, ...strangers], all].entries()) {
      await world.run(sets[sid]!.start());
      const sync = await world.run(receiver.syncPeriodic({ anyOf: list }));
      expect(sync.sid).toBe(sid);
      await world.clock.advance(100);
    }
    expect(world.diagnostics).toEqual([]);
    await world.run(Promise.all([...senders, receiver].map((device) => device.close())));
  });

  it('wants a list of trains, and nothing beside it', async () => {
    const { device, clock } = await scriptedDevice(extendedController());
    for (const wrong of [
      { anyOf: [] },
      { anyOf: senderA },
      { anyOf, sid: 1 },
      { anyOf: [{ ...anyOf[0], skip: 1 }] },
      { anyOf: [{ address: senderA, sid: 16 }] },
      { ...anyOf[0], phys: [] },
      { ...anyOf[0], phys: ['2M'] },
    ])
      await expect(clock.run(device.syncPeriodic(wrong as never))).rejects.toThrow(/permitted|unknown|sid/);
  });
});

describe('the search for a train', () => {
  const train = { address: senderA, sid: 1 };
  const scanOn = (sent: readonly string[]) => sent.filter((packet) => packet.startsWith('014120'));

  it('scans on the PHYs that its set may be on (7.8.64)', async () => {
    for (const [phys, bits] of [
      [undefined, '01'],
      [['coded'], '04'],
      [['1M', 'coded'], '05'],
    ] as const) {
      const { device, clock, controller } = await scriptedDevice(extendedController());
      const asked = device.syncPeriodic({ ...train, ...(phys && { phys }) });
      await clock.advance(1);
      expect(scanOn(controller.sent).map((packet) => packet.slice(12, 14))).toEqual([bits]);
      controller.emit(established(A, '01'));
      await clock.run(asked);
    }
  });

  it('goes by the primary PHY of the advertisement that told of it', async () => {
    const { device, clock, controller } = await scriptedDevice(extendedController());
    const scan = await clock.run(device.startScan({ phys: ['1M', 'coded'] }));
    controller.emit(advertisement(A, '01', '03'));
    const { value: report } = await clock.run(scan[Symbol.asyncIterator]().next());
    await clock.run(scan.stop());
    controller.sent.length = 0;
    const asked = device.syncPeriodic(report!);
    await clock.advance(1);
    expect(scanOn(controller.sent).map((packet) => packet.slice(12, 14))).toEqual(['04']);
    controller.emit(established(A, '01'));
    await clock.run(asked);
  });

  it('fails at once when the controller does not scan like that (0x11), and calls the sync off', async () => {
    const controller = extendedController().answer(commands.leSetExtendedScanParameters, '11');
    const { device, clock, diagnostics } = await scriptedDevice(controller);
    controller.answer(commands.lePeriodicAdvertisingCreateSyncCancel, () => [
      event(0x0e, '01 4520 00'),
      event(0x3e, '0e 44 0000 00 00 000000000000 00 0000 00'),
    ]);
    await expect(clock.run(device.syncPeriodic({ ...train, phys: ['coded'] }))).rejects.toMatchObject({
      status: 0x11,
    });
    expect(clock.now()).toBeLessThan(1000);
    expect(diagnostics).toEqual([]);
  });

  it('finds a set on LE Coded between devices, which one on LE 1M does not', async () => {
    const world = new World();
    const sender = await world.device();
    const receiver = await world.device();
    const set = await world.run(sender.createAdvertisingSet({ sid: 4, primaryPhy: 'coded' }));
    await world.run(set.startPeriodic({ intervalMinMs: 50, intervalMaxMs: 50, data: Uint8Array.of(1) }));
    await world.run(set.start());
    const wanted = { address: sender.address, sid: 4, timeoutMs: 3000 };
    await expect(world.run(receiver.syncPeriodic(wanted))).rejects.toMatchObject({ code: 'TIMEOUT' });
    const sync = await world.run(receiver.syncPeriodic({ ...wanted, phys: ['1M', 'coded'] }));
    expect(sync.phy).toBe('coded');
    await world.run(Promise.all([sender.close(), receiver.close()]));
  });

  it('does not keep another train from being ended, which is disallowed meanwhile (7.8.69)', async () => {
    const { device, clock, controller } = await scriptedDevice(extendedController());
    const first = device.syncPeriodic(train);
    await clock.advance(1);
    controller.emit(established(A, '01'));
    const sync = await clock.run(first);
    const second = device.syncPeriodic({ address: senderB, sid: 2 });
    await clock.advance(1);
    controller.answer(commands.lePeriodicAdvertisingTerminateSync, '0c');
    await clock.run(sync.stop());
    controller.answer(commands.lePeriodicAdvertisingTerminateSync, '00');
    const ends = () => controller.sent.filter((packet) => packet === '01462002' + '0700').length;
    expect([sync.active, ends()]).toEqual([false, 1]);
    controller.emit(established(B, '02', '0800'));
    await clock.run(second);
    await clock.advance(1);
    expect(ends()).toBe(2);
  });
});

describe('trains that any peer tells of (7.8.92)', () => {
  it('are received with the option of the device, on all links', async () => {
    const second = extendedController();
    const log: string[] = [];
    second.answer(commands.leSetDefaultPeriodicAdvertisingSyncTransferParameters, (parameters) => {
      log.push([...parameters].map((octet) => octet.toString(16).padStart(2, '0')).join(''));
      return [event(0x0e, '01 5d20 00')];
    });
    await scriptedDevice(second, { receivePeriodicSyncs: { skip: 2, syncTimeoutMs: 4000 } });
    // Mode, Skip, Sync_Timeout, CTE_Type.
    expect(log).toEqual(['02' + '0200' + '9001' + '00']);
  });

  it('are told between devices, without a word on the single link', async () => {
    const world = new World();
    const sender = await world.device();
    const receiver = await world.device({ receivePeriodicSyncs: true });
    const set = await world.run(sender.createAdvertisingSet({ sid: 3 }));
    await world.run(set.startPeriodic({ intervalMinMs: 50, intervalMaxMs: 50 }));
    await world.run(set.start());
    await world.run(receiver.startAdvertising());
    const arrived = new Promise<Connection>((resolve) => receiver.once('connection', resolve));
    const link = await world.run(sender.connect(receiver.address));
    const told = new Promise<TransferredSync>((resolve) => receiver.once('periodicSync', resolve));
    await world.run(set.transferTo(link, 7));
    const { sync, connection, serviceData } = await world.run(told);
    expect([sync.sid, connection === (await arrived), serviceData]).toEqual([3, true, 7]);
    await world.run(Promise.all([sender.close(), receiver.close()]));
  });

  it('are refused where the controller does not take any, and with options that are not permitted', async () => {
    await expect(scriptedDevice(leController(), { receivePeriodicSyncs: true })).rejects.toBeInstanceOf(
      NotSupportedError,
    );
    const without = extendedController().answer(
      commands.leReadLocalSupportedFeaturesPage0,
      '00 2030000000000000',
    );
    await expect(scriptedDevice(without, { receivePeriodicSyncs: true })).rejects.toBeInstanceOf(
      NotSupportedError,
    );
    const transport = extendedController();
    await expect(Device.open({ transport, receivePeriodicSyncs: { skip: 500 } })).rejects.toThrow(/skip/);
    expect(transport.sent).toEqual([]);
  });
});
