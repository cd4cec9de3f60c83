import { describe, expect, it } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import type { AnyEvent, EventDefinition } from '../../../src/hci/definition.js';
import { LE_META } from '../../../src/hci/definition.js';
import * as events from '../../../src/hci/events/index.js';
import { parseEvent } from '../../support/hci-script.js';
import { advertise, scan, World } from '../world.js';

const ALL = 0x3fffffffffffffffn;
const LE_META_BIT = 1n << 61n;

/** Brings about an event on a connected central. */
type Cause = (world: World, pair: Awaited<ReturnType<World['connected']>>) => Promise<void>;

const causes: readonly (readonly [AnyEvent, Cause])[] = [
  [
    events.disconnectionComplete,
    async (_world, { central, centralHandle }) =>
      void (await central.hci.command(commands.disconnect, {
        connectionHandle: centralHandle,
        reason: 0x13,
      })),
  ],
  [
    events.readRemoteVersionInformationComplete,
    async (_world, { central, centralHandle }) =>
      void (await central.hci.command(commands.readRemoteVersionInformation, {
        connectionHandle: centralHandle,
      })),
  ],
  [
    events.dataBufferOverflow,
    async (_world, { central, centralHandle }) => {
      for (let i = 0; i < 9; i++) await central.hci.acl(centralHandle, Uint8Array.of(1));
    },
  ],
  [
    events.leAdvertisingReport,
    async (world, { central }) => {
      await advertise((await world.controller()).hci);
      await scan(central.hci);
    },
  ],
  [
    events.leReadRemoteFeaturesPage0Complete,
    async (_world, { central, centralHandle }) =>
      void (await central.hci.command(commands.leReadRemoteFeaturesPage0, {
        connectionHandle: centralHandle,
      })),
  ],
  [
    events.leConnectionUpdateComplete,
    async (_world, { central, centralHandle }) =>
      void (await central.hci.command(commands.leConnectionUpdate, {
        connectionHandle: centralHandle,
        connectionIntervalMin: 24,
        connectionIntervalMax: 24,
        maxLatency: 0,
        supervisionTimeout: 100,
        minCeLength: 0,
        maxCeLength: 0,
      })),
  ],
  [
    events.leDataLengthChange,
    async (_world, { central, centralHandle }) =>
      void (await central.hci.command(commands.leSetDataLength, {
        connectionHandle: centralHandle,
        txOctets: 100,
        txTime: 1000,
      })),
  ],
  [
    events.lePhyUpdateComplete,
    async (_world, { central, centralHandle }) =>
      void (await central.hci.command(commands.leSetPhy, {
        connectionHandle: centralHandle,
        allPhys: 0,
        txPhys: 2,
        rxPhys: 2,
        phyOptions: 0,
      })),
  ],
];

/** How many such events the central's host gets with these masks. */
async function count(event: AnyEvent, cause: Cause, eventMask: bigint, leEventMask: bigint): Promise<number> {
  const world = new World();
  const pair = await world.connected();
  const { hci } = pair.central;
  await hci.command(commands.setEventMask, { eventMask });
  await hci.command(commands.leSetEventMask, { leEventMask });
  await cause(world, pair);
  await world.clock.advance(500);
  return hci.received.filter((packet) => parseEvent(event as EventDefinition<unknown>, packet)).length;
}

describe('the event masks', () => {
  it.each(causes.map(([event, cause]) => [event.name, event, cause] as const))(
    'let %s through by its bit, and hold it back without (Vol 4, Part E, 7.3.1 and 7.8.1)',
    async (_name, event, cause) => {
      const bit = 1n << BigInt(event.maskBit!);
      const isLe = event.code === LE_META;
      const [mask, leMask] = isLe ? [LE_META_BIT, bit] : [bit, 0n];
      expect(await count(event, cause, mask, leMask)).toBeGreaterThan(0);
      const [without, leWithout] = isLe ? [ALL, ALL & ~bit] : [ALL & ~bit, ALL];
      expect(await count(event, cause, without, leWithout)).toBe(0);
      if (isLe) expect(await count(event, cause, ALL & ~LE_META_BIT, ALL)).toBe(0);
    },
  );

  it('are the defaults again after a Reset: no LE Meta events (Vol 4, Part E, 7.3.1)', async () => {
    const world = new World();
    const { hci } = await world.controller();
    const other = await world.controller();
    await hci.command(commands.reset, {});
    await advertise(other.hci);
    await scan(hci);
    await world.clock.advance(500);
    hci.silence();
    await hci.command(commands.setEventMask, { eventMask: 0x1fffffffffffn | LE_META_BIT });
    await world.clock.advance(500);
    expect(hci.all(events.leAdvertisingReport).length).toBeGreaterThan(2);
  });
});
