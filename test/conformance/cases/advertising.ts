import { expect } from 'vitest';
import { fromHex, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import { leAdvertisingReport, leConnectionComplete } from '../../../src/hci/events/index.js';
import type { Case, Controller } from '../bench.js';
import { AddressType, advertise, advertisingParameters, scan, staticAddress } from './support.js';

const ADV_IND = 0;
const SCAN_RSP = 4;

/** The first report from an address. */
async function report(controller: Controller, address: string, eventType = ADV_IND) {
  for (;;) {
    const { reports } = await controller.event(leAdvertisingReport);
    const found = reports.find((one) => one.address.toString() === address && one.eventType === eventType);
    if (found) return found;
  }
}

/** Legacy advertising and scanning. */
export const advertisingCases: readonly Case[] = [
  {
    name: 'brings advertising data and the address to a passive scanner (Vol 4, Part E, 7.7.65.2)',
    controllers: 2,
    async run({ controllers: [one, two] }) {
      await scan(two!);
      await advertise(one!, staticAddress(1), fromHex('02010603030d18'));
      const found = await report(two!, staticAddress(1).toString());
      expect(found.addressType).toBe(AddressType.random);
      expect(toHex(found.data)).toBe('02010603030d18');
      expect(found.rssi === 127 || (found.rssi >= -127 && found.rssi <= 20)).toBe(true);
    },
  },
  {
    name: 'brings the scan response to an active scanner (Vol 6, Part B, 4.4.3.2)',
    controllers: 2,
    async run({ controllers: [one, two] }) {
      await one!.command(commands.leSetScanResponseData, { scanResponseData: fromHex('0409424c45') });
      await scan(two!, { leScanType: 1 });
      await advertise(one!, staticAddress(2));
      expect(toHex((await report(two!, staticAddress(2).toString(), SCAN_RSP)).data)).toBe('0409424c45');
    },
  },
  {
    name: 'brings no scan response to a passive scanner (Vol 6, Part B, 4.4.3.1)',
    controllers: 2,
    async run({ controllers: [one, two], pace }) {
      await scan(two!);
      await advertise(one!, staticAddress(3));
      await report(two!, staticAddress(3).toString());
      await pace.wait(300);
      const types = two!
        .all(leAdvertisingReport)
        .flatMap(({ reports }) => reports.map(({ eventType }) => eventType));
      expect(types).not.toContain(SCAN_RSP);
    },
  },
  {
    name: 'advertises again and again (Vol 6, Part B, 4.4.2.2)',
    controllers: 2,
    async run({ controllers: [one, two] }) {
      await scan(two!);
      await advertise(one!, staticAddress(4));
      for (let i = 0; i < 3; i++) await report(two!, staticAddress(4).toString());
    },
  },
  {
    name: 'reports an advertiser once with the duplicate filter (Vol 4, Part E, 7.8.11)',
    controllers: 2,
    async run({ controllers: [one, two] }) {
      await scan(two!, { filterDuplicates: 1 });
      await advertise(one!, staticAddress(5));
      await report(two!, staticAddress(5).toString());
      await two!.none(leAdvertisingReport, {}, 500);
    },
  },
  {
    name: 'says nothing more when advertising or scanning is switched off (Vol 4, Part E, 7.8.9)',
    controllers: 2,
    async run({ controllers: [one, two], pace }) {
      await scan(two!);
      await advertise(one!, staticAddress(6));
      await report(two!, staticAddress(6).toString());
      await one!.command(commands.leSetAdvertisingEnable, { advertisingEnable: 0 });
      await pace.wait(50);
      two!.all(leAdvertisingReport);
      await two!.none(leAdvertisingReport, {}, 300);
      await two!.command(commands.leSetScanEnable, { leScanEnable: 0, filterDuplicates: 0 });
    },
  },
  {
    name: 'takes switching off what is off as done (Vol 4, Part E, 7.8.9 and 7.8.11)',
    controllers: 1,
    async run({ controllers: [one] }) {
      await one!.command(commands.leSetAdvertisingEnable, { advertisingEnable: 0 });
      await one!.command(commands.leSetScanEnable, { leScanEnable: 0, filterDuplicates: 0 });
    },
  },
  {
    name: 'refuses new parameters while it advertises or scans (0x0C; Vol 4, Part E, 7.8.5 and 7.8.10)',
    controllers: 1,
    async run({ controllers: [one] }) {
      await advertise(one!, staticAddress(7));
      await one!.refused(commands.leSetAdvertisingParameters, advertisingParameters(), 0x0c);
      await scan(one!);
      await one!.refused(
        commands.leSetScanParameters,
        { leScanType: 0, leScanInterval: 16, leScanWindow: 16, ownAddressType: 0, scanningFilterPolicy: 0 },
        0x0c,
      );
    },
  },
  {
    name: 'refuses a new random address while it advertises under one (0x0C; Vol 4, Part E, 7.8.4)',
    controllers: 1,
    async run({ controllers: [one] }) {
      await advertise(one!, staticAddress(8));
      await one!.refused(commands.leSetRandomAddress, { randomAddress: staticAddress(9) }, 0x0c);
    },
  },
  {
    name: 'refuses intervals out of range (0x12; Vol 4, Part E, 7.8.5 and 7.8.10)',
    controllers: 1,
    async run({ controllers: [one] }) {
      await one!.refused(
        commands.leSetAdvertisingParameters,
        advertisingParameters({ advertisingIntervalMin: 200, advertisingIntervalMax: 160 }),
        0x12,
      );
      await one!.refused(
        commands.leSetScanParameters,
        { leScanType: 0, leScanInterval: 16, leScanWindow: 32, ownAddressType: 0, scanningFilterPolicy: 0 },
        0x12,
      );
    },
  },
  {
    name: 'reports only those on the Filter Accept List with policy 1 (Vol 6, Part B, 4.3.3)',
    controllers: 3,
    needs: [commands.leAddDeviceToFilterAcceptList],
    async run({ controllers: [one, two, three], pace }) {
      await three!.command(commands.leAddDeviceToFilterAcceptList, {
        addressType: AddressType.random,
        address: staticAddress(10),
      });
      await scan(three!, { scanningFilterPolicy: 1 });
      await advertise(two!, staticAddress(11));
      await advertise(one!, staticAddress(10));
      await report(three!, staticAddress(10).toString());
      await pace.wait(300);
      const others = three!.all(leAdvertisingReport).flatMap(({ reports }) => reports);
      expect(others.map(({ address }) => address.toString())).not.toContain(staticAddress(11).toString());
    },
  },
  {
    name: 'ends high duty cycle directed advertising after 1.28 s with 0x3C (Vol 4, Part E, 7.7.65.1)',
    controllers: 1,
    async run({ controllers: [one] }) {
      await one!.command(commands.leSetRandomAddress, { randomAddress: staticAddress(11) });
      await one!.command(
        commands.leSetAdvertisingParameters,
        advertisingParameters({
          advertisingType: 1,
          ownAddressType: AddressType.random,
          peerAddressType: AddressType.random,
          peerAddress: staticAddress(12),
        }),
      );
      await one!.command(commands.leSetAdvertisingEnable, { advertisingEnable: 1 });
      await one!.event(leConnectionComplete, { status: 0x3c });
    },
  },
];
