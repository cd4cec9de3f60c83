import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import { disconnectionComplete, numberOfCompletedPackets } from '../../../src/hci/events/index.js';
import { fullPersonality, zephyrPersonality } from '../../../src/virtual/index.js';
import { encodeCommand, type HciScript } from '../../support/hci-script.js';
import { advertise, type ConnectedPair, createConnection, World } from '../world.js';

const DISALLOWED = 0x0c;

function buffers(length: number, packets: number) {
  return {
    hostAclDataPacketLength: length,
    hostSynchronousDataPacketLength: 0,
    hostTotalNumAclDataPackets: packets,
    hostTotalNumSynchronousDataPackets: 0,
  };
}

function credits(connectionHandle: number, hostNumCompletedPackets: number): Uint8Array {
  return encodeCommand(commands.hostNumberOfCompletedPackets, {
    handles: [{ connectionHandle, hostNumCompletedPackets }],
  });
}

/** A pair whose central's host has so many buffers of that length. */
async function flowing(world: World, length: number, packets: number): Promise<ConnectedPair> {
  const central = await world.controller();
  const peripheral = await world.controller();
  await central.hci.command(commands.hostBufferSize, buffers(length, packets));
  await central.hci.command(commands.setControllerToHostFlowControl, { flowControlEnable: 1 });
  await advertise(peripheral.hci);
  await central.hci.command(commands.leCreateConnection, createConnection(peripheral.controller.address));
  await world.clock.advance(400);
  central.hci.received.length = 0;
  peripheral.hci.received.length = 0;
  return { central, peripheral, centralHandle: 1, peripheralHandle: 1 };
}

function completed(hci: HciScript): number {
  return hci.all(numberOfCompletedPackets).length;
}

