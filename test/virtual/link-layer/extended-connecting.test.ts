import { describe, expect, it } from 'vitest';
import { BdAddr, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  leAdvertisingSetTerminated,
  leChannelSelectionAlgorithm,
  leConnectionComplete,
} from '../../../src/hci/events/index.js';
import { type HciScript, parseEvent } from '../../support/hci-script.js';
import { advertiseExtended, createExtended, setParameters } from '../extended.js';
import { firstVersions, World } from '../world.js';

const CONNECTABLE = 0x01;
const DIRECTED = 0x04;

/** Lets LE Channel Selection Algorithm through, too. */
async function unmaskAll(...scripts: HciScript[]): Promise<void> {
  for (const hci of scripts) await hci.command(commands.leSetEventMask, { leEventMask: firstVersions });
}

/** The µs at which an event of this kind came. */
function timeOf(hci: HciScript, definition: typeof leConnectionComplete): number {
  for (const line of hci.log) {
    const [time, direction, hex] = line.split(' ');
    if (direction !== '<') continue;
    if (parseEvent(definition, Uint8Array.from(Buffer.from(hex!, 'hex'))))
      return Math.round(Number(time) * 1000);
  }
  throw new Error(`no ${definition.name}`);
}

describe('extended connecting', () => {
  it.each([
    [1, [1], 6],
    [2, [1, 2], 7],
    [3, [1, 3], 7],
  ])(
    'on PHY %i uses the parameters of that PHY, and tells both ends (Vol 4, Part E, 7.8.66)',
    async (phy, phys, interval) => {
      const world = new World();
      const peripheral = await world.controller();
      const central = await world.controller();
      await unmaskAll(peripheral.hci, central.hci);
      const properties = { advertisingHandle: 7, advertisingEventProperties: CONNECTABLE };
      const onPhy = { ...properties, secondaryAdvertisingPhy: phy };
      await advertiseExtended(peripheral.hci, onPhy, Uint8Array.of(2, 1, 6));
      const { address } = peripheral.controller;
      await central.hci.command(commands.leExtendedCreateConnectionV1, createExtended(address, phys));
      await central.hci.eventually(leConnectionComplete, {
        status: 0,
        role: 0,
        connectionInterval: interval,
        supervisionTimeout: 100,
      });
      // Core Vol 4, Part E, 7.8.66: immediately followed by the algorithm, which is always #2.
      central.hci.event(leChannelSelectionAlgorithm, { connectionHandle: 1, channelSelectionAlgorithm: 1 });
      peripheral.hci.event(leConnectionComplete, { status: 0, role: 1, connectionInterval: interval });
      peripheral.hci.event(leChannelSelectionAlgorithm, { channelSelectionAlgorithm: 1 });
      peripheral.hci.event(leAdvertisingSetTerminated, {
        status: 0,
        advertisingHandle: 7,
        connectionHandle: 1,
        numCompletedExtendedAdvertisingEvents: 0,
      });
      const { txPhy, rxPhy } = await central.hci.command(commands.leReadPhy, { connectionHandle: 1 });
      expect([txPhy, rxPhy]).toEqual([phy, phy]);
      await world.clock.advance(3000);
      central.hci.silence();
      peripheral.hci.silence();
      await central.hci.acl(1, Uint8Array.of(1, 0, 4, 0, 9));
      await world.clock.advance(100);
      expect(peripheral.hci.allAcl().map(({ data }) => toHex(data))).toEqual(['0100040009']);
    },
  );

  it('takes the time that AUX_CONNECT_REQ and AUX_CONNECT_RSP take (Vol 6, Part B, 2.3.3)', async () => {
    const world = new World();
    const peripheral = await world.controller();
    const central = await world.controller();
    const watcher = await world.controller();
    const { scanExtended, timedReports } = await import('../extended.js');
    await scanExtended(watcher.hci);
    await central.hci.command(
      commands.leExtendedCreateConnectionV1,
      createExtended(peripheral.controller.address),
    );
    const properties = { advertisingEventProperties: CONNECTABLE, primaryAdvertisingChannelMap: 1 };
    await advertiseExtended(peripheral.hci, properties, Uint8Array.of(2, 1, 6));
    await central.hci.eventually(leConnectionComplete);
    const reports = timedReports(watcher.hci);
    // The AUX_ADV_IND ends; T_IFS, 34 octets of AUX_CONNECT_REQ, T_IFS, 14 octets of AUX_CONNECT_RSP, each with 10 others.
    const duration = 150 + (10 + 34) * 8 + 150 + (10 + 14) * 8;
    expect(timeOf(central.hci, leConnectionComplete) - reports.at(-1)!.at).toBe(duration);
  });

  it('reaches its target alone where it is directed (Vol 6, Part B, 4.4.2.4)', async () => {
    const world = new World();
    const peripheral = await world.controller();
    const other = await world.controller();
    const target = await world.controller();
    const request = createExtended(peripheral.controller.address);
    await other.hci.command(commands.leExtendedCreateConnectionV1, request);
    await advertiseExtended(peripheral.hci, {
      advertisingEventProperties: CONNECTABLE | DIRECTED,
      peerAddress: target.controller.address,
    });
    await world.clock.advance(1000);
    other.hci.silence();
    await target.hci.command(commands.leExtendedCreateConnectionV1, request);
    await target.hci.eventually(leConnectionComplete, { status: 0 });
    await world.clock.advance(1000);
    other.hci.silence();
  });

  it('finds whoever of the Filter Accept List is heard first', async () => {
    const world = new World();
    const listed = await world.controller();
    const stranger = await world.controller();
    const central = await world.controller();
    for (const { hci } of [listed, stranger]) {
      await advertiseExtended(hci, { advertisingEventProperties: CONNECTABLE });
    }
    await central.hci.command(commands.leAddDeviceToFilterAcceptList, {
      addressType: 0,
      address: listed.controller.address,
    });
    const byList = { initiatorFilterPolicy: 1 };
    await central.hci.command(
      commands.leExtendedCreateConnectionV1,
      createExtended(BdAddr.zero, [1], byList),
    );
    const { peerAddress } = await central.hci.eventually(leConnectionComplete, { status: 0 });
    expect(peerAddress.equals(listed.controller.address)).toBe(true);
  });

  it('answers legacy advertising, too', async () => {
    const world = new World();
    const peripheral = await world.controller();
    const central = await world.controller();
    await advertiseExtended(peripheral.hci, { advertisingEventProperties: 0x13, advertisingHandle: 2 });
    await central.hci.command(
      commands.leExtendedCreateConnectionV1,
      createExtended(peripheral.controller.address),
    );
    await central.hci.eventually(leConnectionComplete, { status: 0 });
    peripheral.hci.event(leConnectionComplete, { status: 0, role: 1 });
    peripheral.hci.event(leAdvertisingSetTerminated, { status: 0, advertisingHandle: 2 });
  });

  it('leaves extended advertising alone when it is begun by the legacy command (Vol 4, Part E, 7.8.12)', async () => {
    const world = new World();
    const peripheral = await world.controller();
    const central = await world.controller();
    const { createConnection } = await import('../world.js');
    await advertiseExtended(peripheral.hci, { advertisingEventProperties: CONNECTABLE });
    const request = createConnection(peripheral.controller.address);
    await central.hci.command(commands.leCreateConnection, request);
    await world.clock.advance(2000);
    central.hci.silence();
  });

  it('is called off with 0x02 (Vol 4, Part E, 7.8.13)', async () => {
    const world = new World();
    const central = await world.controller();
    const peer = BdAddr.parse('00:00:5E:00:53:77');
    await central.hci.command(commands.leExtendedCreateConnectionV1, createExtended(peer));
    await world.clock.advance(500);
    await central.hci.command(commands.leCreateConnectionCancel, {});
    central.hci.event(leConnectionComplete, { status: 0x02 });
  });

  it('goes on with the other sets when one is connected', async () => {
    const world = new World();
    const peripheral = await world.controller();
    const central = await world.controller();
    const { hci } = peripheral;
    await advertiseExtended(hci, { advertisingHandle: 0, advertisingEventProperties: CONNECTABLE });
    await hci.command(
      commands.leSetExtendedAdvertisingParametersV1,
      setParameters({ advertisingHandle: 1, advertisingEventProperties: CONNECTABLE, ownAddressType: 1 }),
    );
    const randomAddress = BdAddr.parse('C0:00:00:00:00:31');
    await hci.command(commands.leSetAdvertisingSetRandomAddress, { advertisingHandle: 1, randomAddress });
    const { enable } = await import('../extended.js');
    await enable(hci, { handle: 1 });
    await central.hci.command(
      commands.leExtendedCreateConnectionV1,
      createExtended(randomAddress, [1], { peerAddressType: 1 }),
    );
    await central.hci.eventually(leConnectionComplete, { status: 0, peerAddressType: 1 });
    expect(hci.all(leAdvertisingSetTerminated)).toMatchObject([{ status: 0, advertisingHandle: 1 }]);
    expect(peripheral.controller.activity.advertising).toBe(true);
  });
});
