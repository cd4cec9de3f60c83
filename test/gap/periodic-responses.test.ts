import { describe, expect, it } from 'vitest';
import { HciError, NotSupportedError, StateError } from '../../src/core/errors.js';
import { toHex } from '../../src/core/hex.js';
import type {
  PeriodicReport,
  PeriodicResponsesOptions,
  SubeventAnswer,
  SubeventResponse,
} from '../../src/gap/index.js';
import * as commands from '../../src/hci/commands/index.js';
import { event, type ScriptedController } from '../support/scripted-controller.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';

const ADVERTISER = 0x08;
const SCANNER = 0x10;

/** A controller of Core 5.4, with these of the features in octet 5. */
function controllerWith(features: number): ScriptedController {
  const controller = leController()
    .answer(commands.leReadLocalSupportedFeaturesPage0, `00 2030000300${toHex(Uint8Array.of(features))}0000`)
    .answer(commands.leReadMaximumAdvertisingDataLength, '00 7206')
    .answer(commands.leReadNumberOfSupportedAdvertisingSets, '00 04')
    .answer(commands.leReadPeriodicAdvertiserListSize, '00 04')
    .answer(commands.leSetExtendedAdvertisingParametersV1, '00 07')
    .answer(commands.lePeriodicAdvertisingCreateSync, { status: 0 })
    .answer(commands.leSetPeriodicAdvertisingParametersV2, '00 01')
    .answer(commands.leSetPeriodicAdvertisingSubeventData, '00 01')
    .answer(commands.leSetPeriodicSyncSubevent, '00 0700')
    .answer(commands.leSetPeriodicAdvertisingResponseData, '00 0700')
    .answer(commands.leSetPeriodicAdvertisingSyncTransferParameters, '00 4000');
  for (const one of [
    commands.leSetExtendedAdvertisingData,
    commands.leSetPeriodicAdvertisingEnable,
    commands.leSetPeriodicAdvertisingParametersV1,
    commands.leSetPeriodicAdvertisingData,
    commands.leSetExtendedAdvertisingEnable,
    commands.leSetAdvertisingSetRandomAddress,
    commands.leRemoveAdvertisingSet,
    commands.leSetExtendedScanParameters,
    commands.leSetExtendedScanEnable,
    commands.lePeriodicAdvertisingTerminateSync,
  ])
    controller.answer(one, '00');
  return controller;
}

const ENABLE = '01402002' + '01' + '01';
const DISABLE = '01402002' + '00' + '01';
const SUBEVENT_DATA = '018220';

const train: PeriodicResponsesOptions = {
  numSubevents: 4,
  subeventIntervalMs: 25,
  numResponseSlots: 8,
  responseSlotDelayMs: 5,
  responseSlotSpacingMs: 2.5,
  data: () => undefined,
};

describe('the event mask (7.8.1)', () => {
  it('asks for the events of subevents and responses where the controller has them', async () => {
    for (const [features, bits] of [
      [0, []],
      [ADVERTISER, [38, 39, 40]],
      [SCANNER, [35, 36, 37, 40]],
    ] as const) {
      const controller = controllerWith(features);
      let mask = 0n;
      controller.answer(commands.leSetEventMask, (parameters) => {
        mask = new DataView(parameters.buffer, parameters.byteOffset).getBigUint64(0, true);
        return [event(0x0e, '01 0120 00')];
      });
      await scriptedDevice(controller);
      const set = [35, 36, 37, 38, 39, 40].filter((bit) => (mask >> BigInt(bit)) & 1n);
      expect(set).toEqual(bits);
    }
  });
});

