import { expect } from 'vitest';
import { BdAddr, concatBytes, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  leAdvertisingSetTerminated,
  leConnectionComplete,
  leExtendedAdvertisingReport,
} from '../../../src/hci/events/index.js';
import { createExtended, setParameters } from '../../virtual/extended.js';
import type { Case, Controller, ParametersOf } from '../bench.js';
import { AddressType, advertisingParameters, staticAddress } from './support.js';

type Parameters = ParametersOf<typeof commands.leSetExtendedAdvertisingParametersV1>;

const advertiserNeeds = [
  commands.leSetExtendedAdvertisingParametersV1,
  commands.leSetAdvertisingSetRandomAddress,
  commands.leSetExtendedAdvertisingData,
  commands.leSetExtendedAdvertisingEnable,
];
const needs = [...advertiserNeeds, commands.leSetExtendedScanParameters, commands.leSetExtendedScanEnable];
const handle = { advertisingHandle: 0 };

/** Makes a set under a static random address. */
async function makeSet(
  controller: Controller,
  last: number,
  change: Partial<Parameters> = {},
): Promise<string> {
  const parameters = setParameters({ ownAddressType: AddressType.random, ...change });
  await controller.command(commands.leSetExtendedAdvertisingParametersV1, parameters);
  const randomAddress = staticAddress(last);
  const { advertisingHandle } = parameters;
  await controller.command(commands.leSetAdvertisingSetRandomAddress, { advertisingHandle, randomAddress });
  return randomAddress.toString();
}

async function setData(controller: Controller, data: Uint8Array): Promise<void> {
  for (let at = 0; at === 0 || at < data.length; at += 200) {
    const isLast = at + 200 >= data.length;
    const operation = at === 0 ? (isLast ? 3 : 1) : isLast ? 2 : 0;
    await controller.command(commands.leSetExtendedAdvertisingData, {
      ...handle,
      operation,
      fragmentPreference: 1,
      advertisingData: data.subarray(at, at + 200),
    });
  }
}

async function enable(
  controller: Controller,
  { on = 1, duration = 0, maxExtendedAdvertisingEvents = 0 } = {},
): Promise<void> {
  const sets = [{ ...handle, duration, maxExtendedAdvertisingEvents }];
  await controller.command(commands.leSetExtendedAdvertisingEnable, { enable: on, sets });
}

async function scan(controller: Controller): Promise<void> {
  await controller.command(commands.leSetExtendedScanParameters, {
    ownAddressType: AddressType.public,
    scanningFilterPolicy: 0,
    scanningPhys: [{ phy: 1, scanType: 0, scanInterval: 16, scanWindow: 16 }],
  });
  const always = { enable: 1, filterDuplicates: 0, duration: 0, period: 0 };
  await controller.command(commands.leSetExtendedScanEnable, always);
}

/** The first whole report from an address: its first part, and all of its data. */
async function report(controller: Controller, address: string) {
  const parts: Uint8Array[] = [];
  for (;;) {
    const { reports } = await controller.event(leExtendedAdvertisingReport);
    for (const one of reports) {
      if (one.address.toString() !== address) continue;
      const status = (one.eventType >> 5) & 3;
      if (status === 2) {
        parts.length = 0;
        continue;
      }
      parts.push(one.data);
      if (status === 0) return { ...one, data: concatBytes(...parts) };
    }
  }
}

const some = Uint8Array.of(2, 1, 6);

