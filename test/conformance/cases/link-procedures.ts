import { expect } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import {
  authenticatedPayloadTimeoutExpired,
  disconnectionComplete,
  encryptionChangeV1,
  leConnectionUpdateComplete,
  leDataLengthChange,
  leLongTermKeyRequest,
  lePhyUpdateComplete,
  leReadRemoteFeaturesPage0Complete,
  leRemoteConnectionParameterRequest,
  leRequestPeerScaComplete,
  leSubrateChange,
  leTransmitPowerReporting,
  readRemoteVersionInformationComplete,
} from '../../../src/hci/events/index.js';
import type { Case, Controller } from '../bench.js';
import { type Connected, connect } from './support.js';

/** A handle that is no connection. */
const NOBODY = 0x0eef;
const wish = {
  connectionIntervalMin: 24,
  connectionIntervalMax: 40,
  maxLatency: 1,
  supervisionTimeout: 300,
  minCeLength: 0,
  maxCeLength: 0,
};
const asked = { intervalMin: 24, intervalMax: 40, maxLatency: 1, timeout: 300 };
const key = new Uint8Array(16).fill(0x5a);

async function encrypt(
  [central, peripheral]: readonly Controller[],
  { central: connectionHandle, peripheral: theirs }: Connected,
): Promise<void> {
  const request = { randomNumber: 1n, encryptedDiversifier: 2, longTermKey: key };
  await central!.command(commands.leEnableEncryption, { connectionHandle, ...request });
  await peripheral!.event(leLongTermKeyRequest, { connectionHandle: theirs });
  const reply = { connectionHandle: theirs, longTermKey: key };
  await peripheral!.command(commands.leLongTermKeyRequestReply, reply);
  await central!.event(encryptionChangeV1, { status: 0 });
}

/** Bits of FeatureSet: Core Vol 6, Part B, 4.6. */
const SUBRATING_HOST_SUPPORT = 38;

