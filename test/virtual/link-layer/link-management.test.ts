import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  authenticatedPayloadTimeoutExpired,
  disconnectionComplete,
  leConnectionUpdateComplete,
  leLongTermKeyRequest,
  lePathLossThreshold,
  leRemoteConnectionParameterRequest,
  leRequestPeerScaComplete,
  leSubrateChange,
  leTransmitPowerReporting,
} from '../../../src/hci/events/index.js';
import { bluetooth40Personality, Conditions, fullPersonality } from '../../../src/virtual/index.js';
import { LeFeature } from '../../../src/virtual/link-layer/features.js';
import { type ConnectedPair, World } from '../world.js';

const wish = {
  connectionIntervalMin: 24,
  connectionIntervalMax: 40,
  maxLatency: 1,
  supervisionTimeout: 300,
  minCeLength: 0,
  maxCeLength: 0,
};

const without = (...bits: number[]) => ({
  ...fullPersonality,
  leFeatures: bits.reduce((set, bit) => set & ~(1n << BigInt(bit)), fullPersonality.leFeatures),
});

async function encrypt(world: World, pair: ConnectedPair): Promise<void> {
  const longTermKey = fromHex('000102030405060708090a0b0c0d0e0f');
  const request = { randomNumber: 0n, encryptedDiversifier: 0, longTermKey };
  await pair.central.hci.command(commands.leEnableEncryption, {
    connectionHandle: pair.centralHandle,
    ...request,
  });
  await pair.peripheral.hci.eventually(leLongTermKeyRequest, {});
  const connectionHandle = pair.peripheralHandle;
  await pair.peripheral.hci.command(commands.leLongTermKeyRequestReply, { connectionHandle, longTermKey });
  await world.clock.advance(100);
  for (const { hci } of [pair.central, pair.peripheral]) hci.received.length = 0;
}

describe('the Connection Parameters Request procedure', () => {
  const ask = (pair: ConnectedPair) =>
    pair.peripheral.hci.command(commands.leConnectionUpdate, {
      connectionHandle: pair.peripheralHandle,
      ...wish,
    });

  it('asks the host of the central, and tells both what came of it (Vol 4, Part E, 7.8.31)', async () => {
    const world = new World();
    const pair = await world.connected();
    await ask(pair);
    await world.clock.advance(100);
    const asked = { intervalMin: 24, intervalMax: 40, maxLatency: 1, timeout: 300 };
    const connectionHandle = pair.centralHandle;
    pair.central.hci.event(leRemoteConnectionParameterRequest, { connectionHandle, ...asked });
    const reply = { connectionHandle, ...asked, minCeLength: 0, maxCeLength: 0 };
    const refused = commands.leRemoteConnectionParameterRequestReply;
    await pair.central.hci.refused(refused, { ...reply, timeout: 9 }, 0x12);
    await pair.central.hci.command(refused, reply);
    await pair.central.hci.refused(refused, reply, 0x0c);
    await world.clock.advance(200);
    for (const { hci } of [pair.central, pair.peripheral]) {
      hci.event(leConnectionUpdateComplete, {
        status: 0,
        connectionInterval: 24,
        peripheralLatency: 1,
        supervisionTimeout: 300,
      });
      hci.silence();
    }
  });

  it('tells the peripheral why the host of the central refuses (Vol 4, Part E, 7.8.32)', async () => {
    const world = new World();
    const pair = await world.connected();
    await ask(pair);
    await world.clock.advance(100);
    pair.central.hci.event(leRemoteConnectionParameterRequest, {});
    const negative = { connectionHandle: pair.centralHandle, reason: 0x3b };
    await pair.central.hci.command(commands.leRemoteConnectionParameterRequestNegativeReply, negative);
    await world.clock.advance(100);
    pair.peripheral.hci.event(leConnectionUpdateComplete, { status: 0x3b });
  });

  it('is refused with 0x1A where the host does not hear of it, or the central does not know it', async () => {
    const world = new World();
    const pair = await world.connected();
    await pair.central.hci.command(commands.leSetEventMask, { leEventMask: 0x1fn });
    await ask(pair);
    await world.clock.advance(100);
    pair.peripheral.hci.event(leConnectionUpdateComplete, { status: 0x1a });
    pair.central.hci.silence();
    const old = await new World().connected({ central: bluetooth40Personality });
    await ask(old);
    await old.peripheral.hci.eventually(leConnectionUpdateComplete, { status: 0x1a }, 100);
  });

  it('ends the connection when the other end does not answer for 40 s (0x22; Vol 6, Part B, 5.2)', async () => {
    const world = new World();
    const pair = await world.connected();
    await ask(pair);
    // The host of the central never answers.
    await world.clock.advance(39_900);
    pair.peripheral.hci.silence();
    await world.clock.advance(200);
    pair.peripheral.hci.event(disconnectionComplete, { reason: 0x22 });
  });
});

