import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  dataBufferOverflow,
  disconnectionComplete,
  leDataLengthChange,
  numberOfCompletedPackets,
} from '../../../src/hci/events/index.js';
import { smallBuffersPersonality } from '../../../src/virtual/index.js';
import type { HciScript } from '../../support/hci-script.js';
import { type ConnectedPair, World } from '../world.js';

/** `length` octets that count up from `first`. */
function counting(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);
}

/** How many packets the host was told of as completed. */
function completed(hci: HciScript): number {
  return hci
    .all(numberOfCompletedPackets)
    .flatMap(({ handles }) => handles)
    .reduce((sum, { numCompletedPackets }) => sum + numCompletedPackets, 0);
}

/** Lets both send as much as a PDU can hold. */
async function lengthen(world: World, pair: ConnectedPair): Promise<void> {
  for (const side of ['central', 'peripheral'] as const) {
    const connectionHandle = side === 'central' ? pair.centralHandle : pair.peripheralHandle;
    await pair[side].hci.command(commands.leSetDataLength, { connectionHandle, txOctets: 251, txTime: 2120 });
    await world.clock.advance(100);
    pair.central.hci.all(leDataLengthChange);
    pair.peripheral.hci.all(leDataLengthChange);
  }
}

describe('ACL data', () => {
  it('crosses in both directions, the beginning of an L2CAP PDU marked 0b10 (Vol 4, Part E, 5.4.2)', async () => {
    const world = new World();
    const pair = await world.connected();
    await pair.central.hci.acl(pair.centralHandle, counting(20));
    await pair.peripheral.hci.acl(pair.peripheralHandle, counting(10, 100));
    await world.clock.advance(30);
    expect(pair.peripheral.hci.allAcl()).toEqual([
      { handle: pair.peripheralHandle, boundary: 2, data: counting(20) },
    ]);
    expect(pair.central.hci.allAcl()).toEqual([
      { handle: pair.centralHandle, boundary: 2, data: counting(10, 100) },
    ]);
  });

  it('is divided into PDUs of 27 octets, and comes as continuations (Vol 6, Part B, 2.4.1)', async () => {
    const world = new World();
    const pair = await world.connected();
    await pair.central.hci.acl(pair.centralHandle, counting(100));
    await pair.central.hci.acl(pair.centralHandle, counting(5, 100), 1);
    await world.clock.advance(30);
    const packets = pair.peripheral.hci.allAcl();
    expect(packets.map(({ boundary }) => boundary)).toEqual([2, 1, 1, 1, 1]);
    expect(packets.map(({ data }) => data.length)).toEqual([27, 27, 27, 19, 5]);
    expect(concatBytes(...packets.map(({ data }) => data))).toEqual(counting(105));
    expect(completed(pair.central.hci)).toBe(2);
  });

  it('travels in one PDU of 251 octets after the data length update', async () => {
    const world = new World();
    const pair = await world.connected();
    await lengthen(world, pair);
    await pair.central.hci.acl(pair.centralHandle, counting(251));
    await pair.peripheral.hci.acl(pair.peripheralHandle, counting(251, 7));
    await world.clock.advance(30);
    expect(pair.peripheral.hci.allAcl().map(({ data }) => data)).toEqual([counting(251)]);
    expect(pair.central.hci.allAcl().map(({ data }) => data)).toEqual([counting(251, 7)]);
  });

  it('is completed only when the other end has acknowledged it (Vol 4, Part E, 4.1.1 and 7.7.19)', async () => {
    const world = new World();
    const pair = await world.connected({ request: { connectionIntervalMin: 80, connectionIntervalMax: 80 } });
    await world.clock.advance(200);
    await pair.central.hci.acl(pair.centralHandle, counting(20));
    pair.central.hci.silence();
    while (pair.peripheral.hci.received.length === 0) await world.clock.advance(0.05);
    pair.central.hci.silence();
    await world.clock.advance(0.25);
    expect(completed(pair.central.hci)).toBe(1);
    // The peripheral's data waits for the central's next packet: the next connection event.
    await pair.peripheral.hci.acl(pair.peripheralHandle, counting(20));
    while (pair.central.hci.received.length === 0) await world.clock.advance(0.05);
    await world.clock.advance(99);
    expect(completed(pair.peripheral.hci)).toBe(0);
    await world.clock.advance(2);
    expect(completed(pair.peripheral.hci)).toBe(1);
  });

  it('finds three buffers of 27 octets where the personality has no more, and overflows beyond (Vol 4, Part E, 7.7.26)', async () => {
    const world = new World();
    const pair = await world.connected({ central: smallBuffersPersonality });
    const { hci, controller } = pair.central;
    for (let i = 0; i < 4; i++) await hci.acl(pair.centralHandle, counting(27, i));
    hci.event(dataBufferOverflow, { linkType: 1 });
    expect(controller.counters).toMatchObject({ aclPackets: 3, aclOverruns: 1 });
    await world.clock.advance(30);
    expect(completed(hci)).toBe(3);
    expect(pair.peripheral.hci.allAcl()).toHaveLength(3);
    await hci.acl(pair.centralHandle, counting(28));
    expect(controller.counters.aclDropped).toBe(1);
    hci.silence();
  });

  it('is dropped and counted for a handle that is no connection, or with flags that a host may not use', async () => {
    const pair = await new World().connected();
    const { hci, controller } = pair.central;
    await hci.acl(0x0eff, counting(5));
    await hci.acl(pair.centralHandle, counting(5), 2);
    await hci.acl(pair.centralHandle, counting(5), 3);
    await hci.acl(pair.centralHandle | 0x4000, counting(5), 0);
    expect(controller.counters).toMatchObject({ aclDropped: 4, aclPackets: 0 });
    hci.silence();
  });

  it('without octets is completed at once and not sent', async () => {
    const world = new World();
    const pair = await world.connected();
    await pair.central.hci.acl(pair.centralHandle, new Uint8Array(0));
    expect(completed(pair.central.hci)).toBe(1);
    await world.clock.advance(50);
    pair.peripheral.hci.silence();
  });

  it('frees its buffers when the connection ends, without completing them (Vol 4, Part E, 4.3)', async () => {
    const world = new World();
    const pair = await world.connected({ central: smallBuffersPersonality });
    const { hci } = pair.central;
    const other = await world.controller();
    pair.peripheral.controller.powerOff();
    for (let i = 0; i < 3; i++) await hci.acl(pair.centralHandle, counting(27));
    await hci.eventually(disconnectionComplete, { reason: 0x08 }, 1500);
    expect(completed(hci)).toBe(0);
    await other.hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 1 });
    await hci.command(commands.leCreateConnection, {
      leScanInterval: 16,
      leScanWindow: 16,
      initiatorFilterPolicy: 0,
      peerAddressType: 0,
      peerAddress: other.controller.address,
      ownAddressType: 0,
      connectionIntervalMin: 6,
      connectionIntervalMax: 6,
      maxLatency: 0,
      supervisionTimeout: 100,
      minCeLength: 0,
      maxCeLength: 0,
    });
    await world.clock.advance(3000);
    hci.received.length = 0;
    for (let i = 0; i < 3; i++) await hci.acl(1, counting(27, i));
    await world.clock.advance(50);
    expect(completed(hci)).toBe(3);
    expect(other.hci.allAcl().map(({ data }) => data[0])).toEqual([0, 1, 2]);
  });

  it('that waits when the host disconnects is not sent any more', async () => {
    const world = new World();
    const pair = await world.connected();
    for (let i = 0; i < 8; i++) await pair.central.hci.acl(pair.centralHandle, counting(251));
    const goodbye = { connectionHandle: pair.centralHandle, reason: 0x13 };
    await pair.central.hci.command(commands.disconnect, goodbye);
    await pair.peripheral.hci.eventually(disconnectionComplete, { reason: 0x13 }, 50);
    expect(completed(pair.central.hci)).toBe(0);
  });

  it('carries three full packets in an event of 7.5 ms on LE 1M, five on LE 2M', async () => {
    const world = new World();
    const pair = await world.connected();
    await lengthen(world, pair);
    const perEvent = async () => {
      const counts: number[] = [];
      pair.peripheral.hci.received.length = 0;
      for (let i = 0; i < 8; i++) await pair.central.hci.acl(pair.centralHandle, counting(251, i));
      // The first of them falls on the next event, 7.5 ms at most from here.
      while (pair.peripheral.hci.received.length === 0) await world.clock.advance(0.05);
      await world.clock.advance(6.5);
      counts.push(pair.peripheral.hci.allAcl().length);
      await world.clock.advance(20);
      counts.push(pair.peripheral.hci.allAcl().length);
      expect(completed(pair.central.hci)).toBe(8);
      pair.central.hci.received.length = 0;
      return counts;
    };
    expect(await perEvent()).toEqual([3, 5]);
    await pair.central.hci.command(commands.leSetPhy, {
      connectionHandle: pair.centralHandle,
      allPhys: 0,
      txPhys: 2,
      rxPhys: 2,
      phyOptions: 0,
    });
    await world.clock.advance(200);
    expect(await perEvent()).toEqual([5, 3]);
  });

  it('arrives once and in order when the radio fails now and then', async () => {
    const world = new World(3);
    const pair = await world.connected();
    const sent: Uint8Array[] = [];
    let radio = 1;
    for (let i = 0; i < 200; i++) {
      const data = counting(1 + ((i * 37) % 90), i);
      sent.push(data);
      await pair.central.hci.acl(pair.centralHandle, data);
      if (i % 3 === 0) await pair.peripheral.hci.acl(pair.peripheralHandle, data);
      // Out of reach at odd moments, also between a packet and its acknowledgement.
      radio = (radio * 1103515245 + 12345) % 2 ** 31;
      pair.peripheral.controller.position = { x: radio % 3 === 0 ? 5000 : 1, y: 0, z: 0 };
      await world.clock.advance((radio % 977) / 100);
      pair.peripheral.controller.position = { x: 1, y: 0, z: 0 };
      await world.clock.advance(30);
    }
    const arrived = pair.peripheral.hci.allAcl();
    expect(concatBytes(...arrived.map(({ data }) => data))).toEqual(concatBytes(...sent));
    expect(arrived.filter(({ boundary }) => boundary === 2)).toHaveLength(200);
    expect(completed(pair.central.hci)).toBe(200);
    expect(pair.central.hci.allAcl().filter(({ boundary }) => boundary === 2)).toHaveLength(67);
  });
});
