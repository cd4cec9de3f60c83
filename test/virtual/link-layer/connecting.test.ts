import { describe, expect, it } from 'vitest';
import { AddressType, BdAddr } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  disconnectionComplete,
  leChannelSelectionAlgorithm,
  leConnectionComplete,
  leEnhancedConnectionCompleteV1,
} from '../../../src/hci/events/index.js';
import { fullPersonality } from '../../../src/virtual/index.js';
import { addressOf, advertise, createConnection, scan, World } from '../world.js';

describe('connecting', () => {
  it('gives both sides a Connection Complete with the parameters, and ends advertising (Vol 4, Part E, 7.7.65.1)', async () => {
    const world = new World();
    const central = await world.controller();
    const peripheral = await world.controller();
    await advertise(peripheral.hci);
    await central.hci.command(
      commands.leCreateConnection,
      createConnection(peripheral.controller.address, {
        connectionIntervalMin: 24,
        connectionIntervalMax: 40,
        maxLatency: 4,
        supervisionTimeout: 420,
      }),
    );
    const parameters = { connectionInterval: 24, peripheralLatency: 4, supervisionTimeout: 420 };
    const ours = await central.hci.eventually(leConnectionComplete, { status: 0, role: 0, ...parameters });
    const theirs = peripheral.hci.event(leConnectionComplete, { status: 0, role: 1, ...parameters });
    expect(ours.peerAddress.equals(peripheral.controller.address)).toBe(true);
    expect(theirs.peerAddress.equals(central.controller.address)).toBe(true);
    expect(ours.centralClockAccuracy).toBe(0);
    expect(theirs.centralClockAccuracy).toBe(fullPersonality.sleepClockAccuracy);
    expect(peripheral.controller.activity).toMatchObject({ advertising: false, connections: 1 });
    expect(central.controller.activity).toMatchObject({ initiating: false, connections: 1 });
  });

  it('tells it by LE Enhanced Connection Complete instead where that is unmasked (Vol 4, Part E, 7.7.65.10)', async () => {
    const world = new World();
    const central = await world.controller();
    const peripheral = await world.controller();
    await central.hci.command(commands.leSetEventMask, { leEventMask: 0x21fn | (1n << 19n) });
    await advertise(peripheral.hci);
    await central.hci.command(commands.leCreateConnection, createConnection(addressOf(2)));
    const { connectionHandle, localResolvablePrivateAddress } = await central.hci.eventually(
      leEnhancedConnectionCompleteV1,
      { status: 0, role: 0 },
    );
    expect(localResolvablePrivateAddress.equals(BdAddr.zero)).toBe(true);
    central.hci.event(leChannelSelectionAlgorithm, { connectionHandle, channelSelectionAlgorithm: 1 });
    central.hci.silence();
  });

  it('uses the random address where it is told to', async () => {
    const world = new World();
    const central = await world.controller();
    const peripheral = await world.controller();
    const randomAddress = BdAddr.parse('C0:DE:00:00:00:02');
    const ours = BdAddr.parse('C0:DE:00:00:00:01');
    await central.hci.command(commands.leSetRandomAddress, { randomAddress: ours });
    await peripheral.hci.command(commands.leSetRandomAddress, { randomAddress });
    await advertise(peripheral.hci, { ownAddressType: AddressType.random });
    await central.hci.command(
      commands.leCreateConnection,
      createConnection(randomAddress, { peerAddressType: 1, ownAddressType: 1 }),
    );
    await central.hci.eventually(leConnectionComplete, { status: 0, peerAddressType: 1 });
    const theirs = peripheral.hci.event(leConnectionComplete, { status: 0, peerAddressType: 1 });
    expect(theirs.peerAddress.equals(ours)).toBe(true);
  });

  it('waits for whoever is not there, until it is cancelled (Vol 4, Part E, 7.8.13)', async () => {
    const world = new World();
    const { hci, controller } = await world.controller();
    await hci.command(commands.leCreateConnection, createConnection(addressOf(9)));
    await world.clock.advance(60_000);
    hci.silence();
    await hci.command(commands.leCreateConnectionCancel, {});
    hci.event(leConnectionComplete, { status: 0x02, role: 0 });
    expect(controller.activity.initiating).toBe(false);
    expect(world.clock.pending).toBe(0);
  });

  it('does not connect to what is not connectable', async () => {
    const world = new World();
    const central = await world.controller();
    const peripheral = await world.controller();
    await advertise(peripheral.hci, { advertisingType: 2 });
    await central.hci.command(commands.leCreateConnection, createConnection(addressOf(2)));
    await world.clock.advance(2000);
    central.hci.silence();
  });

  it('connects to whoever of the Filter Accept List comes first (Vol 6, Part B, 4.3.5)', async () => {
    const world = new World();
    const central = await world.controller();
    const stranger = await world.controller();
    const listed = await world.controller();
    await central.hci.command(commands.leAddDeviceToFilterAcceptList, {
      addressType: 0,
      address: listed.controller.address,
    });
    await advertise(stranger.hci);
    const byList = createConnection(BdAddr.zero, { initiatorFilterPolicy: 1 });
    await central.hci.command(commands.leCreateConnection, byList);
    await world.clock.advance(1000);
    central.hci.silence();
    await advertise(listed.hci);
    const { peerAddress } = await central.hci.eventually(leConnectionComplete, { status: 0 });
    expect(peerAddress.equals(listed.controller.address)).toBe(true);
  });

  it('fails with 0x3E when the advertiser does not take the connection (Vol 6, Part B, 4.5.2)', async () => {
    const world = new World();
    const central = await world.controller();
    const peripheral = await world.controller();
    // Connections from the accept list only, and nobody is on it.
    await advertise(peripheral.hci, { advertisingFilterPolicy: 2 });
    await central.hci.command(commands.leCreateConnection, createConnection(addressOf(2)));
    const { connectionHandle } = await central.hci.eventually(leConnectionComplete, { status: 0 });
    await central.hci.eventually(disconnectionComplete, { connectionHandle, reason: 0x3e }, 60);
    peripheral.hci.silence();
    expect(peripheral.controller.activity.advertising).toBe(true);
    expect(central.controller.activity.connections).toBe(0);
  });

  it('gives the advertiser to one of two that ask at once, and 0x3E to the other', async () => {
    const outcomes = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const world = new World(seed);
      const centrals = [await world.controller(), await world.controller()];
      const peripheral = await world.controller();
      for (const { hci } of centrals) {
        await hci.command(commands.leCreateConnection, createConnection(peripheral.controller.address));
      }
      await advertise(peripheral.hci);
      await world.clock.advance(400);
      const connected = centrals.map(({ controller }) => controller.activity.connections);
      expect(connected.reduce((sum, count) => sum + count)).toBe(1);
      outcomes.add(connected.indexOf(1));
      world.air.close();
    }
    expect([...outcomes].sort()).toEqual([0, 1]);
  });

  it('refuses a second connection to the same device, and more than it has room for', async () => {
    const world = new World();
    const central = await world.controller({ ...fullPersonality, maxConnections: 2 });
    const peers = [await world.controller(), await world.controller()];
    for (const { hci, controller } of peers) {
      await advertise(hci);
      await central.hci.command(commands.leCreateConnection, createConnection(controller.address));
      await central.hci.eventually(leConnectionComplete, { status: 0 });
      const again = createConnection(controller.address);
      await central.hci.refused(commands.leCreateConnection, again, 0x0b);
    }
    await central.hci.refused(commands.leCreateConnection, createConnection(addressOf(9)), 0x09);
    await central.hci.command(commands.leSetAdvertisingParameters, {
      advertisingIntervalMin: 160,
      advertisingIntervalMax: 160,
      advertisingType: 0,
      ownAddressType: 0,
      peerAddressType: 0,
      peerAddress: BdAddr.zero,
      advertisingChannelMap: 7,
      advertisingFilterPolicy: 0,
    });
    await central.hci.refused(commands.leSetAdvertisingEnable, { advertisingEnable: 1 }, 0x09);
  });

  it('is central and peripheral at the same time, each connection with a handle of its own', async () => {
    const world = new World();
    const middle = await world.controller();
    const above = await world.controller();
    const below = await world.controller();
    await advertise(middle.hci);
    await advertise(below.hci);
    await above.hci.command(commands.leCreateConnection, createConnection(middle.controller.address));
    await middle.hci.command(commands.leCreateConnection, createConnection(below.controller.address));
    await world.clock.advance(500);
    const completes = middle.hci.all(leConnectionComplete);
    expect(completes.map(({ role }) => role).sort()).toEqual([0, 1]);
    expect(new Set(completes.map(({ connectionHandle }) => connectionHandle)).size).toBe(2);
  });

  it('succeeds beside an active scanner on the same controller', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const world = new World(seed);
      const central = await world.controller();
      const peripheral = await world.controller();
      await scan(central.hci, { leScanType: 1 });
      await advertise(peripheral.hci);
      await central.hci.command(commands.leCreateConnection, createConnection(addressOf(2)));
      await central.hci.eventually(leConnectionComplete, { status: 0 });
      await world.clock.advance(500);
      expect(central.controller.activity.connections).toBe(1);
      world.air.close();
    }
  });

  describe('within the 502 µs from the end of an advertisement to the end of its CONNECT_IND', () => {
    /** A world stopped there. */
    async function between() {
      const prepare = async () => {
        const world = new World();
        const central = await world.controller();
        const peripheral = await world.controller();
        await central.hci.command(commands.leCreateConnection, createConnection(addressOf(2)));
        await advertise(peripheral.hci);
        return { world, central, peripheral };
      };
      const rehearsal = await prepare();
      while (rehearsal.central.controller.activity.connections === 0)
        await rehearsal.world.clock.advance(0.01);
      const stage = await prepare();
      await stage.world.clock.advance(rehearsal.world.clock.now() - 0.3);
      expect(stage.central.controller.activity.initiating).toBe(true);
      return stage;
    }

    it('an advertiser that stops leaves a connection that fails with 0x3E', async () => {
      const { world, central, peripheral } = await between();
      await peripheral.hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 0 });
      await world.clock.advance(100);
      central.hci.event(leConnectionComplete, { status: 0, role: 0 });
      central.hci.event(disconnectionComplete, { reason: 0x3e });
      peripheral.hci.silence();
    });

    it('an initiator that is cancelled connects to nobody, whatever it begins next', async () => {
      const { world, central, peripheral } = await between();
      await central.hci.command(commands.leCreateConnectionCancel, {});
      central.hci.event(leConnectionComplete, { status: 0x02 });
      await central.hci.command(commands.leCreateConnection, createConnection(addressOf(9)));
      await world.clock.advance(1000);
      central.hci.silence();
      peripheral.hci.silence();
      expect(peripheral.controller.activity.advertising).toBe(true);
    });
  });
});