describe('flow control from the controller to the host', () => {
  it('needs Host Buffer Size first, and no connections (Vol 4, Part E, 7.3.38 and 7.3.39)', async () => {
    const world = new World();
    const { hci } = await world.controller();
    await hci.refused(commands.setControllerToHostFlowControl, { flowControlEnable: 1 }, DISALLOWED);
    await hci.refused(commands.setControllerToHostFlowControl, { flowControlEnable: 4 }, 0x12);
    await hci.refused(commands.setControllerToHostFlowControl, { flowControlEnable: 2 }, 0x11);
    await hci.command(commands.setControllerToHostFlowControl, { flowControlEnable: 0 });
    await hci.refused(commands.hostBufferSize, buffers(0, 4), 0x12);
    await hci.refused(commands.hostBufferSize, buffers(27, 0), 0x12);
    await hci.command(commands.hostBufferSize, buffers(27, 4));
    await hci.command(commands.setControllerToHostFlowControl, { flowControlEnable: 1 });
    await hci.refused(commands.hostBufferSize, buffers(27, 5), DISALLOWED);
    const pair = await world.connected();
    const { hci: connected } = pair.central;
    await connected.refused(commands.hostBufferSize, buffers(27, 4), DISALLOWED);
    await connected.refused(commands.setControllerToHostFlowControl, { flowControlEnable: 0 }, DISALLOWED);
  });

  it('of a Zephyr controller takes no buffers shorter than a packet on the air', async () => {
    const { hci } = await new World().controller(zephyrPersonality);
    await hci.refused(commands.hostBufferSize, buffers(250, 4), 0x12);
    await hci.command(commands.hostBufferSize, buffers(251, 4));
  });

  it('holds data back until the host has room again (Vol 4, Part E, 4.2)', async () => {
    const world = new World();
    const { central, peripheral } = await flowing(world, 251, 2);
    for (let i = 0; i < 5; i++) await peripheral.hci.acl(1, Uint8Array.of(i));
    await world.clock.advance(100);
    expect(central.hci.allAcl().map(({ data }) => data[0])).toEqual([0, 1]);
    // Held back by the controller, so acknowledged on the air.
    expect(completed(peripheral.hci)).toBe(5);
    await central.hci.send(credits(1, 1));
    expect(central.hci.allAcl().map(({ data }) => data[0])).toEqual([2]);
    await central.hci.send(credits(1, 2));
    expect(central.hci.allAcl().map(({ data }) => data[0])).toEqual([3, 4]);
    central.hci.silence();
  });

  it('stops the acknowledgements on the air when too much waits, and loses nothing (Vol 6, Part B, 4.5.9)', async () => {
    const world = new World();
    const { central, peripheral } = await flowing(world, 251, 1);
    let sent = 0;
    let acknowledged = 0;
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 3; i++) await peripheral.hci.acl(1, Uint8Array.of(sent++));
      await world.clock.advance(100);
      acknowledged += completed(peripheral.hci);
    }
    // One at the host, sixteen waiting.
    expect(acknowledged).toBe(17);
    expect(peripheral.controller.counters.aclOverruns).toBeGreaterThan(0);
    const got: number[] = [];
    for (let i = 0; i < 40; i++) {
      const data = central.hci.allAcl();
      got.push(...data.map((one) => one.data[0]!));
      if (data.length > 0) await central.hci.send(credits(1, data.length));
      await world.clock.advance(20);
    }
    expect(got).toEqual(Array.from({ length: got.length }, (_, i) => i));
    expect(got.length).toBe(17 + fullPersonality.aclDataPackets);
  });

  it('cuts data to the length of the buffers of the host (Vol 4, Part E, 7.3.39)', async () => {
    const world = new World();
    const { central, peripheral } = await flowing(world, 10, 20);
    const data = Uint8Array.from({ length: 27 }, (_, i) => i);
    await peripheral.hci.acl(1, data);
    await world.clock.advance(50);
    const packets = central.hci.allAcl();
    expect(packets.map(({ boundary }) => boundary)).toEqual([2, 1, 1]);
    expect(packets.map((one) => one.data.length)).toEqual([10, 10, 7]);
    expect(concatBytes(...packets.map((one) => one.data))).toEqual(data);
  });

  it('answers credits only when they are wrong: more than were lent, or of no connection (Vol 4, Part E, 7.3.40)', async () => {
    const world = new World();
    const { central, peripheral } = await flowing(world, 251, 3);
    await peripheral.hci.acl(1, Uint8Array.of(1));
    await world.clock.advance(50);
    expect(central.hci.allAcl()).toHaveLength(1);
    await central.hci.send(credits(1, 2));
    expect(toHex(central.hci.received.shift()!)).toBe('040e0401350c12');
    await central.hci.send(credits(2, 1));
    expect(toHex(central.hci.received.shift()!)).toBe('040e0401350c12');
    await central.hci.send(credits(1, 1));
    central.hci.silence();
  });

  it('ignores credits while it is off', async () => {
    const { hci } = await new World().controller();
    await hci.send(credits(1, 9));
    hci.silence();
  });

  it('counts what the host has as returned when the connection ends (Vol 4, Part E, 4.2)', async () => {
    const world = new World();
    const { central, peripheral } = await flowing(world, 251, 1);
    await peripheral.hci.acl(1, Uint8Array.of(1));
    await peripheral.hci.acl(1, Uint8Array.of(2));
    await world.clock.advance(50);
    expect(central.hci.allAcl()).toHaveLength(1);
    await central.hci.command(commands.disconnect, { connectionHandle: 1, reason: 0x13 });
    await central.hci.eventually(disconnectionComplete);
    central.hci.silence();
    peripheral.hci.received.length = 0;
    await advertise(peripheral.hci);
    await central.hci.command(commands.leCreateConnection, createConnection(peripheral.controller.address));
    await world.clock.advance(400);
    await peripheral.hci.acl(1, Uint8Array.of(3));
    await world.clock.advance(50);
    expect(central.hci.allAcl().map(({ data }) => data[0])).toEqual([3]);
  });
});
