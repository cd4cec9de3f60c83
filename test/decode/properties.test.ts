import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/core/hex.js';
import { Decoder, decode, toText } from '../../src/decode/index.js';
import { attPduByOpcode } from '../../src/gatt/att/decode.js';
import { AttOpcode } from '../../src/gatt/att/opcodes.js';
import { decodePacket } from '../../src/hci/decode.js';
import { encodePacket } from '../../src/hci/encode.js';
import { PacketType } from '../../src/hci/packet-type.js';
import { allCommands, allEvents } from '../../src/hci/registry.js';
import { vendorFor } from '../../src/hci/vendor/registry.js';
import { allSignals } from '../../src/l2cap/signalling-pdus.js';
import { all as smpPdus } from '../../src/smp/pdus.js';
import { valuesOfAll } from '../support/arbitraries.js';
import { depthOf, misplaced, uncovered } from '../support/readable.js';

const ZEPHYR = 0x05f1;
/** The deepest that a declaration goes: a report, its advertising data, a structure of them, a list in it, and an item. */
const DEEPEST = 9;

/** Checks what holds of every packet, whatever its octets. */
function check(type: number, bytes: Uint8Array, company?: number): void {
  const readable = decode(type, bytes, { company });
  const where = `${type} ${toHex(bytes)}`;
  expect(uncovered(readable.fields, bytes.length), where).toEqual([]);
  expect(misplaced(readable.fields, 0, bytes.length), where).toEqual([]);
  expect(depthOf(readable.fields)).toBeLessThanOrEqual(DEEPEST);
  expect(toText(readable).split('\n')[0]).toBe(readable.line);
  expect(readable.line).not.toMatch(/undefined|\[object|NaN|\n/);
  expect(JSON.parse(JSON.stringify(readable))).toEqual(readable);
  const vendor = company === undefined ? undefined : vendorFor(company);
  const decoded = decodePacket(type, bytes, vendor);
  // What is malformed to the declarations of HCI is so to a reader; he sees further, into data.
  if (decoded.malformed) expect(readable.malformed, where).toBeDefined();
  expect(toHex(encodePacket(decoded, vendor))).toBe(toHex(bytes));
}

const octets = (maxLength: number) => fc.uint8Array({ maxLength });
const u16 = (value: number) => [value & 0xff, value >> 8];

/** The octets before the parameters of each packet that is declared, and in them the octet of the parameters' length. */
const heads = [
  ...allCommands.map(({ opcode }) => ({
    type: PacketType.command,
    head: [...u16(opcode), 0],
    inner: [] as number[],
  })),
  ...allCommands.map(({ opcode }) => ({
    type: PacketType.event,
    head: [0x0e, 0],
    inner: [1, ...u16(opcode), 0],
  })),
  ...allEvents.map(({ code, subevent }) => ({
    type: PacketType.event,
    head: [code, 0],
    inner: subevent === undefined ? [] : [subevent],
  })),
];

function headed({ head, inner }: (typeof heads)[number], parameters: Uint8Array): Uint8Array {
  const packet = Uint8Array.of(...head, ...inner, ...parameters);
  packet[head.length - 1] = inner.length + parameters.length;
  return packet;
}

/** An ACL packet with a whole L2CAP frame. */
function acl(cid: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.of(
    0x40,
    0x20,
    ...u16(payload.length + 4),
    ...u16(payload.length),
    ...u16(cid),
    ...payload,
  );
}

describe('any octets', () => {
  it('of every type are readable to the last one, and encode again to the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 9 }), octets(90), (type, bytes) => check(type, bytes)),
      { numRuns: 3000 },
    );
  });

  it('behind the head of every declared packet are so, too', () => {
    fc.assert(
      fc.property(fc.constantFrom(...heads), octets(240), (known, parameters) => {
        check(known.type, headed(known, parameters));
      }),
      { numRuns: 4000 },
    );
  });

  it('are missing behind the head of a declared packet: none at all, or one', () => {
    for (const known of heads) {
      for (const parameters of [[], [0], [1]]) check(known.type, headed(known, Uint8Array.from(parameters)));
      if (known.inner.length === 4) {
        const { type, head, inner } = known;
        check(type, headed({ type, head, inner: inner.slice(0, 3) }, new Uint8Array(0)));
      }
    }
  });

  it('behind the head of every declared packet are so when the length is wrong', () => {
    fc.assert(
      fc.property(fc.constantFrom(...heads), octets(40), fc.nat(255), (known, parameters, said) => {
        const packet = headed(known, parameters);
        packet[known.head.length - 1] = said;
        check(known.type, packet);
      }),
      { numRuns: 1000 },
    );
  });

  it('of a manufacturer are so with its declarations', () => {
    const vendor = fc.oneof(
      fc.tuple(fc.integer({ min: 0xfc00, max: 0xfc20 }), octets(60)).map(([opcode, parameters]) => ({
        type: PacketType.command,
        packet: Uint8Array.of(...u16(opcode), parameters.length, ...parameters),
      })),
      fc.tuple(fc.nat(12), octets(60)).map(([subevent, parameters]) => ({
        type: PacketType.event,
        packet: Uint8Array.of(0xff, parameters.length + 1, subevent, ...parameters),
      })),
    );
    fc.assert(
      fc.property(vendor, fc.constantFrom(ZEPHYR, 0x0059, 0x02e5, 0x1234), ({ type, packet }, company) => {
        check(type, packet, company);
      }),
      { numRuns: 2000 },
    );
  });

  it('in whole L2CAP frames of every channel are so', () => {
    const codes = [
      ...Object.values(AttOpcode).map((code) => [4, code] as const),
      ...allSignals.map(({ code }) => [5, code] as const),
      ...smpPdus.map(({ code }) => [6, code] as const),
      ...[1, 2, 4, 5, 6, 7, 0x40, 0xffff].map((cid) => [cid, 0xee] as const),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...codes), octets(60), fc.boolean(), ([cid, code], body, isBare) => {
        // Signalling has an identifier and its length behind the code.
        const head = cid === 5 ? [code, 1, ...u16(body.length)] : [code];
        check(PacketType.acl, acl(cid, isBare ? body : Uint8Array.of(...head, ...body)));
      }),
      { numRuns: 4000 },
    );
  });

  it('in a stream of fragments are so, and leave the decoder as it should be', () => {
    const packet = fc.oneof(
      fc.tuple(fc.nat(3), fc.nat(2), octets(40)).map(([boundary, handle, data]) => ({
        type: PacketType.acl,
        bytes: Uint8Array.of(handle, boundary << 4, ...u16(data.length), ...data),
      })),
      fc.tuple(fc.constantFrom(1, 4, 5, 6, 0x40), octets(30)).map(([cid, payload]) => ({
        type: PacketType.acl,
        bytes: acl(cid, payload),
      })),
      fc.tuple(fc.constantFrom(...heads), octets(40)).map(([known, parameters]) => ({
        type: known.type,
        bytes: headed(known, parameters),
      })),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), packet), { maxLength: 40 }), (stream) => {
        const decoder = new Decoder();
        for (const [sent, { type, bytes }] of stream) {
          const readable = decoder.decode(sent, type, bytes);
          expect(uncovered(readable.fields, bytes.length)).toEqual([]);
          expect(misplaced(readable.fields, 0, bytes.length)).toEqual([]);
          expect(readable.line).not.toMatch(/undefined|\[object|NaN|\n/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('what a declaration writes', () => {
  it('is readable without anything malformed, by the names of its fields', () => {
    const declared = [
      ...allCommands.map((one) => ({
        ...one,
        known: { type: PacketType.command, head: [...u16(one.opcode), 0], inner: [] },
      })),
      ...allEvents.map((one) => ({
        ...one,
        known: {
          type: PacketType.event,
          head: [one.code, 0],
          inner: one.subevent === undefined ? [] : [one.subevent],
        },
      })),
    ].filter(({ name }) => name !== 'LE_Meta' && name !== 'Command_Complete');
    for (const { name, parameters, known } of declared) {
      fc.assert(
        fc.property(valuesOfAll(parameters.fields), (values) => {
          const bytes = parameters.encode(values);
          if (bytes.length > 250) return;
          const readable = decode(known.type, headed(known, bytes));
          expect(readable.name).toBe(name);
          const keys = readable.fields.map(({ key }) => key);
          expect(keys).toEqual(expect.arrayContaining(Object.keys(parameters.fields)));
          const wrong = readable.fields.filter(({ malformed }) => malformed);
          expect(wrong).toEqual([]);
        }),
        { numRuns: 5 },
      );
    }
  });

  it('is readable in each ATT PDU, signalling command and SMP packet', () => {
    const pdus = [
      ...Object.values(AttOpcode).map((code) => ({ cid: 4, code, ...attPduByOpcode(code)! })),
      ...allSignals.map((one) => ({ cid: 5, ...one })),
      ...smpPdus.map((one) => ({ cid: 6, ...one })),
    ];
    for (const { cid, code, name, parameters } of pdus) {
      fc.assert(
        fc.property(valuesOfAll(parameters.fields), (values) => {
          const body = parameters.encode(values as never);
          const head = cid === 5 ? [code, 1, ...u16(body.length)] : [code];
          const readable = decode(PacketType.acl, acl(cid, Uint8Array.of(...head, ...body)));
          expect(readable.name.endsWith(` ${name}`), `${readable.name} is ${name}`).toBe(true);
        }),
        { numRuns: 20 },
      );
    }
  });
});
