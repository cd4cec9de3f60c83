import { describe, expect, it } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import {
  disconnectionComplete,
  leConnectionComplete,
  lePathLossThreshold,
  leTransmitPowerReporting,
} from '../../../src/hci/events/index.js';
import { fullPersonality } from '../../../src/virtual/index.js';
import { LeFeature } from '../../../src/virtual/link-layer/features.js';
import { advertise, type ConnectedPair, createConnection, World } from '../world.js';

const txPowerRange = { min: -20, max: 8 };
const variable = { ...fullPersonality, txPowerRange };
/** Asks its peers to be heard between −70 and −50 dBm. */
const golden = { ...variable, goldenRange: { min: -70, max: -50 } };

/** The central wants to hear its peer within its golden range; both have variable powers. */
async function pairAt(loss: number): Promise<[World, ConnectedPair, (loss: number) => void]> {
  const world = new World();
  const [central, peripheral] = [await world.controller(golden), await world.controller(variable)];
  const at = (dB: number) => world.pathLoss.fix(central.controller, peripheral.controller, -dB);
  at(loss);
  await advertise(peripheral.hci);
  await central.hci.command(commands.leCreateConnection, createConnection(peripheral.controller.address));
  const ours = await central.hci.eventually(leConnectionComplete, { status: 0 });
  const theirs = await peripheral.hci.eventually(leConnectionComplete, { status: 0 });
  for (const { hci } of [central, peripheral]) hci.received.length = 0;
  const handles = { centralHandle: ours.connectionHandle, peripheralHandle: theirs.connectionHandle };
  return [world, { central, peripheral, ...handles }, at];
}

const power = async (pair: ConnectedPair, side: 'central' | 'peripheral') => {
  const connectionHandle = side === 'central' ? pair.centralHandle : pair.peripheralHandle;
  const { hci } = pair[side];
  hci.received.length = 0;
  const { currentTxPowerLevel, maxTxPowerLevel } = await hci.command(
    commands.leEnhancedReadTransmitPowerLevel,
    {
      connectionHandle,
      phy: 1,
    },
  );
  expect(maxTxPowerLevel).toBe(8);
  return currentTxPowerLevel;
};
const rssi = async (pair: ConnectedPair) =>
  (await pair.central.hci.command(commands.readRssi, { handle: pair.centralHandle })).rssi;

