import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import { decodeSignal, encodeSignal, signalByCode } from '../../src/l2cap/decode.js';
import { allSignals } from '../../src/l2cap/signalling-pdus.js';
import { valuesOfAll } from '../support/arbitraries.js';
import { describeWithShared, sharedJson } from '../support/shared.js';

interface TableField {
  readonly name?: string;
  readonly octets?: number | string;
  readonly repeat?: string;
  readonly fields?: readonly TableField[];
}
interface Table {
  readonly l2cap: {
    readonly codes: readonly { readonly code: string; readonly fields: readonly TableField[] }[];
  };
}

describe('signalling commands (Core Vol 3, Part A, 4)', () => {
  it('come back as they were written', () => {
    for (const { code, name, parameters } of allSignals) {
      fc.assert(
        fc.property(valuesOfAll(parameters.fields), fc.nat(255), (fields, identifier) => {
          const bytes = encodeSignal({ code, identifier, fields });
          const length = bytes.length - 4;
          const nothing = { trailing: undefined, malformed: undefined };
          expect(decodeSignal(bytes)).toEqual({ code, name, identifier, length, fields, ...nothing });
        }),
        { numRuns: 50 },
      );
    }
  });

  it('of any octets decode or are malformed, and come back the same', () => {
    const head = fc.tuple(fc.nat(0x1c), fc.nat(255), fc.option(fc.nat(0xffff)));
    fc.assert(
      fc.property(
        head,
        fc.uint8Array({ maxLength: 24 }),
        fc.nat(4),
        ([code, identifier, said], body, cut) => {
          const length = said ?? body.length;
          const whole = Uint8Array.of(code, identifier, length & 0xff, length >> 8, ...body);
          const bytes = whole.subarray(0, whole.length - cut);
          const decoded = decodeSignal(bytes);
          expect(decoded.malformed?.offset ?? 0).toBeLessThanOrEqual(bytes.length);
          expect(toHex(encodeSignal(decoded))).toBe(toHex(bytes));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('say what is wrong with them', () => {
    const malformed = (hex: string) => decodeSignal(fromHex(hex)).malformed;
    expect(malformed('0601')).toEqual({
      message: 'a signalling command has a header of 4 octets',
      offset: 2,
    });
    expect(malformed('06010500 40004100')).toEqual({
      message: 'the command says 5 octets of data and has 4',
      offset: 2,
    });
    expect(malformed('06010200 4000')).toEqual({
      message: expect.stringMatching(/2 octets wanted/),
      offset: 6,
    });
    expect(malformed('13010300 000099')?.offset).toBe(6);
    expect(malformed('ee010100 00')).toBeUndefined();
  });
});

describeWithShared('the table of signalling commands', () => {
  const { l2cap } = sharedJson<Table>('spec/att-gatt-smp-l2cap.json');
  const plain = (name: string | undefined) => name?.replaceAll('_', '').toLowerCase();

  it('is what is declared: codes, fields and their sizes', () => {
    expect(l2cap.codes.length).toBe(allSignals.length);
    for (const { code, fields } of l2cap.codes) {
      const declared = Object.entries(signalByCode(Number(code))!.parameters.fields);
      expect(declared.length).toBe(fields.length);
      for (const [index, { name, octets, repeat, fields: inside }] of fields.entries()) {
        const [key, field] = declared[index]!;
        if (repeat) {
          expect([plain(key), field.fields!['item']!.size]).toEqual([
            `${plain(inside![0]!.name)}s`,
            inside![0]!.octets,
          ]);
        } else if (octets === 'rest') expect(field.kind).toBe('rest');
        else expect([plain(key), field.size]).toEqual([plain(name), octets]);
      }
    }
  });
});
