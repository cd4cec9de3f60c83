import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import { decodePacket } from '../../src/hci/decode.js';
import { PacketType } from '../../src/hci/packet-type.js';
import { allCommands, allEvents } from '../../src/hci/registry.js';

const { command, event, acl, sco, iso } = PacketType;

describe('decodePacket', () => {
  it('names a command and its fields', () => {
    expect(decodePacket(command, fromHex('0c20020100'))).toEqual({
      type: command,
      name: 'LE_Set_Scan_Enable',
      code: 0x200c,
      subevent: undefined,
      section: '7.8.11',
      fields: { leScanEnable: 1, filterDuplicates: 0 },
      trailing: undefined,
      malformed: undefined,
    });
  });

  it('takes the return parameters of a Command Complete apart by its command', () => {
    expect(decodePacket(event, fromHex('0e07010514004200c9')).fields).toEqual({
      numHciCommandPackets: 1,
      commandOpcode: 0x1405,
      commandName: 'Read_RSSI',
      returnParameters: { status: 0, handle: 0x42, rssi: -55 },
    });
  });

  it('says when a packet has not the length it says', () => {
    expect(decodePacket(event, fromHex('0e08010514004200c9'))).toMatchObject({
      name: 'Command_Complete',
      malformed: { message: 'the packet says 8 octets of parameters and has 7', offset: 1 },
    });
    expect(decodePacket(command, fromHex('0c2003' + '0100')).malformed?.offset).toBe(2);
  });

  it('takes a refusal without the return parameters that follow on success', () => {
    const decoded = decodePacket(event, fromHex('0e04010514' + '02'));
    expect(decoded.fields['returnParameters']).toEqual({ status: 2 });
    expect(decoded.malformed).toBeUndefined();
  });

  it('says where return parameters end too early, and keeps them', () => {
    const decoded = decodePacket(event, fromHex('0e06010514' + '000001'));
    expect(decoded.malformed).toEqual({ message: expect.stringMatching(/too short/), offset: 8 });
    expect(decoded.fields['returnParameters']).toEqual(fromHex('000001'));
  });

  it('keeps octets that a later version of the specification may have put behind the fields', () => {
    const decoded = decodePacket(event, fromHex('05050002001399'));
    expect(decoded.fields).toEqual({ status: 0, connectionHandle: 2, reason: 0x13 });
    expect(toHex(decoded.trailing!)).toBe('99');
  });

  it('keeps what is unknown', () => {
    expect(decodePacket(command, fromHex('57fc0101'))).toMatchObject({
      name: 'Vendor_Command 0xFC57',
      fields: { parameters: Uint8Array.of(1) },
    });
    expect(decodePacket(command, fromHex('ff1300')).name).toBe('Unknown_Command 0x13FF');
    expect(decodePacket(event, fromHex('420107')).name).toBe('Unknown_Event 0x42');
    expect(decodePacket(event, fromHex('3e02ff07'))).toMatchObject({
      name: 'Unknown_LE_Event 0xFF',
      subevent: 0xff,
      fields: { parameters: Uint8Array.of(7) },
    });
    expect(decodePacket(event, fromHex('ff020102'))).toMatchObject({
      name: 'Vendor_Specific',
      fields: { parameters: Uint8Array.of(1, 2) },
    });
    expect(decodePacket(9, fromHex('0102'))).toMatchObject({ name: 'Unknown_Packet 0x09' });
  });

  it('takes data packets apart', () => {
    expect(decodePacket(acl, fromHex('022003000a0b0c'))).toMatchObject({
      name: 'ACL_Data',
      code: 2,
      fields: { connectionHandle: 2, packetBoundaryFlag: 2, broadcastFlag: 0, data: fromHex('0a0b0c') },
    });
    expect(decodePacket(iso, fromHex('60200700' + '0500' + '0300' + '0a0b0c'))).toMatchObject({
      name: 'ISO_Data',
      code: 0x60,
      fields: {
        packetBoundaryFlag: 2,
        timeStamp: undefined,
        sdu: { packetSequenceNumber: 5, isoSduLength: 3, packetStatusFlag: 0 },
      },
    });
    expect(decodePacket(sco, fromHex('010001ff'))).toMatchObject({ name: 'Synchronous_Data', code: 1 });
    expect(decodePacket(acl, fromHex('022004000a')).malformed?.offset).toBe(4);
    expect(decodePacket(acl, fromHex('0220')).malformed?.offset).toBe(2);
  });

  it('says that an LE Meta event without subevent is malformed', () => {
    expect(decodePacket(event, fromHex('3e00'))).toMatchObject({ name: 'LE_Meta', malformed: { offset: 2 } });
  });

  it('never throws, whatever the octets', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.uint8Array({ maxLength: 80 }), (type, bytes) => {
        const { malformed } = decodePacket(type, bytes);
        if (malformed) expect(malformed.offset).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on known codes with random parameters', () => {
    const known = [
      ...allCommands.map(({ opcode }) => [command, [opcode & 0xff, opcode >> 8], []] as const),
      ...allCommands.map(({ opcode }) => [event, [0x0e], [1, opcode & 0xff, opcode >> 8]] as const),
      ...allEvents.map(
        ({ code, subevent }) => [event, [code], subevent === undefined ? [] : [subevent]] as const,
      ),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...known),
        fc.uint8Array({ maxLength: 250 }),
        ([type, head, inner], bytes) => {
          const packet = Uint8Array.of(...head, inner.length + bytes.length, ...inner, ...bytes);
          const { malformed } = decodePacket(type, packet);
          if (malformed) expect(malformed.offset).toBeLessThanOrEqual(packet.length);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