describe('what the ends of a connection learn of each other', () => {
  it('is the accuracy of the sleep clock (Vol 4, Part E, 7.8.108)', async () => {
    const world = new World();
    const pair = await world.connected({ peripheral: { ...fullPersonality, sleepClockAccuracy: 7 } });
    const connectionHandle = pair.centralHandle;
    await pair.central.hci.command(commands.leRequestPeerSca, { connectionHandle });
    await pair.central.hci.eventually(leRequestPeerScaComplete, { status: 0, peerClockAccuracy: 7 }, 100);
    const old = await new World().connected({ peripheral: without(LeFeature.sleepClockAccuracyUpdates) });
    await old.central.hci.command(commands.leRequestPeerSca, { connectionHandle: old.centralHandle });
    await old.central.hci.eventually(leRequestPeerScaComplete, { status: 0x1a }, 100);
  });

  it('is the transmit power, which has one level (Vol 4, Part E, 7.8.117 and 7.8.118)', async () => {
    const world = new World();
    const pair = await world.connected({ peripheral: { ...fullPersonality, txPower: 8 } });
    const connectionHandle = pair.centralHandle;
    const { hci } = pair.central;
    const ours = await hci.command(commands.leEnhancedReadTransmitPowerLevel, { connectionHandle, phy: 1 });
    expect(ours).toMatchObject({ currentTxPowerLevel: 0, maxTxPowerLevel: 0 });
    for (const phy of [1, 2, 3, 4]) {
      await hci.command(commands.leReadRemoteTransmitPowerLevel, { connectionHandle, phy });
      await hci.eventually(
        leTransmitPowerReporting,
        { status: 0, reason: 2, phy, txPowerLevel: 8, txPowerLevelFlag: 3, delta: 0 },
        100,
      );
    }
    await hci.refused(commands.leReadRemoteTransmitPowerLevel, { connectionHandle, phy: 5 }, 0x12);
    await hci.refused(commands.leEnhancedReadTransmitPowerLevel, { connectionHandle, phy: 0 }, 0x12);
  });

  it('is the zone of the path loss (Vol 4, Part E, 7.8.119, 7.8.120 and 7.7.65.32)', async () => {
    const world = new World();
    const pair = await world.connected();
    const at = (loss: number) =>
      world.pathLoss.fix(pair.central.controller, pair.peripheral.controller, -loss);
    const connectionHandle = pair.centralHandle;
    const { hci } = pair.central;
    const enable = { connectionHandle, enable: 1 };
    await hci.refused(commands.leSetPathLossReportingEnable, enable, 0x0c);
    const zones = {
      connectionHandle,
      highThreshold: 70,
      highHysteresis: 3,
      lowThreshold: 50,
      lowHysteresis: 3,
      minTimeSpent: 4,
    };
    const parameters = commands.leSetPathLossReportingParameters;
    await hci.refused(parameters, { ...zones, lowThreshold: 68 }, 0x12);
    await hci.command(parameters, zones);
    at(40);
    await hci.command(commands.leSetPathLossReportingEnable, enable);
    await world.clock.advance(100);
    hci.event(lePathLossThreshold, { currentPathLoss: 40, zoneEntered: 0 });
    // Within the hysteresis nothing changes.
    for (const [loss, zone] of [
      [52, undefined],
      [55, 1],
      [48, undefined],
      [72, undefined],
      [75, 2],
      [68, undefined],
      [60, 1],
      [40, 0],
    ] as const) {
      at(loss);
      await world.clock.advance(100);
      if (zone === undefined) hci.silence();
      else hci.event(lePathLossThreshold, { currentPathLoss: loss, zoneEntered: zone });
    }
  });
});

