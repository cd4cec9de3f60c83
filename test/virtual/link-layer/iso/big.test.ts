import { describe, expect, it } from 'vitest';
import { toHex } from '../../../../src/core/index.js';
import * as commands from '../../../../src/hci/commands/index.js';
import {
  leBigInfoAdvertisingReport,
  leBigSyncEstablished,
  leBigSyncLost,
  leCreateBigComplete,
  lePeriodicAdvertisingReportV1,
  leTerminateBigComplete,
  numberOfCompletedPackets,
} from '../../../../src/hci/events/index.js';
import { bluetooth40Personality, esp32Personality } from '../../../../src/virtual/index.js';
import { encodeCommand } from '../../../support/hci-script.js';
import { World } from '../../world.js';
import { beginTrain, big, bigSync, bigTest, broadcasting, follow, receive } from './broadcast.js';
import { allIso, openPath, path, sendSdu } from './streams.js';

const DISALLOWED = 0x0c;
const UNKNOWN = 0x42;
const LOST = 2;
const octets = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);

describe('LE Create BIG', () => {
  it('tells the whole plan in its event (Vol 4, Part E, 7.7.65.27)', async () => {
    const world = new World();
    const { hci } = await world.controller();
    await beginTrain(hci);
    await hci.command(commands.leCreateBig, big());
    const created = await hci.eventually(leCreateBigComplete);
    expect(created).toMatchObject({
      status: 0,
      bigHandle: 5,
      // (2 − 1) × 1782 + (3 − 1) × 594 + 444
      bigSyncDelay: 3414,
      transportLatencyBig: 3414,
      phy: 2,
      nse: 3,
      bn: 1,
      pto: 0,
      irc: 3,
      maxPdu: 100,
      isoInterval: 8,
    });
    expect(new Set(created.connectionHandles).size).toBe(2);
  });

  it.each([
    ['a BIG_Handle above 0xEF', { bigHandle: 0xf0 }],
    ['no stream', { numBis: 0 }],
    ['more than 31 streams', { numBis: 32 }],
    ['an SDU interval below 255 µs', { sduInterval: 0xfe }],
    ['an SDU without octets', { maxSdu: 0 }],
    ['a latency below 5 ms', { maxTransportLatency: 4 }],
    ['too many retransmissions', { rtn: 0x1f }],
    ['no PHY', { phy: 0 }],
    ['a packing that does not exist', { packing: 2 }],
    ['an encryption that does not exist', { encryption: 2 }],
  ])('refuses %s (0x12; Vol 4, Part E, 7.8.103)', async (_what, change) => {
    const { hci } = await new World().controller();
    await beginTrain(hci);
    await hci.refused(commands.leCreateBig, big(change), 0x12);
  });

  it('refuses a handle in use, a set without periodic advertising and one with a group already', async () => {
    const world = new World();
    const { hci } = await world.controller();
    await hci.refused(commands.leCreateBig, big(), UNKNOWN);
    await beginTrain(hci);
    await hci.command(commands.leCreateBig, big());
    await hci.eventually(leCreateBigComplete, { status: 0 });
    await hci.refused(commands.leCreateBig, big(), DISALLOWED);
    await hci.refused(commands.leCreateBig, big({ bigHandle: 6 }), UNKNOWN);
    await hci.refused(commands.leCreateBigTest, bigTest({ bigHandle: 6, nse: 0 }), 0x12);
    await hci.refused(commands.leTerminateBig, { bigHandle: 6, reason: 0x13 }, UNKNOWN);
  });

  it('refuses an encrypted group where BIGInfo has no room beside TxPower, ADI and AuxPtr (0x45)', async () => {
    const world = new World();
    const { hci } = await world.controller();
    await beginTrain(hci, 0x40);
    // 1 + 3 + 1 + 59 octets of header, where 63 are the most: only with an AUX_CHAIN_IND.
    for (const [operation, length] of [
      [1, 200],
      [2, 100],
    ] as const) {
      await hci.command(commands.leSetPeriodicAdvertisingEnable, { enable: 0, advertisingHandle: 0 });
      const advertisingData = octets(length);
      await hci.command(commands.leSetPeriodicAdvertisingData, {
        advertisingHandle: 0,
        operation,
        advertisingData,
      });
    }
    await hci.refused(commands.leCreateBig, big({ encryption: 1 }), 0x45);
    await hci.command(commands.leCreateBig, big());
  });

  it.each([
    ['an ESP32', esp32Personality],
    ['a Bluetooth 4.0 dongle', bluetooth40Personality],
  ])('is unknown to %s, as is its reception', async (_name, personality) => {
    const { hci } = await new World().controller(personality);
    await hci.send(encodeCommand(commands.leCreateBig, big()));
    expect(toHex(hci.received.shift()!).slice(6)).toMatch(/^(..682001|01..6820)$/);
    await hci.send(encodeCommand(commands.leBigCreateSync, bigSync()));
    expect(toHex(hci.received.shift()!).slice(6)).toMatch(/^(..6b2001|01..6b20)$/);
  });
});

