import { describe, expect, it } from 'vitest';
import { BdAddr, fromHex, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import type { AnyCommand } from '../../../src/hci/definition.js';
import { commandComplete } from '../../../src/hci/events/index.js';
import {
  bluetooth40Personality,
  fullPersonality,
  smallBuffersPersonality,
} from '../../../src/virtual/index.js';
import { encodeCommand, parseEvent } from '../../support/hci-script.js';
import { addressOf, advertise, advertisingParameters, createConnection, scan, World } from '../world.js';

const DISALLOWED = 0x0c;
const UNSUPPORTED = 0x11;
const INVALID = 0x12;

const declared: readonly AnyCommand[] = Object.values(commands as Record<string, unknown>).filter(
  (value): value is AnyCommand => (value as AnyCommand | undefined)?.type === 'command',
);

/** Without the Extended Scanner Filter Policies. */
const withoutExtendedPolicies = { ...fullPersonality, leFeatures: fullPersonality.leFeatures & ~0x80n };

/** Zeros in the length that a command's parameters have, where that never changes. */
function zeros(command: AnyCommand): Uint8Array {
  const body = new Uint8Array(command.parameters.size ?? 1);
  return Uint8Array.of(1, command.opcode & 0xff, command.opcode >> 8, body.length, ...body);
}

describe('a virtual controller asked what it is', () => {
  it('tells its version, address, buffers and features (Vol 4, Part E, 7.4 and 7.8)', async () => {
    const { hci } = await new World().controller();
    expect(await hci.command(commands.readLocalVersionInformation, {})).toMatchObject({
      hciVersion: 0x0d,
      lmpVersion: 0x0d,
      companyIdentifier: 0xffff,
    });
    const { bdAddr } = await hci.command(commands.readBdAddr, {});
    expect(bdAddr.toString()).toBe('00:00:5E:00:53:01');
    expect(await hci.command(commands.leReadBufferSizeV1, {})).toMatchObject({
      leAclDataPacketLength: 251,
      totalNumLeAclDataPackets: 8,
    });
    expect(await hci.command(commands.leReadBufferSizeV2, {})).toMatchObject({
      leAclDataPacketLength: 251,
      isoDataPacketLength: 251,
      totalNumIsoDataPackets: 8,
    });
    const { leFeatures } = await hci.command(commands.leReadLocalSupportedFeaturesPage0, {});
    expect(new DataView(leFeatures.buffer, leFeatures.byteOffset).getBigUint64(0, true)).toBe(
      fullPersonality.leFeatures,
    );
    const { lmpFeatures } = await hci.command(commands.readLocalSupportedFeatures, {});
    expect(lmpFeatures[4]! & 0x60).toBe(0x60);
    const { leStates } = await hci.command(commands.leReadSupportedStates, {});
    expect(toHex(leStates)).toBe('ffffffffff030000');
    expect(await hci.command(commands.leReadFilterAcceptListSize, {})).toMatchObject({
      filterAcceptListSize: 16,
    });
    expect(await hci.command(commands.leReadMaximumDataLength, {})).toMatchObject({
      supportedMaxTxOctets: 251,
      supportedMaxTxTime: 17040,
    });
    expect(await hci.command(commands.leReadTransmitPower, {})).toMatchObject({
      minTxPower: 0,
      maxTxPower: 0,
    });
  });

  it.each([fullPersonality, smallBuffersPersonality, bluetooth40Personality])(
    'answers exactly the commands of its Supported_Commands mask with anything but 0x01 ($name)',
    async (personality) => {
      const { hci } = await new World().controller(personality);
      const { supportedCommands } = await hci.command(commands.readLocalSupportedCommands, {});
      const mask = supportedCommands.slice();
      for (const command of declared) {
        if (command.completes === 'none' || !command.supported) continue;
        const [octet, bit] = command.supported;
        const supported = ((mask[octet]! >> bit) & 1) === 1;
        await hci.send(zeros(command));
        const complete = hci
          .all(commandComplete)
          .find(({ commandOpcode }) => commandOpcode === command.opcode);
        const unknown = complete?.returnParameters[0] === 0x01;
        expect(unknown, `${command.name} supported: ${supported}`).toBe(!supported);
        hci.received.length = 0;
      }
    },
  );

  it('knows nothing of later commands as a Bluetooth 4.0 dongle', async () => {
    const { hci } = await new World().controller(bluetooth40Personality);
    const later = [commands.leSetDataLength, commands.leReadPhy, commands.leReadBufferSizeV2];
    for (const command of later) {
      await hci.send(zeros(command));
      expect(toHex(hci.received.shift()!)).toBe(
        `040e0401${toHex(Uint8Array.of(command.opcode & 0xff, command.opcode >> 8))}01`,
      );
    }
  });

  it('gives random numbers from its source', async () => {
    const first = await (await new World(7).controller()).hci.command(commands.leRand, {});
    const again = await (await new World(7).controller()).hci.command(commands.leRand, {});
    const other = await (await new World(8).controller()).hci.command(commands.leRand, {});
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});

describe('a virtual controller given a wrong command', () => {
  it('answers an unknown opcode by Command Complete with 0x01 (Vol 4, Part E, 4.5)', async () => {
    const { hci, controller } = await new World().controller();
    await hci.send(fromHex('01 ff fc 00'));
    expect(toHex(hci.received.shift()!)).toBe('040e0401fffc01');
    expect(controller.counters.unknownCommands).toBe(1);
  });

  it('answers parameters of a wrong length with 0x12', async () => {
    const { hci } = await new World().controller();
    await hci.send(fromHex('01 05 20 05 01 02 03 04 05'));
    expect(toHex(hci.received.shift()!)).toBe('040e0401052012');
    await hci.send(fromHex('01 03 0c 01 00'));
    expect(toHex(hci.received.shift()!)).toBe('040e0401030c12');
    await hci.send(fromHex('01 06 04 02 00 00'));
    expect(toHex(hci.received.shift()!)).toBe('040f0412010604');
    await hci.send(fromHex('01 0c 20'));
    expect(toHex(hci.received.shift()!)).toBe('040e04010c2012');
  });

  it('counts what is too short or of a kind it does not take, and says nothing', async () => {
    const { hci, controller } = await new World().controller();
    for (const packet of ['01 03', '02 00', '03 00 00 00', '05 00 00 00 00', '09']) {
      await hci.send(fromHex(packet));
    }
    hci.silence();
    expect(controller.counters.malformed).toBe(5);
  });

  it('gives back the handle with an error in a Command Complete', async () => {
    const { hci } = await new World().controller();
    await hci.send(encodeCommand(commands.readRssi, { handle: 0x123 }));
    expect(toHex(hci.received.shift()!)).toBe('040e07010514' + '02' + '2301' + '00');
  });

  it.each([
    ['a maximum below the minimum', { advertisingIntervalMin: 200, advertisingIntervalMax: 100 }, INVALID],
    ['less than 20 ms', { advertisingIntervalMin: 0x1f, advertisingIntervalMax: 0x1f }, INVALID],
    ['more than 10.24 s', { advertisingIntervalMax: 0x4001 }, INVALID],
    ['an unknown type', { advertisingType: 5 }, INVALID],
    ['an unknown own address type', { ownAddressType: 4 }, INVALID],
    ['an unknown peer address type', { peerAddressType: 2 }, INVALID],
    ['no channel', { advertisingChannelMap: 0 }, INVALID],
    ['a reserved channel', { advertisingChannelMap: 8 }, INVALID],
    ['an unknown filter policy', { advertisingFilterPolicy: 4 }, INVALID],
  ])('refuses to advertise with %s (Vol 4, Part E, 7.8.5)', async (_what, change, status) => {
    const { hci } = await new World().controller();
    await hci.refused(commands.leSetAdvertisingParameters, advertisingParameters(change), status);
  });

  it.each([
    ['an unknown type', { leScanType: 2 }, INVALID],
    ['a window longer than the interval', { leScanInterval: 16, leScanWindow: 17 }, INVALID],
    ['less than 2.5 ms', { leScanWindow: 3 }, INVALID],
    ['more than 10.24 s', { leScanInterval: 0x4001 }, INVALID],
    ['an unknown filter policy', { scanningFilterPolicy: 4 }, INVALID],
    ['an extended filter policy', { scanningFilterPolicy: 2 }, UNSUPPORTED],
  ])('refuses to scan with %s (Vol 4, Part E, 7.8.10)', async (_what, change, status) => {
    const { hci } = await new World().controller(withoutExtendedPolicies);
    const usual = {
      leScanType: 0,
      leScanInterval: 16,
      leScanWindow: 16,
      ownAddressType: 0,
      scanningFilterPolicy: 0,
    };
    await hci.refused(commands.leSetScanParameters, { ...usual, ...change }, status);
  });

  it.each([
    ['a window longer than the interval', { leScanWindow: 17 }, INVALID],
    ['an unknown filter policy', { initiatorFilterPolicy: 2 }, INVALID],
    ['a peer of unknown address type', { peerAddressType: 4 }, INVALID],
    ['an unknown own address type', { ownAddressType: 4 }, INVALID],
    ['less than 7.5 ms', { connectionIntervalMin: 5 }, INVALID],
    ['more than 4 s', { connectionIntervalMax: 0x0c81, supervisionTimeout: 0x0c80 }, INVALID],
    ['a maximum below the minimum', { connectionIntervalMin: 20, connectionIntervalMax: 19 }, INVALID],
    ['a latency above 499', { maxLatency: 0x01f4, supervisionTimeout: 0x0c80 }, INVALID],
    ['a timeout below 100 ms', { supervisionTimeout: 9 }, INVALID],
    ['a timeout above 32 s', { supervisionTimeout: 0x0c81 }, INVALID],
    ['a timeout of no more than two silences', { maxLatency: 3, connectionIntervalMax: 100 }, INVALID],
    ['a CE length range upside down', { minCeLength: 2, maxCeLength: 1 }, INVALID],
  ])('refuses to connect with %s (Vol 4, Part E, 7.8.12)', async (_what, change, status) => {
    const { hci } = await new World().controller();
    await hci.refused(commands.leCreateConnection, createConnection(addressOf(9), change), status);
  });

  it('refuses enables other than 0 and 1', async () => {
    const { hci } = await new World().controller();
    await hci.refused(commands.leSetAdvertisingEnable, { advertisingEnable: 2 }, INVALID);
    await hci.refused(commands.leSetScanEnable, { leScanEnable: 2, filterDuplicates: 0 }, INVALID);
    await hci.refused(commands.leSetScanEnable, { leScanEnable: 1, filterDuplicates: 2 }, INVALID);
  });

  it('refuses advertising data longer than 31 octets', async () => {
    const { hci } = await new World().controller();
    await hci.send(fromHex(`01 08 20 20 20 ${'00'.repeat(31)}`));
    expect(toHex(hci.received.shift()!)).toBe('040e0401082012');
  });

  it('needs a random address before it uses one (Vol 4, Part E, 7.8.9, 7.8.11 and 7.8.12)', async () => {
    const { hci } = await new World().controller();
    await hci.command(commands.leSetAdvertisingParameters, advertisingParameters({ ownAddressType: 1 }));
    await hci.refused(commands.leSetAdvertisingEnable, { advertisingEnable: 1 }, INVALID);
    await hci.refused(
      commands.leCreateConnection,
      createConnection(addressOf(9), { ownAddressType: 1 }),
      INVALID,
    );
    await hci.command(commands.leSetRandomAddress, { randomAddress: BdAddr.parse('C0:00:00:00:00:01') });
    await hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 1 });
  });

  it('does not know handles that are no connections (0x02)', async () => {
    const { hci } = await new World().controller();
    const connectionHandle = 1;
    await hci.refused(commands.disconnect, { connectionHandle, reason: 0x13 }, 0x02);
    await hci.refused(commands.readRemoteVersionInformation, { connectionHandle }, 0x02);
    await hci.refused(commands.leReadRemoteFeaturesPage0, { connectionHandle }, 0x02);
    await hci.refused(commands.leReadChannelMap, { connectionHandle }, 0x02);
    await hci.refused(commands.readTransmitPowerLevel, { connectionHandle, type: 0 }, 0x02);
    await hci.refused(commands.leSetDataLength, { connectionHandle, txOctets: 251, txTime: 2120 }, 0x02);
    await hci.refused(commands.leReadPhy, { connectionHandle }, 0x02);
    const wish = { connectionHandle, allPhys: 3, txPhys: 0, rxPhys: 0, phyOptions: 0 };
    await hci.refused(commands.leSetPhy, wish, 0x02);
  });
});

describe('a virtual controller in the wrong state', () => {
  it('changes no parameters and no random address while they are in use (0x0C)', async () => {
    const { hci } = await new World().controller();
    const randomAddress = BdAddr.parse('C0:00:00:00:00:01');
    await advertise(hci);
    await hci.refused(commands.leSetAdvertisingParameters, advertisingParameters(), DISALLOWED);
    await hci.refused(commands.leSetRandomAddress, { randomAddress }, DISALLOWED);
    await hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 0 });
    await hci.command(commands.leSetRandomAddress, { randomAddress });
    await scan(hci);
    await hci.refused(commands.leSetRandomAddress, { randomAddress }, DISALLOWED);
    const parameters = {
      leScanType: 0,
      leScanInterval: 16,
      leScanWindow: 16,
      ownAddressType: 0,
      scanningFilterPolicy: 0,
    };
    await hci.refused(commands.leSetScanParameters, parameters, DISALLOWED);
    await hci.command(commands.leSetScanEnable, { leScanEnable: 0, filterDuplicates: 0 });
    await hci.command(commands.leCreateConnection, createConnection(addressOf(9)));
    await hci.refused(commands.leSetRandomAddress, { randomAddress }, DISALLOWED);
    await hci.refused(commands.leCreateConnection, createConnection(addressOf(9)), DISALLOWED);
  });

  it('takes switching off what is off, and cancelling only what runs (Vol 4, Part E, 7.8.13)', async () => {
    const { hci } = await new World().controller();
    await hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 0 });
    await hci.command(commands.leSetScanEnable, { leScanEnable: 0, filterDuplicates: 0 });
    await hci.refused(commands.leCreateConnectionCancel, {}, DISALLOWED);
  });

  it('leaves the Filter Accept List alone while it is in use (Vol 4, Part E, 7.8.15 to 7.8.17)', async () => {
    const { hci } = await new World().controller();
    const device = { addressType: 0, address: addressOf(9) };
    await hci.command(commands.leAddDeviceToFilterAcceptList, device);
    await advertise(hci, { advertisingFilterPolicy: 1 });
    await hci.refused(commands.leAddDeviceToFilterAcceptList, device, DISALLOWED);
    await hci.refused(commands.leRemoveDeviceFromFilterAcceptList, device, DISALLOWED);
    await hci.refused(commands.leClearFilterAcceptList, {}, DISALLOWED);
    await hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 0 });
    await hci.command(commands.leClearFilterAcceptList, {});
  });

  it('has room for as many devices in the Filter Accept List as it says (0x07)', async () => {
    const { hci } = await new World().controller(smallBuffersPersonality);
    const { filterAcceptListSize } = await hci.command(commands.leReadFilterAcceptListSize, {});
    for (let n = 0; n < filterAcceptListSize; n++) {
      await hci.command(commands.leAddDeviceToFilterAcceptList, { addressType: 1, address: addressOf(n) });
    }
    const known = { addressType: 1, address: addressOf(0) };
    await hci.command(commands.leAddDeviceToFilterAcceptList, known);
    const one = { addressType: 0, address: addressOf(0) };
    await hci.refused(commands.leAddDeviceToFilterAcceptList, one, 0x07);
    await hci.command(commands.leRemoveDeviceFromFilterAcceptList, known);
    await hci.command(commands.leAddDeviceToFilterAcceptList, one);
    await hci.refused(commands.leAddDeviceToFilterAcceptList, { ...one, addressType: 2 }, INVALID);
  });

  it('forgets everything at a Reset (Vol 4, Part E, 7.3.2)', async () => {
    const world = new World();
    const { hci, controller } = await world.controller();
    await advertise(hci);
    await scan(hci);
    await hci.command(commands.leCreateConnection, createConnection(addressOf(9)));
    expect(controller.activity).toEqual({
      advertising: true,
      scanning: true,
      initiating: true,
      connections: 0,
    });
    await hci.command(commands.reset, {});
    expect(controller.activity).toEqual({
      advertising: false,
      scanning: false,
      initiating: false,
      connections: 0,
    });
    expect(world.clock.pending).toBe(0);
    hci.silence();
  });
});

describe('the command credit', () => {
  it('is what the personality says, in every answer (Vol 4, Part E, 4.4)', async () => {
    const { hci } = await new World().controller({ ...fullPersonality, commandCredits: 3 });
    await hci.send(encodeCommand(commands.leRand, {}));
    await hci.send(encodeCommand(commands.disconnect, { connectionHandle: 1, reason: 0x13 }));
    const complete = parseEvent(commandComplete, hci.received.shift()!);
    expect(complete?.numHciCommandPackets).toBe(3);
    expect(toHex(hci.received.shift()!)).toBe('040f0402030604');
  });
});