/** The procedures of the link layer that came after Bluetooth 4.0. */
export const linkProcedureCases: readonly Case[] = [
  {
    name: 'asks the host of the central for the parameters that a peripheral wants (Vol 4, Part E, 7.8.18, 7.8.31 and 7.7.65.6)',
    controllers: 2,
    needs: [commands.leRemoteConnectionParameterRequestReply],
    async run({ controllers: [central, peripheral] }) {
      const { central: ours, peripheral: theirs } = await connect(central!, peripheral!);
      await peripheral!.command(commands.leConnectionUpdate, { connectionHandle: theirs, ...wish });
      await central!.event(leRemoteConnectionParameterRequest, { connectionHandle: ours, ...asked });
      const reply = { connectionHandle: ours, ...asked, minCeLength: 0, maxCeLength: 0 };
      await central!.command(commands.leRemoteConnectionParameterRequestReply, reply);
      for (const one of [central!, peripheral!]) {
        const done = await one.event(leConnectionUpdateComplete, { status: 0 });
        expect(done).toMatchObject({ peripheralLatency: 1, supervisionTimeout: 300 });
        expect(done.connectionInterval).toBeGreaterThanOrEqual(24);
        expect(done.connectionInterval).toBeLessThanOrEqual(40);
      }
    },
  },
  {
    name: 'tells the peripheral why the host of the central refuses its parameters (Vol 4, Part E, 7.8.32)',
    controllers: 2,
    needs: [commands.leRemoteConnectionParameterRequestNegativeReply],
    async run({ controllers: [central, peripheral] }) {
      const { central: ours, peripheral: theirs } = await connect(central!, peripheral!);
      await peripheral!.command(commands.leConnectionUpdate, { connectionHandle: theirs, ...wish });
      await central!.event(leRemoteConnectionParameterRequest, { connectionHandle: ours });
      const refusal = { connectionHandle: ours, reason: 0x3b };
      await central!.command(commands.leRemoteConnectionParameterRequestNegativeReply, refusal);
      await peripheral!.event(leConnectionUpdateComplete, { status: 0x3b });
      await central!.none(leConnectionUpdateComplete, {}, 200);
    },
  },
  {
    name: 'tells the peripheral the features and the version of the central (Vol 6, Part B, 5.1.4.2 and 5.1.5)',
    controllers: 2,
    // What came with Bluetooth 4.1 together.
    needs: [
      commands.leReadRemoteFeaturesPage0,
      commands.readRemoteVersionInformation,
      commands.leRemoteConnectionParameterRequestReply,
    ],
    async run({ controllers: [central, peripheral] }) {
      const { peripheral: connectionHandle } = await connect(central!, peripheral!);
      const local = await central!.command(commands.readLocalVersionInformation, {});
      await peripheral!.command(commands.leReadRemoteFeaturesPage0, { connectionHandle });
      await peripheral!.event(leReadRemoteFeaturesPage0Complete, { status: 0, connectionHandle });
      await peripheral!.command(commands.readRemoteVersionInformation, { connectionHandle });
      await peripheral!.event(readRemoteVersionInformationComplete, {
        status: 0,
        connectionHandle,
        version: local.lmpVersion,
        companyIdentifier: local.companyIdentifier,
        subversion: local.lmpSubversion,
      });
    },
  },
  {
    name: 'lengthens packets, and tells both ends (Vol 4, Part E, 7.8.33 and 7.7.65.7)',
    controllers: 2,
    needs: [commands.leSetDataLength],
    async run({ controllers: [central, peripheral] }) {
      const { central: ours, peripheral: theirs } = await connect(central!, peripheral!);
      const lengths = { txOctets: 100, txTime: 1000 };
      await central!.command(commands.leSetDataLength, { connectionHandle: ours, ...lengths });
      await central!.event(leDataLengthChange, {
        connectionHandle: ours,
        maxTxOctets: 100,
        maxTxTime: 1000,
      });
      await peripheral!.event(leDataLengthChange, {
        connectionHandle: theirs,
        maxRxOctets: 100,
        maxRxTime: 1000,
      });
    },
  },
  {
    name: 'refuses lengths out of range, and of no connection (0x12, 0x02; Vol 4, Part E, 7.8.33)',
    controllers: 2,
    needs: [commands.leSetDataLength],
    async run({ controllers: [central, peripheral] }) {
      const { central: connectionHandle } = await connect(central!, peripheral!);
      const set = commands.leSetDataLength;
      await central!.refused(set, { connectionHandle, txOctets: 26, txTime: 328 }, 0x12);
      await central!.refused(set, { connectionHandle, txOctets: 252, txTime: 2120 }, 0x12);
      await central!.refused(set, { connectionHandle, txOctets: 27, txTime: 327 }, 0x12);
      await central!.refused(set, { connectionHandle: NOBODY, txOctets: 27, txTime: 328 }, 0x02);
    },
  },
  {
    name: 'keeps the data length that new connections begin with, and tells the longest (Vol 4, Part E, 7.8.34, 7.8.35 and 7.8.46)',
    controllers: 1,
    needs: [
      commands.leReadMaximumDataLength,
      commands.leReadSuggestedDefaultDataLength,
      commands.leWriteSuggestedDefaultDataLength,
    ],
    async run({ controllers: [one] }) {
      const longest = await one!.command(commands.leReadMaximumDataLength, {});
      for (const octets of [longest.supportedMaxTxOctets, longest.supportedMaxRxOctets]) {
        expect(octets).toBeGreaterThanOrEqual(27);
        expect(octets).toBeLessThanOrEqual(251);
      }
      const before = await one!.command(commands.leReadSuggestedDefaultDataLength, {});
      expect(before).toMatchObject({ suggestedMaxTxOctets: 27, suggestedMaxTxTime: 328 });
      const wanted = { suggestedMaxTxOctets: 60, suggestedMaxTxTime: 592 };
      await one!.command(commands.leWriteSuggestedDefaultDataLength, wanted);
      const after = await one!.command(commands.leReadSuggestedDefaultDataLength, {});
      expect(after).toMatchObject(wanted);
    },
  },
  {
    name: 'changes the PHYs of a connection, and tells both (Vol 4, Part E, 7.8.47, 7.8.49 and 7.7.65.12)',
    controllers: 2,
    needs: [commands.leSetPhy, commands.leReadPhy],
    async run({ controllers: [central, peripheral] }) {
      const { central: ours, peripheral: theirs } = await connect(central!, peripheral!);
      const before = await central!.command(commands.leReadPhy, { connectionHandle: ours });
      expect(before).toMatchObject({ txPhy: 1, rxPhy: 1 });
      const phys = { allPhys: 0, txPhys: 2, rxPhys: 2, phyOptions: 0 };
      await peripheral!.command(commands.leSetPhy, { connectionHandle: theirs, ...phys });
      for (const [one, connectionHandle] of [
        [central!, ours],
        [peripheral!, theirs],
      ] as const) {
        await one.event(lePhyUpdateComplete, { status: 0, connectionHandle, txPhy: 2, rxPhy: 2 });
        const now = await one.command(commands.leReadPhy, { connectionHandle });
        expect(now).toMatchObject({ txPhy: 2, rxPhy: 2 });
      }
      // Whoever asks is told, also when nothing changes.
      await central!.command(commands.leSetPhy, { connectionHandle: ours, ...phys });
      await central!.event(lePhyUpdateComplete, { status: 0, connectionHandle: ours, txPhy: 2, rxPhy: 2 });
    },
  },
  {
    name: 'refuses no PHY at all, and PHYs of no connection (0x12, 0x02; Vol 4, Part E, 7.8.47 to 7.8.49)',
    controllers: 2,
    needs: [commands.leSetPhy, commands.leReadPhy, commands.leSetDefaultPhy],
    async run({ controllers: [central, peripheral] }) {
      const { central: connectionHandle } = await connect(central!, peripheral!);
      const none = { allPhys: 0, txPhys: 0, rxPhys: 1, phyOptions: 0 };
      await central!.refused(commands.leSetPhy, { connectionHandle, ...none }, 0x12);
      await central!.refused(commands.leSetPhy, { connectionHandle: NOBODY, ...none, txPhys: 1 }, 0x02);
      await central!.refused(commands.leReadPhy, { connectionHandle: NOBODY }, 0x02);
      await central!.refused(commands.leSetDefaultPhy, { allPhys: 0, txPhys: 0, rxPhys: 1 }, 0x12);
    },
  },
  {
    name: 'uses the channels that the host of the central leaves, at both ends (Vol 4, Part E, 7.8.19 and 7.8.20)',
    controllers: 2,
    needs: [commands.leSetHostChannelClassification, commands.leReadChannelMap],
    async run({ controllers: [central, peripheral], pace }) {
      const { central: ours, peripheral: theirs } = await connect(central!, peripheral!);
      const channelMap = Uint8Array.of(0xff, 0x00, 0xff, 0x00, 0x1f);
      await central!.command(commands.leSetHostChannelClassification, { channelMap });
      await pace.wait(400);
      for (const [one, connectionHandle] of [
        [central!, ours],
        [peripheral!, theirs],
      ] as const) {
        const read = await one.command(commands.leReadChannelMap, { connectionHandle });
        expect([...read.channelMap]).toEqual([...channelMap]);
      }
    },
  },
  {
    name: 'refuses a channel map with one channel, or bits beside it (0x12; Vol 4, Part E, 7.8.19)',
    controllers: 1,
    needs: [commands.leSetHostChannelClassification],
    async run({ controllers: [one] }) {
      for (const map of [
        [1, 0, 0, 0, 0],
        [0xff, 0xff, 0xff, 0xff, 0x3f],
      ]) {
        const channelMap = Uint8Array.from(map);
        await one!.refused(commands.leSetHostChannelClassification, { channelMap }, 0x12);
      }
    },
  },
  {
    name: 'tells the accuracy of the sleep clock of the other end (Vol 4, Part E, 7.8.108 and 7.7.65.24)',
    controllers: 2,
    needs: [commands.leRequestPeerSca],
    async run({ controllers: [central, peripheral] }) {
      const { central: ours, peripheral: theirs } = await connect(central!, peripheral!);
      for (const [one, connectionHandle] of [
        [central!, ours],
        [peripheral!, theirs],
      ] as const) {
        await one.command(commands.leRequestPeerSca, { connectionHandle });
        const { peerClockAccuracy } = await one.event(leRequestPeerScaComplete, {
          status: 0,
          connectionHandle,
        });
        expect(peerClockAccuracy).toBeLessThanOrEqual(7);
      }
      await central!.refused(commands.leRequestPeerSca, { connectionHandle: NOBODY }, 0x02);
    },
  },
  {
    name: 'keeps the authenticated payload timeout, 30 s at first (Vol 4, Part E, 7.3.93 and 7.3.94)',
    controllers: 2,
    needs: [commands.readAuthenticatedPayloadTimeout, commands.writeAuthenticatedPayloadTimeout],
    async run({ controllers: [central, peripheral] }) {
      const { central: connectionHandle } = await connect(central!, peripheral!, {
        connectionIntervalMin: 40,
        connectionIntervalMax: 40,
        maxLatency: 3,
        supervisionTimeout: 300,
      });
      const [read, write] = [
        commands.readAuthenticatedPayloadTimeout,
        commands.writeAuthenticatedPayloadTimeout,
      ];
      expect(await central!.command(read, { connectionHandle })).toMatchObject({
        authenticatedPayloadTimeout: 3000,
      });
      // Not shorter than 50 ms × (1 + 3).
      await central!.refused(write, { connectionHandle, authenticatedPayloadTimeout: 19 }, 0x12);
      await central!.command(write, { connectionHandle, authenticatedPayloadTimeout: 20 });
      expect(await central!.command(read, { connectionHandle })).toMatchObject({
        authenticatedPayloadTimeout: 20,
      });
      await central!.refused(read, { connectionHandle: NOBODY }, 0x02);
    },
  },
  {
    name: 'pings in time, so that the authenticated payload timeout does not pass (Vol 6, Part B, 5.1.8 and 5.4)',
    controllers: 2,
    needs: [commands.writeAuthenticatedPayloadTimeout, commands.leEnableEncryption],
    async run({ controllers }) {
      const [central, peripheral] = controllers;
      const handles = await connect(central!, peripheral!);
      await central!.command(commands.setEventMaskPage2, { eventMaskPage2: 1n << 23n });
      const timeout = { connectionHandle: handles.central, authenticatedPayloadTimeout: 30 };
      await central!.command(commands.writeAuthenticatedPayloadTimeout, timeout);
      await encrypt(controllers, handles);
      await central!.none(authenticatedPayloadTimeoutExpired, {}, 2000);
      expect(central!.all(disconnectionComplete)).toEqual([]);
    },
  },
  {
    name: 'subrates a connection where both hosts let it, and tells both (Vol 4, Part E, 7.8.124 and 7.7.65.35)',
    controllers: 2,
    needs: [commands.leSubrateRequest, commands.leSetHostFeatureV1],
    async run({ controllers: [central, peripheral] }) {
      const hostSupport = { bitNumber: SUBRATING_HOST_SUPPORT, bitValue: 1 };
      for (const one of [central!, peripheral!]) await one.command(commands.leSetHostFeatureV1, hostSupport);
      const { central: ours, peripheral: theirs } = await connect(central!, peripheral!);
      const range = { maxLatency: 0, continuationNumber: 1, supervisionTimeout: 300 };
      const wanted = { subrateMin: 2, subrateMax: 4, ...range };
      await central!.command(commands.leSubrateRequest, { connectionHandle: ours, ...wanted });
      for (const [one, connectionHandle] of [
        [central!, ours],
        [peripheral!, theirs],
      ] as const) {
        const change = await one.event(leSubrateChange, { status: 0, connectionHandle });
        expect(change).toMatchObject({
          peripheralLatency: 0,
          continuationNumber: 1,
          supervisionTimeout: 300,
        });
        expect([2, 3, 4]).toContain(change.subrateFactor);
      }
    },
  },
  {
    name: 'refuses subrates that contradict each other, and those of no connection (0x12, 0x02; Vol 4, Part E, 7.8.124)',
    controllers: 2,
    needs: [commands.leSubrateRequest],
    async run({ controllers: [central, peripheral] }) {
      const { central: connectionHandle } = await connect(central!, peripheral!);
      const good = {
        subrateMin: 1,
        subrateMax: 4,
        maxLatency: 0,
        continuationNumber: 0,
        supervisionTimeout: 300,
      };
      const ask = (handle: number, change: object, status: number) =>
        central!.refused(commands.leSubrateRequest, { connectionHandle: handle, ...good, ...change }, status);
      await ask(connectionHandle, { subrateMin: 5 }, 0x12);
      await ask(connectionHandle, { continuationNumber: 4 }, 0x12);
      await ask(connectionHandle, { maxLatency: 499 }, 0x12);
      await ask(NOBODY, {}, 0x02);
    },
  },
  {
    name: 'tells the transmit power of both ends (Vol 4, Part E, 7.8.117, 7.8.118 and 7.7.65.33)',
    controllers: 2,
    needs: [commands.leEnhancedReadTransmitPowerLevel, commands.leReadRemoteTransmitPowerLevel],
    async run({ controllers: [central, peripheral] }) {
      const { central: ours, peripheral: theirs } = await connect(central!, peripheral!);
      const local = await peripheral!.command(commands.leEnhancedReadTransmitPowerLevel, {
        connectionHandle: theirs,
        phy: 1,
      });
      expect(local.currentTxPowerLevel).toBeLessThanOrEqual(local.maxTxPowerLevel);
      const read = { connectionHandle: ours, phy: 1 };
      await central!.command(commands.leReadRemoteTransmitPowerLevel, read);
      await central!.event(leTransmitPowerReporting, {
        status: 0,
        ...read,
        reason: 2,
        txPowerLevel: local.currentTxPowerLevel,
      });
      await central!.refused(commands.leReadRemoteTransmitPowerLevel, { ...read, phy: 5 }, 0x12);
    },
  },
];
