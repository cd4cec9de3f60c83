import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import type { ParametersOf } from '../../../src/hci/definition.js';
import * as events from '../../../src/hci/events/index.js';
import { LeFeature } from '../../../src/hci/features.js';
import { Conditions } from '../../../src/virtual/air/conditions.js';
import { fullPersonality } from '../../../src/virtual/index.js';
import { encodeCommand, type HciScript } from '../../support/hci-script.js';
import { advertiseExtended, createExtended, enable, scanExtended, setParameters } from '../extended.js';
import { firstVersions, type ScriptedController, World } from '../world.js';

type Plan = ParametersOf<typeof commands.leSetPeriodicAdvertisingParametersV2>;

/** Four subevents every 25 ms in an event of 100 ms; eight response slots each, 2.5 ms apart, from 5 ms on. */
const plan: Plan = {
  advertisingHandle: 0,
  periodicAdvertisingIntervalMin: 80,
  periodicAdvertisingIntervalMax: 80,
  periodicAdvertisingProperties: 0,
  numSubevents: 4,
  subeventInterval: 20,
  responseSlotDelay: 4,
  responseSlotSpacing: 20,
  numResponseSlots: 8,
};
const ALL = 0xfffffffffffffdffn & ~(1n << 19n);

async function station(world: World): Promise<ScriptedController> {
  const made = await world.controller();
  await made.hci.command(commands.leSetEventMask, { leEventMask: ALL });
  return made;
}

async function begin(hci: HciScript, change: Partial<Plan> = {}): Promise<void> {
  await hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters({ advertisingSid: 3 }));
  await hci.command(commands.leSetPeriodicAdvertisingParametersV2, { ...plan, ...change });
  await hci.command(commands.leSetPeriodicAdvertisingEnable, { enable: 1, advertisingHandle: 0 });
  await enable(hci);
}

async function sync(to: ScriptedController, { hci }: ScriptedController): Promise<number> {
  await hci.command(commands.lePeriodicAdvertisingCreateSync, {
    options: 0,
    advertisingSid: 3,
    advertiserAddressType: 0,
    advertiserAddress: to.controller.address,
    skip: 0,
    syncTimeout: 100,
    syncCteType: 0,
  });
  await scanExtended(hci);
  const { syncHandle } = await hci.eventually(events.lePeriodicAdvertisingSyncEstablishedV2, { status: 0 });
  hci.received.length = 0;
  await hci.command(commands.leSetExtendedScanEnable, {
    ...{ enable: 0, filterDuplicates: 0, duration: 0, period: 0 },
  });
  hci.received.length = 0;
  return syncHandle;
}

/** Data for a subevent, all slots listened to. */
const dataOf = (subevent: number, subeventData: Uint8Array, responseSlotCount = 8) => ({
  ...{ subevent, responseSlotStart: 0, responseSlotCount, subeventData },
});
const setData = (...subevents: ReturnType<typeof dataOf>[]) => ({ advertisingHandle: 0, subevents });

/** Answers each request for data, with the number of the subevent; what it asked for too long ago, it does not take. */
async function serve(hci: HciScript, ms: number, step = 5): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    await hci.advance(step);
    for (const { subeventStart, subeventDataCount } of hci.all(
      events.lePeriodicAdvertisingSubeventDataRequest,
    )) {
      const list = Array.from({ length: subeventDataCount }, (_, i) => (subeventStart + i) % 4);
      const data = setData(...list.map((one) => dataOf(one, Uint8Array.of(0xd0 + one))));
      await hci.send(encodeCommand(commands.leSetPeriodicAdvertisingSubeventData, data));
      hci.all(events.commandComplete);
    }
  }
}

