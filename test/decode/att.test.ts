import { beforeAll, describe, expect, it } from 'vitest';
import { Decoder, decode, findField, loadAssignedNumbers, type NameTables } from '../../src/decode/index.js';
import { AttOpcode } from '../../src/gatt/att/opcodes.js';
import { aclFrame } from '../support/packets.js';

let names: NameTables;
beforeAll(async () => {
  names = await loadAssignedNumbers();
});

const ATT = 4;
const said = (pdu: string) => decode(aclFrame(ATT, pdu), { names }).line.replace('ACL 0x0040 ATT ', '');

/** A PDU of each opcode: Core Vol 3, Part F, 3.4. */
const examples: readonly (readonly [pdu: string, said: string])[] = [
  [
    '01 08 0500 0a',
    'Error Response: Request_Opcode_In_Error 0x08 (Read By Type Request), Attribute_Handle_In_Error 0x0005, ' +
      'Error_Code 0x0A (Attribute Not Found)',
  ],
  ['02 0502', 'Exchange MTU Request: Client_RX_MTU 517'],
  ['03 f700', 'Exchange MTU Response: Server_RX_MTU 247'],
  ['04 0100 ffff', 'Find Information Request: Starting_Handle 0x0001, Ending_Handle 0xFFFF'],
  [
    '05 01 0400 0229 0500 0129',
    'Find Information Response: Format 1 (16-bit UUIDs), Information_Data [Attribute_Handle 0x0004, ' +
      'UUID 0x2902 (Client Characteristic Configuration); Attribute_Handle 0x0005, ' +
      'UUID 0x2901 (Characteristic User Descriptor)]',
  ],
  [
    '05 02 0400 000102030405060708090a0b0c0d0e0f',
    'Find Information Response: Format 2 (128-bit UUIDs), Information_Data [Attribute_Handle 0x0004, ' +
      'UUID 0f0e0d0c-0b0a-0908-0706-050403020100]',
  ],
  [
    '06 0100 ffff 0028 0d18',
    'Find By Type Value Request: Starting_Handle 0x0001, Ending_Handle 0xFFFF, ' +
      'Attribute_Type 0x2800 (Primary Service), Attribute_Value {Service_UUID 0x180D (Heart Rate)}',
  ],
  [
    '07 0100 0500 0600 ffff',
    'Find By Type Value Response: Handles_Information_List [Found_Attribute_Handle 0x0001, Group_End_Handle 0x0005; ' +
      'Found_Attribute_Handle 0x0006, Group_End_Handle 0xFFFF]',
  ],
  [
    '08 0100 ffff 0328',
    'Read By Type Request: Starting_Handle 0x0001, Ending_Handle 0xFFFF, Attribute_Type 0x2803 (Characteristic)',
  ],
  [
    '09 04 0300 aabb 0500 ccdd',
    'Read By Type Response: Attribute_Data_List [Attribute_Handle 0x0003, Attribute_Value aabb; ' +
      'Attribute_Handle 0x0005, Attribute_Value ccdd]',
  ],
  ['0a 0300', 'Read Request: Attribute_Handle 0x0003'],
  ['0b 0102', 'Read Response: Attribute_Value 0102'],
  ['0c 0300 1600', 'Read Blob Request: Attribute_Handle 0x0003, Value_Offset 22'],
  ['0d 0102', 'Read Blob Response: Part_Attribute_Value 0102'],
  ['0e 0300 0500', 'Read Multiple Request: Set_Of_Handles [0x0003; 0x0005]'],
  ['0f 0102', 'Read Multiple Response: Set_Of_Values 0102'],
  [
    '10 0100 ffff 0028',
    'Read By Group Type Request: Starting_Handle 0x0001, Ending_Handle 0xFFFF, ' +
      'Attribute_Group_Type 0x2800 (Primary Service)',
  ],
  [
    '11 06 0100 0500 0018',
    'Read By Group Type Response: Attribute_Data_List [Attribute_Handle 0x0001, End_Group_Handle 0x0005, ' +
      'Attribute_Value 0018]',
  ],
  ['12 0300 01', 'Write Request: Attribute_Handle 0x0003, Attribute_Value 01'],
  ['13', 'Write Response'],
  [
    '16 0300 0000 01',
    'Prepare Write Request: Attribute_Handle 0x0003, Value_Offset 0, Part_Attribute_Value 01',
  ],
  [
    '17 0300 0000 01',
    'Prepare Write Response: Attribute_Handle 0x0003, Value_Offset 0, Part_Attribute_Value 01',
  ],
  ['18 01', 'Execute Write Request: Flags 1 (write)'],
  ['19', 'Execute Write Response'],
  ['1b 0300 16', 'Handle Value Notification: Attribute_Handle 0x0003, Attribute_Value 16'],
  ['1d 0300 16', 'Handle Value Indication: Attribute_Handle 0x0003, Attribute_Value 16'],
  ['1e', 'Handle Value Confirmation'],
  ['20 0300 0500', 'Read Multiple Variable Request: Set_Of_Handles [0x0003; 0x0005]'],
  [
    // The MTU may have cut the last value (3.4.4.12).
    '21 0100 aa 0300 bbcc',
    'Read Multiple Variable Response: Length_Value_Tuple_List [Value_Length 1, Attribute_Value aa; ' +
      'Value_Length 3, Attribute_Value bbcc]',
  ],
  [
    '23 0300 0100 aa 0500 0200 bbcc',
    'Multiple Handle Value Notification: Handle_Length_Value_Tuple_List [Attribute_Handle 0x0003, ' +
      'Attribute_Value aa; Attribute_Handle 0x0005, Attribute_Value bbcc]',
  ],
  ['52 0300 01', 'Write Command: Attribute_Handle 0x0003, Attribute_Value 01'],
  [
    'd2 0300 01 000102030405060708090a0b',
    'Signed Write Command: Attribute_Handle 0x0003, Attribute_Value 01, ' +
      'Authentication_Signature 000102030405060708090a0b',
  ],
];

