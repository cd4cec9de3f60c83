import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../src/core/bytes.js';
import { payloadOf } from '../../../src/core/frame.js';
import { concatBytes } from '../../../src/core/hex.js';
import { decodeAtt, encodeAtt } from '../../../src/gatt/att/decode.js';
import { AttOpcode, attName } from '../../../src/gatt/att/opcodes.js';
import * as pdus from '../../../src/gatt/att/pdus.js';
import {
  executeWriteRequest,
  findByTypeValueRequest,
  handlePdu,
  prepareWriteRequest,
  rangeRequest,
  readBlobRequest,
  readMultipleRequest,
  readRequest,
} from '../../../src/gatt/att/requests.js';
import { valuesOfAll } from '../../support/arbitraries.js';

const u16 = fc.integer({ min: 0, max: 0xffff });
const octets = fc.uint8Array({ maxLength: 40 });

/** A PDU as its declaration writes it. */
function declared<P>(definition: pdus.AttPduDefinition<P>, parameters: P): Uint8Array {
  return concatBytes(Uint8Array.of(definition.opcode), definition.parameters.encode(parameters));
}

describe('ATT PDUs (Core Vol 3, Part F, 3.4)', () => {
  it('are declared for every opcode, under its name', () => {
    expect(pdus.all.map(({ opcode }) => opcode).toSorted((a, b) => a - b)).toEqual(
      Object.values(AttOpcode).toSorted((a, b) => a - b),
    );
    for (const { opcode, name } of pdus.all) expect(attName(opcode)).toBe(`ATT ${name}`);
  });

  for (const definition of pdus.all) {
    it(`${definition.name} comes back as it was written`, () => {
      fc.assert(
        fc.property(valuesOfAll(definition.parameters.fields), (values) => {
          const bytes = declared(definition, values as unknown);
          expect(definition.parameters.read(new ByteReader(bytes.subarray(1)))).toEqual(values);
          const decoded = decodeAtt(bytes);
          expect(decoded).toEqual({
            opcode: definition.opcode,
            name: definition.name,
            fields: values,
            trailing: undefined,
            malformed: undefined,
          });
          expect(encodeAtt(decoded)).toEqual(bytes);
        }),
        { numRuns: 50 },
      );
    });
  }

  it('any octets decode or are malformed, and come back the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(5), (bytes, skipped) => {
        const start = Math.min(skipped, bytes.length);
        const decoded = decodeAtt(bytes, start);
        expect(decoded.malformed?.offset ?? 0).toBeLessThanOrEqual(bytes.length - start);
        expect(encodeAtt(decoded)).toEqual(bytes.subarray(start));
      }),
      { numRuns: 2000 },
    );
  });

  it('say what is wrong with octets that are too few or too many', () => {
    expect(decodeAtt(Uint8Array.of()).malformed?.message).toMatch(/opcode/);
    expect(decodeAtt(Uint8Array.of(0x0a, 0x03)).malformed).toBeDefined();
    expect(decodeAtt(Uint8Array.of(0x0a, 0x03, 0, 9)).malformed?.message).toMatch(/1 octets too many/);
    expect(decodeAtt(Uint8Array.of(0xbf, 0)).name).toBeUndefined();
  });
});

describe('the PDUs written by hand', () => {
  it('equal their declarations', () => {
    fc.assert(
      fc.property(u16, u16, octets, fc.boolean(), (a, b, value, flag) => {
        const same = (frame: Uint8Array, wanted: Uint8Array) => expect(payloadOf(frame)).toEqual(wanted);
        same(readRequest(a), declared(pdus.readReq, { attributeHandle: a }));
        same(readBlobRequest(a, b), declared(pdus.readBlobReq, { attributeHandle: a, valueOffset: b }));
        const written = { attributeHandle: a, attributeValue: value };
        for (const definition of [pdus.writeReq, pdus.writeCmd, pdus.handleValueNtf, pdus.handleValueInd]) {
          same(handlePdu(definition.opcode, a, value), declared(definition, written));
        }
        same(handlePdu(AttOpcode.exchangeMtuReq, a), declared(pdus.exchangeMtuReq, { clientRxMtu: a }));
        same(handlePdu(AttOpcode.exchangeMtuRsp, a), declared(pdus.exchangeMtuRsp, { serverRxMtu: a }));
        same(
          prepareWriteRequest(a, b, value),
          declared(pdus.prepareWriteReq, { attributeHandle: a, valueOffset: b, partAttributeValue: value }),
        );
        same(executeWriteRequest(flag), declared(pdus.executeWriteReq, { flags: flag ? 1 : 0 }));
        const range = { startingHandle: a, endingHandle: b };
        same(
          rangeRequest(AttOpcode.readByTypeReq, a, b, value),
          declared(pdus.readByTypeReq, { ...range, attributeType: value }),
        );
        same(
          rangeRequest(AttOpcode.readByGroupTypeReq, a, b, value),
          declared(pdus.readByGroupTypeReq, { ...range, attributeGroupType: value }),
        );
        same(
          findByTypeValueRequest(a, b, 0x2800, value),
          declared(pdus.findByTypeValueReq, { ...range, attributeType: 0x2800, attributeValue: value }),
        );
        const handles = Uint8Array.of(a & 0xff, a >> 8, b & 0xff, b >> 8);
        same(
          readMultipleRequest(AttOpcode.readMultipleReq, [a, b]),
          declared(pdus.readMultipleReq, { setOfHandles: handles }),
        );
        same(
          readMultipleRequest(AttOpcode.readMultipleVariableReq, [a, b]),
          declared(pdus.readMultipleVariableReq, { setOfHandles: handles }),
        );
      }),
    );
  });
});