/** Extended advertising, scanning and initiating. */
export const extendedAdvertisingCases: readonly Case[] = [
  {
    name: 'brings extended advertising data with its SID (Vol 4, Part E, 7.7.65.13)',
    controllers: 2,
    needs,
    async run({ controllers: [one, two] }) {
      const address = await makeSet(one!, 0x61, { advertisingSid: 5 });
      await setData(one!, some);
      await scan(two!);
      await enable(one!);
      const found = await report(two!, address);
      expect(found).toMatchObject({ eventType: 0, addressType: 1, primaryPhy: 1, advertisingSid: 5 });
      expect(toHex(found.data)).toBe(toHex(some));
    },
  },
  {
    name: 'brings 1000 octets of extended advertising data whole (Vol 4, Part E, 7.8.54)',
    controllers: 2,
    needs,
    async run({ controllers: [one, two] }) {
      const data = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff);
      const address = await makeSet(one!, 0x62);
      await setData(one!, data);
      await scan(two!);
      await enable(one!);
      expect(toHex((await report(two!, address)).data)).toBe(toHex(data));
    },
  },
  {
    name: 'reports legacy PDUs of an advertising set as such (Vol 4, Part E, 7.7.65.13)',
    controllers: 2,
    needs,
    async run({ controllers: [one, two] }) {
      const address = await makeSet(one!, 0x63, { advertisingEventProperties: 0x10 });
      await setData(one!, some);
      await scan(two!);
      await enable(one!);
      expect(await report(two!, address)).toMatchObject({
        eventType: 0x10,
        secondaryPhy: 0,
        advertisingSid: 0xff,
        data: some,
      });
    },
  },
  {
    name: 'ends a set after its duration with 0x3C (Vol 4, Part E, 7.7.65.18)',
    controllers: 1,
    needs: advertiserNeeds,
    async run({ controllers: [one], pace }) {
      await makeSet(one!, 0x64);
      await setData(one!, some);
      const begun = pace.now();
      await enable(one!, { duration: 30 });
      await one!.event(leAdvertisingSetTerminated, { status: 0x3c, ...handle });
      expect(pace.now() - begun).toBeGreaterThan(250);
    },
  },
  {
    name: 'ends a set after its number of events with 0x43 (Vol 4, Part E, 7.7.65.18)',
    controllers: 1,
    needs: advertiserNeeds,
    async run({ controllers: [one] }) {
      await makeSet(one!, 0x65);
      await setData(one!, some);
      await enable(one!, { maxExtendedAdvertisingEvents: 3 });
      await one!.event(leAdvertisingSetTerminated, {
        status: 0x43,
        ...handle,
        numCompletedExtendedAdvertisingEvents: 3,
      });
    },
  },
  {
    name: 'does not know a set that was not made (0x42; Vol 4, Part E, 7.8.52, 7.8.54, 7.8.56 and 7.8.59)',
    controllers: 1,
    needs: [...advertiserNeeds, commands.leRemoveAdvertisingSet],
    async run({ controllers: [one] }) {
      const address = { ...handle, randomAddress: staticAddress(0x66) };
      await one!.refused(commands.leSetAdvertisingSetRandomAddress, address, 0x42);
      const data = { ...handle, operation: 3, fragmentPreference: 0, advertisingData: some };
      await one!.refused(commands.leSetExtendedAdvertisingData, data, 0x42);
      const sets = [{ ...handle, duration: 0, maxExtendedAdvertisingEvents: 0 }];
      await one!.refused(commands.leSetExtendedAdvertisingEnable, { enable: 1, sets }, 0x42);
      await one!.refused(commands.leRemoveAdvertisingSet, handle, 0x42);
    },
  },
  {
    name: 'refuses kinds of extended advertising that there are not (0x12; Vol 4, Part E, 7.8.53)',
    controllers: 1,
    needs: advertiserNeeds,
    async run({ controllers: [one] }) {
      for (const advertisingEventProperties of [0x03, 0x0d, 0x11]) {
        const parameters = setParameters({ advertisingEventProperties });
        await one!.refused(commands.leSetExtendedAdvertisingParametersV1, parameters, 0x12);
      }
    },
  },
  {
    name: 'leaves a set that is on as it is (0x0C; Vol 4, Part E, 7.8.53, 7.8.54 and 7.8.59)',
    controllers: 1,
    needs: [...advertiserNeeds, commands.leRemoveAdvertisingSet],
    async run({ controllers: [one] }) {
      await makeSet(one!, 0x67);
      await setData(one!, some);
      await enable(one!);
      const parameters = setParameters({ ownAddressType: AddressType.random });
      await one!.refused(commands.leSetExtendedAdvertisingParametersV1, parameters, 0x0c);
      const first = { ...handle, operation: 1, fragmentPreference: 0, advertisingData: some };
      await one!.refused(commands.leSetExtendedAdvertisingData, first, 0x0c);
      await one!.refused(commands.leRemoveAdvertisingSet, handle, 0x0c);
      await enable(one!, { on: 0 });
      await one!.command(commands.leRemoveAdvertisingSet, handle);
    },
  },
  {
    name: 'connects to an advertising set, and tells that it has ended (Vol 4, Part E, 7.8.66 and 7.7.65.18)',
    controllers: 2,
    needs: [...advertiserNeeds, commands.leExtendedCreateConnectionV1],
    async run({ controllers: [one, two] }) {
      await makeSet(one!, 0x68, { advertisingEventProperties: 0x01 });
      await enable(one!);
      await two!.command(commands.leSetRandomAddress, { randomAddress: staticAddress(0x69) });
      await two!.command(
        commands.leExtendedCreateConnectionV1,
        createExtended(staticAddress(0x68), [1], { peerAddressType: 1, ownAddressType: 1 }),
      );
      await two!.event(leConnectionComplete, { status: 0, role: 0 });
      const { connectionHandle } = await one!.event(leConnectionComplete, { status: 0, role: 1 });
      await one!.event(leAdvertisingSetTerminated, { status: 0, ...handle, connectionHandle });
    },
  },
  {
    name: 'does not mix legacy and extended commands between Resets (0x0C; Vol 4, Part E, 3.1.1)',
    controllers: 1,
    needs: advertiserNeeds,
    async run({ controllers: [one] }) {
      await one!.command(commands.leSetExtendedAdvertisingParametersV1, setParameters());
      await one!.refused(commands.leSetAdvertisingParameters, advertisingParameters(), 0x0c);
      await one!.command(commands.reset, {});
      await one!.command(commands.leSetAdvertisingParameters, advertisingParameters());
      await one!.refused(commands.leSetExtendedAdvertisingParametersV1, setParameters(), 0x0c);
    },
  },
  {
    name: 'ends an extended attempt that is cancelled with 0x02 (Vol 4, Part E, 7.8.13)',
    controllers: 1,
    needs: [commands.leExtendedCreateConnectionV1],
    async run({ controllers: [one] }) {
      await one!.command(commands.leSetRandomAddress, { randomAddress: staticAddress(0x6a) });
      const peer = BdAddr.parse('F0F1F2F3F4EE');
      const request = createExtended(peer, [1], { peerAddressType: 1, ownAddressType: 1 });
      await one!.command(commands.leExtendedCreateConnectionV1, request);
      await one!.command(commands.leCreateConnectionCancel, {});
      await one!.event(leConnectionComplete, { status: 0x02 });
    },
  },
];