describe('BIGInfo in a train', () => {
  it('is reported with the reports of the train (Vol 4, Part E, 7.7.65.34)', async () => {
    const world = new World();
    const { receiver, broadcaster } = await broadcasting(
      world,
      bigTest({ numBis: 3, nse: 4, irc: 2, pto: 2 }),
    );
    receiver.hci.received.length = 0;
    await world.clock.advance(500);
    const reports = receiver.hci.all(leBigInfoAdvertisingReport);
    expect(reports[0]).toEqual({
      syncHandle: 0,
      numBis: 3,
      nse: 4,
      isoInterval: 8,
      bn: 1,
      pto: 2,
      irc: 2,
      maxPdu: 100,
      sduInterval: 10_000,
      maxSdu: 100,
      phy: 2,
      framing: 0,
      encryption: 0,
    });
    expect(reports.length).toBe(receiver.hci.all(lePeriodicAdvertisingReportV1).length);
    await broadcaster.hci.command(commands.leTerminateBig, { bigHandle: 5, reason: 0x13 });
    await world.clock.advance(200);
    receiver.hci.received.length = 0;
    await world.clock.advance(300);
    expect(receiver.hci.all(leBigInfoAdvertisingReport)).toEqual([]);
  });

  it('is not reported while the reports of the train are off, but served all the same', async () => {
    const world = new World();
    const broadcaster = await world.controller();
    const receiver = await world.controller();
    await beginTrain(broadcaster.hci);
    await follow(receiver, broadcaster, 2);
    await broadcaster.hci.command(commands.leCreateBig, big());
    await world.clock.advance(200);
    receiver.hci.silence();
    await receiver.hci.command(commands.leBigCreateSync, bigSync());
    await receiver.hci.eventually(leBigSyncEstablished, { status: 0 });
  });
});

