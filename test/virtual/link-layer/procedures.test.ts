import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  leConnectionUpdateComplete,
  leDataLengthChange,
  lePhyUpdateComplete,
  leReadRemoteFeaturesPage0Complete,
  readRemoteVersionInformationComplete,
} from '../../../src/hci/events/index.js';
import { bluetooth40Personality, fullPersonality } from '../../../src/virtual/index.js';
import { type ConnectedPair, World } from '../world.js';

const sides = ['central', 'peripheral'] as const;
const handleOf = (pair: ConnectedPair, side: (typeof sides)[number]) =>
  side === 'central' ? pair.centralHandle : pair.peripheralHandle;

const update = {
  connectionIntervalMin: 40,
  connectionIntervalMax: 80,
  maxLatency: 2,
  supervisionTimeout: 300,
  minCeLength: 0,
  maxCeLength: 0,
};

describe('the procedures of a connection', () => {
  it.each(sides)('tell the %s the version of the other (Vol 4, Part E, 7.1.23)', async (side) => {
    const world = new World();
    const there = { ...fullPersonality, coreVersion: 0x0b, manufacturer: 0x0059, lmpSubversion: 0x1234 };
    const pair = await world.connected({ [side === 'central' ? 'peripheral' : 'central']: there });
    const connectionHandle = handleOf(pair, side);
    const { hci } = pair[side];
    await hci.command(commands.readRemoteVersionInformation, { connectionHandle });
    hci.silence();
    const version = { status: 0, version: 0x0b, companyIdentifier: 0x0059, subversion: 0x1234 };
    await hci.eventually(readRemoteVersionInformationComplete, version, 50);
    // What is known is given at once, behind the Command Status.
    await hci.command(commands.readRemoteVersionInformation, { connectionHandle });
    hci.event(readRemoteVersionInformationComplete, version);
    pair[side === 'central' ? 'peripheral' : 'central'].hci.silence();
  });

  it.each(sides)(
    'tell the %s the features of the other, octet 0 as both have them (Vol 6, Part B, 5.1.4)',
    async (side) => {
      const world = new World();
      const there = { ...fullPersonality, leFeatures: fullPersonality.leFeatures & ~0x20n };
      const pair = await world.connected({ [side === 'central' ? 'peripheral' : 'central']: there });
      const { hci } = pair[side];
      await hci.command(commands.leReadRemoteFeaturesPage0, { connectionHandle: handleOf(pair, side) });
      const { leFeatures } = await hci.eventually(leReadRemoteFeaturesPage0Complete, { status: 0 }, 50);
      const told = new DataView(leFeatures.buffer, leFeatures.byteOffset).getBigUint64(0, true);
      // Ours has bit 5, the other does not: bits 0 to 7 are what both have, the rest is the other's.
      expect(told).toBe(there.leFeatures);
    },
  );

  it('tell a peripheral 0x1A when the central does not know its feature request', async () => {
    const world = new World();
    const pair = await world.connected({ central: bluetooth40Personality });
    const { hci } = pair.peripheral;
    await hci.command(commands.leReadRemoteFeaturesPage0, { connectionHandle: pair.peripheralHandle });
    await hci.eventually(leReadRemoteFeaturesPage0Complete, { status: 0x1a }, 50);
  });

  it('leave the features to the central without Peripheral-initiated Features Exchange (0x0C)', async () => {
    const pair = await new World().connected({ peripheral: bluetooth40Personality });
    const connectionHandle = pair.peripheralHandle;
    await pair.peripheral.hci.refused(commands.leReadRemoteFeaturesPage0, { connectionHandle }, 0x0c);
  });

  it.each(sides)(
    'lengthen the packets of the %s, and tell both (Vol 4, Part E, 7.8.33 and 7.7.65.7)',
    async (side) => {
      const world = new World();
      const pair = await world.connected();
      const other = side === 'central' ? 'peripheral' : 'central';
      const wish = { connectionHandle: handleOf(pair, side), txOctets: 100, txTime: 1000 };
      await pair[side].hci.command(commands.leSetDataLength, wish);
      await world.clock.advance(50);
      pair[side].hci.event(leDataLengthChange, {
        connectionHandle: handleOf(pair, side),
        maxTxOctets: 100,
        maxTxTime: 1000,
        maxRxOctets: 27,
        maxRxTime: 328,
      });
      pair[other].hci.event(leDataLengthChange, {
        connectionHandle: handleOf(pair, other),
        maxTxOctets: 27,
        maxTxTime: 328,
        maxRxOctets: 100,
        maxRxTime: 1000,
      });
      await pair[side].hci.command(commands.leSetDataLength, wish);
      await world.clock.advance(50);
      pair[side].hci.silence();
      pair[other].hci.silence();
    },
  );

  it('lengthen nothing when the other end does not know how', async () => {
    const world = new World();
    const pair = await world.connected({ peripheral: bluetooth40Personality });
    const { hci } = pair.central;
    const connectionHandle = pair.centralHandle;
    await hci.command(commands.leSetDataLength, { connectionHandle, txOctets: 251, txTime: 2120 });
    await world.clock.advance(100);
    hci.silence();
    // The procedure is over: the next one has its turn.
    await hci.command(commands.readRemoteVersionInformation, { connectionHandle });
    await hci.eventually(readRemoteVersionInformationComplete, { status: 0, version: 0x06 }, 50);
  });

  it('refuse lengths out of range (Vol 4, Part E, 7.8.33)', async () => {
    const pair = await new World().connected();
    const { hci } = pair.central;
    const connectionHandle = pair.centralHandle;
    await hci.refused(commands.leSetDataLength, { connectionHandle, txOctets: 26, txTime: 328 }, 0x12);
    await hci.refused(commands.leSetDataLength, { connectionHandle, txOctets: 252, txTime: 328 }, 0x12);
    await hci.refused(commands.leSetDataLength, { connectionHandle, txOctets: 27, txTime: 327 }, 0x12);
    const suggestion = { suggestedMaxTxOctets: 251, suggestedMaxTxTime: 17041 };
    await hci.refused(commands.leWriteSuggestedDefaultDataLength, suggestion, 0x12);
  });

  it('lengthen the packets by themselves when the host suggested it (Vol 6, Part B, 5.1.9)', async () => {
    const world = new World();
    const central = await world.controller();
    const peripheral = await world.controller();
    const suggestion = { suggestedMaxTxOctets: 251, suggestedMaxTxTime: 2120 };
    await central.hci.command(commands.leWriteSuggestedDefaultDataLength, suggestion);
    expect(await central.hci.command(commands.leReadSuggestedDefaultDataLength, {})).toMatchObject(
      suggestion,
    );
    await peripheral.hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 1 });
    await central.hci.command(commands.leCreateConnection, {
      ...update,
      leScanInterval: 16,
      leScanWindow: 16,
      initiatorFilterPolicy: 0,
      peerAddressType: 0,
      peerAddress: peripheral.controller.address,
      ownAddressType: 0,
    });
    await central.hci.eventually(leDataLengthChange, { maxTxOctets: 251, maxRxOctets: 27 });
  });

  it.each(sides)(
    'bring the connection to LE 2M when the %s asks, and tell both (Vol 4, Part E, 7.8.49)',
    async (side) => {
      const world = new World();
      const pair = await world.connected();
      const connectionHandle = handleOf(pair, side);
      const wish = { connectionHandle, allPhys: 0, txPhys: 2, rxPhys: 2, phyOptions: 0 };
      await pair[side].hci.command(commands.leSetPhy, wish);
      await world.clock.advance(100);
      for (const which of sides) {
        const after = { connectionHandle: handleOf(pair, which), txPhy: 2, rxPhy: 2 };
        pair[which].hci.event(lePhyUpdateComplete, { status: 0, ...after });
        const read = await pair[which].hci.command(commands.leReadPhy, after);
        expect(read).toMatchObject(after);
      }
      // Asked again, it changes nothing, and who asked is told so.
      await pair[side].hci.command(commands.leSetPhy, wish);
      await world.clock.advance(100);
      pair[side].hci.event(lePhyUpdateComplete, { status: 0, txPhy: 2, rxPhy: 2 });
      for (const which of sides) pair[which].hci.silence();
    },
  );

  it.each(sides)('can use a PHY in one direction alone, asked by the %s', async (side) => {
    const world = new World();
    const pair = await world.connected();
    const wish = { connectionHandle: handleOf(pair, side), allPhys: 2, txPhys: 2, rxPhys: 0, phyOptions: 0 };
    const other = side === 'central' ? 'peripheral' : 'central';
    await pair[other].hci.command(commands.leSetPhy, {
      connectionHandle: handleOf(pair, other),
      allPhys: 1,
      txPhys: 0,
      rxPhys: 3,
      phyOptions: 0,
    });
    await world.clock.advance(100);
    pair[other].hci.received.length = 0;
    pair[side].hci.received.length = 0;
    await pair[side].hci.command(commands.leSetPhy, { ...wish, rxPhys: 1, allPhys: 0 });
    await world.clock.advance(100);
    pair[side].hci.event(lePhyUpdateComplete, { status: 0, txPhy: 2, rxPhy: 1 });
  });

  it('refuse PHYs that are not there (0x11), and none at all without saying so (0x12)', async () => {
    const pair = await new World().connected();
    const { hci } = pair.central;
    const wish = { connectionHandle: pair.centralHandle, allPhys: 0, txPhys: 1, rxPhys: 1, phyOptions: 0 };
    await hci.refused(commands.leSetPhy, { ...wish, txPhys: 8 }, 0x11);
    await hci.refused(commands.leSetPhy, { ...wish, rxPhys: 0 }, 0x12);
    await hci.refused(commands.leSetPhy, { ...wish, phyOptions: 3 }, 0x12);
    await hci.refused(commands.leSetDefaultPhy, { allPhys: 0, txPhys: 0x80, rxPhys: 1 }, 0x11);
  });

  it('keep the PHYs that the other end prefers (Vol 4, Part E, 7.8.48)', async () => {
    const world = new World();
    const pair = await world.connected();
    await pair.peripheral.hci.command(commands.leSetPhy, {
      connectionHandle: pair.peripheralHandle,
      allPhys: 0,
      txPhys: 1,
      rxPhys: 1,
      phyOptions: 0,
    });
    await world.clock.advance(100);
    pair.peripheral.hci.event(lePhyUpdateComplete, { status: 0, txPhy: 1, rxPhy: 1 });
    const wish = { allPhys: 3, txPhys: 0, rxPhys: 0, phyOptions: 0 };
    await pair.central.hci.command(commands.leSetPhy, { connectionHandle: pair.centralHandle, ...wish });
    await world.clock.advance(100);
    pair.central.hci.event(lePhyUpdateComplete, { status: 0, txPhy: 1, rxPhy: 1 });
    pair.peripheral.hci.silence();
  });

  it('let the central win when both ask for a PHY at once (Vol 6, Part B, 5.3)', async () => {
    const world = new World();
    const pair = await world.connected();
    for (const side of sides) {
      const wish = { allPhys: 0, txPhys: 2, rxPhys: 2, phyOptions: 0 };
      await pair[side].hci.command(commands.leSetPhy, { connectionHandle: handleOf(pair, side), ...wish });
    }
    await world.clock.advance(200);
    pair.central.hci.event(lePhyUpdateComplete, { status: 0, txPhy: 2, rxPhy: 2 });
    pair.peripheral.hci.event(lePhyUpdateComplete, { status: 0x23 });
    pair.peripheral.hci.event(lePhyUpdateComplete, { status: 0, txPhy: 2, rxPhy: 2 });
    for (const side of sides) pair[side].hci.silence();
  });

  it('change the connection parameters at an instant, and tell both (Vol 4, Part E, 7.8.18)', async () => {
    const world = new World();
    const pair = await world.connected();
    await pair.central.hci.command(commands.leConnectionUpdate, {
      connectionHandle: pair.centralHandle,
      ...update,
    });
    await world.clock.advance(30);
    pair.central.hci.silence();
    await world.clock.advance(100);
    for (const side of sides) {
      pair[side].hci.event(leConnectionUpdateComplete, {
        status: 0,
        connectionHandle: handleOf(pair, side),
        connectionInterval: 40,
        peripheralLatency: 2,
        supervisionTimeout: 300,
      });
    }
    // Data goes at the new pace: 50 ms.
    await world.clock.advance(500);
    const before = world.clock.now();
    await pair.peripheral.hci.acl(pair.peripheralHandle, new Uint8Array(5));
    while (pair.central.hci.received.length === 0) await world.clock.advance(0.5);
    const first = world.clock.now();
    pair.central.hci.received.length = 0;
    await pair.peripheral.hci.acl(pair.peripheralHandle, new Uint8Array(5));
    while (pair.central.hci.received.length === 0) await world.clock.advance(0.5);
    expect(first - before).toBeLessThanOrEqual(51);
    expect(world.clock.now() - first).toBeGreaterThan(49);
  });

  it('leave the connection parameters to the central (0x0C) without their own procedure, and refuse wrong ones (0x12)', async () => {
    const pair = await new World().connected({ peripheral: bluetooth40Personality });
    const theirs = { connectionHandle: pair.peripheralHandle, ...update };
    await pair.peripheral.hci.refused(commands.leConnectionUpdate, theirs, 0x0c);
    const ours = { connectionHandle: pair.centralHandle, ...update };
    await pair.central.hci.refused(commands.leConnectionUpdate, { ...ours, supervisionTimeout: 10 }, 0x12);
  });

  it('change the channel map at an instant (Vol 6, Part B, 5.1.2)', async () => {
    const world = new World();
    const pair = await world.connected();
    const readMaps = () =>
      Promise.all(
        sides.map(async (side) => {
          const read = { connectionHandle: handleOf(pair, side) };
          return toHex((await pair[side].hci.command(commands.leReadChannelMap, read)).channelMap);
        }),
      );
    expect(await readMaps()).toEqual(['ffffffff1f', 'ffffffff1f']);
    const channelMap = Uint8Array.of(0xff, 0x0f, 0, 0, 0x1f);
    await pair.central.hci.command(commands.leSetHostChannelClassification, { channelMap });
    await world.clock.advance(100);
    expect(await readMaps()).toEqual(['ff0f00001f', 'ff0f00001f']);
    for (const bad of [Uint8Array.of(1, 0, 0, 0, 0), Uint8Array.of(0xff, 0, 0, 0, 0x20)]) {
      await pair.central.hci.refused(commands.leSetHostChannelClassification, { channelMap: bad }, 0x12);
    }
  });

  it('run one after the other when many are asked for, and no more than fit (0x3A)', async () => {
    const world = new World();
    const pair = await world.connected();
    const { hci } = pair.central;
    const connectionHandle = pair.centralHandle;
    await hci.command(commands.leConnectionUpdate, { connectionHandle, ...update });
    await hci.command(commands.leSetPhy, {
      connectionHandle,
      allPhys: 3,
      txPhys: 0,
      rxPhys: 0,
      phyOptions: 0,
    });
    for (let i = 0; i < 15; i++)
      await hci.command(commands.readRemoteVersionInformation, { connectionHandle });
    await hci.refused(commands.readRemoteVersionInformation, { connectionHandle }, 0x3a);
    await world.clock.advance(3000);
    hci.event(leConnectionUpdateComplete, { status: 0 });
    hci.event(lePhyUpdateComplete, { status: 0, txPhy: 2 });
    for (let i = 0; i < 15; i++) hci.event(readRemoteVersionInformationComplete, { status: 0 });
    hci.silence();
  });

  it('tell how strongly the other end is heard (Vol 4, Part E, 7.5.4)', async () => {
    const world = new World();
    const pair = await world.connected();
    world.pathLoss.fix(pair.central.controller, pair.peripheral.controller, -71);
    await world.clock.advance(50);
    for (const side of sides) {
      const read = await pair[side].hci.command(commands.readRssi, { handle: handleOf(pair, side) });
      expect(read.rssi).toBe(-71);
    }
  });

  it('tell the transmit power, now and at most', async () => {
    const pair = await new World().connected({ central: { ...fullPersonality, txPower: 4 } });
    const connectionHandle = pair.centralHandle;
    for (const type of [0, 1]) {
      const read = await pair.central.hci.command(commands.readTransmitPowerLevel, {
        connectionHandle,
        type,
      });
      expect(read.txPowerLevel).toBe(4);
    }
    const wrong = { connectionHandle, type: 2 };
    await pair.central.hci.refused(commands.readTransmitPowerLevel, wrong, 0x12);
  });
});

describe('peripheral latency', () => {
  it('lets the peripheral sleep through events, but not when it has something to say (Vol 6, Part B, 4.5.1)', async () => {
    const world = new World();
    const pair = await world.connected({
      request: {
        connectionIntervalMin: 40,
        connectionIntervalMax: 40,
        maxLatency: 9,
        supervisionTimeout: 300,
      },
    });
    const spread = async (from: 'central' | 'peripheral', to: 'central' | 'peripheral') => {
      const took: number[] = [];
      for (let i = 0; i < 40; i++) {
        await world.clock.advance(730 + i * 13);
        const start = world.clock.now();
        await pair[from].hci.acl(handleOf(pair, from), new Uint8Array(5));
        while (pair[to].hci.allAcl().length === 0) await world.clock.advance(1);
        took.push(world.clock.now() - start);
      }
      return took;
    };
    const down = await spread('central', 'peripheral');
    expect(Math.max(...down)).toBeGreaterThan(300);
    expect(Math.max(...down)).toBeLessThan(502);
    const up = await spread('peripheral', 'central');
    expect(Math.max(...up)).toBeLessThan(52);
  });
});