describe('the authenticated payload timeout', () => {
  const write = (pair: ConnectedPair, timeout: number) => ({
    connectionHandle: pair.centralHandle,
    authenticatedPayloadTimeout: timeout,
  });

  it('is 30 s at first, and not shorter than what a peripheral may keep silent (Vol 4, Part E, 7.3.94)', async () => {
    const pair = await new World().connected();
    const { hci } = pair.central;
    const read = { connectionHandle: pair.centralHandle };
    expect(await hci.command(commands.readAuthenticatedPayloadTimeout, read)).toMatchObject({
      authenticatedPayloadTimeout: 3000,
    });
    await hci.refused(commands.writeAuthenticatedPayloadTimeout, write(pair, 0), 0x12);
    await hci.command(commands.writeAuthenticatedPayloadTimeout, write(pair, 1));
    expect(await hci.command(commands.readAuthenticatedPayloadTimeout, read)).toMatchObject({
      authenticatedPayloadTimeout: 1,
    });
  });

  it('never passes while the other end answers pings (Vol 6, Part B, 5.1.8)', async () => {
    const world = new World();
    const pair = await world.connected();
    await pair.central.hci.command(commands.setEventMaskPage2, { eventMaskPage2: 1n << 23n });
    await pair.central.hci.command(commands.writeAuthenticatedPayloadTimeout, write(pair, 50));
    await encrypt(world, pair);
    await world.clock.advance(20_000);
    pair.central.hci.silence();
  });

  it('is told again and again when nothing authenticated comes (Vol 4, Part E, 7.7.75)', async () => {
    const world = new World();
    const pair = await world.connected({
      request: { connectionIntervalMin: 12, connectionIntervalMax: 12, supervisionTimeout: 3200 },
    });
    await pair.central.hci.command(commands.setEventMaskPage2, { eventMaskPage2: 1n << 23n });
    await pair.central.hci.command(commands.writeAuthenticatedPayloadTimeout, write(pair, 100));
    await encrypt(world, pair);
    world.pathLoss.fix(pair.central.controller, pair.peripheral.controller, -127);
    await world.clock.advance(3500);
    expect(pair.central.hci.all(authenticatedPayloadTimeoutExpired)).toHaveLength(3);
  });
});