describe('SDUs of a broadcast group', () => {
  const plans = [
    ['one after another', big()],
    ['interleaved', big({ packing: 1 })],
    ['on LE Coded', big({ phy: 4, numBis: 1, maxSdu: 20, sduInterval: 20_000, maxTransportLatency: 60 })],
    ['encrypted', big({ encryption: 1 })],
    ['four in an event', big({ sduInterval: 1_250, maxSdu: 20, numBis: 1 })],
    ['sent ahead by events', bigTest({ nse: 4, irc: 2, pto: 2 })],
    [
      'sent ahead, encrypted, two in an event',
      bigTest({ sduInterval: 5_000, bn: 2, nse: 8, irc: 1, pto: 1, encryption: 1, numBis: 1 }),
    ],
  ] as const;

  it.each(plans)('arrive whole and in order: %s', async (_name, parameters) => {
    const world = new World();
    const broadcast = await broadcasting(world, parameters);
    const { broadcaster, receiver, handles } = broadcast;
    const bises = handles.map((_, i) => i + 1);
    const received = await receive(broadcast, bigSync({ bises, encryption: parameters.encryption }));
    const { maxSdu, sduInterval } = parameters;
    for (let i = 0; i < 3; i++) {
      for (const [n, handle] of handles.entries()) {
        await sendSdu(broadcaster.hci, handle, i, octets(maxSdu - i, 16 * n + i));
      }
    }
    await world.clock.advance(400);
    const packets = allIso(receiver.hci);
    const done = broadcaster.hci.all(numberOfCompletedPackets).flatMap((one) => one.handles);
    for (const [n, handle] of received.entries()) {
      const mine = packets.filter(({ connectionHandle }) => connectionHandle === handle);
      const whole = mine.filter(({ sdu }) => sdu?.packetStatusFlag === 0);
      expect(whole.map(({ data }) => toHex(data))).toEqual(
        [0, 1, 2].map((i) => toHex(octets(maxSdu - i, 16 * n + i))),
      );
      for (let i = 1; i < mine.length; i++) {
        expect(mine[i]!.timeStamp! - mine[i - 1]!.timeStamp!).toBe(sduInterval);
        expect(mine[i]!.sdu!.packetSequenceNumber - mine[i - 1]!.sdu!.packetSequenceNumber).toBe(1);
      }
      const mineDone = done.filter(({ connectionHandle }) => connectionHandle === handles[n]);
      expect(mineDone.reduce((sum, one) => sum + one.numCompletedPackets, 0)).toBe(3);
    }
  });

  it('of all streams have the same time stamps, BIG_Sync_Delay behind the anchor point (Vol 6, Part G, 3.2.2)', async () => {
    const world = new World();
    const broadcast = await broadcasting(world);
    const received = await receive(broadcast);
    await world.clock.advance(35);
    const packets = allIso(broadcast.receiver.hci);
    const times = (handle: number) =>
      packets.filter(({ connectionHandle }) => connectionHandle === handle).map(({ timeStamp }) => timeStamp);
    expect(times(received[0]!)).toEqual(times(received[1]!));
    expect(times(received[0]!).length).toBeGreaterThan(2);
    await sendSdu(broadcast.broadcaster.hci, broadcast.handles[0]!, 7, octets(100));
    await world.clock.advance(25);
    broadcast.broadcaster.hci.received.length = 0;
    const { packetSequenceNumber, txTimeStamp } = await broadcast.broadcaster.hci.command(
      commands.leReadIsoTxSync,
      { connectionHandle: broadcast.handles[0]! },
    );
    expect(packetSequenceNumber).toBe(7);
    const arrived = allIso(broadcast.receiver.hci).find(({ sdu }) => sdu?.packetStatusFlag === 0)!;
    expect(arrived.timeStamp! - txTimeStamp).toBe(3414);
  });

  it('that nobody gives are told as lost', async () => {
    const world = new World();
    const broadcast = await broadcasting(world);
    await receive(broadcast);
    await world.clock.advance(50);
    const packets = allIso(broadcast.receiver.hci);
    expect(packets.length).toBeGreaterThanOrEqual(8);
    for (const { sdu } of packets) expect(sdu).toMatchObject({ packetStatusFlag: LOST, isoSduLength: 0 });
  });

  it('survive on an air that loses every third PDU, by repetition and by sending ahead', async () => {
    for (const parameters of [big(), bigTest({ nse: 4, irc: 2, pto: 2 })]) {
      const world = new World(1, undefined);
      const broadcast = await broadcasting(world, parameters);
      const received = await receive(broadcast, bigSync({ bises: [1] }));
      const { air } = world;
      const fate = air.fate.bind(air);
      let count = 0;
      air.fate = (...all) => (count++ % 3 === 0 ? 'missed' : fate(...all));
      for (let i = 0; i < 6; i++)
        await sendSdu(broadcast.broadcaster.hci, broadcast.handles[0]!, i, octets(60, i));
      await world.clock.advance(200);
      const whole = allIso(broadcast.receiver.hci).filter(({ sdu }) => sdu?.packetStatusFlag === 0);
      expect(whole.map(({ data }) => data[0])).toEqual([0, 1, 2, 3, 4, 5]);
      broadcast.receiver.hci.received.length = 0;
      const quality = await broadcast.receiver.hci.command(commands.leReadIsoLinkQuality, {
        connectionHandle: received[0]!,
      });
      expect(quality.rxUnreceivedPackets).toBeDefined();
    }
  });

  it('are received from as few subevents as MSE says (Vol 4, Part E, 7.8.106)', async () => {
    const world = new World();
    const broadcast = await broadcasting(world);
    await receive(broadcast, bigSync({ bises: [1], mse: 1 }));
    const { air } = world;
    const fate = air.fate.bind(air);
    let asked = 0;
    air.fate = (...all) => {
      asked++;
      return all[0] === broadcast.broadcaster.controller && all[4] !== undefined && all[5]! > 50
        ? 'missed'
        : fate(...all);
    };
    await sendSdu(broadcast.broadcaster.hci, broadcast.handles[0]!, 0, octets(100));
    await world.clock.advance(40);
    expect(asked).toBeGreaterThan(0);
    expect(allIso(broadcast.receiver.hci).filter(({ sdu }) => sdu?.packetStatusFlag === 0)).toEqual([]);
  });
});

