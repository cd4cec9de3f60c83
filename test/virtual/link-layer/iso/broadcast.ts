import * as commands from '../../../../src/hci/commands/index.js';
import type { ParametersOf } from '../../../../src/hci/definition.js';
import {
  leBigSyncEstablished,
  leCreateBigComplete,
  lePeriodicAdvertisingSyncEstablishedV1,
} from '../../../../src/hci/events/index.js';
import type { HciScript } from '../../../support/hci-script.js';
import { enable, scanExtended, setParameters } from '../../extended.js';
import type { ScriptedController, World } from '../../world.js';
import { openPath } from './streams.js';

type BigParameters = ParametersOf<typeof commands.leCreateBig>;
type BigTestParameters = ParametersOf<typeof commands.leCreateBigTest>;
type SyncParameters = ParametersOf<typeof commands.leBigCreateSync>;

export const broadcastCode = Uint8Array.from({ length: 16 }, (_, i) => 0x40 + i);

/** Two streams of 100 octets every 10 ms on LE 2M, each payload sent three times, one stream after the other. */
export function big(change: Partial<BigParameters> = {}): BigParameters {
  return {
    bigHandle: 5,
    advertisingHandle: 0,
    numBis: 2,
    sduInterval: 10_000,
    maxSdu: 100,
    maxTransportLatency: 20,
    rtn: 2,
    phy: 2,
    packing: 0,
    framing: 0,
    encryption: 0,
    broadcastCode,
    ...change,
  };
}

/** As {@link big}, in every detail. */
export function bigTest(change: Partial<BigTestParameters> = {}): BigTestParameters {
  return {
    bigHandle: 5,
    advertisingHandle: 0,
    numBis: 2,
    sduInterval: 10_000,
    isoInterval: 8,
    nse: 3,
    maxSdu: 100,
    maxPdu: 100,
    phy: 2,
    packing: 0,
    framing: 0,
    bn: 1,
    irc: 3,
    pto: 0,
    encryption: 0,
    broadcastCode,
    ...change,
  };
}

export function bigSync(change: Partial<SyncParameters> = {}): SyncParameters {
  return {
    bigHandle: 9,
    syncHandle: 0,
    encryption: 0,
    broadcastCode,
    mse: 0,
    bigSyncTimeout: 100,
    bises: [1, 2],
    ...change,
  };
}

/** Begins a train every 50 ms with set 0, SID 3. */
export async function beginTrain(hci: HciScript, periodicAdvertisingProperties = 0): Promise<void> {
  await hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters({ advertisingSid: 3 }));
  await hci.command(commands.leSetPeriodicAdvertisingParametersV1, {
    advertisingHandle: 0,
    periodicAdvertisingIntervalMin: 40,
    periodicAdvertisingIntervalMax: 40,
    periodicAdvertisingProperties,
  });
  await hci.command(commands.leSetPeriodicAdvertisingData, {
    advertisingHandle: 0,
    operation: 3,
    advertisingData: Uint8Array.of(3, 0x16, 0x51, 0x18),
  });
  await hci.command(commands.leSetPeriodicAdvertisingEnable, { enable: 1, advertisingHandle: 0 });
  await enable(hci);
}

/** A receiver of the train of a broadcaster. */
export async function follow(
  receiver: ScriptedController,
  broadcaster: ScriptedController,
  options = 0,
): Promise<void> {
  await receiver.hci.command(commands.lePeriodicAdvertisingCreateSync, {
    options,
    advertisingSid: 3,
    advertiserAddressType: 0,
    advertiserAddress: broadcaster.controller.address,
    skip: 0,
    syncTimeout: 100,
    syncCteType: 0,
  });
  await scanExtended(receiver.hci);
  await receiver.hci.eventually(lePeriodicAdvertisingSyncEstablishedV1, { status: 0 });
  receiver.hci.received.length = 0;
  await receiver.hci.command(commands.leSetExtendedScanEnable, {
    enable: 0,
    filterDuplicates: 0,
    duration: 0,
    period: 0,
  });
}

/** A broadcaster with a group, and one who receives its train. */
export interface Broadcast {
  readonly world: World;
  readonly broadcaster: ScriptedController;
  readonly receiver: ScriptedController;
  /** Of the group's streams, at the broadcaster. */
  readonly handles: readonly number[];
}

/** Begins a train, follows it from another controller, and creates a group. */
export async function broadcasting(world: World, parameters: BigParameters | BigTestParameters = big()) {
  const broadcaster = await world.controller();
  const receiver = await world.controller();
  await beginTrain(broadcaster.hci);
  await follow(receiver, broadcaster);
  broadcaster.hci.received.length = 0;
  if ('rtn' in parameters) await broadcaster.hci.command(commands.leCreateBig, parameters);
  else await broadcaster.hci.command(commands.leCreateBigTest, parameters);
  const { connectionHandles } = await broadcaster.hci.eventually(leCreateBigComplete, { status: 0 });
  return { world, broadcaster, receiver, handles: connectionHandles } satisfies Broadcast;
}

/** Receives the group, with data paths at both ends. @returns the receiver's handles */
export async function receive(
  { receiver, broadcaster, handles }: Broadcast,
  parameters: SyncParameters = bigSync(),
): Promise<readonly number[]> {
  receiver.hci.received.length = 0;
  await receiver.hci.command(commands.leBigCreateSync, parameters);
  const { connectionHandles } = await receiver.hci.eventually(leBigSyncEstablished, { status: 0 });
  for (const handle of connectionHandles) await openPath(receiver.hci, handle, 1);
  for (const handle of handles) await openPath(broadcaster.hci, handle, 0);
  receiver.hci.received.length = 0;
  broadcaster.hci.received.length = 0;
  return connectionHandles;
}
