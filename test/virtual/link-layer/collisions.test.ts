import { describe, expect, it } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import {
  leConnectionUpdateComplete,
  lePhyUpdateComplete,
  leReadRemoteFeaturesPage0Complete,
  leRemoteConnectionParameterRequest,
  readRemoteVersionInformationComplete,
} from '../../../src/hci/events/index.js';
import { type ConnectedPair, type ScriptedController, World } from '../world.js';

const range = {
  connectionIntervalMin: 12,
  connectionIntervalMax: 12,
  maxLatency: 0,
  supervisionTimeout: 300,
  minCeLength: 0,
  maxCeLength: 0,
};
const sides = ['central', 'peripheral'] as const;
type Side = (typeof sides)[number];
const handleOf = (pair: ConnectedPair, side: Side) =>
  side === 'central' ? pair.centralHandle : pair.peripheralHandle;

/** The procedures that have an instant, as their hosts begin them. */
const begin = {
  update: (pair: ConnectedPair, side: Side) =>
    pair[side].hci.command(commands.leConnectionUpdate, {
      connectionHandle: handleOf(pair, side),
      ...range,
    }),
  phy: (pair: ConnectedPair, side: Side) =>
    pair[side].hci.command(commands.leSetPhy, {
      connectionHandle: handleOf(pair, side),
      allPhys: 0,
      txPhys: 2,
      rxPhys: 2,
      phyOptions: 0,
    }),
  channelMap: (pair: ConnectedPair, side: Side) =>
    pair[side].hci.command(commands.leSetHostChannelClassification, {
      channelMap: new Uint8Array([0xff, 0xff, 0xff, 0, 0]),
    }),
};

const only = ({ hci }: ScriptedController) => hci.silence();

describe('procedures that both ends begin at once (Vol 6, Part B, 5.3)', () => {
  it('with the same one, the peripheral hears 0x23: connection parameters', async () => {
    const world = new World();
    const pair = await world.connected();
    await begin.update(pair, 'peripheral');
    await begin.update(pair, 'central');
    await world.clock.advance(200);
    pair.central.hci.event(leConnectionUpdateComplete, { status: 0, connectionInterval: 12 });
    pair.peripheral.hci.event(leConnectionUpdateComplete, { status: 0x23 });
    pair.peripheral.hci.event(leConnectionUpdateComplete, { status: 0, connectionInterval: 12 });
    sides.map((side) => only(pair[side]));
  });

  it('with another one, the peripheral hears 0x2A: PHYs against a connection update', async () => {
    const world = new World();
    const pair = await world.connected();
    await begin.phy(pair, 'peripheral');
    await begin.update(pair, 'central');
    await world.clock.advance(200);
    pair.central.hci.event(leConnectionUpdateComplete, { status: 0, connectionInterval: 12 });
    pair.peripheral.hci.event(lePhyUpdateComplete, { status: 0x2a });
    pair.peripheral.hci.event(leConnectionUpdateComplete, { status: 0, connectionInterval: 12 });
    sides.map((side) => only(pair[side]));
  });

  it('with another one, the peripheral hears 0x2A: connection parameters against PHYs', async () => {
    const world = new World();
    const pair = await world.connected();
    await begin.update(pair, 'peripheral');
    await begin.phy(pair, 'central');
    await world.clock.advance(200);
    pair.central.hci.event(lePhyUpdateComplete, { status: 0, txPhy: 2, rxPhy: 2 });
    pair.peripheral.hci.event(leConnectionUpdateComplete, { status: 0x2a });
    pair.peripheral.hci.event(lePhyUpdateComplete, { status: 0, txPhy: 2, rxPhy: 2 });
    sides.map((side) => only(pair[side]));
  });

  it.each(['update', 'phy'] as const)(
    'with a channel map of the central, the peripheral hears 0x2A: %s',
    async (which) => {
      const world = new World();
      const pair = await world.connected();
      await begin[which](pair, 'peripheral');
      await begin.channelMap(pair, 'central');
      await world.clock.advance(200);
      const complete = which === 'update' ? leConnectionUpdateComplete : lePhyUpdateComplete;
      pair.peripheral.hci.event<{ status: number }>(complete, { status: 0x2a });
      sides.map((side) => only(pair[side]));
      const { peripheralHandle: connectionHandle } = pair;
      const { channelMap } = await pair.peripheral.hci.command(commands.leReadChannelMap, {
        connectionHandle,
      });
      expect([...channelMap]).toEqual([0xff, 0xff, 0xff, 0, 0]);
    },
  );

  it('the loser may ask again, and gets it then', async () => {
    const world = new World();
    const pair = await world.connected();
    await begin.update(pair, 'peripheral');
    await begin.phy(pair, 'central');
    await world.clock.advance(200);
    for (const side of sides) pair[side].hci.received.length = 0;
    await begin.update(pair, 'peripheral');
    await world.clock.advance(50);
    const asked = pair.central.hci.event(leRemoteConnectionParameterRequest, {});
    await pair.central.hci.command(commands.leRemoteConnectionParameterRequestReply, {
      ...asked,
      minCeLength: 0,
      maxCeLength: 0,
    });
    await world.clock.advance(200);
    for (const side of sides) {
      pair[side].hci.event(leConnectionUpdateComplete, { status: 0, connectionInterval: 12 });
      only(pair[side]);
    }
  });

  it('those without an instant do not mind', async () => {
    const world = new World();
    const pair = await world.connected();
    for (const side of sides) {
      const connectionHandle = handleOf(pair, side);
      await pair[side].hci.command(commands.leReadRemoteFeaturesPage0, { connectionHandle });
      await pair[side].hci.command(commands.readRemoteVersionInformation, { connectionHandle });
      await pair[side].hci.command(commands.leSetDataLength, {
        connectionHandle,
        txOctets: 100,
        txTime: 1000,
      });
    }
    await begin.update(pair, 'central');
    await world.clock.advance(300);
    for (const side of sides) {
      expect(pair[side].hci.all(leReadRemoteFeaturesPage0Complete)).toMatchObject([{ status: 0 }]);
      expect(pair[side].hci.all(readRemoteVersionInformationComplete)).toMatchObject([{ status: 0 }]);
      expect(pair[side].hci.all(leConnectionUpdateComplete)).toMatchObject([{ status: 0 }]);
    }
  });
});