describe('the data paths of broadcast streams', () => {
  it('go from the host at the broadcaster, to the host at the receiver, and nowhere else (0x0C)', async () => {
    const world = new World();
    const broadcast = await broadcasting(world);
    const { broadcaster, receiver, handles } = broadcast;
    const [received] = await receive(broadcast);
    broadcaster.hci.received.length = 0;
    await broadcaster.hci.refused(commands.leSetupIsoDataPath, path(handles[0]!, 1), DISALLOWED);
    await broadcaster.hci.refused(commands.leSetupIsoDataPath, path(handles[0]!, 0), DISALLOWED);
    receiver.hci.received.length = 0;
    await receiver.hci.refused(commands.leSetupIsoDataPath, path(received!, 0), DISALLOWED);
    const connectionHandle = received!;
    await receiver.hci.command(commands.leRemoveIsoDataPath, { connectionHandle, dataPathDirection: 2 });
    await world.clock.advance(50);
    expect(allIso(receiver.hci).filter((one) => one.connectionHandle === received)).toEqual([]);
    await openPath(receiver.hci, connectionHandle, 1);
  });
});

describe('LE BIG Create Sync', () => {
  it('tells the plan, and receives the streams that were asked for (Vol 4, Part E, 7.7.65.29)', async () => {
    const world = new World();
    const { receiver } = await broadcasting(world, big({ numBis: 3 }));
    receiver.hci.received.length = 0;
    await receiver.hci.command(commands.leBigCreateSync, bigSync({ bises: [3, 1] }));
    const established = await receiver.hci.eventually(leBigSyncEstablished);
    expect(established).toMatchObject({
      status: 0,
      bigHandle: 9,
      // 2 × 1782 + 2 × 594 + 444
      transportLatencyBig: 5196,
      nse: 3,
      bn: 1,
      pto: 0,
      irc: 3,
      maxPdu: 100,
      isoInterval: 8,
    });
    expect(established.connectionHandles).toHaveLength(2);
  });

  it.each([
    ['a BIG_Handle above 0xEF', { bigHandle: 0xf0 }],
    ['no streams', { bises: [] }],
    ['a stream twice', { bises: [1, 1] }],
    ['stream 0', { bises: [0] }],
    ['stream 32', { bises: [32] }],
    ['a timeout below 100 ms', { bigSyncTimeout: 9 }],
    ['a timeout above 163.84 s', { bigSyncTimeout: 0x4001 }],
    ['an MSE above 31', { mse: 0x20 }],
    ['an encryption that does not exist', { encryption: 2 }],
  ])('refuses %s (0x12)', async (_what, change) => {
    const { hci } = await new World().controller();
    await hci.refused(commands.leBigCreateSync, bigSync(change), 0x12);
  });

  it('refuses an unknown train, a handle in use and a second attempt beside the first', async () => {
    const world = new World();
    const broadcast = await broadcasting(world);
    const { hci } = broadcast.receiver;
    hci.received.length = 0;
    await hci.refused(commands.leBigCreateSync, bigSync({ syncHandle: 4 }), UNKNOWN);
    await hci.command(commands.leBigCreateSync, bigSync());
    await hci.refused(commands.leBigCreateSync, bigSync({ bigHandle: 8 }), DISALLOWED);
    await hci.eventually(leBigSyncEstablished, { status: 0 });
    hci.received.length = 0;
    await hci.refused(commands.leBigCreateSync, bigSync(), DISALLOWED);
    await hci.refused(commands.leBigTerminateSync, { bigHandle: 8 }, UNKNOWN);
  });

  it.each([
    ['streams that the group does not have', { bises: [3] }, 0x11],
    ['encryption where there is none', { encryption: 1 }, 0x25],
  ])('fails for %s', async (_what, change, status) => {
    const world = new World();
    const { receiver } = await broadcasting(world);
    receiver.hci.received.length = 0;
    await receiver.hci.command(commands.leBigCreateSync, bigSync(change));
    await receiver.hci.eventually(leBigSyncEstablished, { status, connectionHandles: [] });
  });

  it('fails with 0x3E when nothing of the group is heard for six events', async () => {
    const world = new World();
    const { receiver, broadcaster } = await broadcasting(world);
    const { air } = world;
    const fate = air.fate.bind(air);
    receiver.hci.received.length = 0;
    await receiver.hci.command(commands.leBigCreateSync, bigSync());
    // On LE 2M there is the group alone.
    air.fate = (...all) => (all[0] === broadcaster.controller && all[3] === 2 ? 'missed' : fate(...all));
    await receiver.hci.eventually(leBigSyncEstablished, { status: 0x3e });
    await receiver.hci.refused(commands.leBigTerminateSync, { bigHandle: 9 }, UNKNOWN);
  });

  it('is called off by LE BIG Terminate Sync (0x44), and later ended by it', async () => {
    const world = new World();
    const broadcaster = await world.controller();
    const receiver = await world.controller();
    await beginTrain(broadcaster.hci);
    await follow(receiver, broadcaster);
    const { hci } = receiver;
    await hci.command(commands.leBigCreateSync, bigSync());
    await world.clock.advance(300);
    hci.received.length = 0;
    await hci.command(commands.leBigTerminateSync, { bigHandle: 9 });
    await hci.eventually(leBigSyncEstablished, { status: 0x44, bigHandle: 9 });
    await broadcaster.hci.command(commands.leCreateBig, big());
    hci.received.length = 0;
    await hci.command(commands.leBigCreateSync, bigSync());
    const { connectionHandles } = await hci.eventually(leBigSyncEstablished, { status: 0 });
    hci.received.length = 0;
    await hci.command(commands.leBigTerminateSync, { bigHandle: 9 });
    await hci.refused(commands.leSetupIsoDataPath, path(connectionHandles[0]!, 1), 0x02);
    expect(hci.all(leBigSyncLost)).toEqual([]);
  });
});

