import { describe, expect, it } from 'vitest';
import { AddressType, BdAddr, fromHex, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import { leConnectionComplete } from '../../../src/hci/events/index.js';
import {
  zephyrReadChipTemperature,
  zephyrReadKeyHierarchyRoots,
  zephyrReadSupportedFeatures,
  zephyrWriteBdAddr,
} from '../../../src/hci/vendor/zephyr.js';
import {
  zephyrReadBuildInformation,
  zephyrReadStaticAddresses,
  zephyrReadSupportedCommands,
  zephyrReadVersionInformation,
} from '../../../src/hci/vendor/zephyr-information.js';
import {
  csr8510Personality,
  esp32Personality,
  fullPersonality,
  personalities,
  softdevicePersonality,
  zephyrPersonality,
} from '../../../src/virtual/index.js';
import { encodeCommand } from '../../support/hci-script.js';
import { advertisingParameters, createConnection, World } from '../world.js';

describe.each(Object.values(personalities))('the personality $name', (personality) => {
  it('announces no feature that the virtual controller does not have', () => {
    expect(personality.leFeatures & ~fullPersonality.leFeatures).toBe(0n);
  });

  it('gives its credits, and hears an unknown opcode as its product does', async () => {
    const { hci } = await new World().controller(personality);
    await hci.send(fromHex('01 ff ff 00'));
    const credits = personality.commandCredits.toString(16).padStart(2, '0');
    const byStatus = personality.answersUnknownBy === 'status';
    expect(toHex(hci.received.shift()!)).toBe(byStatus ? `040f0401${credits}ffff` : `040e04${credits}ffff01`);
  });
});

describe('a nRF52840 with Zephyr', () => {
  it('has three buffers of 251 octets and no public address', async () => {
    const { hci } = await new World().controller(zephyrPersonality);
    expect(await hci.command(commands.leReadBufferSizeV1, {})).toMatchObject({
      leAclDataPacketLength: 251,
      totalNumLeAclDataPackets: 3,
    });
    const { bdAddr } = await hci.command(commands.readBdAddr, {});
    expect(bdAddr.equals(BdAddr.zero)).toBe(true);
    expect(await hci.command(commands.readLocalVersionInformation, {})).toMatchObject({
      hciVersion: 0x0d,
      companyIdentifier: 0x05f1,
      lmpSubversion: 0xffff,
    });
  });

  it('does not advertise or connect under a public address until it is given one', async () => {
    const { hci } = await new World().controller(zephyrPersonality);
    const peer = BdAddr.parse('00:00:5E:00:53:09');
    await hci.command(commands.leSetAdvertisingParameters, advertisingParameters());
    await hci.refused(commands.leSetAdvertisingEnable, { advertisingEnable: 1 }, 0x12);
    await hci.refused(commands.leCreateConnection, createConnection(peer), 0x12);
    await hci.command(zephyrWriteBdAddr, { bdAddr: peer });
    await hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 1 });
    await hci.command(commands.reset, {});
    const { bdAddr } = await hci.command(commands.readBdAddr, {});
    expect(bdAddr.equals(peer)).toBe(true);
  });

  it('tells by its vendor commands what it is, and which of them it has', async () => {
    const { hci } = await new World().controller(zephyrPersonality);
    expect(await hci.command(zephyrReadVersionInformation, {})).toEqual({
      status: 0,
      hardwarePlatform: 2,
      hardwareVariant: 2,
      firmwareVariant: 0,
      firmwareVersion: 3,
      firmwareRevision: 7,
      firmwareBuild: 0,
    });
    const { supportedCommands } = await hci.command(zephyrReadSupportedCommands, {});
    expect(toHex(supportedCommands.subarray(0, 3))).toBe('a70300');
    const { features } = await hci.command(zephyrReadSupportedFeatures, {});
    expect(toHex(features)).toBe('0000000000000000');
    const { buildInformation } = await hci.command(zephyrReadBuildInformation, {});
    expect(buildInformation).toMatch(/^Zephyr OS v3\.7\.0/);
    await hci.send(encodeCommand(zephyrReadChipTemperature, {}));
    expect(toHex(hci.received.shift()!)).toBe('040f0401010bfc');
  });

  it('has a static address of its own, with roots that do not change (Vol 6, Part B, 1.3.2.1)', async () => {
    const world = new World();
    const { hci } = await world.controller(zephyrPersonality);
    const { addresses } = await hci.command(zephyrReadStaticAddresses, {});
    expect(addresses.map(({ address }) => address.toString())).toEqual(['C0:00:5E:00:53:01']);
    const first = await hci.command(zephyrReadKeyHierarchyRoots, {});
    expect(first.identityRoot).toEqual(addresses[0]!.identityRoot);
    await hci.command(commands.reset, {});
    const again = await hci.command(zephyrReadKeyHierarchyRoots, {});
    expect(again).toEqual(first);
    expect(first.identityRoot).not.toEqual(first.encryptionRoot);
    const randomAddress = addresses[0]!.address;
    await hci.command(commands.leSetRandomAddress, { randomAddress });
    const own = { ownAddressType: AddressType.random };
    await hci.command(commands.leSetAdvertisingParameters, advertisingParameters(own));
    await hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 1 });
    const central = await world.controller();
    await central.hci.command(
      commands.leCreateConnection,
      createConnection(randomAddress, { peerAddressType: AddressType.random }),
    );
    await central.hci.eventually(leConnectionComplete, { status: 0 });
  });
});

