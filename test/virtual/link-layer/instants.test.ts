import { describe, it } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import {
  disconnectionComplete,
  leConnectionUpdateComplete,
  lePhyUpdateComplete,
} from '../../../src/hci/events/index.js';
import { Conditions } from '../../../src/virtual/index.js';
import { addressOf, type ConnectedPair, World } from '../world.js';

const [CENTRAL, PERIPHERAL] = [addressOf(1).toString(), addressOf(2).toString()];
/** From when to when nothing of the central reaches the peripheral, in ms; the interval is 7.5 ms. */
const GAP = { fromMs: 1000, untilMs: 1100 };

/** A connection in which the central is not heard for a while, a second after it began. */
async function interrupted(gap: typeof GAP & { after?: number } = GAP): Promise<[World, ConnectedPair]> {
  const fault = { fault: 'drop', from: CENTRAL, to: PERIPHERAL, ...gap } as const;
  const world = new World(1, new Conditions({ faults: [fault] }));
  const pair = await world.connected({ request: { supervisionTimeout: 300 } });
  await world.clock.advance(gap.fromMs - world.clock.now());
  return [world, pair];
}

const update = (pair: ConnectedPair, change: object) => ({
  connectionHandle: pair.centralHandle,
  connectionIntervalMin: 6,
  connectionIntervalMax: 6,
  maxLatency: 0,
  supervisionTimeout: 300,
  minCeLength: 0,
  maxCeLength: 0,
  ...change,
});
const toPhy = (pair: ConnectedPair, change: object) => ({
  connectionHandle: pair.centralHandle,
  allPhys: 0,
  txPhys: 2,
  rxPhys: 2,
  phyOptions: 0,
  ...change,
});

describe('an instant that has passed when its PDU comes (Vol 6, Part B, 5.5)', () => {
  it('ends the connection with 0x28 at the peripheral: connection update', async () => {
    const [world, pair] = await interrupted();
    // The anchor points stay where they are, so that the peripheral goes on hearing the central.
    await pair.central.hci.command(commands.leConnectionUpdate, update(pair, { supervisionTimeout: 200 }));
    await world.clock.advance(150);
    pair.central.hci.event(leConnectionUpdateComplete, { status: 0, supervisionTimeout: 200 });
    pair.peripheral.hci.event(disconnectionComplete, { status: 0, reason: 0x28 });
    await world.clock.advance(2100);
    pair.central.hci.event(disconnectionComplete, { reason: 0x08 });
  });

  it('ends it with 0x08 on both sides where the peripheral still listens at the old interval', async () => {
    const [world, pair] = await interrupted();
    const slower = { connectionIntervalMin: 20, connectionIntervalMax: 20 };
    await pair.central.hci.command(commands.leConnectionUpdate, update(pair, slower));
    await world.clock.advance(2800);
    pair.central.hci.event(leConnectionUpdateComplete, { status: 0, connectionInterval: 20 });
    pair.central.hci.silence();
    await world.clock.advance(500);
    for (const { hci } of [pair.central, pair.peripheral]) {
      hci.event(disconnectionComplete, { reason: 0x08 });
      hci.silence();
    }
  });

  it('ends it with 0x28 as soon as both meet on a channel again: channel map', async () => {
    const [world, pair] = await interrupted();
    const channelMap = new Uint8Array([0xff, 0xff, 0, 0, 0]);
    await pair.central.hci.command(commands.leSetHostChannelClassification, { channelMap });
    await world.clock.advance(99);
    pair.peripheral.hci.silence();
    // Of 37 channels the old sequence is on one of those sixteen, and on the same, often enough.
    await world.clock.advance(300);
    pair.peripheral.hci.event(disconnectionComplete, { reason: 0x28 });
  });

  it('ends it with 0x28 when the central goes on sending on the old PHY: PHY update', async () => {
    // LL_PHY_REQ gets through, and its answer; LL_PHY_UPDATE_IND does not in time.
    const [world, pair] = await interrupted({ ...GAP, after: 1 });
    await pair.central.hci.command(commands.leSetPhy, toPhy(pair, { txPhys: 1, rxPhys: 2 }));
    await world.clock.advance(200);
    pair.central.hci.event(lePhyUpdateComplete, { status: 0, txPhy: 1, rxPhy: 2 });
    pair.peripheral.hci.event(disconnectionComplete, { reason: 0x28 });
  });

  it('ends it with 0x08 when the central sends on a PHY that the peripheral does not listen on', async () => {
    const [world, pair] = await interrupted({ ...GAP, after: 1 });
    await pair.central.hci.command(commands.leSetPhy, toPhy(pair, {}));
    await world.clock.advance(3300);
    pair.central.hci.event(lePhyUpdateComplete, { status: 0, txPhy: 2, rxPhy: 2 });
    for (const { hci } of [pair.central, pair.peripheral]) {
      hci.event(disconnectionComplete, { reason: 0x08 });
    }
  });

  it('harms nobody when its PDU comes just in time', async () => {
    // Four of the five events before the instant are lost.
    const [world, pair] = await interrupted({ fromMs: 1000, untilMs: 1030 });
    const slower = { connectionIntervalMin: 20, connectionIntervalMax: 20 };
    await pair.central.hci.command(commands.leConnectionUpdate, update(pair, slower));
    await world.clock.advance(500);
    for (const { hci } of [pair.central, pair.peripheral]) {
      hci.event(leConnectionUpdateComplete, { status: 0, connectionInterval: 20 });
      hci.silence();
    }
  });
});