describe('the end of a group', () => {
  it('is announced six events ahead, and told with the reason of the broadcaster (Vol 6, Part B, 5.6.2)', async () => {
    const world = new World();
    const broadcast = await broadcasting(world);
    await receive(broadcast);
    const { broadcaster, receiver, handles } = broadcast;
    await broadcaster.hci.command(commands.leTerminateBig, { bigHandle: 5, reason: 0x15 });
    await broadcaster.hci.refused(commands.leTerminateBig, { bigHandle: 5, reason: 0x15 }, DISALLOWED);
    await world.clock.advance(55);
    expect(broadcaster.hci.all(leTerminateBigComplete)).toEqual([]);
    expect(receiver.hci.all(leBigSyncLost)).toEqual([]);
    await world.clock.advance(25);
    expect(broadcaster.hci.all(leTerminateBigComplete)).toEqual([{ bigHandle: 5, reason: 0x16 }]);
    expect(receiver.hci.all(leBigSyncLost)).toEqual([{ bigHandle: 9, reason: 0x15 }]);
    broadcaster.hci.received.length = 0;
    await broadcaster.hci.refused(commands.leSetupIsoDataPath, path(handles[0]!, 0), 0x02);
    await broadcaster.hci.command(commands.leCreateBig, big());
  });

  it('without a word is found by the timeout (0x08)', async () => {
    const world = new World();
    const broadcast = await broadcasting(world);
    await receive(broadcast, bigSync({ bigSyncTimeout: 50 }));
    broadcast.broadcaster.controller.powerOff();
    await world.clock.advance(480);
    expect(broadcast.receiver.hci.all(leBigSyncLost)).toEqual([]);
    await world.clock.advance(40);
    expect(broadcast.receiver.hci.all(leBigSyncLost)).toEqual([{ bigHandle: 9, reason: 0x08 }]);
  });

  it('comes to nobody who does not hear it: there the timeout comes', async () => {
    const world = new World();
    const broadcast = await broadcasting(world);
    await receive(broadcast, bigSync({ bigSyncTimeout: 20 }));
    const { air } = world;
    air.fate = () => 'missed';
    await broadcast.broadcaster.hci.command(commands.leTerminateBig, { bigHandle: 5, reason: 0x13 });
    await world.clock.advance(300);
    expect(broadcast.receiver.hci.all(leBigSyncLost)).toEqual([{ bigHandle: 9, reason: 0x08 }]);
  });
});

describe('an encrypted group', () => {
  const wrong = Uint8Array.from({ length: 16 }, (_, i) => 0x41 + i);

  it('is lost with a MIC failure (0x3D) by who has another Broadcast_Code', async () => {
    const world = new World();
    const broadcast = await broadcasting(world, big({ encryption: 1 }));
    const request = bigSync({ encryption: 1, broadcastCode: wrong });
    await receive(broadcast, request);
    await world.clock.advance(50);
    // Padding has no MIC: nothing is wrong until there is data.
    expect(broadcast.receiver.hci.all(leBigSyncLost)).toEqual([]);
    await sendSdu(broadcast.broadcaster.hci, broadcast.handles[0]!, 0, octets(100));
    await world.clock.advance(30);
    expect(broadcast.receiver.hci.all(leBigSyncLost)).toEqual([{ bigHandle: 9, reason: 0x3d }]);
  });

  it('has its control PDUs encrypted, too: the end of it is understood', async () => {
    const world = new World();
    const broadcast = await broadcasting(world, big({ encryption: 1 }));
    await receive(broadcast, bigSync({ encryption: 1 }));
    await broadcast.broadcaster.hci.command(commands.leTerminateBig, { bigHandle: 5, reason: 0x13 });
    await world.clock.advance(100);
    expect(broadcast.receiver.hci.all(leBigSyncLost)).toEqual([{ bigHandle: 9, reason: 0x13 }]);
  });

  it('is not for who asks for one that is not encrypted (0x25)', async () => {
    const world = new World();
    const { receiver } = await broadcasting(world, big({ encryption: 1 }));
    receiver.hci.received.length = 0;
    await receiver.hci.command(commands.leBigCreateSync, bigSync());
    await receiver.hci.eventually(leBigSyncEstablished, { status: 0x25 });
  });
});

