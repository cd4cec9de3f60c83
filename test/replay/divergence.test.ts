import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/decode/index.js';
import { fieldDifferences, sideBySide } from '../../src/replay/index.js';

const acl = (...frame: number[]) => decode(Uint8Array.of(2, 0x40, 0x20, frame.length, 0, ...frame));
const att = (...pdu: number[]) => acl(pdu.length, 0, 4, 0, ...pdu);
const paths = (...packets: [ReturnType<typeof decode>, ReturnType<typeof decode>]) =>
  fieldDifferences(...packets).map(({ kind, path }) => `${kind} ${path}`);

describe('the differences of two packets', () => {
  it('name the field, with both values as the decoder says them', () => {
    const [first, ...others] = fieldDifferences(
      att(0x12, 0x0e, 0x00, 0x01, 0x00),
      att(0x12, 0x10, 0x00, 0x01, 0x00),
    );
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      kind: 'value',
      path: 'data.att.attributeHandle',
      label: 'Attribute_Handle',
    });
    expect([first?.expected?.text, first?.got?.text]).toEqual(['0x000E', '0x0010']);
  });

  it('put the value before the lengths that follow from it', () => {
    expect(paths(att(0x52, 0x06, 0x00, 1, 2, 3), att(0x52, 0x06, 0x00, 1, 2))).toEqual([
      'value data.att.attributeValue',
      'value dataLength',
      'value data.pduLength',
    ]);
  });

  it('end at a code, behind which all is of another layout', () => {
    const [read, write] = [att(0x0a, 0x07, 0x00), att(0x12, 0x07, 0x00, 1)];
    expect(paths(read, write)[0]).toBe('value data.att.opcode');
    expect(paths(read, write).filter((path) => !/length/i.test(path))).toEqual(['value data.att.opcode']);
    const scan = decode(Uint8Array.of(1, 0x0c, 0x20, 2, 1, 0));
    const reset = decode(Uint8Array.of(1, 0x03, 0x0c, 0));
    expect(paths(scan, reset)).toEqual(['value opcode']);
    expect(paths(att(0x0a, 0x07, 0x00), acl(3, 0, 5, 0, 0x0a, 0x07, 0x00))).toEqual(['value data.channelId']);
  });

  it('tell a command from an event, and a packet from an empty one', () => {
    const [first] = fieldDifferences(decode(Uint8Array.of(1, 3, 12, 0)), decode(Uint8Array.of(4, 14, 0)));
    expect(first).toMatchObject({
      path: 'type',
      expected: { text: '1 (command)' },
      got: { text: '4 (event)' },
    });
    expect(
      paths(decode(Uint8Array.of(1, 0x0c, 0x20, 2, 1, 0)), decode(Uint8Array.of(1, 0x0c, 0x20))),
    ).not.toEqual([]);
  });

  it('are found wherever octets differ, and only there', () => {
    const octets = fc.uint8Array({ minLength: 1, maxLength: 40 });
    const indicator = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(indicator, octets, octets, fc.nat(), (type, one, other, place) => {
        const near = one.slice();
        near[place % near.length]! ^= 1 + (place % 255);
        const packet = decode(type, one);
        expect(fieldDifferences(packet, decode(type, one.slice()))).toEqual([]);
        expect(fieldDifferences(packet, decode(type, near))).not.toEqual([]);
        if (one.join() !== other.join())
          expect(fieldDifferences(packet, decode(type, other))).not.toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('find a changed octet in packets that mean something', () => {
    const packets = [
      Uint8Array.of(1, 0x0d, 0x20, 25, ...Uint8Array.from({ length: 25 }, (_, i) => i)),
      Uint8Array.of(1, 0x01, 0x0c, 8, 0xff, 0xff, 0xfb, 0xff, 0x07, 0xf8, 0xbf, 0x3d),
      Uint8Array.of(4, 0x0e, 12, 1, 0x03, 0x20, 0, 1, 2, 3, 4, 5, 6, 7, 8),
      Uint8Array.of(4, 0x3e, 15, 2, 1, 0, 0, 1, 2, 3, 4, 5, 6, 3, 2, 1, 6, 0xc8),
      Uint8Array.of(2, 0x40, 0x20, 13, 0, 9, 0, 4, 0, 0x09, 7, 2, 0, 2, 3, 0, 0, 0x2a),
    ];
    for (const packet of packets) {
      for (let at = 1; at < packet.length; at++) {
        for (let bit = 0; bit < 8; bit++) {
          const changed = packet.slice();
          changed[at]! ^= 1 << bit;
          expect(fieldDifferences(decode(packet), decode(changed)), `${packet} ${at} ${bit}`).not.toEqual([]);
        }
      }
    }
  });

  it('stand beside one another in a table, the divergent field marked', () => {
    const [expected, got] = [att(0x12, 0x0e, 0, 1, 0), att(0x12, 0x10, 0, 1, 0)];
    const lines = sideBySide(expected, got, 'data.att.attributeHandle').split('\n');
    expect(lines[0]).toMatch(/^ +expected +got$/);
    expect(lines.filter((line) => line.startsWith('>'))).toEqual([
      expect.stringMatching(/^> {5}Attribute_Handle +0x000E +0x0010$/),
    ]);
    expect(sideBySide(expected, undefined)).toMatch(/ATT Write Request +\(nothing\)/);
  });
});