describe('a train with responses by the octets', () => {
  async function opened(controller = controllerWith(ADVERTISER)) {
    const all = await scriptedDevice(controller);
    const set = await all.clock.run(all.device.createAdvertisingSet({ sid: 2 }));
    controller.sent.length = 0;
    return { ...all, set };
  }
  async function started(options: Partial<PeriodicResponsesOptions> = {}, controller?: ScriptedController) {
    const all = await opened(controller);
    const responses = await all.clock.run(all.set.startPeriodicWithResponses({ ...train, ...options }));
    all.controller.sent.length = 0;
    return { ...all, responses };
  }
  /** The controller asks for data. */
  const request = (start: number, count: number, handle = '01') =>
    event(0x3e, `27 ${handle} ${toHex(Uint8Array.of(start, count))}`);

  it('is told to the controller in its units, and enabled (7.8.61, 7.8.63)', async () => {
    const { clock, controller, set } = await opened();
    const responses = await clock.run(
      set.startPeriodicWithResponses({ ...train, intervalMaxMs: 200, includeTxPower: true }),
    );
    expect(controller.sent).toEqual([
      '0186200c' + '01' + '5000' + 'a000' + '4000' + '04' + '14' + '04' + '14' + '08',
      ENABLE,
    ]);
    expect([responses.numSubevents, responses.numResponseSlots, responses.advertisingHandle]).toEqual([
      4, 8, 1,
    ]);
    expect([set.periodic, responses.active]).toEqual([true, true]);
    await clock.run(responses.stop());
    await clock.run(responses.stop());
    expect(controller.sent.slice(2)).toEqual([DISABLE]);
    expect([set.periodic, responses.active]).toEqual([false, false]);
  });

  it('without response slots has no delay and no spacing, with one slot no spacing (7.8.61)', async () => {
    const { clock, controller, set } = await opened();
    await clock.run(
      set.startPeriodicWithResponses({ numSubevents: 1, subeventIntervalMs: 7.5, data: () => undefined }),
    );
    expect(controller.sent[0]).toBe(
      '0186200c' + '01' + '0600' + '0600' + '0000' + '01' + '06' + '00' + '00' + '00',
    );
    const one = {
      numSubevents: 128,
      subeventIntervalMs: 318.75,
      numResponseSlots: 1,
      responseSlotDelayMs: 317.5,
    };
    await clock.run(set.startPeriodicWithResponses({ ...one, data: () => undefined }));
    expect(controller.sent.slice(2)).toEqual([
      DISABLE,
      '0186200c' + '01' + '807f' + '807f' + '0000' + '80' + 'ff' + 'fe' + '00' + '01',
      ENABLE,
    ]);
  });

  it('is refused where ranges or the rules between parameters are broken (7.8.61)', async () => {
    const { clock, controller, set } = await opened();
    for (const [wrong, message] of [
      [{ numSubevents: 0 }, /numSubevents/],
      [{ numSubevents: 129 }, /numSubevents/],
      [{ subeventIntervalMs: 7.4 }, /subeventIntervalMs/],
      [{ subeventIntervalMs: 319 }, /subeventIntervalMs/],
      [{ numResponseSlots: 256 }, /numResponseSlots/],
      [{ responseSlotDelayMs: 1.2 }, /responseSlotDelayMs/],
      [{ responseSlotDelayMs: 318 }, /responseSlotDelayMs/],
      [{ responseSlotSpacingMs: 0.2 }, /responseSlotSpacingMs/],
      [{ responseSlotSpacingMs: 32 }, /responseSlotSpacingMs/],
      [{ responseSlotSpacingMs: undefined }, /responseSlotSpacingMs/],
      [{ numResponseSlots: 0 }, /numResponseSlots: without response slots/],
      // Subevent_Interval × Num_Subevents ≤ Periodic_Advertising_Interval_Min.
      [{ intervalMinMs: 98.75 }, /4 subevents every 25 ms want 100 ms/],
      [{ intervalMaxMs: 98.75 }, /intervalMaxMs/],
      // Response_Slot_Delay < Subevent_Interval.
      [{ responseSlotDelayMs: 25 }, /less than subeventIntervalMs/],
      // Response_Slot_Spacing × Num_Response_Slots ≤ 10 × (Subevent_Interval - Response_Slot_Delay).
      [{ responseSlotSpacingMs: 2.625 }, /8 slots want 21 ms, and the subevent has 20 ms/],
      [{ data: undefined }, /a function/],
      [{ colour: 1 }, /colour/],
    ] as [object, RegExp][])
      await expect(
        clock.run(set.startPeriodicWithResponses({ ...train, ...wrong } as never)),
      ).rejects.toThrow(message);
    expect(controller.sent).toEqual([]);
    expect(set.periodic).toBe(false);
  });

  it('is refused on sets and controllers that cannot', async () => {
    const { clock, device, set } = await opened(controllerWith(SCANNER));
    const start = (which = set) => clock.run(which.startPeriodicWithResponses(train));
    await expect(start()).rejects.toThrow(NotSupportedError);
    await expect(start()).rejects.toThrow(/no Periodic Advertising with Responses/);
    const anonymous = await clock.run(device.createAdvertisingSet({ anonymous: true }));
    await expect(start(anonymous)).rejects.toThrow(/neither connectable, scannable nor anonymous/);
    const controller = controllerWith(ADVERTISER);
    // All commands but octet 47, where the second version is bit 1.
    controller.answer(commands.readLocalSupportedCommands, `00 ${'ff'.repeat(47)}00${'ff'.repeat(16)}`);
    const other = await opened(controller);
    await expect(other.clock.run(other.set.startPeriodicWithResponses(train))).rejects.toThrow(
      /LE_Set_Periodic_Advertising_Parameters \[v2\]: the controller does not have/,
    );
    expect(other.set.periodic).toBe(false);
  });

  it('answers a request for data with what it is given, in the order of the subevents, which goes round (7.7.65.36)', async () => {
    const asked: number[] = [];
    const answers: Record<number, SubeventAnswer> = {
      0: Uint8Array.of(0xa0),
      1: { data: Uint8Array.of(0xa1, 0xa2), responseSlotStart: 2, responseSlotCount: 3 },
      3: { responseSlotStart: 7 },
    };
    const data = (subevent: number) => {
      asked.push(subevent);
      return answers[subevent];
    };
    const { clock, controller } = await started({ data });
    controller.emit(request(3, 3), request(0, 1, '02'));
    await clock.advance(1);
    expect(asked).toEqual([3, 0, 1]);
    expect(controller.sent).toEqual([`${SUBEVENT_DATA}1101030307010000000801a001020302a1a2`]);
    // Nothing for any of them: nothing is sent.
    controller.emit(request(2, 1));
    await clock.advance(1);
    expect(controller.sent.length).toBe(1);
  });

  it('splits what one command has no room for: 15 subevents, 255 octets (7.8.125, 5.4.1)', async () => {
    const many = { numSubevents: 40, subeventIntervalMs: 7.5, responseSlotDelayMs: 2.5, numResponseSlots: 1 };
    const { clock, controller } = await started({
      ...many,
      responseSlotSpacingMs: 0.25,
      data: () => new Uint8Array(1),
    });
    controller.emit(request(0, 40));
    await clock.advance(1);
    const counts = () => controller.sent.map((hex) => Number.parseInt(hex.slice(10, 12), 16));
    expect(counts()).toEqual([15, 15, 10]);
    const long = await started({ data: (subevent) => new Uint8Array([249, 100, 100, 41][subevent]!) });
    long.controller.emit(request(0, 4));
    await clock.advance(1);
    await long.clock.advance(1);
    // 2 + 4 + 249; then 2 + 104 + 104 + 45.
    expect(long.controller.sent.map((hex) => [hex.slice(6, 8), hex.slice(10, 12)])).toEqual([
      ['ff', '01'],
      ['ff', '03'],
    ]);
  });

  it('sends nothing for data that is too long or wrong, and says so; the others go', async () => {
    const answers: Record<number, () => unknown> = {
      0: () => new Uint8Array(250),
      1: () => {
        throw new Error('no idea');
      },
      2: () => ({ responseSlotStart: 7, responseSlotCount: 2 }),
      3: () => Uint8Array.of(1),
    };
    const { clock, controller, diagnostics } = await started({
      data: (subevent) => answers[subevent]!() as SubeventAnswer,
    });
    controller.emit(request(0, 4));
    await clock.advance(1);
    expect(controller.sent).toEqual([`${SUBEVENT_DATA}0701010300080101`]);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/no data for subevent 0: data: 250 octets are not permitted; 0 to 249 are/),
      expect.stringMatching(/no data for subevent 1: no idea/),
      expect.stringMatching(/no data for subevent 2: responseSlotCount/),
    ]);
  });

  it('sends promised data when it is there, unless the controller asks for the next before', async () => {
    const waiting: ((value: SubeventAnswer) => void)[] = [];
    const { clock, controller } = await started({
      data: () => new Promise<SubeventAnswer>((resolve) => waiting.push(resolve)),
    });
    controller.emit(request(0, 1));
    await clock.advance(1);
    expect(controller.sent).toEqual([]);
    controller.emit(request(0, 1));
    await clock.advance(1);
    waiting[0]!(Uint8Array.of(1));
    await clock.advance(1);
    expect(controller.sent).toEqual([]);
    waiting[1]!(Uint8Array.of(2));
    await clock.advance(1);
    expect(controller.sent).toEqual([`${SUBEVENT_DATA}0701010000080102`]);
  });

  it('keeps what waits for a slow controller bounded, and newest: one answer a subevent', async () => {
    const controller = controllerWith(ADVERTISER);
    let count = 0;
    const { clock, responses } = await started({ data: () => Uint8Array.of(count++) }, controller);
    controller.answer(commands.leSetPeriodicAdvertisingSubeventData, undefined);
    for (let i = 0; i < 50; i++) {
      controller.emit(request(1, 1));
      await clock.advance(1);
    }
    controller.answer(commands.leSetPeriodicAdvertisingSubeventData, '00 01');
    controller.emit(event(0x0e, '01 8220 00 01'));
    await clock.advance(1);
    expect(controller.sent).toEqual([`${SUBEVENT_DATA}0701010100080100`, `${SUBEVENT_DATA}0701010100080131`]);
    expect(responses.active).toBe(true);
  });

  it('tells of data that the controller does not take: too late (0x46), too long (0x45)', async () => {
    const controller = controllerWith(ADVERTISER);
    const { clock, responses } = await started({ data: () => new Uint8Array(3) }, controller);
    const refused: unknown[] = [];
    responses.on('dataRefused', (what) => refused.push(what));
    controller.answer(commands.leSetPeriodicAdvertisingSubeventData, '46 01');
    controller.emit(request(0, 2));
    await clock.advance(1);
    controller.answer(commands.leSetPeriodicAdvertisingSubeventData, '45 01');
    controller.emit(request(2, 1));
    await clock.advance(1);
    expect(refused).toMatchObject([
      { subevents: [0, 1], error: { status: 0x46 } },
      { subevents: [2], error: { status: 0x45 } },
    ]);
    expect((refused[0] as { error: unknown }).error).toBeInstanceOf(HciError);
  });

  it('tells of responses, whole, truncated and failed, and of subevents that were not sent (7.7.65.37)', async () => {
    const { clock, controller, responses } = await started();
    const told: SubeventResponse[] = [];
    const notSent: number[] = [];
    responses.on('response', (response) => told.push(response));
    responses.on('notSent', ({ subevent }) => notSent.push(subevent));
    controller.emit(
      event(0x3e, '28 01 02 00 03' + '04d0ff00000201 02' + '7f7fff01ff00' + '7fd1ff02 01 02 0304'),
      // Of another set.
      event(0x3e, '28 02 02 00 01' + '04d0ff00000101'),
      event(0x3e, '28 01 02 00 02' + '7fd1ff03 02 01 05' + '7fd1ff02 00 01 06'),
      event(0x3e, '28 01 03 01 00'),
    );
    await clock.advance(1);
    expect(told).toEqual([
      { subevent: 2, responseSlot: 0, status: 'received', data: Uint8Array.of(1, 2), rssi: -48, txPower: 4 },
      {
        subevent: 2,
        responseSlot: 1,
        status: 'failed',
        data: new Uint8Array(0),
        rssi: undefined,
        txPower: undefined,
      },
      {
        subevent: 2,
        responseSlot: 3,
        status: 'truncated',
        data: Uint8Array.of(5),
        rssi: -47,
        txPower: undefined,
      },
      {
        subevent: 2,
        responseSlot: 2,
        status: 'received',
        data: Uint8Array.of(3, 4, 6),
        rssi: -47,
        txPower: undefined,
      },
    ]);
    expect(notSent).toEqual([3]);
  });

  it('gives up a response whose end does not come, or that has more than a packet, and takes the next for what it is', async () => {
    const { clock, controller, responses, diagnostics } = await started();
    const told: string[] = [];
    responses.on('response', ({ data }) => told.push(toHex(data)));
    const part = (status: string, octets: string) =>
      event(0x3e, `28 01 02 00 01 7fd1ff02 ${status} ${toHex(Uint8Array.of(octets.length / 2))} ${octets}`);
    controller.emit(part('01', 'aa'));
    await clock.advance(100);
    controller.emit(part('00', 'bb'));
    await clock.advance(1);
    expect(told).toEqual(['bb']);
    controller.emit(part('01', 'cc'.repeat(200)), part('01', 'cc'.repeat(200)));
    await clock.advance(1);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'a response was given up whose end did not come',
      'a response of more than 254 octets was given up',
    ]);
  });

  it('is iterated over any number of times, each with a bounded queue; its end ends them', async () => {
    const { clock, controller, responses } = await started();
    const report = event(0x3e, '28 01 00 00 01' + '7fd0ff00000101');
    const first = responses[Symbol.asyncIterator]();
    controller.emit(report);
    expect((await clock.run(first.next())).value).toMatchObject({ subevent: 0, responseSlot: 0 });
    await first.return!();
    expect(responses.active).toBe(true);
    const second = responses[Symbol.asyncIterator]();
    for (let i = 0; i < 600; i++) controller.emit(report);
    await clock.advance(1);
    expect(responses.dropped).toBe(600 - 512);
    await clock.run(responses.stop());
    let rest = 0;
    while (!(await second.next()).done) rest++;
    expect(rest).toBe(512);
    expect((await responses[Symbol.asyncIterator]().next()).done).toBe(true);
  });

  it('gives way to other periodic advertising of its set, and ends with set and device', async () => {
    const { clock, controller, set, responses, device } = await started();
    await expect(clock.run(set.setPeriodicData(Uint8Array.of(1)))).rejects.toBeInstanceOf(StateError);
    const ended: unknown[] = [];
    responses.on('ended', (error) => ended.push(error));
    await clock.run(set.startPeriodic());
    expect(controller.sent[0]).toBe(DISABLE);
    expect([set.periodic, responses.active, ended]).toEqual([true, false, [undefined]]);
    await clock.run(responses.stop());
    expect(set.periodic).toBe(true);
    const again = await clock.run(set.startPeriodicWithResponses(train));
    await clock.run(set.remove());
    expect(again.active).toBe(false);
    const other = await clock.run(device.createAdvertisingSet());
    const last = await clock.run(other.startPeriodicWithResponses(train));
    const iterator = last[Symbol.asyncIterator]();
    const next = iterator.next();
    next.catch(() => {});
    controller.answer(commands.reset, '00');
    await clock.run(device.close());
    await expect(next).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('is no part of its set when the controller refuses it', async () => {
    const controller = controllerWith(ADVERTISER);
    const { clock, set } = await opened(controller);
    controller.answer(commands.leSetPeriodicAdvertisingParametersV2, '11 01');
    await expect(clock.run(set.startPeriodicWithResponses(train))).rejects.toMatchObject({ status: 0x11 });
    expect(set.periodic).toBe(false);
  });
});

