import { expect } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import {
  leBigInfoAdvertisingReport,
  leBigSyncEstablished,
  leBigSyncLost,
  leCreateBigComplete,
  lePeriodicAdvertisingSyncEstablishedV1,
  leTerminateBigComplete,
} from '../../../src/hci/events/index.js';
import { big, bigSync, bigTest } from '../../virtual/link-layer/iso/broadcast.js';
import type { Case, Controller } from '../bench.js';
import { beginTrain, seek } from './periodic-advertising.js';

const sends = [commands.leCreateBig, commands.leTerminateBig, commands.leSetPeriodicAdvertisingEnable];
const receives = [
  commands.leBigCreateSync,
  commands.leBigTerminateSync,
  commands.lePeriodicAdvertisingCreateSync,
];

/** A train that the second controller follows; gives its Sync_Handle. */
async function followed(broadcaster: Controller, receiver: Controller): Promise<number> {
  await beginTrain(broadcaster, 0x71);
  await seek(receiver, 0x71);
  const { syncHandle } = await receiver.event(lePeriodicAdvertisingSyncEstablishedV1, { status: 0 });
  return syncHandle;
}

/** Broadcast Isochronous Groups. */
export const broadcastCases: readonly Case[] = [
  {
    name: 'creates a broadcast group and ends it (Vol 4, Part E, 7.8.103 and 7.8.105)',
    controllers: 1,
    needs: sends,
    async run({ controllers: [one] }) {
      await beginTrain(one!, 0x71);
      await one!.command(commands.leCreateBig, big());
      const { connectionHandles, bn, nse } = await one!.event(leCreateBigComplete, {
        status: 0,
        bigHandle: 5,
      });
      expect(new Set(connectionHandles).size).toBe(2);
      expect(nse % bn).toBe(0);
      await one!.command(commands.leTerminateBig, { bigHandle: 5, reason: 0x13 });
      await one!.event(leTerminateBigComplete, { bigHandle: 5, reason: 0x16 });
    },
  },
  {
    name: 'refuses a broadcast group without a train, and a BIG_Handle in use (0x42, 0x0C; Vol 4, Part E, 7.8.103)',
    controllers: 1,
    needs: sends,
    async run({ controllers: [one] }) {
      await one!.refused(commands.leCreateBig, big({ advertisingHandle: 7 }), 0x42);
      await beginTrain(one!, 0x71);
      await one!.command(commands.leCreateBig, big());
      await one!.event(leCreateBigComplete, { status: 0 });
      await one!.refused(commands.leCreateBig, big(), 0x0c);
      await one!.refused(commands.leTerminateBig, { bigHandle: 6, reason: 0x13 }, 0x42);
    },
  },
  {
    name: 'reports BIGInfo as the broadcaster was told to have it (Vol 4, Part E, 7.7.65.34)',
    controllers: 2,
    needs: [...sends, ...receives, commands.leCreateBigTest],
    async run({ controllers: [broadcaster, receiver] }) {
      const syncHandle = await followed(broadcaster!, receiver!);
      await broadcaster!.command(commands.leCreateBigTest, bigTest({ nse: 4, irc: 2, pto: 1 }));
      await broadcaster!.event(leCreateBigComplete, { status: 0, nse: 4, bn: 1, irc: 2, pto: 1 });
      await receiver!.event(leBigInfoAdvertisingReport, {
        syncHandle,
        numBis: 2,
        nse: 4,
        isoInterval: 8,
        bn: 1,
        pto: 1,
        irc: 2,
        maxPdu: 100,
        sduInterval: 10_000,
        maxSdu: 100,
        framing: 0,
        encryption: 0,
      });
    },
  },
  {
    name: 'receives a broadcast group until the broadcaster ends it (Vol 4, Part E, 7.7.65.29 and 7.7.65.30)',
    controllers: 2,
    needs: [...sends, ...receives],
    async run({ controllers: [broadcaster, receiver] }) {
      const syncHandle = await followed(broadcaster!, receiver!);
      await broadcaster!.command(commands.leCreateBig, big({ encryption: 1 }));
      const ours = await broadcaster!.event(leCreateBigComplete, { status: 0 });
      await receiver!.command(commands.leBigCreateSync, bigSync({ syncHandle, encryption: 1 }));
      const theirs = await receiver!.event(leBigSyncEstablished, { status: 0, bigHandle: 9 });
      expect(theirs.connectionHandles).toHaveLength(2);
      expect(theirs.transportLatencyBig).toBe(ours.transportLatencyBig);
      await broadcaster!.command(commands.leTerminateBig, { bigHandle: 5, reason: 0x15 });
      await receiver!.event(leBigSyncLost, { bigHandle: 9, reason: 0x15 });
    },
  },
  {
    name: 'calls off the reception of a broadcast group (0x44; Vol 4, Part E, 7.8.107)',
    controllers: 2,
    needs: receives,
    async run({ controllers: [broadcaster, receiver] }) {
      const syncHandle = await followed(broadcaster!, receiver!);
      await receiver!.command(commands.leBigCreateSync, bigSync({ syncHandle }));
      await receiver!.command(commands.leBigTerminateSync, { bigHandle: 9 });
      await receiver!.event(leBigSyncEstablished, { status: 0x44, bigHandle: 9 });
      await receiver!.refused(commands.leBigTerminateSync, { bigHandle: 9 }, 0x42);
    },
  },
];