describe('periodic advertising with responses', () => {
  it('asks for the data of subevents ahead of time, each once (Vol 4, Part E, 7.7.65.36)', async () => {
    const world = new World();
    const { hci } = await station(world);
    await begin(hci);
    const first = hci.event(events.lePeriodicAdvertisingSubeventDataRequest);
    expect(first).toEqual({ advertisingHandle: 0, subeventStart: 0, subeventDataCount: 4 });
    const asked: number[] = [];
    for (let i = 0; i < 400; i++) {
      await world.clock.advance(1);
      for (const event of hci.all(events.lePeriodicAdvertisingSubeventDataRequest))
        for (let k = 0; k < event.subeventDataCount; k++) asked.push((event.subeventStart + k) % 4);
    }
    // Twelve to thirteen subevents were sent.
    expect(asked.length).toBeGreaterThanOrEqual(12);
    expect(asked).toEqual(asked.map((_, i) => i % 4));
  });

  it('takes data only while it waits for it: too late (0x46), and wrong or too long otherwise (7.8.125)', async () => {
    const world = new World();
    const { hci } = await station(world);
    const set = commands.leSetPeriodicAdvertisingSubeventData;
    const one = setData(dataOf(0, Uint8Array.of(1)));
    await hci.refused(set, one, 0x42);
    await hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters());
    await hci.refused(set, one, 0x0c);
    await begin(hci);
    hci.received.length = 0;
    await hci.refused(set, setData(dataOf(4, Uint8Array.of(1))), 0x12);
    await hci.refused(set, setData(dataOf(0, Uint8Array.of(1), 9)), 0x12);
    await hci.refused(set, setData(), 0x12);
    // 249 octets take 2.1 ms on LE 1M, and 5 ms there are.
    await hci.command(set, setData(dataOf(0, new Uint8Array(249))));
    await hci.command(set, setData(dataOf(3, new Uint8Array(10)), dataOf(1, new Uint8Array(1))));
    // The first event is an interval from now: subevent 0 is over, and was not asked for again yet.
    await world.clock.advance(110);
    hci.received.length = 0;
    await hci.refused(set, setData(dataOf(1, new Uint8Array(1)), dataOf(0, new Uint8Array(1))), 0x46);
    const tight = await station(world);
    await begin(tight.hci, { responseSlotDelay: 1 });
    tight.hci.received.length = 0;
    await tight.hci.refused(set, setData(dataOf(0, new Uint8Array(249))), 0x45);
  });

  it('keeps the rules between parameters (7.8.61)', async () => {
    const world = new World();
    const { hci } = await station(world);
    await hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters());
    const set = commands.leSetPeriodicAdvertisingParametersV2;
    for (const wrong of [
      { numSubevents: 129 },
      { subeventInterval: 5 },
      { subeventInterval: 21 },
      { responseSlotDelay: 20 },
      { responseSlotDelay: 0 },
      { responseSlotSpacing: 21 },
      { responseSlotSpacing: 1 },
      { periodicAdvertisingIntervalMin: 79 },
      { periodicAdvertisingProperties: 1 },
    ])
      await hci.refused(set, { ...plan, ...wrong }, 0x12);
    expect(await hci.command(set, plan)).toMatchObject({ advertisingHandle: 0 });
    await hci.refused(
      commands.leSetPeriodicAdvertisingData,
      { advertisingHandle: 0, operation: 3, advertisingData: new Uint8Array(1) },
      0x0c,
    );
    await hci.refused(commands.leSetPeriodicAdvertisingEnable, { enable: 3, advertisingHandle: 0 }, 0x11);
    // Without subevents it is what version 1 sets.
    await hci.command(set, { ...plan, numSubevents: 0, subeventInterval: 0, responseSlotDelay: 255 });
    await hci.command(commands.leSetPeriodicAdvertisingData, {
      advertisingHandle: 0,
      operation: 3,
      advertisingData: new Uint8Array(1),
    });
    await hci.command(commands.leSetPeriodicAdvertisingEnable, { enable: 3, advertisingHandle: 0 });
    await hci.refused(set, plan, 0x0c);
  });

  it('is received subevent by subevent, by those who chose them, to the microsecond (7.7.65.15, 7.8.127)', async () => {
    const world = new World();
    const advertiser = await station(world);
    const receiver = await station(world);
    await begin(advertiser.hci);
    const syncHandle = await sync(advertiser, receiver);
    const { hci } = receiver;
    // Nothing is reported before subevents are chosen, and the train is kept.
    await serve(advertiser.hci, 2000);
    expect(hci.received).toEqual([]);
    const choose = (subevents: number[]) => ({ syncHandle, periodicAdvertisingProperties: 0, subevents });
    await hci.refused(commands.leSetPeriodicSyncSubevent, choose([4]), 0x11);
    await hci.refused(commands.leSetPeriodicSyncSubevent, choose([]), 0x12);
    await hci.refused(commands.leSetPeriodicSyncSubevent, { ...choose([1]), syncHandle: 9 }, 0x42);
    await hci.command(commands.leSetPeriodicSyncSubevent, choose([1, 3]));
    const from = hci.log.length;
    await serve(advertiser.hci, 1000);
    const reports = hci.all(events.lePeriodicAdvertisingReportV2);
    expect(reports.length).toBe(20);
    expect(reports.map(({ subevent }) => subevent)).toEqual(
      reports.map((_, i) => (reports[0]!.subevent === 1 ? [1, 3] : [3, 1])[i % 2]),
    );
    for (const { subevent, data, dataStatus, rssi } of reports) {
      expect([toHex(data), dataStatus]).toEqual([toHex(Uint8Array.of(0xd0 + subevent)), 0]);
      expect(rssi).toBeLessThan(0);
    }
    const counters = reports.filter(({ subevent }) => subevent === 1).map((one) => one.periodicEventCounter);
    expect(counters).toEqual(counters.map((_, i) => (counters[0]! + i) & 0xffff));
    const times = hci.log.slice(from).map((line) => Math.round(Number(line.split(' ')[0]) * 1000));
    const gaps = new Set(times.slice(1).map((time, i) => time - times[i]!));
    expect([...gaps]).toEqual([50_000]);
  });

  it('brings responses to their slots, in the subevent of the request or of the next event (7.7.65.37, 7.8.126)', async () => {
    const world = new World();
    const advertiser = await station(world);
    const near = await station(world);
    const far = await station(world);
    await begin(advertiser.hci);
    const handles = [await sync(advertiser, near), await sync(advertiser, far)];
    for (const [i, { hci }] of [near, far].entries())
      await hci.command(commands.leSetPeriodicSyncSubevent, {
        ...{ syncHandle: handles[i]!, periodicAdvertisingProperties: i === 0 ? 0x40 : 0, subevents: [2] },
      });
    await serve(advertiser.hci, 200);
    const respond = async (
      who: ScriptedController,
      responseSubevent: number,
      responseSlot: number,
      data: Uint8Array,
    ) => {
      const report = await who.hci.eventually(events.lePeriodicAdvertisingReportV2, { subevent: 2 });
      who.hci.received.length = 0;
      await who.hci.command(commands.leSetPeriodicAdvertisingResponseData, {
        syncHandle: handles[who === near ? 0 : 1]!,
        requestEvent: report.periodicEventCounter,
        requestSubevent: 2,
        ...{ responseSubevent, responseSlot, responseData: data },
      });
    };
    const outcome = async (ms = 30) => {
      await serve(advertiser.hci, ms, 1);
      return advertiser.hci
        .all(events.lePeriodicAdvertisingResponseReport)
        .flatMap(({ subevent, txStatus, responses }) =>
          responses
            .filter(({ dataStatus }) => dataStatus !== 0xff)
            .map((one) => [subevent, txStatus, one.responseSlot, toHex(one.data), one.txPower]),
        );
    };
    advertiser.hci.received.length = 0;
    await serve(advertiser.hci, 100);
    near.hci.received.length = 0;
    far.hci.received.length = 0;
    advertiser.hci.received.length = 0;
    await respond(near, 2, 1, Uint8Array.of(0xaa));
    expect(await outcome()).toEqual([[2, 0, 1, 'aa', 0]]);
    await serve(advertiser.hci, 20);
    far.hci.received.length = 0;
    await respond(far, 0, 7, Uint8Array.of(0xbb, 0xcc));
    // Subevent 0 of the next event.
    expect(await outcome(100)).toEqual([[0, 0, 7, 'bbcc', 127]]);
  });

  it('reports a slot without a response as failed, and two responses in one as well (7.7.65.37)', async () => {
    const world = new World();
    const advertiser = await station(world);
    const both = [await station(world), await station(world)];
    await begin(advertiser.hci);
    const handles: number[] = [];
    for (const one of both) handles.push(await sync(advertiser, one));
    for (const [i, { hci }] of both.entries())
      await hci.command(commands.leSetPeriodicSyncSubevent, {
        ...{ syncHandle: handles[i]!, periodicAdvertisingProperties: 0, subevents: [1] },
      });
    await serve(advertiser.hci, 300);
    for (const { hci } of both) hci.received.length = 0;
    const { periodicEventCounter } = await both[0]!.hci.eventually(events.lePeriodicAdvertisingReportV2);
    for (const [i, { hci }] of both.entries()) {
      hci.received.length = 0;
      const to = { syncHandle: handles[i]!, requestEvent: periodicEventCounter, requestSubevent: 1 };
      const set = commands.leSetPeriodicAdvertisingResponseData;
      const data = { responseSubevent: 1, responseData: Uint8Array.of(i) };
      await hci.command(set, { ...to, ...data, responseSlot: 3 });
      await hci.command(set, { ...to, ...data, responseSlot: 4 + i });
    }
    advertiser.hci.received.length = 0;
    const report = await advertiser.hci.eventually(events.lePeriodicAdvertisingResponseReport, {
      subevent: 1,
    });
    expect(report.responses.map(({ responseSlot, dataStatus }) => [responseSlot, dataStatus])).toEqual([
      ...[0, 1, 2, 3].map((slot) => [slot, 0xff]),
      ...[4, 5].map((slot) => [slot, 0]),
      ...[6, 7].map((slot) => [slot, 0xff]),
    ]);
    expect(concatBytes(...report.responses.map(({ data }) => data))).toEqual(Uint8Array.of(0, 1));
  });

  it('has missed subevents and failed responses where the air loses packets, and is kept (Vol 6, Part B, 4.4.5)', async () => {
    const world = new World(1, new Conditions({ seed: 5, loss: 0.3 }));
    const advertiser = await station(world);
    const receiver = await station(world);
    await begin(advertiser.hci);
    const syncHandle = await sync(advertiser, receiver);
    await receiver.hci.command(commands.leSetPeriodicSyncSubevent, {
      ...{ syncHandle, periodicAdvertisingProperties: 0, subevents: [0, 1, 2, 3] },
    });
    const outcomes = { received: 0, missed: 0, answered: 0, failed: 0 };
    for (let ms = 0; ms < 4000; ms++) {
      await serve(advertiser.hci, 1, 1);
      for (const { dataStatus, periodicEventCounter, subevent } of receiver.hci.all(
        events.lePeriodicAdvertisingReportV2,
      )) {
        outcomes[dataStatus === 0 ? 'received' : 'missed']++;
        if (dataStatus !== 0) continue;
        await receiver.hci.command(commands.leSetPeriodicAdvertisingResponseData, {
          ...{ syncHandle, requestEvent: periodicEventCounter, requestSubevent: subevent },
          ...{ responseSubevent: subevent, responseSlot: 7, responseData: Uint8Array.of(subevent) },
        });
      }
      for (const { responses } of advertiser.hci.all(events.lePeriodicAdvertisingResponseReport))
        outcomes[responses.at(-1)!.dataStatus === 0 ? 'answered' : 'failed']++;
    }
    const all = outcomes.received + outcomes.missed;
    expect(all).toBeGreaterThanOrEqual(159);
    expect(outcomes.received / all).toBeGreaterThan(0.55);
    expect(outcomes.received / all).toBeLessThan(0.85);
    // Both the request and the answer have to arrive.
    expect(outcomes.answered / (outcomes.answered + outcomes.failed)).toBeGreaterThan(0.35);
    expect(outcomes.answered / (outcomes.answered + outcomes.failed)).toBeLessThan(0.65);
    expect(receiver.hci.all(events.lePeriodicAdvertisingSyncLost)).toEqual([]);
  });

  it('connects in a subevent by the octets of both ends, or tells 0x3E, and is called off (7.8.66, 7.8.13)', async () => {
    const world = new World();
    const advertiser = await station(world);
    const receiver = await station(world);
    await begin(advertiser.hci);
    const syncHandle = await sync(advertiser, receiver);
    await receiver.hci.command(commands.leSetPeriodicSyncSubevent, {
      ...{ syncHandle, periodicAdvertisingProperties: 0, subevents: [1] },
    });
    const create = commands.leExtendedCreateConnectionV2;
    const to = { advertisingHandle: 0, subevent: 1, ...createExtended(receiver.controller.address) };
    const { hci } = advertiser;
    hci.received.length = 0;
    await hci.refused(create, { ...to, advertisingHandle: 1 }, 0x42);
    await hci.refused(create, { ...to, subevent: 4 }, 0x12);
    await hci.refused(create, { ...to, ...createExtended(receiver.controller.address, [2]) }, 0x12);
    // Nobody listens to subevent 2.
    await hci.command(create, { ...to, subevent: 2 });
    await hci.refused(create, to, 0x0c);
    await hci.eventually(events.leEnhancedConnectionCompleteV2, { status: 0x3e, role: 0 });
    hci.received.length = 0;
    await hci.command(create, to);
    await hci.command(commands.leCreateConnectionCancel, {});
    await hci.eventually(events.leEnhancedConnectionCompleteV2, { status: 0x02 });
    hci.received.length = 0;
    await hci.refused(commands.leCreateConnectionCancel, {}, 0x0c);
    await hci.command(create, to);
    await hci.eventually(events.leEnhancedConnectionCompleteV2, {
      ...{ status: 0, role: 0, advertisingHandle: 0, syncHandle: 0x0fff, connectionInterval: 6 },
    });
    await receiver.hci.eventually(events.leEnhancedConnectionCompleteV2, {
      ...{ status: 0, role: 1, advertisingHandle: 0xff, syncHandle },
    });
    // Without train it is what version 1 is.
    hci.received.length = 0;
    await hci.refused(create, { ...to, advertisingHandle: 0xff, subevent: 0xff }, 0x0b);
  });

  it('refuses responses that are late, too long, or of no request that there was (7.8.126)', async () => {
    const world = new World();
    const advertiser = await station(world);
    const { controller, hci } = await station(world);
    await begin(advertiser.hci);
    const syncHandle = await sync(advertiser, { controller, hci });
    await hci.command(commands.leSetPeriodicSyncSubevent, {
      ...{ syncHandle, periodicAdvertisingProperties: 0, subevents: [1] },
    });
    const { periodicEventCounter: requestEvent } = await hci.eventually(events.lePeriodicAdvertisingReportV2);
    const response = {
      ...{ syncHandle, requestEvent, requestSubevent: 1, responseSubevent: 1, responseSlot: 0 },
      responseData: Uint8Array.of(1),
    };
    const set = commands.leSetPeriodicAdvertisingResponseData;
    hci.received.length = 0;
    await hci.refused(set, { ...response, syncHandle: 9 }, 0x42);
    await hci.refused(set, { ...response, responseSubevent: 4 }, 0x12);
    await hci.refused(set, { ...response, requestEvent: (requestEvent + 1) & 0xffff }, 0x46);
    // 247 octets take 2.1 ms; a slot has 2.5.
    await hci.command(set, { ...response, responseData: new Uint8Array(247) });
    await world.clock.advance(6);
    hci.received.length = 0;
    await hci.refused(set, response, 0x46);
    await hci.command(set, { ...response, responseSlot: 2 });
    await hci.command(set, { ...response, responseSubevent: 0 });
    await world.clock.advance(110);
    hci.received.length = 0;
    await hci.refused(set, { ...response, responseSubevent: 0 }, 0x46);
  });

  it('goes to a peer with its subevents (Vol 6, Part B, 2.4.2.41), and is lost when it ends', async () => {
    const world = new World();
    const [central, peripheral] = [await station(world), await station(world)];
    await begin(central.hci);
    const properties = { advertisingEventProperties: 1, advertisingHandle: 1 };
    await advertiseExtended(peripheral.hci, properties);
    central.hci.received.length = 0;
    await central.hci.command(
      commands.leExtendedCreateConnectionV1,
      createExtended(peripheral.controller.address),
    );
    const none = { advertisingHandle: 0xff, syncHandle: 0x0fff };
    const { connectionHandle: centralHandle } = await central.hci.eventually(
      events.leEnhancedConnectionCompleteV2,
      { status: 0, role: 0, ...none },
    );
    const { connectionHandle: peripheralHandle } = await peripheral.hci.eventually(
      events.leEnhancedConnectionCompleteV2,
      { status: 0, role: 1, ...none },
    );
    peripheral.hci.received.length = 0;
    await peripheral.hci.command(commands.leSetPeriodicAdvertisingSyncTransferParameters, {
      ...{ connectionHandle: peripheralHandle, mode: 2, skip: 0, syncTimeout: 100, cteType: 0 },
    });
    central.hci.received.length = 0;
    await central.hci.command(commands.leReadRemoteFeaturesPage0, { connectionHandle: centralHandle });
    await central.hci.eventually(events.leReadRemoteFeaturesPage0Complete);
    central.hci.received.length = 0;
    await central.hci.command(commands.lePeriodicAdvertisingSetInfoTransfer, {
      ...{ connectionHandle: centralHandle, serviceData: 7, advertisingHandle: 0 },
    });
    await peripheral.hci.eventually(events.lePeriodicAdvertisingSyncTransferReceivedV2, {
      ...{ status: 0, serviceData: 7, numSubevents: 4, subeventInterval: 20 },
      ...{ responseSlotDelay: 4, responseSlotSpacing: 20 },
    });
    central.hci.received.length = 0;
    await central.hci.command(commands.leSetPeriodicAdvertisingEnable, { enable: 0, advertisingHandle: 0 });
    await peripheral.hci.eventually(events.lePeriodicAdvertisingSyncLost);
  });

  it('is no train for a controller without the feature, and its events come in first versions where masked', async () => {
    const world = new World();
    const advertiser = await station(world);
    const feature = 1n << BigInt(LeFeature.periodicAdvertisingWithResponsesScanner);
    const poor = await world.controller({
      ...fullPersonality,
      leFeatures: fullPersonality.leFeatures & ~feature,
    });
    const first = await station(world);
    await first.hci.command(commands.leSetEventMask, { leEventMask: firstVersions });
    await begin(advertiser.hci);
    for (const [{ hci }, status] of [
      [poor, 0x3e],
      [first, 0],
    ] as const) {
      await hci.command(commands.lePeriodicAdvertisingCreateSync, {
        ...{
          options: 0,
          advertisingSid: 3,
          advertiserAddressType: 0,
          skip: 0,
          syncTimeout: 100,
          syncCteType: 0,
        },
        advertiserAddress: advertiser.controller.address,
      });
      await scanExtended(hci);
      await hci.eventually(events.lePeriodicAdvertisingSyncEstablishedV1, { status });
    }
  });
});
