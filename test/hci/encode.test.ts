import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import { decodePacket } from '../../src/hci/decode.js';
import { encodePacket } from '../../src/hci/encode.js';
import { PacketType } from '../../src/hci/packet-type.js';
import { allCommands, allEvents } from '../../src/hci/registry.js';
import { vendorFor } from '../../src/hci/vendor/registry.js';
import { valuesOfAll } from '../support/arbitraries.js';

const { command, event, acl, sco, iso } = PacketType;
const again = (type: number, hex: string) => toHex(encodePacket(decodePacket(type, fromHex(hex))));

describe('encodePacket', () => {
  it('writes packets from values', () => {
    const disable = { type: command, code: 0x200c, fields: { leScanEnable: 0, filterDuplicates: 0 } };
    expect(toHex(encodePacket(disable))).toBe('0c20020000');
    const update = { status: 0, connectionHandle: 2, txPhy: 2, rxPhy: 1 };
    expect(toHex(encodePacket({ type: event, code: 0x3e, subevent: 0x0c, fields: update }))).toBe(
      '3e060c0002000201',
    );
    const returnParameters = { status: 0, handle: 0x42, rssi: -55 };
    const complete = { numHciCommandPackets: 1, commandOpcode: 0x1405, returnParameters };
    expect(toHex(encodePacket({ type: event, code: 0x0e, fields: complete }))).toBe('0e07010514004200c9');
    const data = Uint8Array.of(1, 2);
    const fields = { connectionHandle: 2, packetBoundaryFlag: 2, broadcastFlag: 0, data };
    expect(toHex(encodePacket({ type: acl, code: 2, fields }))).toBe('022002000102');
  });

  it('writes back what was read, reserved bits and octets behind the fields included', () => {
    const packets: (readonly [type: number, hex: string])[] = [
      [command, '0c2003010099'],
      [command, `082020${'03020106'}${'00'.repeat(27)}ff`],
      [event, '05050002001399'],
      // A refusal with octets behind its Status.
      [event, '0e0701011002ffffff'],
      [event, '0e0401011002'],
      // No command is complete; a command that is not known is; there is no room for an opcode.
      [event, '0e03010000'],
      [event, '0e0401010400'],
      [event, '0e020100'],
      [event, '3e00'],
      [event, 'ff00'],
      // The ACL header has no reserved bits; ISO has three.
      [acl, '02f003000a0b0c'],
      [acl, '022003000a0b0cdd'],
      [iso, '60a00740' + '0500' + '0330' + '0a0b0c'],
      [sco, '010001ff'],
      [9, '0102'],
      // Wrong lengths.
      [command, '0c20ff0100'],
      [event, '0e08010514004200c9'],
      [event, '3e0901'],
      [acl, '022004000a'],
      [iso, '60200100' + '05'],
      [command, '0c'],
      [event, ''],
    ];
    for (const [type, hex] of packets) expect(again(type, hex)).toBe(hex);
  });

  it('writes back the packets of a manufacturer that it knows', () => {
    const zephyr = vendorFor(0x05f1)!;
    const packet = decodePacket(command, fromHex('0ffc03024000'), zephyr);
    expect(packet.fields).toEqual({ handleType: 2, handle: 0x40 });
    expect(toHex(encodePacket(packet, zephyr))).toBe('0ffc03024000');
    expect(decodePacket(command, fromHex('0ffc03024000')).fields).toEqual({ parameters: fromHex('024000') });
  });

  it('writes what each declaration writes', () => {
    for (const { opcode, parameters } of allCommands) {
      fc.assert(
        fc.property(valuesOfAll(parameters.fields), (fields) => {
          const body = parameters.encode(fields);
          if (body.length > 255) return;
          const bytes = encodePacket({ type: command, code: opcode, fields });
          expect(toHex(bytes.subarray(3))).toBe(toHex(body));
          expect(decodePacket(command, bytes).malformed).toBeUndefined();
        }),
        { numRuns: 5 },
      );
    }
    for (const { code, subevent, parameters } of allEvents) {
      if (code === 0x0e) continue;
      fc.assert(
        fc.property(valuesOfAll(parameters.fields), (fields) => {
          const body = parameters.encode(fields);
          if (body.length > 254) return;
          const bytes = encodePacket({ type: event, code, subevent, fields });
          expect(toHex(bytes.subarray(subevent === undefined ? 2 : 3))).toBe(toHex(body));
        }),
        { numRuns: 5 },
      );
    }
  });

  it('says which value does not fit, and truncates nothing', () => {
    const encode = (fields: Record<string, unknown>) => () =>
      encodePacket({ type: command, code: 0x200c, fields });
    expect(encode({ leScanEnable: 256, filterDuplicates: 0 })).toThrow(
      /field leScanEnable: 256 does not fit/,
    );
    expect(encode({ leScanEnable: 1 })).toThrow(/field filterDuplicates is missing/);
    expect(encode({ parameters: new Uint8Array(256) })).toThrow('256 octets of parameters do not fit');
    const unknown = { numHciCommandPackets: 1, commandOpcode: 0x0401, returnParameters: { status: 0 } };
    expect(() => encodePacket({ type: event, code: 0x0e, fields: unknown })).toThrow(/octets are wanted/);
    expect(() => encodePacket({ type: 9, code: -1, fields: {} })).toThrow('from fields.data alone');
  });
});
