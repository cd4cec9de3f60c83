import { describe, expect, it } from 'vitest';
import * as commands from '../../../../src/hci/commands/index.js';
import { dataBufferOverflow } from '../../../../src/hci/events/index.js';
import { World } from '../../world.js';
import {
  allIso,
  cig,
  cis,
  completed,
  encodeIso,
  openPath,
  path,
  sendSdu,
  streamingPair,
  withStream,
} from './streams.js';

const DISALLOWED = 0x0c;
const LOST = 2;
const octets = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);

/** A stream with data paths in both directions at both ends. */
async function open(world: World, parameters = cig()) {
  const pair = await withStream(world, await streamingPair(world), parameters);
  for (const direction of [0, 1]) {
    await openPath(pair.central.hci, pair.cisAtCentral, direction);
    await openPath(pair.peripheral.hci, pair.cisAtPeripheral, direction);
  }
  pair.central.hci.received.length = 0;
  pair.peripheral.hci.received.length = 0;
  return pair;
}

describe('the data paths of a stream', () => {
  it('are set up and removed once each (Vol 4, Part E, 7.8.109 and 7.8.110)', async () => {
    const world = new World();
    const pair = await withStream(world, await streamingPair(world));
    const { hci } = pair.central;
    const connectionHandle = pair.cisAtCentral;
    await hci.refused(commands.leRemoveIsoDataPath, { connectionHandle, dataPathDirection: 1 }, DISALLOWED);
    await openPath(hci, connectionHandle, 0);
    await hci.refused(commands.leSetupIsoDataPath, path(connectionHandle, 0), DISALLOWED);
    await hci.refused(commands.leSetupIsoDataPath, path(connectionHandle, 2), 0x12);
    await hci.refused(commands.leSetupIsoDataPath, { ...path(connectionHandle, 1), dataPathId: 1 }, 0x11);
    await hci.refused(commands.leSetupIsoDataPath, path(1, 0), 0x02);
    await hci.refused(commands.leRemoveIsoDataPath, { connectionHandle, dataPathDirection: 3 }, DISALLOWED);
    await hci.refused(commands.leRemoveIsoDataPath, { connectionHandle, dataPathDirection: 0 }, 0x12);
    await hci.command(commands.leRemoveIsoDataPath, { connectionHandle, dataPathDirection: 1 });
    await openPath(hci, connectionHandle, 0);
  });

  it('are not for a direction without SDUs', async () => {
    const world = new World();
    const pair = await withStream(
      world,
      await streamingPair(world),
      cig({ cises: [cis({ maxSduPToC: 0 })] }),
    );
    await pair.central.hci.refused(commands.leSetupIsoDataPath, path(pair.cisAtCentral, 1), DISALLOWED);
    await pair.peripheral.hci.refused(commands.leSetupIsoDataPath, path(pair.cisAtPeripheral, 0), DISALLOWED);
    await openPath(pair.central.hci, pair.cisAtCentral, 0);
  });
});