describe('the SoftDevice Controller', () => {
  it('has one command credit and three buffers of 27 octets, and packets of 251 on the air', async () => {
    const { hci } = await new World().controller(softdevicePersonality);
    expect(await hci.command(commands.leReadBufferSizeV1, {})).toMatchObject({
      leAclDataPacketLength: 27,
      totalNumLeAclDataPackets: 3,
    });
    expect(await hci.command(commands.leReadMaximumDataLength, {})).toMatchObject({
      supportedMaxTxOctets: 251,
    });
    expect(await hci.command(zephyrReadChipTemperature, {})).toMatchObject({ temperature: 24 });
    await hci.send(encodeCommand(zephyrReadBuildInformation, {}));
    expect(toHex(hci.received.shift()!)).toBe('040f040108fc'.replace('040108', '04010108'));
  });
});

describe('an ESP32', () => {
  it('is a Bluetooth 4.2 controller with ten buffers of 251 octets and five command credits', async () => {
    const { hci } = await new World().controller(esp32Personality);
    await hci.send(encodeCommand(commands.leReadBufferSizeV1, {}));
    expect(toHex(hci.received.shift()!)).toBe('040e0705022000fb000a');
    await hci.send(encodeCommand(commands.readLocalVersionInformation, {}));
    expect(toHex(hci.received.shift()!)).toBe('040e0c05011000080e030860000e03');
    await hci.send(encodeCommand(commands.leReadPhy, { connectionHandle: 1 }));
    expect(toHex(hci.received.shift()!)).toBe('040e0405302001');
  });
});

describe('a CSR8510', () => {
  it('lends LE the buffers of BR/EDR: LE Read Buffer Size gives zeros (Vol 4, Part E, 7.8.2)', async () => {
    const world = new World();
    const { hci } = await world.controller(csr8510Personality);
    expect(await hci.command(commands.leReadBufferSizeV1, {})).toMatchObject({
      leAclDataPacketLength: 0,
      totalNumLeAclDataPackets: 0,
    });
    expect(await hci.command(commands.readBufferSize, {})).toMatchObject({
      aclDataPacketLength: 310,
      totalNumAclDataPackets: 10,
    });
  });

  it('knows no event of later versions, whatever the mask says (Vol 4, Part E, 7.8.1)', async () => {
    const world = new World();
    const central = await world.controller(csr8510Personality);
    const peripheral = await world.controller();
    await central.hci.command(commands.leSetEventMask, { leEventMask: 0xffffffffffffffffn });
    await peripheral.hci.command(commands.leSetAdvertisingParameters, advertisingParameters());
    await peripheral.hci.command(commands.leSetAdvertisingEnable, { advertisingEnable: 1 });
    await central.hci.command(commands.leCreateConnection, createConnection(peripheral.controller.address));
    await world.clock.advance(500);
    central.hci.event(leConnectionComplete, { status: 0 });
    central.hci.silence();
  });
});
