import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HciError, NotSupportedError, StateError } from '../../src/core/errors.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import type { AdvertisingSet, AdvertisingSetOptions, ResponseTrain } from '../../src/gap/index.js';
import { characteristic, service } from '../../src/gatt/index.js';
import * as commands from '../../src/hci/commands/index.js';
import { event } from '../support/scripted-controller.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';

const TAG = 'C0:00:00:00:00:02/random';
const times = {
  ...{ numSubevents: 4, subeventIntervalMs: 25, numResponseSlots: 8 },
  ...{ responseSlotDelayMs: 5, responseSlotSpacingMs: 2.5 },
};

describe('connecting in a subevent by the octets (7.8.66, 7.7.65.10)', () => {
  async function opened(options: AdvertisingSetOptions = {}, controller = leController()) {
    controller
      .answer(commands.leReadLocalSupportedFeaturesPage0, '00 2031000300180000')
      .answer(commands.leReadMaximumAdvertisingDataLength, '00 7206')
      .answer(commands.leReadNumberOfSupportedAdvertisingSets, '00 04')
      .answer(commands.leReadPeriodicAdvertiserListSize, '00 04')
      .answer(commands.leSetExtendedAdvertisingParametersV1, '00 07')
      .answer(commands.leSetPeriodicAdvertisingParametersV2, '00 01')
      .answer(commands.leExtendedCreateConnectionV2, { status: 0 })
      .answer(commands.leCreateConnectionCancel, '00');
    for (const one of [
      commands.leSetExtendedAdvertisingData,
      commands.leSetExtendedAdvertisingEnable,
      commands.leSetAdvertisingSetRandomAddress,
      commands.leSetPeriodicAdvertisingEnable,
    ])
      controller.answer(one, '00');
    const all = await scriptedDevice(controller);
    const set = await all.clock.run(all.device.createAdvertisingSet(options));
    const train = await all.clock.run(set.startPeriodicWithResponses({ ...times, data: () => undefined }));
    controller.sent.length = 0;
    const connect = (subevent = 2, more: object = {}) =>
      all.device.connect(TAG, { through: { train, subevent }, exchangeMtu: false, ...more });
    return { ...all, set, train, connect };
  }
  const create = '0185201c' + '01' + '02' + '00' + '00' + '01' + '0200000000c0';
  const link = '6000' + '6000' + '1800' + '2800' + '0000' + 'f401' + '0000' + '0000';
  const complete = (status: string, role = '00', origin = '01 ff0f') =>
    event(
      0x3e,
      `29 ${status} 4000 ${role} 01 0200000000c0 000000000000 000000000000 1800 0000 4800 00 ${origin}`,
    );

  it('is asked for by set and subevent, on the PHY of the train, and told with its set', async () => {
    for (const [secondaryPhy, mask] of [
      ['1M', '01'],
      ['2M', '02'],
    ] as const) {
      const { clock, controller, connect } = await opened({ secondaryPhy });
      const asked = connect(2, {
        parameters: { intervalMinMs: 30, intervalMaxMs: 50, supervisionTimeoutMs: 5000 },
      });
      await clock.advance(1);
      expect(controller.sent).toEqual([create + mask + link]);
      controller.emit(complete('00'));
      const connection = await clock.run(asked);
      expect([
        connection.role,
        connection.handle,
        connection.advertisingHandle,
        connection.syncHandle,
      ]).toEqual(['central', 0x40, 1, undefined]);
    }
  });

  it('that the peer does not answer is asked twice more (0x3E), and is an error then', async () => {
    const { clock, controller, connect } = await opened();
    const asked = connect();
    asked.catch(() => {});
    for (let i = 1; i <= 3; i++) {
      await clock.advance(1);
      expect(controller.sent.length).toBe(i);
      controller.emit(complete('3e'));
    }
    await expect(clock.run(asked)).rejects.toBeInstanceOf(HciError);
    await expect(clock.run(asked)).rejects.toMatchObject({ status: 0x3e });
    expect(controller.sent.length).toBe(3);
  });

  it('is called off by time or signal', async () => {
    const { clock, controller, connect } = await opened();
    const asked = connect(0, { timeoutMs: 1000 });
    asked.catch(() => {});
    await clock.advance(1000);
    expect(controller.sent.at(-1)).toBe('010e2000');
    controller.emit(complete('02'));
    await expect(clock.run(asked)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('is refused where it is not permitted, or cannot be', async () => {
    const { clock, device, controller, train, connect } = await opened();
    const through = { train, subevent: 1 };
    const stranger = await opened();
    for (const [attempt, message] of [
      [() => connect(4), /subevent: 4 is not permitted/],
      [() => connect(-1), /subevent/],
      [() => connect(1, { phys: ['1M'] }), /phys: a link by a train/],
      [() => connect(1, { through: { train, subevent: 1, colour: 1 } }), /colour/],
      [() => device.connect({ name: 'Tag' }, { through }), /through: the address of a peer/],
      [() => stranger.device.connect(TAG, { through }), /a train of this device/],
    ] as [() => Promise<unknown>, RegExp][])
      await expect(clock.run(attempt())).rejects.toThrow(message);
    await clock.run(train.stop());
    controller.sent.length = 0;
    await expect(clock.run(connect(1))).rejects.toBeInstanceOf(StateError);
    expect(controller.sent).toEqual([]);
    const poor = leController();
    // Octet 47, bit 0.
    poor.answer(commands.readLocalSupportedCommands, `00 ${'ff'.repeat(47)}fe${'ff'.repeat(16)}`);
    const other = await opened({}, poor);
    await expect(other.clock.run(other.connect())).rejects.toBeInstanceOf(NotSupportedError);
  });

  it('is a link as peripheral at the other end, told with its train, and ends no advertising', async () => {
    const { clock, controller, device } = await opened();
    for (const one of [commands.leSetAdvertisingParameters, commands.leSetExtendedScanResponseData])
      controller.answer(one, '00');
    await clock.run(device.startAdvertising({ data: { flags: 6 }, restart: 'always' }));
    const arrived = new Promise<Connection>((resolve) => device.once('connection', resolve));
    controller.sent.length = 0;
    controller.emit(complete('00', '01', 'ff 0700'));
    const connection = await clock.run(arrived);
    expect([connection.role, connection.syncHandle, connection.advertisingHandle]).toEqual([
      'peripheral',
      7,
      undefined,
    ]);
    await clock.advance(10);
    expect(device.advertising).toBe(true);
    expect(controller.sent.filter((hex) => hex.startsWith('013920'))).toEqual([]);
  });
});

describe('connecting in a subevent between devices', () => {
  let world: World;
  let access: Device;
  let tag: Device;
  let set: AdvertisingSet;
  let train: ResponseTrain;

  beforeEach(async () => {
    world = new World();
    access = await world.device();
    tag = await world.device();
    set = await world.run(access.createAdvertisingSet({ sid: 3 }));
    await world.run(set.start());
    train = await world.run(set.startPeriodicWithResponses({ ...times, data: () => Uint8Array.of(1) }));
  });
  afterEach(() => world.run(Promise.all([access.close(), tag.close()])));

  const sync = async (subevents: readonly number[]) => {
    const reception = await world.run(tag.syncPeriodic({ address: access.address, sid: 3 }));
    await world.run(reception.setSubevents(subevents));
    return reception;
  };

  it('makes a link to a peer that does not advertise, and the train goes on', async () => {
    const uuid = '7ad50000-0001-4c0d-9a64-8c4f3f2b1e00';
    const level = characteristic('7ad50000-0002-4c0d-9a64-8c4f3f2b1e00', {
      read: true,
      value: Uint8Array.of(7),
    });
    tag.server.add(service(uuid, { level }));
    const reception = await sync([2]);
    const arrived = new Promise<Connection>((resolve) => tag.once('connection', resolve));
    const link = await world.run(access.connect(tag.address, { through: { train, subevent: 2 } }));
    const theirs = await world.run(arrived);
    expect([link.role, link.advertisingHandle, theirs.role, theirs.syncHandle]).toEqual([
      'central',
      set.handle,
      'peripheral',
      reception.handle,
    ]);
    expect(theirs.peer.equals(access.address)).toBe(true);
    expect(await world.run(link.gatt.discoverServices())).toHaveLength(3);
    let reports = 0;
    reception.on('report', () => reports++);
    await world.clock.advance(1000);
    expect(reports).toBeGreaterThanOrEqual(9);
    expect(tag.advertising).toBe(false);
    await world.run(link.disconnect());
    await world.clock.advance(100);
    // And again.
    await world.run(access.connect(tag.address, { through: { train, subevent: 2 } }));
    expect(world.diagnostics).toEqual([]);
  });

  it('tells that a subevent was not sent, in whose stead a peer was asked (7.7.65.37)', async () => {
    await sync([1]);
    const notSent: number[] = [];
    train.on('notSent', ({ subevent }) => notSent.push(subevent));
    await world.run(access.connect(tag.address, { through: { train, subevent: 1 } }));
    expect(notSent).toEqual([1]);
  });

  it('comes to nothing where the peer does not listen (0x3E), and can be tried in another subevent', async () => {
    await sync([0]);
    await expect(
      world.run(access.connect(tag.address, { through: { train, subevent: 3 } })),
    ).rejects.toMatchObject({ status: 0x3e });
    const link = await world.run(access.connect(tag.address, { through: { train, subevent: 0 } }));
    expect(link.isConnected).toBe(true);
  });

  it('takes its turn with other attempts', async () => {
    const other = await world.device();
    await world.run(other.startAdvertising({ data: { flags: 6 } }));
    await sync([0]);
    const [first, second] = await world.run(
      Promise.all([
        access.connect(other.address),
        access.connect(tag.address, { through: { train, subevent: 0 } }),
      ]),
    );
    expect([first.peer.equals(other.address), second.peer.equals(tag.address)]).toEqual([true, true]);
    await world.run(other.close());
  });

  it('ends with the train (7.8.63)', async () => {
    await sync([0]);
    const asked = access.connect(tag.address, { through: { train, subevent: 3 } });
    asked.catch(() => {});
    await world.clock.advance(1);
    await world.run(train.stop());
    await expect(world.run(asked)).rejects.toBeInstanceOf(HciError);
  });
});
