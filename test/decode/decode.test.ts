import { beforeAll, describe, expect, it } from 'vitest';
import { fromHex } from '../../src/core/hex.js';
import {
  decode,
  findField,
  loadAssignedNumbers,
  type NameTables,
  type ReadablePacket,
  toText,
} from '../../src/decode/index.js';
import { aclFrame, aclPacketOf, commandPacket, eventPacket, l2capFrame } from '../support/packets.js';

let names: NameTables;
beforeAll(async () => {
  names = await loadAssignedNumbers();
});

const line = (packet: Uint8Array) => decode(packet, { names }).line;
const value = (packet: ReadablePacket, ...path: string[]) => findField(packet.fields, ...path)?.value;
const text = (packet: ReadablePacket, ...path: string[]) => findField(packet.fields, ...path)?.text;

const CONNECTED = '01 00 4000 00 01 010000c0dec0 1800 0000 4800 00';

describe('decode, of commands and events', () => {
  it('says what each field is, with its unit and its meaning', () => {
    expect(line(commandPacket(0x200c, '0100'))).toBe(
      'Command LE_Set_Scan_Enable: LE_Scan_Enable 1 (enabled), Filter_Duplicates 0 (disabled)',
    );
    expect(line(eventPacket(0x3e, CONNECTED))).toBe(
      'Event LE_Connection_Complete: Status 0x00 (Success), Connection_Handle 0x0040, Role 0 (central), ' +
        'Peer_Address C0:DE:C0:00:00:01/random, Connection_Interval 24 (30 ms), Peripheral_Latency 0, ' +
        'Supervision_Timeout 72 (720 ms), Central_Clock_Accuracy 0 (500 ppm)',
    );
    expect(line(eventPacket(0x3e, CONNECTED.replace('00 4000', '3e 4000')))).toContain(
      'Status 0x3E (Connection Failed to be Established / Synchronization Timeout)',
    );
  });

  it('says where each field stands in the packet, behind the H4 indicator', () => {
    const { fields } = decode(eventPacket(0x3e, CONNECTED));
    expect(fields.map(({ key, label, offset, length }) => [key, label, offset, length])).toEqual([
      ['eventCode', 'Event_Code', 0, 1],
      ['parameterTotalLength', 'Parameter_Total_Length', 1, 1],
      ['subeventCode', 'Subevent_Code', 2, 1],
      ['status', 'Status', 3, 1],
      ['connectionHandle', 'Connection_Handle', 4, 2],
      ['role', 'Role', 6, 1],
      ['peerAddressType', 'Peer_Address_Type', 7, 1],
      ['peerAddress', 'Peer_Address', 8, 6],
      ['connectionInterval', 'Connection_Interval', 14, 2],
      ['peripheralLatency', 'Peripheral_Latency', 16, 2],
      ['supervisionTimeout', 'Supervision_Timeout', 18, 2],
      ['centralClockAccuracy', 'Central_Clock_Accuracy', 20, 1],
    ]);
  });

  it('takes the packet with its indicator, or the indicator and the packet', () => {
    const packet = commandPacket(0x0c03);
    expect(decode(packet)).toEqual(decode(1, packet.subarray(1)));
    expect(decode(packet)).toMatchObject({ type: 1, name: 'Reset', section: '7.3.2', line: 'Command Reset' });
  });

  it('names what a Command Complete and a Command Status are about', () => {
    expect(line(eventPacket(0x0e, '01 030c 00'))).toBe('Event Command_Complete Reset: Status 0x00 (Success)');
    expect(line(eventPacket(0x0f, '0c 01 0d20'))).toBe(
      'Event Command_Status LE_Create_Connection: Status 0x0C (Command Disallowed)',
    );
    expect(line(eventPacket(0x0e, '01 0110 00 0c 0000 0c 4c00 0000'))).toBe(
      'Event Command_Complete Read_Local_Version_Information: Status 0x00 (Success), HCI_Version 12 (Core 5.3), ' +
        'HCI_Subversion 0, LMP_Version 12 (Core 5.3), Company_Identifier 0x004C (Apple, Inc.), LMP_Subversion 0',
    );
    expect(line(eventPacket(0x0e, '01 0000'))).toBe('Event Command_Complete (no command)');
    // Of a refusal the Status alone means something (Vol 4, Part E, 4.5).
    expect(line(eventPacket(0x0e, '01 0110 01 ffffff'))).toBe(
      'Event Command_Complete Read_Local_Version_Information: Status 0x01 (Unknown HCI Command), ' +
        'Trailing octets ffffff',
    );
  });

  it('shows numbers where the names are not loaded', () => {
    const packet = eventPacket(0x0e, '01 0110 00 0c 0000 0c 4c00 0000');
    expect(decode(packet).line).toContain('Company_Identifier 0x004C, LMP_Subversion 0');
  });

  it('gives features, event masks and supported commands bit by bit', () => {
    const features = decode(eventPacket(0x0e, '01 0320 00 0101000000000000'));
    expect(text(features, 'returnParameters', 'leFeatures')).toBe('leEncryption, le2MPhy');
    expect(findField(features.fields, 'returnParameters', 'leFeatures')!.fields).toEqual([
      { key: '0', label: 'leEncryption', offset: 6, length: 1, bits: [0, 1], value: 1, text: '' },
      { key: '8', label: 'le2MPhy', offset: 7, length: 1, bits: [0, 1], value: 1, text: '' },
    ]);
    expect(line(commandPacket(0x2001, '1f00000000000000'))).toBe(
      'Command LE_Set_Event_Mask: LE_Event_Mask 0x000000000000001F (LE_Connection_Complete, LE_Advertising_Report, ' +
        'LE_Connection_Update_Complete, LE_Read_Remote_Features_Page_0_Complete, LE_Long_Term_Key_Request)',
    );
    const mask = decode(eventPacket(0x0e, `01 0210 00 20${'00'.repeat(63)}`));
    expect(text(mask, 'returnParameters', 'supportedCommands')).toBe('Disconnect');
    const all = decode(eventPacket(0x0e, `01 0210 00 ${'ff'.repeat(64)}`));
    expect(text(all, 'returnParameters', 'supportedCommands')).toMatch(/^Disconnect, .* … \(512 in all\)$/);
    expect(findField(all.fields, 'returnParameters', 'supportedCommands')!.fields!.length).toBe(512);
  });

  it('counts the items of lists, and the PHYs of a mask', () => {
    const packets = decode(eventPacket(0x13, '02 4000 0300 4100 0100'));
    expect(packets.line).toBe(
      'Event Number_Of_Completed_Packets: Handles [Connection_Handle 0x0040, Num_Completed_Packets 3; ' +
        'Connection_Handle 0x0041, Num_Completed_Packets 1]',
    );
    expect(value(packets, 'handles', '1', 'connectionHandle')).toBe(0x41);
    expect(value(packets, 'handlesCount')).toBe(2);
    const scan = decode(commandPacket(0x2041, '01 00 05 01 6000 3000 00 a000 5000'));
    const [oneM, coded] = findField(scan.fields, 'scanningPhys')?.fields ?? scan.fields.at(-1)!.fields!;
    expect([oneM!.label, coded!.label]).toEqual(['LE 1M', 'LE Coded']);
    expect(findField(coded!.fields!, 'scanInterval')!.text).toBe('160 (100 ms)');
  });

  it('keeps the room behind significant octets', () => {
    const packet = decode(commandPacket(0x2008, `03 020106 ${'00'.repeat(27)}ff`));
    expect(packet.line).toBe(
      'Command LE_Set_Advertising_Data: Advertising_Data {Flags 0x06 (LE General Discoverable, BR/EDR Not Supported)}',
    );
    expect(value(packet, 'advertisingDataPadding')).toBe(`${'00'.repeat(27)}ff`);
    expect(decode(commandPacket(0x2008, `20${'00'.repeat(31)}`)).malformed).toBe(
      '32 significant octets of 31',
    );
  });

  it('shows classic commands and events by name, their parameters as octets', () => {
    expect(line(commandPacket(0x0401, '338b9e0800'))).toBe('Command Inquiry: Parameters 338b9e0800');
    expect(line(eventPacket(0x01, '00'))).toBe('Event Inquiry_Complete: Parameters 00');
    expect(line(eventPacket(0x0e, '01 140c 00'))).toBe(
      'Event Command_Complete Read_Local_Name: Return_Parameters 00',
    );
  });

  it('keeps what nobody knows as octets', () => {
    expect(line(commandPacket(0xfc57, '01'))).toBe('Command Vendor_Command 0xFC57: Parameters 01');
    expect(line(commandPacket(0x13ff))).toBe('Command Unknown_Command 0x13FF');
    expect(line(eventPacket(0x3e, 'fe07'))).toBe('Event Unknown_LE_Event 0xFE: Parameters 07');
    expect(line(eventPacket(0xff, '0102'))).toBe('Event Vendor_Specific: Parameters 0102');
    expect(line(Uint8Array.of(9, 7))).toBe('Unknown_Packet 0x09: Data 07');
    expect(line(new Uint8Array(0))).toBe('Empty_Packet: Data (empty)');
  });

  it("knows a manufacturer's commands and events by its company identifier", () => {
    const packet = commandPacket(0xfc0f, '02 4000');
    expect(decode(packet).name).toBe('Vendor_Command 0xFC0F');
    expect(decode(packet, { company: 0x05f1 }).line).toMatch(
      /^Command Zephyr Read_Tx_Power_Level: Handle_Type 2.*, Handle 0x0040$/,
    );
    expect(decode(packet, { company: 0x000f }).name).toBe('Vendor_Command 0xFC0F');
  });

  it('goes as far as the octets do', () => {
    const short = decode(eventPacket(0x3e, '01 02 0304 00 01 0203'));
    expect(short.malformed).toBe('packet too short: 6 octets wanted at offset 8, 2 left');
    expect(short.line).toMatch(/Role 0 \(central\), Peer_Address_Type 1 .*, Peer_Address 0203 \[malformed: /);
    expect(short.fields.at(-1)).toMatchObject({ key: 'peerAddress', offset: 8, length: 2, value: '0203' });
    const wrong = decode(Uint8Array.of(4, 0x3e, 9, 1, 2));
    expect(wrong.line).toBe(
      'Event LE_Connection_Complete: Parameters 02 [malformed: the packet says 9 octets of parameters and has 2]',
    );
    expect(decode(Uint8Array.of(1, 3)).line).toBe(
      'Command: Data 03 [malformed: a command has a header of 3 octets]',
    );
    const trailing = decode(eventPacket(0x05, '00 4000 13 99'));
    expect([value(trailing, 'trailing'), trailing.malformed]).toEqual(['99', undefined]);
  });
});

describe('decode, of data', () => {
  it('names the frame in an ACL packet, and what is in it', () => {
    expect(line(aclFrame(4, '0a 0300'))).toBe('ACL 0x0040 ATT Read Request: Attribute_Handle 0x0003');
    const packet = decode(aclFrame(4, '0a 0300'));
    expect(packet.name).toBe('ATT Read Request');
    expect(findField(packet.fields, 'data', 'att', 'attributeHandle')).toMatchObject({
      offset: 9,
      length: 2,
    });
    expect(value(packet, 'connectionHandle')).toBe(0x40);
    expect(value(packet, 'data', 'channelId')).toBe(4);
  });

  it('says of a fragment how much of the frame it is', () => {
    const frame = l2capFrame(4, `1b 0300 ${'00'.repeat(30)}`);
    expect(line(aclPacketOf(0x40, frame.subarray(0, 27)))).toBe(
      'ACL 0x0040 first fragment of an L2CAP frame, 27 of 37, CID 0x0004',
    );
    expect(line(aclPacketOf(0x40, frame.subarray(27), 1))).toBe(
      'ACL 0x0040 continuing fragment of an L2CAP frame, 10 octets',
    );
    expect(line(aclPacketOf(0x40, frame.subarray(0, 3)))).toBe(
      'ACL 0x0040 first fragment of an L2CAP frame, 3 octets',
    );
  });

  it('says when a data packet has not the length it says', () => {
    expect(decode(fromHex('02 4000 0500 aabb')).malformed).toMatch(/5 octets wanted/);
    expect(decode(fromHex('02 4000')).malformed).toBe('ACL data have a header of 4 octets');
    expect(decode(fromHex('05 4000 0100 00')).malformed).toMatch(
      /4 octets of headers belong into an ISO data load of 1/,
    );
    expect(decode(fromHex('05 4020 0500 0000 0500')).malformed).toMatch(/1 octets wanted/);
  });

  it('takes SCO and ISO packets apart', () => {
    expect(line(fromHex('03 0210 03 01aabb'))).toBe('SCO 0x0002: Packet_Status_Flag 1, Data 01aabb');
    expect(line(fromHex('05 6060 0b00 10270000 0500 0380 0a0b0c'))).toBe(
      'ISO 0x0060 complete: Time_Stamp 10000 µs, Packet_Sequence_Number 5, ISO_SDU_Length 3, ' +
        'Packet_Status_Flag 2 (lost), Data 0a0b0c',
    );
    expect(line(fromHex('05 6030 0200 0a0b'))).toBe('ISO 0x0060 last: Data 0a0b');
    const iso = decode(fromHex('05 6020 0700 0500 0340 0a0b0c'));
    expect(text(iso, 'packetStatusFlag')).toBe('1 (possibly invalid)');
  });
});

describe('toText', () => {
  it('gives the line, and a line for each field: where it stands, its name, its value', () => {
    expect(toText(decode(commandPacket(0x0406, '4000 13'))).split('\n')).toEqual([
      'Command Disconnect: Connection_Handle 0x0040, Reason 0x13 (Remote User Terminated Connection)',
      '0+2       Opcode: 0x0406 (Disconnect)',
      '2+1       Parameter_Total_Length: 3',
      '3+2       Connection_Handle: 0x0040',
      '5+1       Reason: 0x13 (Remote User Terminated Connection)',
    ]);
  });

  it('indents what is inside, and says which bits a field has', () => {
    const lines = toText(decode(aclFrame(6, '05 03'))).split('\n');
    expect(lines).toEqual([
      'ACL 0x0040 SMP Pairing Failed: Reason 0x03 (Authentication Requirements)',
      '0 bits 0-11  Connection_Handle: 0x0040',
      '0 bits 12-13  Packet_Boundary_Flag: 0 (first, not flushable)',
      '0 bits 14-15  Broadcast_Flag: 0 (point-to-point)',
      '2+2       Data_Total_Length: 6',
      '4+6       Data',
      '4+2         PDU_Length: 2',
      '6+2         Channel_ID: 0x0006 (SMP)',
      '8+2         SMP Pairing Failed',
      '8+1           Code: 0x05',
      '9+1           Reason: 0x03 (Authentication Requirements)',
    ]);
  });
});
