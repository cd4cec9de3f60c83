import { expect } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import { leAdvertisingReport, leConnectionComplete } from '../../../src/hci/events/index.js';
import type { Case, Controller } from '../bench.js';
import { AddressType, advertise, createConnection, scan, staticAddress } from './support.js';

const irks = {
  central: Uint8Array.from({ length: 16 }, (_, i) => 0x30 + i),
  peripheral: Uint8Array.from({ length: 16 }, (_, i) => 0x60 + i),
};
const central = staticAddress(0x31);
const peripheral = staticAddress(0x32);
const needs = [
  commands.leAddDeviceToResolvingList,
  commands.leRemoveDeviceFromResolvingList,
  commands.leClearResolvingList,
  commands.leReadResolvingListSize,
  commands.leSetAddressResolutionEnable,
];

/** Has a controller resolve a peer, and hide from it. */
async function know(
  one: Controller,
  peer: typeof central,
  peerIrk: Uint8Array,
  localIrk: Uint8Array,
): Promise<void> {
  await one.command(commands.leAddDeviceToResolvingList, {
    peerIdentityAddressType: AddressType.random,
    peerIdentityAddress: peer,
    peerIrk,
    localIrk,
  });
  await one.command(commands.leSetAddressResolutionEnable, { addressResolutionEnable: 1 });
}

const hidden = { ownAddressType: 3, peerAddressType: AddressType.random, peerAddress: central };

/** The resolving list, and what goes by it. */
export const privacyCases: readonly Case[] = [
  {
    name: 'keeps a resolving list: its size, who is on it, who is not (Vol 4, Part E, 7.8.38 to 7.8.41)',
    controllers: 1,
    needs,
    async run({ controllers: [one] }) {
      const { resolvingListSize } = await one!.command(commands.leReadResolvingListSize, {});
      expect(resolvingListSize).toBeGreaterThan(0);
      const entry = (n: number) => ({
        peerIdentityAddressType: AddressType.random,
        peerIdentityAddress: staticAddress(n),
      });
      const withKeys = (n: number) => ({
        ...entry(n),
        peerIrk: Uint8Array.from({ length: 16 }, () => n),
        localIrk: irks.central,
      });
      for (let n = 1; n <= resolvingListSize; n++) {
        await one!.command(commands.leAddDeviceToResolvingList, withKeys(n));
      }
      await one!.refused(commands.leAddDeviceToResolvingList, withKeys(resolvingListSize + 1), 0x07);
      await one!.command(commands.leRemoveDeviceFromResolvingList, entry(1));
      await one!.refused(commands.leRemoveDeviceFromResolvingList, entry(1), 0x02);
      await one!.command(commands.leClearResolvingList, {});
      await one!.refused(commands.leRemoveDeviceFromResolvingList, entry(2), 0x02);
    },
  },
  {
    name: 'refuses resolution to be switched while it scans (0x0C; Vol 4, Part E, 7.8.44)',
    controllers: 1,
    needs,
    async run({ controllers: [one] }) {
      await scan(one!);
      const enable = { addressResolutionEnable: 1 };
      await one!.refused(commands.leSetAddressResolutionEnable, enable, 0x0c);
    },
  },
  {
    name: 'reports whom it resolves by the identity address, of type 3 (Vol 4, Part E, 7.7.65.2)',
    controllers: 2,
    needs,
    async run({ controllers: [watching, hiding] }) {
      await know(watching!, peripheral, irks.peripheral, irks.central);
      await know(hiding!, central, irks.central, irks.peripheral);
      await advertise(hiding!, peripheral, Uint8Array.of(2, 1, 6), hidden);
      await scan(watching!);
      const { reports } = await watching!.event(leAdvertisingReport);
      expect(reports[0]!.addressType).toBe(AddressType.randomIdentity);
      expect(reports[0]!.address.equals(peripheral)).toBe(true);
    },
  },
  {
    name: 'connects devices that both hide, by their identity addresses (Vol 6, Part B, 6)',
    controllers: 2,
    needs,
    async run({ controllers: [calling, hiding] }) {
      await know(calling!, peripheral, irks.peripheral, irks.central);
      await know(hiding!, central, irks.central, irks.peripheral);
      await calling!.command(commands.leSetRandomAddress, { randomAddress: central });
      await advertise(hiding!, peripheral, Uint8Array.of(2, 1, 6), hidden);
      await calling!.command(
        commands.leCreateConnection,
        createConnection(peripheral, { peerAddressType: AddressType.random, ownAddressType: 3 }),
      );
      const ours = await calling!.event(leConnectionComplete, { status: 0, role: 0 });
      const theirs = await hiding!.event(leConnectionComplete, { status: 0, role: 1 });
      expect(ours.peerAddress.equals(peripheral)).toBe(true);
      expect(theirs.peerAddress.equals(central)).toBe(true);
    },
  },
];