describe('SDUs', () => {
  it('cross in both directions, one in each ISO interval, with time stamps an interval apart (Vol 6, Part G, 3)', async () => {
    const world = new World();
    const pair = await open(world);
    for (let i = 0; i < 5; i++) {
      await sendSdu(pair.central.hci, pair.cisAtCentral, i, octets(100, i));
      await sendSdu(pair.peripheral.hci, pair.cisAtPeripheral, i, octets(40, 100 + i));
    }
    await world.clock.advance(60);
    const there = allIso(pair.peripheral.hci).filter(({ sdu }) => sdu?.packetStatusFlag === 0);
    const back = allIso(pair.central.hci).filter(({ sdu }) => sdu?.packetStatusFlag === 0);
    expect(there.map(({ data }) => data)).toEqual([0, 1, 2, 3, 4].map((i) => octets(100, i)));
    expect(back.map(({ data }) => data)).toEqual([0, 1, 2, 3, 4].map((i) => octets(40, 100 + i)));
    expect(completed(pair.central.hci, pair.cisAtCentral)).toBe(5);
    expect(completed(pair.peripheral.hci, pair.cisAtPeripheral)).toBe(5);
    for (const received of [there, back]) {
      for (let i = 1; i < received.length; i++) {
        expect(received[i]!.timeStamp! - received[i - 1]!.timeStamp!).toBe(10_000);
        const step = received[i]!.sdu!.packetSequenceNumber - received[i - 1]!.sdu!.packetSequenceNumber;
        expect(step).toBe(1);
      }
    }
  });

  it('that nobody sends are told as lost, one in each SDU interval (Vol 4, Part E, 5.4.5)', async () => {
    const world = new World();
    const pair = await open(world, cig({ sduIntervalCToP: 5_000, sduIntervalPToC: 10_000 }));
    await world.clock.advance(100);
    const lost = allIso(pair.peripheral.hci);
    expect(lost.length).toBeGreaterThanOrEqual(18);
    for (const { sdu, data } of lost) {
      expect(sdu).toMatchObject({ packetStatusFlag: LOST, isoSduLength: 0 });
      expect(data).toHaveLength(0);
    }
    const numbers = lost.map(({ sdu }) => sdu!.packetSequenceNumber);
    expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
  });

  it('longer than a packet travel in fragments, over HCI and on the air (Vol 4, Part E, 5.4.5)', async () => {
    const world = new World();
    const pair = await open(world, cig({ cises: [cis({ maxSduCToP: 700, rtnCToP: 0 })] }));
    const sdu = octets(700);
    const { hci } = pair.central;
    const connectionHandle = pair.cisAtCentral;
    const first = { packetSequenceNumber: 9, isoSduLength: 700, packetStatusFlag: 0 };
    await hci.send(
      encodeIso({ connectionHandle, packetBoundaryFlag: 0, sdu: first, data: sdu.subarray(0, 240) }),
    );
    await hci.send(encodeIso({ connectionHandle, packetBoundaryFlag: 1, data: sdu.subarray(240, 480) }));
    await hci.send(encodeIso({ connectionHandle, packetBoundaryFlag: 3, data: sdu.subarray(480) }));
    await world.clock.advance(30);
    expect(completed(hci, connectionHandle)).toBe(3);
    const packets = allIso(pair.peripheral.hci).filter(({ sdu }) => sdu?.packetStatusFlag !== LOST);
    expect(packets.map(({ packetBoundaryFlag }) => packetBoundaryFlag)).toEqual([0, 1, 3]);
    expect(packets[0]!.sdu).toMatchObject({ isoSduLength: 700, packetStatusFlag: 0 });
    expect(packets.map(({ data }) => data.length).reduce((a, b) => a + b)).toBe(700);
    expect(Uint8Array.from(packets.flatMap(({ data }) => [...data]))).toEqual(sdu);
  });

  it('find as many buffers as the controller has said, and overflow beyond (Vol 4, Part E, 7.7.26)', async () => {
    const world = new World();
    const pair = await open(world);
    const { hci, controller } = pair.central;
    for (let i = 0; i < 9; i++) await sendSdu(hci, pair.cisAtCentral, i, octets(10, i));
    hci.event(dataBufferOverflow, { linkType: 2 });
    expect(controller.counters).toMatchObject({ isoPackets: 8, isoOverruns: 1 });
    await world.clock.advance(100);
    expect(completed(hci, pair.cisAtCentral)).toBe(8);
  });

  it('are dropped and counted without data path, beyond the length of the stream, or in wrong fragments', async () => {
    const world = new World();
    const pair = await withStream(world, await streamingPair(world));
    const { hci, controller } = pair.central;
    const connectionHandle = pair.cisAtCentral;
    await sendSdu(hci, connectionHandle, 0, octets(10));
    expect(controller.counters.isoDropped).toBe(1);
    await openPath(hci, connectionHandle, 0);
    await sendSdu(hci, connectionHandle, 0, octets(101));
    await hci.send(encodeIso({ connectionHandle, packetBoundaryFlag: 1, data: octets(5) }));
    const header = { packetSequenceNumber: 0, isoSduLength: 20, packetStatusFlag: 0 };
    await hci.send(encodeIso({ connectionHandle, packetBoundaryFlag: 2, sdu: header, data: octets(5) }));
    await hci.send(encodeIso({ connectionHandle, packetBoundaryFlag: 0, sdu: header, data: octets(21) }));
    expect(controller.counters.isoDropped).toBe(5);
    // Their buffers are free again.
    expect(completed(hci, connectionHandle)).toBe(4);
    await hci.send(Uint8Array.of(5, connectionHandle & 0xff, connectionHandle >> 8, 9, 0, 1));
    expect(controller.counters.malformed).toBe(1);
  });

  it('are sent again within their interval where the radio failed, and given up after it', async () => {
    const world = new World(5);
    const pair = await open(world, cig({ cises: [cis({ rtnCToP: 4 })] }));
    let got = 0;
    let lost = 0;
    let radio = 1;
    for (let i = 0; i < 300; i++) {
      await sendSdu(pair.central.hci, pair.cisAtCentral, i, octets(60, i));
      for (let step = 0; step < 100; step++) {
        radio = (radio * 1103515245 + 12345) & 0x7fffffff;
        world.pathLoss.fix(
          pair.central.controller,
          pair.peripheral.controller,
          (radio >> 16) % 3 ? -50 : -120,
        );
        await world.clock.advance(0.1);
      }
      for (const { sdu } of allIso(pair.peripheral.hci)) {
        if (sdu?.packetStatusFlag === 0) got++;
        else lost++;
      }
    }
    pair.central.hci.received.length = 0;
    const quality = await pair.central.hci.command(commands.leReadIsoLinkQuality, {
      connectionHandle: pair.cisAtCentral,
    });
    expect(got).toBeGreaterThan(200);
    expect(lost).toBeGreaterThan(0);
    expect(quality.retransmittedPackets).toBeGreaterThan(50);
    expect(quality.txFlushedPackets).toBeGreaterThan(0);
    expect(quality.txUnackedPackets).toBeLessThanOrEqual(quality.txFlushedPackets);
    const theirs = await pair.peripheral.hci.command(commands.leReadIsoLinkQuality, {
      connectionHandle: pair.cisAtPeripheral,
    });
    expect(theirs.duplicatePackets).toBeGreaterThan(0);
    expect(theirs.rxUnreceivedPackets).toBeGreaterThan(0);
  });
});