describe('disconnecting', () => {
  it.each([
    ['central', '0x13'],
    ['central', '0x3b'],
    ['peripheral', '0x13'],
    ['peripheral', '0x15'],
  ] as const)(
    'by the %s with %s gives it 0x16 and the other the reason (Vol 4, Part E, 7.1.6)',
    async (side, code) => {
      const reason = Number(code);
      const world = new World();
      const pair = await world.connected();
      const near = pair[side];
      const far = pair[side === 'central' ? 'peripheral' : 'central'];
      const connectionHandle = side === 'central' ? pair.centralHandle : pair.peripheralHandle;
      await near.hci.command(commands.disconnect, { connectionHandle, reason });
      near.hci.silence();
      await near.hci.eventually(disconnectionComplete, { status: 0, connectionHandle, reason: 0x16 }, 30);
      await far.hci.eventually(disconnectionComplete, { status: 0, reason }, 30);
      expect(near.controller.activity.connections).toBe(0);
      expect(far.controller.activity.connections).toBe(0);
      expect(world.clock.pending).toBe(0);
    },
  );

  it('needs a reason that a host may give, and is asked for once', async () => {
    const pair = await new World().connected();
    const { hci } = pair.central;
    await hci.refused(commands.disconnect, { connectionHandle: pair.centralHandle, reason: 0x08 }, 0x12);
    await hci.command(commands.disconnect, { connectionHandle: pair.centralHandle, reason: 0x13 });
    await hci.refused(commands.disconnect, { connectionHandle: pair.centralHandle, reason: 0x13 }, 0x0c);
  });

  it('happens by itself after the supervision timeout when the other end is silent (Vol 6, Part B, 4.5.2)', async () => {
    const world = new World();
    const pair = await world.connected({ request: { supervisionTimeout: 200 } });
    pair.peripheral.controller.powerOff();
    await world.clock.advance(1900);
    pair.central.hci.silence();
    await world.clock.advance(110);
    pair.central.hci.event(disconnectionComplete, { connectionHandle: pair.centralHandle, reason: 0x08 });
  });

  it('happens by itself after the supervision timeout when the other end is reset', async () => {
    const world = new World();
    const pair = await world.connected();
    await pair.central.hci.command(commands.reset, {});
    pair.central.hci.silence();
    await pair.peripheral.hci.eventually(disconnectionComplete, { reason: 0x08 }, 1100);
  });

  it('happens to both when they move out of reach, and not when they come back in time', async () => {
    const world = new World();
    const pair = await world.connected();
    pair.peripheral.controller.position = { x: 5000, y: 0, z: 0 };
    await world.clock.advance(800);
    pair.peripheral.controller.position = { x: 5, y: 0, z: 0 };
    await world.clock.advance(5000);
    pair.central.hci.silence();
    pair.peripheral.hci.silence();
    pair.peripheral.controller.position = { x: 5000, y: 0, z: 0 };
    await world.clock.advance(1100);
    pair.central.hci.event(disconnectionComplete, { reason: 0x08 });
    pair.peripheral.hci.event(disconnectionComplete, { reason: 0x08 });
  });
});
