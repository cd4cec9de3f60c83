import { expect } from 'vitest';
import { toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  disconnectionComplete,
  leAdvertisingReport,
  leConnectionComplete,
  leConnectionUpdateComplete,
  leReadRemoteFeaturesPage0Complete,
  numberOfCompletedPackets,
  readRemoteVersionInformationComplete,
} from '../../../src/hci/events/index.js';
import type { Case, Controller } from '../bench.js';
import { AddressType, advertise, connect, createConnection, scan, staticAddress } from './support.js';

const octets = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);

/** An L2CAP B-frame on the ATT channel: controllers that look at the length get one that is right. */
function frame(length: number): Uint8Array {
  return Uint8Array.of(length & 0xff, length >> 8, 4, 0, ...octets(length));
}

/** Takes ACL packets until a whole frame is there. */
async function wholeFrame(
  controller: Controller,
  handle: number,
): Promise<{ data: Uint8Array; flags: number[] }> {
  const flags: number[] = [];
  let data = new Uint8Array(0);
  do {
    const packet = await controller.data(handle);
    flags.push(packet.flags & 3);
    data = Uint8Array.of(...data, ...packet.data);
  } while (data.length < 4 || data.length < 4 + (data[0]! | (data[1]! << 8)));
  return { data, flags };
}

async function completed(controller: Controller, handle: number, packets: number): Promise<void> {
  for (let count = 0; count < packets; ) {
    const { handles } = await controller.event(numberOfCompletedPackets);
    for (const one of handles) if (one.connectionHandle === handle) count += one.numCompletedPackets;
  }
}