describe('LE Read ISO TX Sync', () => {
  it('gives number and time of the SDU that was sent last (Vol 4, Part E, 7.8.96)', async () => {
    const world = new World();
    const pair = await open(world);
    const { hci } = pair.central;
    const connectionHandle = pair.cisAtCentral;
    await hci.refused(commands.leReadIsoTxSync, { connectionHandle }, DISALLOWED);
    await hci.refused(commands.leReadIsoTxSync, { connectionHandle: 3 }, 0x02);
    const stamps: number[] = [];
    for (let i = 0; i < 2; i++) {
      await sendSdu(hci, connectionHandle, 40 + i, octets(10));
      await world.clock.advance(10);
      hci.received.length = 0;
      const sync = await hci.command(commands.leReadIsoTxSync, { connectionHandle });
      expect(sync).toMatchObject({ packetSequenceNumber: 40 + i, timeOffset: 0 });
      stamps.push(sync.txTimeStamp);
    }
    expect(stamps[1]! - stamps[0]!).toBe(10_000);
    // The peripheral renders it when the sync point of the group has passed.
    const [packet] = allIso(pair.peripheral.hci).filter(({ sdu }) => sdu?.packetStatusFlag === 0);
    expect(packet!.timeStamp! - stamps[0]!).toBe(3 * 980);
  });
});

describe('two streams of one group', () => {
  it('carry their data apart from each other, in both packings', async () => {
    for (const packing of [0, 1]) {
      const world = new World();
      const pair = await streamingPair(world);
      const { connectionHandles } = await pair.central.hci.command(
        commands.leSetCigParameters,
        cig({ packing, cises: [cis(), cis({ cisId: 2 })] }),
      );
      const cises = connectionHandles.map((cisConnectionHandle) => ({
        cisConnectionHandle,
        aclConnectionHandle: 1,
      }));
      await pair.central.hci.command(commands.leCreateCis, { cises });
      const atPeripheral: number[] = [];
      for (let i = 0; i < 2; i++) {
        await world.clock.advance(200);
        const connectionHandle = 0x0eff - i;
        await pair.peripheral.hci.send(
          Uint8Array.of(1, 0x66, 0x20, 2, connectionHandle & 0xff, connectionHandle >> 8),
        );
        atPeripheral.push(connectionHandle);
      }
      await world.clock.advance(200);
      for (const handle of connectionHandles) await openPath(pair.central.hci, handle, 0);
      for (const handle of atPeripheral) await openPath(pair.peripheral.hci, handle, 1);
      await sendSdu(pair.central.hci, connectionHandles[0]!, 0, octets(30, 1));
      await sendSdu(pair.central.hci, connectionHandles[1]!, 0, octets(30, 2));
      await world.clock.advance(30);
      const valid = allIso(pair.peripheral.hci).filter(({ sdu }) => sdu?.packetStatusFlag === 0);
      valid.sort((a, b) => b.connectionHandle - a.connectionHandle);
      expect(valid.map(({ connectionHandle, data }) => [connectionHandle, data[0]])).toEqual([
        [atPeripheral[0], 1],
        [atPeripheral[1], 2],
      ]);
      // Both at a sync point of the group, of the same event or of two in a row.
      expect(Math.abs(valid[0]!.timeStamp! - valid[1]!.timeStamp!) % 10_000).toBe(0);
      world.air.close();
    }
  });
});
