import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../../src/core/hex.js';
import { decodeSmp, encodeSmp, smpPduByCode } from '../../src/smp/decode.js';
import { describePdu, pduLength } from '../../src/smp/pairing/smp-code.js';
import { all, pairingFailedReasons } from '../../src/smp/pdus.js';
import { valuesOfAll } from '../support/arbitraries.js';
import { describeWithShared, sharedJson } from '../support/shared.js';

interface Table {
  readonly smp: {
    readonly pdus: readonly {
      readonly code: string;
      readonly name: string;
      readonly fields: readonly { readonly name: string; readonly octets: number }[];
    }[];
    readonly reasons: readonly { readonly code: string; readonly name: string }[];
  };
}

describe('SMP packets (Core Vol 3, Part H, 3.3)', () => {
  for (const { code, name, parameters } of all) {
    it(`${name} comes back as it was written`, () => {
      fc.assert(
        fc.property(valuesOfAll(parameters.fields), (values) => {
          const bytes = concatBytes(Uint8Array.of(code), parameters.encode(values as never));
          const decoded = decodeSmp(bytes);
          expect(decoded).toEqual({ code, name, fields: values, trailing: undefined, malformed: undefined });
          expect(encodeSmp(decoded)).toEqual(bytes);
        }),
        { numRuns: 50 },
      );
    });
  }

  it('of any octets decode or are malformed, and come back the same', () => {
    fc.assert(
      fc.property(fc.nat(16), fc.uint8Array({ maxLength: 70 }), fc.nat(3), (code, body, skipped) => {
        const bytes = Uint8Array.of(...new Array<number>(skipped).fill(0xaa), code, ...body);
        const decoded = decodeSmp(bytes, skipped);
        expect(decoded.malformed?.offset ?? 0).toBeLessThanOrEqual(bytes.length - skipped);
        expect(toHex(encodeSmp(decoded))).toBe(toHex(bytes.subarray(skipped)));
      }),
      { numRuns: 2000 },
    );
    expect(encodeSmp(decodeSmp(new Uint8Array(0)))).toEqual(new Uint8Array(0));
  });

  it('say what is wrong with octets that are too few or too many', () => {
    expect(decodeSmp(Uint8Array.of()).malformed?.message).toMatch(/code/);
    expect(decodeSmp(Uint8Array.of(5)).malformed).toEqual({
      message: expect.stringMatching(/1 octets wanted/),
      offset: 1,
    });
    expect(decodeSmp(Uint8Array.of(5, 3, 9)).malformed).toEqual({
      message: 'Pairing Failed: 1 octets too many',
      offset: 2,
    });
    expect(decodeSmp(Uint8Array.of(0xee, 1))).toMatchObject({ name: undefined, malformed: undefined });
  });
});

describeWithShared('the table of SMP packets', () => {
  const { smp } = sharedJson<Table>('spec/att-gatt-smp-l2cap.json');
  const plain = (name: string) => name.replaceAll('_', '').toLowerCase();
  const spelt: Record<string, string> = { bdAddrType: 'AddrType' };

  it('is what is declared: codes, names, fields and their sizes', () => {
    expect(smp.pdus.length).toBe(all.length);
    for (const { code, name, fields } of smp.pdus) {
      const definition = smpPduByCode(Number(code))!;
      expect(definition.name).toBe(name.replaceAll('_', ' '));
      const declared = Object.entries(definition.parameters.fields);
      expect(declared.map(([key, { size }]) => [plain(spelt[key] ?? key), size])).toEqual(
        fields.map((field) => [plain(field.name), field.octets]),
      );
    }
    const reasons = smp.reasons.map((reason) => [Number(reason.code), reason.name.toLowerCase()]);
    expect(
      Object.entries(pairingFailedReasons).map(([code, name]) => [Number(code), name.toLowerCase()]),
    ).toEqual(reasons);
  });
});

describe('what pairing knows of packets', () => {
  it('is what their declarations say: names and lengths', () => {
    for (const { code, name, parameters } of all) {
      expect(describePdu(code)).toBe(name);
      const octets = parameters.encode(decodeSmp(Uint8Array.of(code, ...new Uint8Array(64))).fields as never);
      expect(pduLength(code)).toBe(octets.length + 1);
    }
    expect(pduLength(0)).toBeUndefined();
    expect(pduLength(0x0f)).toBeUndefined();
    expect(describePdu(0x0f)).toBe('an SMP packet of code 0x0F');
  });
});
