import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../src/core/hex.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import type {
  AdvertisingSet,
  PeriodicReport,
  PeriodicResponsesOptions,
  PeriodicSync,
  SubeventResponse,
  TransferredSync,
} from '../../src/gap/index.js';
import { FaultyTransport } from '../support/faulty-transport.js';
import { World } from '../support/world.js';

/** Four subevents every 25 ms, with eight slots each. */
const times = {
  numSubevents: 4,
  subeventIntervalMs: 25,
  numResponseSlots: 8,
  responseSlotDelayMs: 5,
  responseSlotSpacingMs: 2.5,
};

describe('periodic advertising with responses between devices (Vol 3, Part C, 9.5.6)', () => {
  let world: World;
  let access: Device;
  let set: AdvertisingSet;
  let tags: Device[];

  beforeEach(async () => {
    world = new World();
    access = await world.device();
    tags = [await world.device(), await world.device()];
    set = await world.run(access.createAdvertisingSet({ sid: 3 }));
    await world.run(set.start());
  });
  afterEach(() => world.run(Promise.all([access, ...tags].map((device) => device.close()))));

  const begin = (options: Partial<PeriodicResponsesOptions> = {}) => {
    const data = (subevent: number) => Uint8Array.of(0xd0 + subevent);
    return world.run(set.startPeriodicWithResponses({ ...times, data, ...options }));
  };
  const sync = (tag: Device) => world.run(tag.syncPeriodic({ address: access.address, sid: 3 }));
  /** Answers each report of a subevent in a slot. */
  const answering = (to: PeriodicSync, responseSlot: number, data: Uint8Array) =>
    to.on('report', (report) => void to.respond(report, data, { responseSlot }).catch(() => {}));

  it('asks many at once, and hears each in its subevent and slot', async () => {
    const train = await begin();
    const answers: SubeventResponse[] = [];
    const failed = new Set<number>();
    train.on('response', (response) => {
      if (response.status === 'failed') failed.add(response.responseSlot);
      else answers.push(response);
    });
    for (const [i, tag] of tags.entries()) {
      const reception = await sync(tag);
      expect(reception.subevents).toEqual({
        ...{ numSubevents: 4, subeventIntervalMs: 25, responseSlotDelayMs: 5, responseSlotSpacingMs: 2.5 },
      });
      await world.run(reception.setSubevents([1 + i]));
      answering(reception, 5, Uint8Array.of(0xa0 + i));
    }
    await world.clock.advance(200);
    answers.length = 0;
    await world.clock.advance(1000);
    expect(answers.map(({ subevent, responseSlot, data }) => [subevent, responseSlot, toHex(data)])).toEqual(
      answers.map((_, i) => ((i % 2 === 0) === (answers[0]!.subevent === 1) ? [1, 5, 'a0'] : [2, 5, 'a1'])),
    );
    expect(answers.length).toBe(20);
    expect(failed.size).toBe(8);
    expect(world.diagnostics).toEqual([]);
  });

  it('says something else each time, on time, also when the data is promised', async () => {
    let count = 0;
    const train = await begin({ data: async (subevent) => Uint8Array.of(subevent, count++ & 0xff) });
    const refused: unknown[] = [];
    train.on('dataRefused', (what) => refused.push(what));
    const reception = await sync(tags[0]!);
    await world.run(reception.setSubevents([0, 1, 2, 3]));
    const told: PeriodicReport[] = [];
    reception.on('report', (report) => told.push(report));
    await world.clock.advance(1000);
    expect(told.length).toBeGreaterThanOrEqual(39);
    const numbers = told.map(({ data }) => data[1]!);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0]! + i) & 0xff));
    for (const { data, subevent } of told) expect(data[0]).toBe(subevent);
    const counters = new Set(told.map(({ periodicEventCounter }) => periodicEventCounter));
    expect([10, 11]).toContain(counters.size);
    expect(refused).toEqual([]);
  });

  it('carries the longest responses whole', async () => {
    const train = await begin({
      ...{ numSubevents: 1, subeventIntervalMs: 50, numResponseSlots: 2, responseSlotSpacingMs: 10 },
    });
    const reception = await sync(tags[0]!);
    await world.run(reception.setSubevents([0], { includeTxPower: true }));
    const longest = Uint8Array.from({ length: 247 }, (_, i) => i);
    answering(reception, 1, longest);
    const heard = (async () => {
      for await (const response of train) if (response.status !== 'failed') return response;
      return undefined;
    })();
    const response = await world.run(heard);
    expect(response).toMatchObject({ responseSlot: 1, status: 'received', txPower: expect.any(Number) });
    expect(toHex(response!.data)).toBe(toHex(longest));
    expect(train.active).toBe(true);
  });

  it('tells a late response by its error (7.8.126)', async () => {
    await begin();
    const reception = await sync(tags[0]!);
    await world.run(reception.setSubevents([1]));
    const first = await world.run(
      new Promise<PeriodicReport>((resolve) => reception.once('report', resolve)),
    );
    await world.clock.advance(10);
    await expect(
      world.run(reception.respond(first, Uint8Array.of(1), { responseSlot: 0 })),
    ).rejects.toMatchObject({ status: 0x46 });
    await world.run(reception.respond(first, Uint8Array.of(1), { responseSlot: 0, responseSubevent: 0 }));
  });

  it('is handed on over a link with its subevents (Vol 3, Part C, 9.5.4)', async () => {
    await begin();
    const [tag] = tags as [Device];
    await world.run(tag.startAdvertising({ data: { flags: 6 } }));
    const arrived = new Promise<Connection>((resolve) => tag.once('connection', resolve));
    const link = await world.run(access.connect(tag.address));
    await world.run(tag.receivePeriodicSyncs(await world.run(arrived)));
    const told = new Promise<TransferredSync>((resolve) => tag.once('periodicSync', resolve));
    await world.run(set.transferTo(link, 0x0102));
    const { sync: reception, serviceData } = await world.run(told);
    expect([reception.subevents?.numSubevents, serviceData]).toEqual([4, 0x0102]);
    await world.run(reception.setSubevents([2]));
    const report = await world.run(
      new Promise<PeriodicReport>((resolve) => reception.once('report', resolve)),
    );
    expect([report.subevent, toHex(report.data)]).toEqual([2, 'd2']);
  });

  it('ends for its receivers when it is stopped, and can begin again as another', async () => {
    const train = await begin();
    const reception = await sync(tags[0]!);
    const ended = new Promise((resolve) => reception.once('ended', resolve));
    await world.run(train.stop());
    expect(await world.run(ended)).toMatchObject({ code: 'DISCONNECTED' });
    expect(set.advertising).toBe(true);
    const other = await begin({ numSubevents: 2 });
    expect((await sync(tags[0]!)).subevents?.numSubevents).toBe(2);
    expect([train.active, other.active]).toEqual([false, true]);
  });

  it('is listened to as before when the receiver was reset', async () => {
    await begin();
    const ports: FaultyTransport[] = [];
    const controller = world.controller();
    const tag = await world.device({
      transport: () => {
        ports.push(new FaultyTransport(controller.transport()));
        return ports.at(-1)!;
      },
    });
    const reception = await sync(tag);
    await world.run(reception.setSubevents([1, 3]));
    const resumed = new Promise((resolve) => reception.once('resumed', () => resolve(undefined)));
    ports[0]!.inject('0410 01 42');
    await world.run(resumed);
    await world.clock.advance(100);
    const subevents = new Set<number | undefined>();
    reception.on('report', ({ subevent }) => subevents.add(subevent));
    await world.clock.advance(500);
    expect([...subevents].sort()).toEqual([1, 3]);
    await world.run(tag.close());
  });

  it('is answered from private addresses, and a private device is asked for a link at the one it has (Vol 3, Part C, 10.7)', async () => {
    const hidden = await world.device({ privacy: { rotateMs: 600_000 } });
    const train = await begin();
    const reception = await sync(hidden);
    await world.run(reception.setSubevents([2]));
    answering(reception, 0, Uint8Array.of(7));
    const answered = new Promise<SubeventResponse>((resolve) =>
      train.on('response', (one) => one.status === 'received' && resolve(one)),
    );
    expect((await world.run(answered)).data).toEqual(Uint8Array.of(7));
    const arrived = new Promise<Connection>((resolve) => hidden.once('connection', resolve));
    const link = await world.run(access.connect(hidden.addressOnAir, { through: { train, subevent: 2 } }));
    expect(link.peer.equals(hidden.addressOnAir)).toBe(true);
    expect((await world.run(arrived)).syncHandle).toBe(reception.handle);
    await world.run(hidden.close());
  });

  it('goes on after its controller was reset, for the same iterations', async () => {
    const ports: FaultyTransport[] = [];
    const controller = world.controller();
    const device = await world.device({
      transport: () => {
        ports.push(new FaultyTransport(controller.transport()));
        return ports.at(-1)!;
      },
    });
    const other = await world.run(device.createAdvertisingSet({ sid: 4 }));
    await world.run(other.start());
    const train = await world.run(
      other.startPeriodicWithResponses({ ...times, data: () => Uint8Array.of(1) }),
    );
    const responses = train[Symbol.asyncIterator]();
    const recovered = new Promise((resolve) => device.once('recovered', resolve));
    ports[0]!.inject('0410 01 42');
    await world.run(recovered);
    const reception = await world.run(tags[0]!.syncPeriodic({ address: device.address, sid: 4 }));
    await world.run(reception.setSubevents([0]));
    answering(reception, 0, Uint8Array.of(7));
    for (;;) {
      const { value } = await world.run(responses.next());
      if ((value as SubeventResponse).status === 'received') break;
    }
    expect(train.active).toBe(true);
    await world.run(device.close());
    expect(train.active).toBe(false);
  });
});
