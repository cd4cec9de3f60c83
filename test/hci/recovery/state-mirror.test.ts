import { describe, expect, it } from 'vitest';
import { BdAddr } from '../../../src/core/address.js';
import { toHex } from '../../../src/core/hex.js';
import * as commands from '../../../src/hci/commands/index.js';
import { mirroredLists, mirroredSettings, StateMirror } from '../../../src/hci/recovery/state-mirror.js';
import { commandByOpcode } from '../../../src/hci/registry.js';
import { encodeCommand } from '../../support/hci-script.js';

const one = BdAddr.parse('C0:00:00:00:00:01');
const two = BdAddr.parse('C0:00:00:00:00:02');
const accept = (address: BdAddr) =>
  encodeCommand(commands.leAddDeviceToFilterAcceptList, { addressType: 1, address });
const resolve = (address: BdAddr, octet: number) =>
  encodeCommand(commands.leAddDeviceToResolvingList, {
    peerIdentityAddressType: 1,
    peerIdentityAddress: address,
    peerIrk: new Uint8Array(16).fill(octet),
    localIrk: new Uint8Array(16),
  });

function told(mirror: StateMirror): string[] {
  return mirror.snapshot().map(({ opcode, parameters }) => `${opcode.toString(16)} ${toHex(parameters)}`);
}

describe('StateMirror', () => {
  it('names commands that are what it takes them for', () => {
    const name = (opcode: number) => commandByOpcode(opcode)?.name;
    expect(
      mirroredLists.map(({ add, remove, clear, detail }) => [add, remove, clear, detail ?? 0].map(name)),
    ).toEqual([
      [
        'LE_Add_Device_To_Filter_Accept_List',
        'LE_Remove_Device_From_Filter_Accept_List',
        'LE_Clear_Filter_Accept_List',
        undefined,
      ],
      [
        'LE_Add_Device_To_Resolving_List',
        'LE_Remove_Device_From_Resolving_List',
        'LE_Clear_Resolving_List',
        'LE_Set_Privacy_Mode',
      ],
      [
        'LE_Add_Device_To_Periodic_Advertiser_List',
        'LE_Remove_Device_From_Periodic_Advertiser_List',
        'LE_Clear_Periodic_Advertiser_List',
        undefined,
      ],
      [
        'LE_Add_Device_To_Monitored_Advertisers_List',
        'LE_Remove_Device_From_Monitored_Advertisers_List',
        'LE_Clear_Monitored_Advertisers_List',
        undefined,
      ],
    ]);
    expect([...mirroredSettings.keys()].map(name)).toEqual([
      'Set_Event_Mask_Page_2',
      'LE_Set_Random_Address',
      'LE_Set_Host_Feature [v1]',
      'LE_Set_Host_Channel_Classification',
      'LE_Set_Default_PHY',
      'LE_Write_RF_Path_Compensation',
      'LE_Set_Default_Periodic_Advertising_Sync_Transfer_Parameters',
      'LE_Set_Default_Subrate',
      'LE_Set_Resolvable_Private_Address_Timeout [v1]',
      'LE_Set_Address_Resolution_Enable',
    ]);
    for (const opcode of [...mirroredSettings.keys(), ...mirroredLists.map(({ add }) => add)]) {
      expect(commandByOpcode(opcode)!.returns!.fields, name(opcode)).toHaveProperty('status');
      expect(Object.keys(commandByOpcode(opcode)!.returns!.fields), name(opcode)).toHaveLength(1);
    }
  });

  it('keeps what is in a list: added, removed, added again, cleared', () => {
    const mirror = new StateMirror();
    mirror.note(accept(one));
    mirror.note(accept(two));
    mirror.note(encodeCommand(commands.leRemoveDeviceFromFilterAcceptList, { addressType: 1, address: one }));
    expect(told(mirror)).toEqual(['2011 010200000000c0']);
    mirror.note(encodeCommand(commands.leClearFilterAcceptList, {}));
    expect(told(mirror)).toEqual([]);
  });

  it('keeps the privacy mode with its entry, the last key, and switches address resolution on at the end', () => {
    const mirror = new StateMirror();
    mirror.note(encodeCommand(commands.leSetAddressResolutionEnable, { addressResolutionEnable: 1 }));
    mirror.note(resolve(one, 1));
    mirror.note(
      encodeCommand(commands.leSetPrivacyMode, {
        peerIdentityAddressType: 1,
        peerIdentityAddress: one,
        privacyMode: 1,
      }),
    );
    mirror.note(encodeCommand(commands.leSetRandomAddress, { randomAddress: two }));
    mirror.note(encodeCommand(commands.leSetRandomAddress, { randomAddress: one }));
    expect(told(mirror).map((line) => line.slice(0, 4))).toEqual(['2005', '2027', '204e', '202d']);
    expect(told(mirror)[0]).toBe('2005 0100000000c0');
    // Added again, the entry has the default mode.
    mirror.note(resolve(one, 2));
    expect(told(mirror).map((line) => line.slice(0, 4))).toEqual(['2005', '2027', '202d']);
    expect(told(mirror)[1]).toContain('02'.repeat(16));
  });

  it('keeps each bit of the host features, and forgets all with a Reset', () => {
    const mirror = new StateMirror();
    for (const [bitNumber, bitValue] of [
      [32, 1],
      [38, 1],
      [32, 0],
    ] as const) {
      mirror.note(encodeCommand(commands.leSetHostFeatureV1, { bitNumber, bitValue }));
    }
    expect(told(mirror)).toEqual(['2074 2000', '2074 2601']);
    mirror.clear();
    expect(told(mirror)).toEqual([]);
  });

  it('does not depend on the buffer that a command was written in', () => {
    const mirror = new StateMirror();
    const packet = accept(one);
    mirror.note(packet);
    packet.fill(0xff);
    expect(told(mirror)[0]).toMatch(/^2011 0101/);
  });
});