describe('ATT PDUs', () => {
  it('are taken apart, their lists too (Core Vol 3, Part F, 3.4)', () => {
    expect(examples.map(([pdu]) => said(pdu))).toEqual(examples.map(([, wanted]) => wanted));
    const opcodes = new Set(examples.map(([pdu]) => Number.parseInt(pdu.slice(0, 2), 16)));
    expect(opcodes).toEqual(new Set<number>(Object.values(AttOpcode)));
  });

  it('keep what is unknown or malformed as octets', () => {
    expect(said('3f 0102')).toBe('PDU 0x3F: Parameters 0102');
    expect(said('')).toMatch(/^empty PDU \[malformed: /);
    expect(said('0a 0300 99')).toBe(
      'Read Request: Attribute_Handle 0x0003, Trailing octets 99 [malformed: 1 octets too many]',
    );
    expect(said('0a 03')).toMatch(/^Read Request: Attribute_Handle 03 \[malformed: .*2 octets wanted/);
    expect(said('09 01 0300')).toBe('Read By Type Response: Attribute_Data_List 0300');
    expect(said('09 04 0300 aabb 05')).toMatch(/Attribute_Handle 05\] \[malformed/);
  });
});

/** A conversation on one connection: `>` what the host sends. */
function lines(...pdus: string[]): string[] {
  const decoder = new Decoder({ names });
  return pdus.map((pdu) => decoder.decode(pdu.startsWith('>'), aclFrame(ATT, pdu.slice(1))).line.slice(15));
}

describe('ATT PDUs of a stream', () => {
  it('have values of the type that the request asked for (Core Vol 3, Part G, 3)', () => {
    const [, group, , included, , characteristic] = lines(
      ...['>10 0100 ffff 0028', '<11 06 0100 0500 0018', '>08 0100 ffff 0228', '<09 08 0200 1000 1500 0f18'],
      ...['>08 0100 ffff 0328', '<09 07 0200 12 0300 372a'],
    );
    expect(group).toContain('Attribute_Value {Service_UUID 0x1800 (Generic Access)}');
    expect(included).toContain(
      '{Included_Service_Handle 0x0010, End_Group_Handle 0x0015, Service_UUID 0x180F (Battery Service)}',
    );
    expect(characteristic).toContain(
      '{Properties 0x12 (Read, Notify), Value_Handle 0x0003, Characteristic_UUID 0x2A37 (Heart Rate Measurement)}',
    );
  });

  it('have their attributes named when the discovery told what they are', () => {
    const [, , , , write, , note, read, response] = lines(
      ...['>08 0100 ffff 0328', '<09 07 0200 12 0300 372a', '>04 0400 0400', '<05 01 0400 0229'],
      ...['>12 0400 0100', '<13', '<1b 0300 0048', '>0a 0400', '<0b 0300'],
    );
    expect(write).toBe(
      'Write Request: Attribute_Handle 0x0004 [0x2902 (Client Characteristic Configuration)], ' +
        'Attribute_Value {Configuration 0x0001 (Notification)}',
    );
    expect(note).toBe(
      'Handle Value Notification: Attribute_Handle 0x0003 [0x2A37 (Heart Rate Measurement)], Attribute_Value 0048',
    );
    expect(read).toBe('Read Request: Attribute_Handle 0x0004 [0x2902 (Client Characteristic Configuration)]');
    expect(response).toBe(
      'Read Response for 0x0004 [0x2902 (Client Characteristic Configuration)]: ' +
        'Attribute_Value {Configuration 0x0003 (Notification, Indication)}',
    );
  });

  it('have attributes of 128-bit UUIDs, too', () => {
    const [, , note] = lines(
      ...['>08 0100 ffff 0328', '<09 15 0200 10 0300 000102030405060708090a0b0c0d0e0f', '<1b 0300 01'],
    );
    expect(note).toContain(
      'Attribute_Handle 0x0003 [0f0e0d0c-0b0a-0908-0706-050403020100], Attribute_Value 01',
    );
  });

  it('have one response for each request', () => {
    const [, first, second] = lines('>0a 0300', '<0b 01', '<0b 02');
    expect(first).toBe('Read Response for 0x0003: Attribute_Value 01');
    expect(second).toBe('Read Response: Attribute_Value 02');
  });

  it('keep the attributes of both servers of a link apart', () => {
    const [, , ours, theirs] = lines('>04 0300 0300', '<05 01 0300 002a', '<0a 0300', '>0a 0300');
    expect(ours).toBe('Read Request: Attribute_Handle 0x0003');
    expect(theirs).toBe('Read Request: Attribute_Handle 0x0003 [0x2A00 (Device Name)]');
  });

  it('have a value as octets where it has not the layout of its type', () => {
    const decoder = new Decoder();
    for (const pdu of ['04 0400 0400']) decoder.decode(true, aclFrame(ATT, pdu));
    decoder.decode(false, aclFrame(ATT, '05 01 0400 0229'));
    const { fields, malformed } = decoder.decode(true, aclFrame(ATT, '12 0400 010203'));
    expect(findField(fields, 'data', 'att', 'attributeValue')).toMatchObject({ value: '010203', offset: 11 });
    expect(malformed).toBeUndefined();
  });

  it('take a response that nobody asked for as it is', () => {
    expect(lines('<0b 0102', '<09 07 0200 12 0300 372a')).toEqual([
      'Read Response: Attribute_Value 0102',
      'Read By Type Response: Attribute_Data_List [Attribute_Handle 0x0002, Attribute_Value 120300372a]',
    ]);
  });

  it('have the values that the specification lays out: names, appearance, parameters, Service Changed', () => {
    const value = (type: string, octets: string) =>
      lines(
        `>08 0100 ffff ${type}`,
        `<09 ${(octets.length / 2 + 2).toString(16).padStart(2, '0')} 0300 ${octets}`,
      )[1]!
        .replace(/^.*Attribute_Value /, '')
        .replace(/\]$/, '');
    expect(value('002a', '4865617274')).toBe('{Text "Heart"}');
    expect(value('012a', '4103')).toBe('{Appearance 0x0341 (Heart Rate Sensor: Heart Rate Belt)}');
    expect(value('042a', '06000c000000c800')).toBe(
      '{Interval_Min 6 (7.5 ms), Interval_Max 12 (15 ms), Latency 0, Timeout 200 (2 s)}',
    );
    expect(value('052a', '0100ffff')).toBe('{Start_Of_Affected_Range 0x0001, End_Of_Affected_Range 0xFFFF}');
    expect(value('0029', '0100')).toBe('{Extended_Properties 0x0001 (Reliable Write)}');
    expect(value('0429', '04000127010000')).toBe(
      '{Format 0x04, Exponent 0, Unit 0x2701, Name_Space 1, Description 0x0000}',
    );
    expect(value('292b', '03')).toBe('{Features Robust Caching, Enhanced ATT bearer}');
    expect(value('0328', '0a0500000102030405060708090a0b0c0d0e0f')).toBe(
      '{Properties 0x0A (Read, Write), Value_Handle 0x0005, Characteristic_UUID 0f0e0d0c-0b0a-0908-0706-050403020100}',
    );
  });
});