describe('subrating', () => {
  const subrating = {
    ...fullPersonality,
    leFeatures: fullPersonality.leFeatures | (1n << BigInt(LeFeature.connectionSubratingHostSupport)),
  };
  const range = {
    subrateMin: 1,
    subrateMax: 8,
    maxLatency: 0,
    continuationNumber: 0,
    supervisionTimeout: 300,
  };
  const changed = { status: 0, subrateFactor: 8, peripheralLatency: 0, supervisionTimeout: 300 };

  it('leaves out events on both sides, asked by the central (Vol 6, Part B, 5.1.19)', async () => {
    const world = new World();
    const pair = await world.connected({ central: subrating, peripheral: subrating });
    const connectionHandle = pair.centralHandle;
    await pair.central.hci.command(commands.leSubrateRequest, { connectionHandle, ...range });
    await world.clock.advance(200);
    for (const { hci } of [pair.central, pair.peripheral]) hci.event(leSubrateChange, changed);
    // Of events at 7.5 ms, every eighth: data comes at a pace of 60 ms.
    const times: number[] = [];
    for (let i = 0; i < 4; i++) {
      await pair.central.hci.acl(pair.centralHandle, new Uint8Array(5));
      while (pair.peripheral.hci.allAcl().length === 0) await world.clock.advance(0.5);
      times.push(world.clock.now());
    }
    expect(times.slice(1).map((time, i) => Math.round(time - times[i]!))).toEqual([60, 60, 60]);
  });

  it.each([0, 1, 3])(
    'uses the events behind one with data, continuation number %i (Vol 6, Part B, 4.5.1)',
    async (number) => {
      const world = new World();
      const pair = await world.connected({ central: subrating, peripheral: subrating });
      const { centralHandle: connectionHandle, central, peripheral } = pair;
      const wish = { ...range, continuationNumber: number };
      await central.hci.command(commands.leSubrateRequest, { connectionHandle, ...wish });
      await world.clock.advance(200);
      for (const { hci } of [central, peripheral]) {
        hci.event(leSubrateChange, { ...changed, continuationNumber: number });
      }
      /** Sends a packet; says how long it took, in events of 7.5 ms. */
      const send = async () => {
        const began = world.clock.now();
        await central.hci.acl(connectionHandle, new Uint8Array(5));
        while (peripheral.hci.allAcl().length === 0) await world.clock.advance(0.5);
        return Math.round((world.clock.now() - began) / 7.5);
      };
      await send();
      for (let turn = 0; turn < 3; turn++) {
        // What follows the data at once, and each packet after that, has the next event as long as it is continued.
        for (let i = 0; i < 3; i++) expect(await send()).toBe(number > 0 ? 1 : 8);
        // Data in the last continuation event continues once more; then it is over.
        if (number > 0) await world.clock.advance(7.5 * (number - 1));
        expect(await send()).toBe(number > 0 ? 1 : 8);
        await world.clock.advance(7.5 * number + 1);
        const next = await send();
        expect(next).toBeGreaterThan(number > 0 ? 1 : 7);
        expect(next).toBeLessThanOrEqual(8);
      }
    },
  );

  it('goes on with data lost and sent again in continuation events, both ways', async () => {
    const conditions = new Conditions({ seed: 3, loss: 0.3 });
    const world = new World(1, conditions);
    const pair = await world.connected({ central: subrating, peripheral: subrating });
    const { central, peripheral } = pair;
    const wish = { ...range, continuationNumber: 4 };
    const connectionHandle = pair.centralHandle;
    await central.hci.command(commands.leSubrateRequest, { connectionHandle, ...wish });
    await world.clock.advance(1000);
    for (const { hci } of [central, peripheral]) hci.event(leSubrateChange, { status: 0 });
    const heard: Record<'central' | 'peripheral', number[]> = { central: [], peripheral: [] };
    for (let i = 0; i < 60; i++) {
      await central.hci.acl(pair.centralHandle, Uint8Array.of(i));
      await peripheral.hci.acl(pair.peripheralHandle, Uint8Array.of(i));
      await world.clock.advance(200);
      heard.central.push(...central.hci.allAcl().map(({ data }) => data[0]!));
      heard.peripheral.push(...peripheral.hci.allAcl().map(({ data }) => data[0]!));
    }
    await world.clock.advance(2000);
    heard.central.push(...central.hci.allAcl().map(({ data }) => data[0]!));
    heard.peripheral.push(...peripheral.hci.allAcl().map(({ data }) => data[0]!));
    const all = Array.from({ length: 60 }, (_, i) => i);
    expect(heard).toEqual({ central: all, peripheral: all });
  });

  it('goes as far as the host of the central lets the peripheral (Vol 4, Part E, 7.8.123)', async () => {
    const world = new World();
    const pair = await world.connected({ central: subrating, peripheral: subrating });
    const ask = { connectionHandle: pair.peripheralHandle, ...range };
    await pair.central.hci.command(commands.leSetDefaultSubrate, { ...range, subrateMax: 4 });
    await pair.peripheral.hci.command(commands.leSubrateRequest, ask);
    await world.clock.advance(200);
    for (const { hci } of [pair.central, pair.peripheral]) {
      hci.event(leSubrateChange, { ...changed, subrateFactor: 4 });
    }
    await pair.peripheral.hci.command(commands.leSubrateRequest, { ...ask, subrateMin: 5 });
    await world.clock.advance(400);
    pair.peripheral.hci.event(leSubrateChange, { status: 0x20 });
    pair.central.hci.silence();
  });

  it('needs the hosts of both ends (0x0C, 0x1A), and subrates in range (0x12)', async () => {
    const world = new World();
    const pair = await world.connected({ peripheral: subrating });
    const ours = { connectionHandle: pair.centralHandle, ...range };
    await pair.central.hci.refused(commands.leSubrateRequest, ours, 0x0c);
    await pair.central.hci.refused(commands.leSubrateRequest, { ...ours, subrateMin: 0 }, 0x12);
    await pair.central.hci.refused(commands.leSubrateRequest, { ...ours, continuationNumber: 8 }, 0x12);
    const theirs = { connectionHandle: pair.peripheralHandle, ...range };
    await pair.peripheral.hci.command(commands.leSubrateRequest, theirs);
    await world.clock.advance(200);
    pair.peripheral.hci.event(leSubrateChange, { status: 0x1a });
  });
});