/** Connections and their data. */
export const connectionCases: readonly Case[] = [
  {
    name: 'tells both ends of a connection with its parameters (Vol 4, Part E, 7.7.65.1)',
    controllers: 2,
    async run({ controllers: [central, peripheral] }) {
      await central!.command(commands.leSetRandomAddress, { randomAddress: staticAddress(1) });
      await advertise(peripheral!, staticAddress(2));
      await central!.command(
        commands.leCreateConnection,
        createConnection(staticAddress(2), {
          peerAddressType: AddressType.random,
          ownAddressType: AddressType.random,
          connectionIntervalMin: 24,
          connectionIntervalMax: 24,
          supervisionTimeout: 200,
        }),
      );
      const ours = await central!.event(leConnectionComplete, { status: 0 });
      const theirs = await peripheral!.event(leConnectionComplete, { status: 0 });
      expect(ours).toMatchObject({
        role: 0,
        peerAddressType: 1,
        connectionInterval: 24,
        peripheralLatency: 0,
        supervisionTimeout: 200,
      });
      expect(ours.peerAddress.toString()).toBe(staticAddress(2).toString());
      expect(theirs).toMatchObject({
        role: 1,
        peerAddressType: 1,
        connectionInterval: 24,
        peripheralLatency: 0,
        supervisionTimeout: 200,
      });
      expect(theirs.peerAddress.toString()).toBe(staticAddress(1).toString());
    },
  },
  {
    name: 'lets nobody else connect, and is not advertised, once it is connected (Vol 6, Part B, 4.5.5)',
    controllers: 3,
    async run({ controllers: [central, peripheral, third] }) {
      await connect(central!, peripheral!);
      await scan(third!);
      await third!.none(leAdvertisingReport, {}, 400);
    },
  },
  {
    name: 'gives up an attempt that is cancelled with 0x02 (Vol 4, Part E, 7.8.13)',
    controllers: 2,
    async run({ controllers: [central] }) {
      await central!.command(commands.leSetRandomAddress, { randomAddress: staticAddress(1) });
      await central!.command(
        commands.leCreateConnection,
        createConnection(staticAddress(3), {
          peerAddressType: AddressType.random,
          ownAddressType: AddressType.random,
        }),
      );
      await central!.command(commands.leCreateConnectionCancel, {});
      await central!.event(leConnectionComplete, { status: 0x02 });
    },
  },
  {
    name: 'refuses a second attempt beside one that runs (0x0C; Vol 4, Part E, 7.8.12)',
    controllers: 2,
    async run({ controllers: [central] }) {
      const parameters = createConnection(staticAddress(3), {
        peerAddressType: AddressType.random,
        ownAddressType: AddressType.random,
      });
      await central!.command(commands.leSetRandomAddress, { randomAddress: staticAddress(1) });
      await central!.command(commands.leCreateConnection, parameters);
      await central!.refused(commands.leCreateConnection, parameters, 0x0c);
    },
  },
  {
    name: 'refuses to cancel what does not run (0x0C; Vol 4, Part E, 7.8.13)',
    controllers: 1,
    async run({ controllers: [one] }) {
      await one!.refused(commands.leCreateConnectionCancel, {}, 0x0c);
    },
  },
  {
    name: 'carries data both ways, whole, its beginning marked 0b10, and completes it (Vol 4, Part E, 5.4.2 and 7.7.19)',
    controllers: 2,
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      central!.acl(handles.central, frame(20));
      const there = await wholeFrame(peripheral!, handles.peripheral);
      expect(toHex(there.data)).toBe(toHex(frame(20)));
      expect(there.flags[0]).toBe(2);
      expect(there.flags.slice(1).every((flag) => flag === 1)).toBe(true);
      await completed(central!, handles.central, 1);
      peripheral!.acl(handles.peripheral, frame(10));
      expect(toHex((await wholeFrame(central!, handles.central)).data)).toBe(toHex(frame(10)));
      await completed(peripheral!, handles.peripheral, 1);
    },
  },
  {
    name: 'keeps the order of fragments and of frames (Vol 6, Part B, 4.5.9)',
    controllers: 2,
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      const long = frame(50);
      central!.acl(handles.central, long.subarray(0, 27));
      central!.acl(handles.central, long.subarray(27), 1);
      expect(toHex((await wholeFrame(peripheral!, handles.peripheral)).data)).toBe(toHex(long));
      await completed(central!, handles.central, 2);
      for (let i = 0; i < 4; i++) {
        const short = frame(8);
        short[4] = i;
        central!.acl(handles.central, short);
        await completed(central!, handles.central, 1);
      }
      for (let i = 0; i < 4; i++) expect((await wholeFrame(peripheral!, handles.peripheral)).data[4]).toBe(i);
    },
  },
  {
    name: 'ends a connection on both sides with their reasons (Vol 4, Part E, 7.1.6 and 7.7.5)',
    controllers: 2,
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      await central!.command(commands.disconnect, { connectionHandle: handles.central, reason: 0x13 });
      // The end that asked sees Connection Terminated By Local Host.
      await central!.event(disconnectionComplete, {
        connectionHandle: handles.central,
        status: 0,
        reason: 0x16,
      });
      await peripheral!.event(disconnectionComplete, {
        connectionHandle: handles.peripheral,
        status: 0,
        reason: 0x13,
      });
    },
  },
  {
    name: 'lets the peripheral end it, too (Vol 4, Part E, 7.1.6)',
    controllers: 2,
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      await peripheral!.command(commands.disconnect, { connectionHandle: handles.peripheral, reason: 0x13 });
      await peripheral!.event(disconnectionComplete, { connectionHandle: handles.peripheral, reason: 0x16 });
      await central!.event(disconnectionComplete, { connectionHandle: handles.central, reason: 0x13 });
    },
  },
  {
    name: 'does not know a handle that is no connection (0x02; Vol 4, Part E, 7.1.6)',
    controllers: 1,
    async run({ controllers: [one] }) {
      await one!.refused(commands.disconnect, { connectionHandle: 0x0eff, reason: 0x13 }, 0x02);
    },
  },
  {
    name: 'tells the version of the other end (Vol 4, Part E, 7.1.23)',
    controllers: 2,
    needs: [commands.readRemoteVersionInformation],
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      const local = await peripheral!.command(commands.readLocalVersionInformation, {});
      await central!.command(commands.readRemoteVersionInformation, { connectionHandle: handles.central });
      const remote = await central!.event(readRemoteVersionInformationComplete, { status: 0 });
      expect(remote.version).toBe(local.lmpVersion);
    },
  },
  {
    name: 'tells the features of the other end (Vol 4, Part E, 7.8.21)',
    controllers: 2,
    needs: [commands.leReadRemoteFeaturesPage0],
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      await central!.command(commands.leReadRemoteFeaturesPage0, { connectionHandle: handles.central });
      await central!.event(leReadRemoteFeaturesPage0Complete, {
        status: 0,
        connectionHandle: handles.central,
      });
    },
  },
  {
    name: 'changes the parameters of a connection, and tells both (Vol 4, Part E, 7.8.18 and 7.7.65.3)',
    controllers: 2,
    needs: [commands.leConnectionUpdate],
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      await central!.command(commands.leConnectionUpdate, {
        connectionHandle: handles.central,
        connectionIntervalMin: 40,
        connectionIntervalMax: 40,
        maxLatency: 2,
        supervisionTimeout: 300,
        minCeLength: 0,
        maxCeLength: 0,
      });
      const wanted = { status: 0, connectionInterval: 40, peripheralLatency: 2, supervisionTimeout: 300 };
      await central!.event(leConnectionUpdateComplete, wanted);
      await peripheral!.event(leConnectionUpdateComplete, wanted);
    },
  },
  {
    name: 'refuses connection parameters that contradict each other (0x12; Vol 4, Part E, 7.8.18)',
    controllers: 2,
    needs: [commands.leConnectionUpdate],
    async run({ controllers: [central, peripheral] }) {
      const handles = await connect(central!, peripheral!);
      await central!.refused(
        commands.leConnectionUpdate,
        {
          connectionHandle: handles.central,
          connectionIntervalMin: 40,
          connectionIntervalMax: 30,
          maxLatency: 0,
          supervisionTimeout: 300,
          minCeLength: 0,
          maxCeLength: 0,
        },
        0x12,
      );
    },
  },
];
