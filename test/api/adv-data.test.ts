import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveAdvData, significantLength } from '../../src/api/adv-data.js';
import { BluetoothConstants as C } from '../../src/api/constants.js';
import { concatBytes, fromHex } from '../../src/core/index.js';

const structure = (type: number, hex: string) => {
  const bytes = fromHex(hex);
  return concatBytes(Uint8Array.of(bytes.length + 1, type), bytes);
};
const resolve = (type: number, hex: string) => resolveAdvData(structure(type, hex), type);

describe('resolve_adv_data', () => {
  it('gives flags and TX power as signed numbers', () => {
    expect(resolve(C.ADV_FLAG, '06')).toBe(6);
    expect(resolve(C.ADV_FLAG, 'ff')).toBe(-1);
    expect(resolve(C.ADV_TX_PWR, 'f4')).toBe(-12);
    expect(resolve(C.ADV_TX_PWR, '09')).toBe(9);
  });

  it('gives names as text', () => {
    expect(resolve(C.ADV_NAME_CMPL, '48656172742052617465')).toBe('Heart Rate');
    expect(resolve(C.ADV_NAME_SHORT, 'c3a9')).toBe('é');
    expect(resolve(C.ADV_NAME_CMPL, '')).toBe('');
  });

  it('gives lists of UUIDs, service data and manufacturer data as octets', () => {
    for (const type of [
      C.ADV_16SRV_PART,
      C.ADV_T16SRV_CMPL,
      C.ADV_32SRV_PART,
      C.ADV_32SRV_CMPL,
      C.ADV_128SRV_PART,
      C.ADV_128SRV_CMPL,
      C.ADV_SERVICE_DATA,
      C.ADV_MANUFACTURER_DATA,
    ]) {
      expect(resolve(type, '0d180f18')).toEqual(fromHex('0d180f18'));
    }
  });

  it('gives the types that the firmware lists and leaves out', () => {
    expect(resolve(C.ADV_DEV_CLASS, '0c025a')).toBe(0x5a020c);
    expect(resolve(C.ADV_APPEARANCE, '4003')).toBe(0x0340);
    expect(resolve(C.ADV_ADV_INT, 'a000')).toBe(0xa0);
    expect(resolve(C.ADV_32SERVICE_DATA, '7856341201')).toEqual(fromHex('7856341201'));
    expect(resolve(C.ADV_128SERVICE_DATA, '00112233445566778899aabbccddeeff01')).toHaveLength(17);
  });

  it('finds the first of a type, behind others', () => {
    const data = concatBytes(structure(1, '06'), structure(9, '61'), structure(9, '62'));
    expect(resolveAdvData(data, 9)).toBe('a');
  });

  it('gives null for what is not there, for unknown types, and behind a length of zero', () => {
    expect(resolveAdvData(structure(1, '06'), C.ADV_NAME_CMPL)).toBeNull();
    expect(resolve(0x30, '0102')).toBeNull();
    expect(resolveAdvData(concatBytes(Uint8Array.of(0), structure(9, '61')), 9)).toBeNull();
    expect(resolveAdvData(new Uint8Array(0), 9)).toBeNull();
  });

  it('gives null for malformed data and never throws', () => {
    expect(resolveAdvData(fromHex('0a0961'), 9)).toBeNull();
    expect(resolve(C.ADV_FLAG, '')).toBeNull();
    expect(resolve(C.ADV_DEV_CLASS, '0102')).toBeNull();
    expect(resolve(C.ADV_APPEARANCE, '01')).toBeNull();
    expect(resolveAdvData(null as never, 9)).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 255 }), (data, type) => {
        resolveAdvData(data, type);
      }),
    );
  });

  it('gives a copy of the octets', () => {
    const data = structure(0xff, '4c00');
    const found = resolveAdvData(data, 0xff) as Uint8Array;
    found[0] = 0;
    expect(data[2]).toBe(0x4c);
  });
});

describe('the significant part of advertising data (Core Vol 3, Part C, 11)', () => {
  it('ends before the zeros that fill it up', () => {
    expect(significantLength(fromHex('020106'))).toBe(3);
    expect(significantLength(fromHex('0201060000000000'))).toBe(3);
    expect(significantLength(new Uint8Array(31))).toBe(0);
  });

  it('is all of it when something stands behind the zeros, or a structure runs past the end', () => {
    expect(significantLength(fromHex('0201060000020a04'))).toBe(8);
    expect(significantLength(fromHex('0201060a0961'))).toBe(6);
  });
});