describe('a sync with a train that has subevents, by the octets', () => {
  const established = event(0x3e, '24 00 0700 05 01 0200000000c0 01 5000 00 04 14 04 14');
  async function synced(controller = controllerWith(SCANNER), come = established) {
    const all = await scriptedDevice(controller);
    const asked = all.device.syncPeriodic({ address: 'C0:00:00:00:00:02/random', sid: 5 });
    await all.clock.advance(1);
    controller.emit(come);
    const sync = await all.clock.run(asked);
    await all.clock.advance(1);
    controller.sent.length = 0;
    const told: PeriodicReport[] = [];
    sync.on('report', (report) => told.push(report));
    return { ...all, sync, told };
  }

  it('says which, and when its response slots are (7.7.65.14)', async () => {
    const { sync } = await synced();
    expect(sync.subevents).toEqual({
      numSubevents: 4,
      subeventIntervalMs: 25,
      responseSlotDelayMs: 5,
      responseSlotSpacingMs: 2.5,
    });
    expect(sync.intervalMs).toBe(100);
  });

  it('listens to those that are chosen (7.8.127)', async () => {
    const { clock, controller, sync } = await synced();
    await clock.run(sync.setSubevents([3, 0, 3], { includeTxPower: true }));
    await clock.run(sync.setSubevents([1]));
    expect(controller.sent).toEqual([
      '01842007' + '0700' + '4000' + '02' + '0003',
      '01842006' + '0700' + '0000' + '01' + '01',
    ]);
    for (const wrong of [[], [4], [-1], [0.5], 2, undefined])
      await expect(clock.run(sync.setSubevents(wrong as never))).rejects.toThrow(RangeError);
    await expect(clock.run(sync.setSubevents([1], { colour: 1 } as never))).rejects.toThrow(TypeError);
    expect(controller.sent.length).toBe(2);
  });

  it('reports event counter and subevent, and what was missed (7.7.65.15)', async () => {
    const { clock, controller, sync, told } = await synced();
    const missed: unknown[] = [];
    sync.on('missed', (what) => missed.push(what));
    controller.emit(
      event(0x3e, '25 0700 7f d0 ff 3412 02 00 02 0102'),
      event(0x3e, '25 0700 7f d0 ff 3512 01 01 02 0304'),
      event(0x3e, '25 0700 7f d0 ff 3512 01 00 01 05'),
      event(0x3e, '25 0700 7f 7f ff 3512 02 ff 00'),
      // The end of this one never comes.
      event(0x3e, '25 0700 7f d0 ff 3612 01 01 01 06'),
      event(0x3e, '25 0700 7f d0 ff 3612 02 00 01 07'),
    );
    await clock.advance(1);
    const common = { rssi: -48, txPower: undefined, truncated: false };
    expect(told).toEqual([
      { ...common, data: Uint8Array.of(1, 2), periodicEventCounter: 0x1234, subevent: 2 },
      { ...common, data: Uint8Array.of(3, 4, 5), periodicEventCounter: 0x1235, subevent: 1 },
      {
        ...{ data: Uint8Array.of(6), rssi: undefined, txPower: undefined, truncated: true },
        ...{ periodicEventCounter: 0x1236, subevent: 1 },
      },
      { ...common, data: Uint8Array.of(7), periodicEventCounter: 0x1236, subevent: 2 },
    ]);
    expect(missed).toEqual([{ periodicEventCounter: 0x1235, subevent: 2 }]);
  });

  it('answers a report in a slot of its subevent, or of another (7.8.126)', async () => {
    const { clock, controller, sync, told } = await synced();
    controller.emit(event(0x3e, '25 0700 7f d0 ff 3412 02 00 00'));
    await clock.advance(1);
    const report = told[0]!;
    await clock.run(sync.respond(report, Uint8Array.of(9, 8), { responseSlot: 6 }));
    await clock.run(
      sync.respond(report, { completeLocalName: 'A' }, { responseSlot: 255, responseSubevent: 3 }),
    );
    await clock.run(sync.respond(report, new Uint8Array(247), { responseSlot: 0 }));
    expect(controller.sent.slice(0, 2)).toEqual([
      '0183200a' + '0700' + '3412' + '02' + '02' + '06' + '02' + '0908',
      '0183200b' + '0700' + '3412' + '02' + '03' + 'ff' + '03' + '020941',
    ]);
    expect(controller.sent[2]!.slice(0, 8)).toBe('018320ff');
    for (const [data, options] of [
      [new Uint8Array(248), { responseSlot: 0 }],
      [new Uint8Array(1), { responseSlot: 256 }],
      [new Uint8Array(1), {}],
      [new Uint8Array(1), { responseSlot: 0, responseSubevent: 4 }],
    ] as const)
      await expect(clock.run(sync.respond(report, data, options as never))).rejects.toThrow(RangeError);
    const without = { ...report, subevent: undefined };
    await expect(clock.run(sync.respond(without, new Uint8Array(1), { responseSlot: 0 }))).rejects.toThrow(
      /of no subevent/,
    );
    controller.answer(commands.leSetPeriodicAdvertisingResponseData, '46 0700');
    await expect(
      clock.run(sync.respond(report, new Uint8Array(1), { responseSlot: 0 })),
    ).rejects.toMatchObject({
      status: 0x46,
    });
  });

  it('refuses what a train without subevents, or a controller without the commands, does not have', async () => {
    const controller = controllerWith(SCANNER);
    const plain = await synced(
      controller,
      event(0x3e, '24 00 0700 05 01 0200000000c0 01 5000 00 00 00 00 00'),
    );
    expect(plain.sync.subevents).toBeUndefined();
    controller.emit(event(0x3e, '25 0700 7f d0 ff 3412 ff 00 01 0a'));
    await plain.clock.advance(1);
    const [report] = plain.told;
    expect([report!.subevent, report!.periodicEventCounter]).toEqual([undefined, 0x1234]);
    await expect(plain.clock.run(plain.sync.setSubevents([0]))).rejects.toThrow(
      /this train has no subevents/,
    );
    await expect(
      plain.clock.run(plain.sync.respond(report!, new Uint8Array(1), { responseSlot: 0 })),
    ).rejects.toBeInstanceOf(StateError);
    const poor = controllerWith(SCANNER);
    // Octet 46, bits 6 and 7.
    poor.answer(commands.readLocalSupportedCommands, `00 ${'ff'.repeat(46)}3f${'ff'.repeat(17)}`);
    const { clock, sync } = await synced(poor);
    await expect(clock.run(sync.setSubevents([0]))).rejects.toThrow(NotSupportedError);
    await clock.run(sync.stop());
    await expect(clock.run(sync.setSubevents([0]))).rejects.toThrow(/not received any more/);
  });

  it('comes from a peer as well (7.7.65.24)', async () => {
    const controller = controllerWith(SCANNER);
    const { device, clock } = await scriptedDevice(controller);
    controller.emit(
      event(0x3e, '29 00 4000 01 01 0300000000c0 000000000000 000000000000 1800 0000 4800 00 ff ffff'),
    );
    await clock.advance(1);
    const [link] = device.connections;
    expect(link!.handle).toBe(0x40);
    await clock.run(device.receivePeriodicSyncs(link!));
    const told = new Promise((resolve) => device.once('periodicSync', resolve));
    controller.emit(event(0x3e, '26 00 4000 3412 0700 05 01 0200000000c0 01 5000 00 02 14 04 14'));
    expect(await clock.run(told)).toMatchObject({
      serviceData: 0x1234,
      sync: { subevents: { numSubevents: 2 } },
    });
  });
});