describe('LE Power Control (Vol 6, Part B, 5.1.17)', () => {
  it.each([
    [60, 0, -60],
    [66, 0, -66],
    // Too strong: to the middle of the range, −60 dBm.
    [45, -15, -60],
    // Weaker than the least cannot be.
    [30, -20, -50],
    // Too weak: up to the most.
    [75, 8, -67],
    [90, 8, -82],
  ])('brings a peer behind %i dB to %i dBm, where it is heard at %i dBm', async (loss, level, heard) => {
    const [world, pair] = await pairAt(loss);
    await world.clock.advance(500);
    expect(await power(pair, 'peripheral')).toBe(level);
    expect(await rssi(pair)).toBe(heard);
    // The other end minds nothing: nobody asks the central.
    expect(await power(pair, 'central')).toBe(0);
  });

  it('follows a peer that walks about, and stops asking at the end of its power', async () => {
    const [world, pair, at] = await pairAt(60);
    for (const loss of [72, 95, 70, 52, 68, 30, 60]) {
      at(loss);
      await world.clock.advance(500);
      const [level, heard] = [await power(pair, 'peripheral'), await rssi(pair)];
      expect(heard).toBe(level - loss);
      if (heard < -70) expect(level).toBe(txPowerRange.max);
      else if (heard > -50) expect(level).toBe(txPowerRange.min);
    }
  });

  it('tells both hosts that want to hear of it, of their own and of the peer (Vol 4, Part E, 7.8.121)', async () => {
    const [world, pair, at] = await pairAt(60);
    const enable = commands.leSetTransmitPowerReportingEnable;
    const { central, peripheral, centralHandle, peripheralHandle } = pair;
    await central.hci.command(enable, { connectionHandle: centralHandle, localEnable: 0, remoteEnable: 1 });
    await peripheral.hci.command(enable, {
      connectionHandle: peripheralHandle,
      localEnable: 1,
      remoteEnable: 0,
    });
    await world.clock.advance(200);
    for (const { hci } of [central, peripheral]) hci.silence();
    at(75);
    await world.clock.advance(500);
    const change = { status: 0, phy: 1, txPowerLevel: 8, txPowerLevelFlag: 2, delta: 8 };
    central.hci.event(leTransmitPowerReporting, { ...change, reason: 1, connectionHandle: centralHandle });
    peripheral.hci.event(leTransmitPowerReporting, {
      ...change,
      reason: 0,
      connectionHandle: peripheralHandle,
    });
    for (const { hci } of [central, peripheral]) hci.silence();
    await central.hci.command(commands.leReadRemoteTransmitPowerLevel, {
      connectionHandle: centralHandle,
      phy: 1,
    });
    await world.clock.advance(50);
    const read = { ...change, reason: 2, delta: 0 };
    central.hci.event(leTransmitPowerReporting, { ...read, connectionHandle: centralHandle });
  });

  it('leaves the path loss what it is, whatever the power (Vol 6, Part B, 4.5.16)', async () => {
    const [world, pair, at] = await pairAt(60);
    const connectionHandle = pair.centralHandle;
    const { hci } = pair.central;
    await hci.command(commands.leSetPathLossReportingParameters, {
      connectionHandle,
      highThreshold: 70,
      highHysteresis: 2,
      lowThreshold: 50,
      lowHysteresis: 2,
      minTimeSpent: 1,
    });
    await hci.command(commands.leSetPathLossReportingEnable, { connectionHandle, enable: 1 });
    await world.clock.advance(100);
    hci.event(lePathLossThreshold, { currentPathLoss: 60, zoneEntered: 1 });
    for (const [loss, zone] of [
      [45, 0],
      [60, 1],
      [78, 2],
      [60, 1],
    ] as const) {
      at(loss);
      await world.clock.advance(600);
      // Its power has changed meanwhile, and the zone not once more.
      hci.event(lePathLossThreshold, { currentPathLoss: loss, zoneEntered: zone });
      hci.silence();
    }
  });

  it('keeps a connection that would be lost with less power', async () => {
    // −98 dBm with 0 dBm; −90 dBm with 8 dBm: the central's sensitivity is −95 dBm.
    const [world, pair, at] = await pairAt(88);
    await world.clock.advance(500);
    expect(await power(pair, 'peripheral')).toBe(8);
    at(98);
    await world.clock.advance(900);
    pair.central.hci.silence();
    // The central itself is too weak: its peer hears nothing, and ends the connection.
    await world.clock.advance(600);
    pair.peripheral.hci.event(disconnectionComplete, { reason: 0x08 });
  });

  it('asks a peer that does not know it only once', async () => {
    const world = new World();
    const leFeatures = fullPersonality.leFeatures & ~(1n << BigInt(LeFeature.lePowerControlRequest));
    const pair = await world.connected({ central: golden, peripheral: { ...variable, leFeatures } });
    world.pathLoss.fix(pair.central.controller, pair.peripheral.controller, -85);
    await world.clock.advance(2000);
    const connectionHandle = pair.centralHandle;
    await pair.central.hci.command(commands.leReadRemoteTransmitPowerLevel, { connectionHandle, phy: 1 });
    await world.clock.advance(100);
    pair.central.hci.event(leTransmitPowerReporting, { status: 0x1a });
  });

  it('gives the range of its power, and the power of each connection (Vol 4, Part E, 7.8.74 and 7.3.35)', async () => {
    const [world, pair] = await pairAt(45);
    await world.clock.advance(500);
    const { hci } = pair.peripheral;
    hci.received.length = 0;
    expect(await hci.command(commands.leReadTransmitPower, {})).toMatchObject({
      minTxPower: -20,
      maxTxPower: 8,
    });
    const read = (type: number) =>
      hci.command(commands.readTransmitPowerLevel, { connectionHandle: pair.peripheralHandle, type });
    expect(await read(0)).toMatchObject({ txPowerLevel: -15 });
    expect(await read(1)).toMatchObject({ txPowerLevel: 8 });
  });
});
