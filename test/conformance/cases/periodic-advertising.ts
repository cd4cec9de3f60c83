import { expect } from 'vitest';
import { toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  lePeriodicAdvertisingReportV1,
  lePeriodicAdvertisingSyncEstablishedV1,
  lePeriodicAdvertisingSyncLost,
} from '../../../src/hci/events/index.js';
import { setParameters } from '../../virtual/extended.js';
import type { Case, Controller } from '../bench.js';
import { AddressType, staticAddress } from './support.js';

const needs = [
  commands.leSetPeriodicAdvertisingParametersV1,
  commands.leSetPeriodicAdvertisingData,
  commands.leSetPeriodicAdvertisingEnable,
  commands.lePeriodicAdvertisingCreateSync,
  commands.lePeriodicAdvertisingTerminateSync,
];
const handle = { advertisingHandle: 0 };
const bytes = Uint8Array.of(5, 0x16, 1, 2, 3, 4);

/** Begins a train under a static random address, every 100 ms, with SID 4. */
export async function beginTrain(controller: Controller, last: number): Promise<void> {
  await controller.command(
    commands.leSetExtendedAdvertisingParametersV1,
    setParameters({ ownAddressType: AddressType.random, advertisingSid: 4 }),
  );
  const randomAddress = staticAddress(last);
  await controller.command(commands.leSetAdvertisingSetRandomAddress, { ...handle, randomAddress });
  await controller.command(commands.leSetPeriodicAdvertisingParametersV1, {
    ...handle,
    periodicAdvertisingIntervalMin: 80,
    periodicAdvertisingIntervalMax: 80,
    periodicAdvertisingProperties: 0,
  });
  const data = { ...handle, operation: 3, advertisingData: bytes };
  await controller.command(commands.leSetPeriodicAdvertisingData, data);
  await controller.command(commands.leSetPeriodicAdvertisingEnable, { ...handle, enable: 1 });
  const sets = [{ ...handle, duration: 0, maxExtendedAdvertisingEvents: 0 }];
  await controller.command(commands.leSetExtendedAdvertisingEnable, { enable: 1, sets });
}

export async function seek(controller: Controller, last: number, syncTimeout = 100): Promise<void> {
  await controller.command(commands.lePeriodicAdvertisingCreateSync, {
    options: 0,
    advertisingSid: 4,
    advertiserAddressType: AddressType.random,
    advertiserAddress: staticAddress(last),
    skip: 0,
    syncTimeout,
    syncCteType: 0,
  });
  await controller.command(commands.leSetExtendedScanParameters, {
    ownAddressType: AddressType.public,
    scanningFilterPolicy: 0,
    scanningPhys: [{ phy: 1, scanType: 0, scanInterval: 16, scanWindow: 16 }],
  });
  const always = { enable: 1, filterDuplicates: 0, duration: 0, period: 0 };
  await controller.command(commands.leSetExtendedScanEnable, always);
}

/** Periodic advertising and its reception. */
export const periodicAdvertisingCases: readonly Case[] = [
  {
    name: 'synchronises with periodic advertising, and reports it (Vol 4, Part E, 7.7.65.14 and 7.7.65.15)',
    controllers: 2,
    needs,
    async run({ controllers: [one, two] }) {
      await beginTrain(one!, 0x71);
      await seek(two!, 0x71);
      const { syncHandle } = await two!.event(lePeriodicAdvertisingSyncEstablishedV1, {
        status: 0,
        advertisingSid: 4,
        periodicAdvertisingInterval: 80,
      });
      for (let i = 0; i < 3; i++) {
        const report = await two!.event(lePeriodicAdvertisingReportV1, { syncHandle, dataStatus: 0 });
        expect(toHex(report.data)).toBe(toHex(bytes));
      }
      await two!.command(commands.lePeriodicAdvertisingTerminateSync, { syncHandle });
      two!.all(lePeriodicAdvertisingReportV1);
      await two!.none(lePeriodicAdvertisingReportV1, {}, 300);
    },
  },
  {
    name: 'tells that periodic advertising is lost after the timeout (Vol 4, Part E, 7.7.65.16)',
    controllers: 2,
    needs,
    async run({ controllers: [one, two] }) {
      await beginTrain(one!, 0x72);
      await seek(two!, 0x72, 50);
      const { syncHandle } = await two!.event(lePeriodicAdvertisingSyncEstablishedV1, { status: 0 });
      await one!.command(commands.leSetPeriodicAdvertisingEnable, { ...handle, enable: 0 });
      await two!.event(lePeriodicAdvertisingSyncLost, { syncHandle });
    },
  },
  {
    name: 'calls synchronising off with 0x44 (Vol 4, Part E, 7.8.68)',
    controllers: 1,
    needs: [...needs, commands.lePeriodicAdvertisingCreateSyncCancel],
    async run({ controllers: [one] }) {
      await one!.refused(commands.lePeriodicAdvertisingCreateSyncCancel, {}, 0x0c);
      await seek(one!, 0x73);
      await one!.command(commands.lePeriodicAdvertisingCreateSyncCancel, {});
      await one!.event(lePeriodicAdvertisingSyncEstablishedV1, { status: 0x44 });
    },
  },
];