describe('the channels of a group', () => {
  it('change at the instant for those who heard of it (Vol 6, Part B, 5.6.1)', async () => {
    const world = new World();
    const broadcast = await broadcasting(world);
    await receive(broadcast, bigSync({ bises: [1] }));
    const used = new Set<number>();
    const { air } = world;
    const fate = air.fate.bind(air);
    air.fate = (...all) => {
      if (all[3] === 2) used.add(all[2]);
      return fate(...all);
    };
    await broadcast.broadcaster.hci.command(commands.leSetHostChannelClassification, {
      channelMap: Uint8Array.of(0xff, 0, 0, 0, 0),
    });
    await world.clock.advance(90);
    used.clear();
    broadcast.receiver.hci.received.length = 0;
    for (let i = 0; i < 4; i++) {
      await sendSdu(broadcast.broadcaster.hci, broadcast.handles[0]!, i, octets(100, i));
    }
    await world.clock.advance(60);
    expect(Math.max(...used)).toBeLessThan(8);
    const whole = allIso(broadcast.receiver.hci).filter(({ sdu }) => sdu?.packetStatusFlag === 0);
    expect(whole).toHaveLength(4);
  });

  it('are lost to those who did not', async () => {
    const world = new World();
    const broadcast = await broadcasting(world);
    await receive(broadcast, bigSync({ bises: [1] }));
    const { air } = world;
    const fate = air.fate.bind(air);
    // The control subevent alone: 8 octets.
    air.fate = (...all) => (all[4] === 8 ? 'missed' : fate(...all));
    await broadcast.broadcaster.hci.command(commands.leSetHostChannelClassification, {
      channelMap: Uint8Array.of(0x03, 0, 0, 0, 0),
    });
    await world.clock.advance(90);
    broadcast.receiver.hci.received.length = 0;
    for (let i = 0; i < 4; i++) {
      await sendSdu(broadcast.broadcaster.hci, broadcast.handles[0]!, i, octets(100, i));
    }
    await world.clock.advance(60);
    const whole = allIso(broadcast.receiver.hci).filter(({ sdu }) => sdu?.packetStatusFlag === 0);
    expect(whole.length).toBeLessThan(4);
  });
});

describe('a set with a group', () => {
  it('is not removed (0x0C), whether it advertises or not', async () => {
    const world = new World();
    const { broadcaster } = await broadcasting(world);
    const { hci } = broadcaster;
    hci.received.length = 0;
    await hci.command(commands.leSetPeriodicAdvertisingEnable, { enable: 0, advertisingHandle: 0 });
    await hci.command(commands.leSetExtendedAdvertisingEnable, { enable: 0, sets: [] });
    await hci.refused(commands.leRemoveAdvertisingSet, { advertisingHandle: 0 }, DISALLOWED);
    await hci.refused(commands.leClearAdvertisingSets, {}, DISALLOWED);
    await hci.command(commands.reset, {});
  });
});

it('the same seed gives the same bytes of a broadcast, encrypted and with losses', async () => {
  const run = async () => {
    const world = new World(77);
    const broadcast = await broadcasting(world, bigTest({ encryption: 1, nse: 4, irc: 2, pto: 1 }));
    await receive(broadcast, bigSync({ encryption: 1 }));
    for (let i = 0; i < 5; i++) {
      await sendSdu(broadcast.broadcaster.hci, broadcast.handles[0]!, i, octets(100, i));
      await world.clock.advance(10);
    }
    return [...broadcast.broadcaster.hci.log, ...broadcast.receiver.hci.log];
  };
  expect(await run()).toEqual(await run());
});
