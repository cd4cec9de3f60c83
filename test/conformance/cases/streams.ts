import { expect } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import { disconnectionComplete, leCisEstablishedV1, leCisRequest } from '../../../src/hci/events/index.js';
import { cig, cis } from '../../virtual/link-layer/iso/streams.js';
import type { Case, Controller } from '../bench.js';
import { connect } from './support.js';

const HOST_SUPPORT = { bitNumber: 32, bitValue: 1 };
const needs = [
  commands.leSetHostFeatureV1,
  commands.leSetCigParameters,
  commands.leCreateCis,
  commands.leAcceptCisRequest,
  commands.leRejectCisRequest,
];

/** A connection whose hosts can do streams, and a request for one that the peripheral's host has heard of. */
async function requested(central: Controller, peripheral: Controller) {
  for (const one of [central, peripheral]) await one.command(commands.leSetHostFeatureV1, HOST_SUPPORT);
  const acl = await connect(central, peripheral);
  const { connectionHandles } = await central.command(commands.leSetCigParameters, cig());
  const [atCentral] = connectionHandles as [number];
  await central.command(commands.leCreateCis, {
    cises: [{ cisConnectionHandle: atCentral, aclConnectionHandle: acl.central }],
  });
  const { cisConnectionHandle } = await peripheral.event(leCisRequest, {
    aclConnectionHandle: acl.peripheral,
    cigId: cig().cigId,
    cisId: cis().cisId,
  });
  return { atCentral, atPeripheral: cisConnectionHandle };
}

/** Connected isochronous streams: their signalling. */
export const streamCases: readonly Case[] = [
  {
    name: 'gives a handle for each stream of a group (Vol 4, Part E, 7.8.97)',
    controllers: 1,
    needs,
    async run({ controllers: [one] }) {
      const { cigId, connectionHandles } = await one!.command(
        commands.leSetCigParameters,
        cig({ cises: [cis(), cis({ cisId: 2 })] }),
      );
      expect(cigId).toBe(cig().cigId);
      expect(new Set(connectionHandles).size).toBe(2);
    },
  },
  {
    name: 'refuses parameters of a group that are out of range (0x12; Vol 4, Part E, 7.8.97)',
    controllers: 1,
    needs,
    async run({ controllers: [one] }) {
      for (const change of [{ cigId: 0xf0 }, { packing: 2 }, { maxTransportLatencyCToP: 4 }]) {
        await one!.refused(commands.leSetCigParameters, cig(change), 0x12);
      }
    },
  },
  {
    name: 'creates a stream that the peripheral accepts, and tells both of it (Vol 4, Part E, 7.7.65.25)',
    controllers: 2,
    needs,
    async run({ controllers: [central, peripheral] }) {
      const { atCentral, atPeripheral } = await requested(central!, peripheral!);
      await peripheral!.command(commands.leAcceptCisRequest, { connectionHandle: atPeripheral });
      const ours = await central!.event(leCisEstablishedV1, { status: 0, connectionHandle: atCentral });
      const theirs = await peripheral!.event(leCisEstablishedV1, {
        status: 0,
        connectionHandle: atPeripheral,
      });
      expect(ours.isoInterval).toBe(theirs.isoInterval);
      expect(ours.nse).toBe(theirs.nse);
    },
  },
  {
    name: 'tells the central why the peripheral rejects a stream (Vol 4, Part E, 7.8.102)',
    controllers: 2,
    needs,
    async run({ controllers: [central, peripheral] }) {
      const { atCentral, atPeripheral } = await requested(central!, peripheral!);
      await peripheral!.command(commands.leRejectCisRequest, {
        connectionHandle: atPeripheral,
        reason: 0x0d,
      });
      await central!.event(leCisEstablishedV1, { status: 0x0d, connectionHandle: atCentral });
    },
  },
  {
    name: 'ends a stream by Disconnect, and the group can be removed then (Vol 4, Part E, 7.1.6 and 7.8.100)',
    controllers: 2,
    needs: [...needs, commands.leRemoveCig],
    async run({ controllers: [central, peripheral] }) {
      const { atCentral, atPeripheral } = await requested(central!, peripheral!);
      await peripheral!.command(commands.leAcceptCisRequest, { connectionHandle: atPeripheral });
      await central!.event(leCisEstablishedV1, { status: 0 });
      await peripheral!.event(leCisEstablishedV1, { status: 0 });
      await central!.refused(commands.leRemoveCig, { cigId: cig().cigId }, 0x0c);
      await central!.command(commands.disconnect, { connectionHandle: atCentral, reason: 0x13 });
      await central!.event(disconnectionComplete, { connectionHandle: atCentral, reason: 0x16 });
      await peripheral!.event(disconnectionComplete, { connectionHandle: atPeripheral, reason: 0x13 });
      await central!.command(commands.leRemoveCig, { cigId: cig().cigId });
    },
  },
];
