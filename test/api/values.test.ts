import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ValueError } from '../../src/api/errors.js';
import { fromUuid, toBdAddr, toUuid, valueBytes } from '../../src/api/values.js';
import { fromHex, toHex } from '../../src/core/index.js';

const invalid = 'invalid argument(s) value';

describe('values of characteristics', () => {
  it('takes 1, 2 or 4 octets for a number, in the order that the place has', () => {
    const both = (value: number) => [toHex(valueBytes(value, 'little')), toHex(valueBytes(value, 'big'))];
    expect(both(0)).toEqual(['00', '00']);
    expect(both(0xff)).toEqual(['ff', 'ff']);
    expect(both(0x100)).toEqual(['0001', '0100']);
    expect(both(0x1234)).toEqual(['3412', '1234']);
    expect(both(0xffff)).toEqual(['ffff', 'ffff']);
    expect(both(0x10000)).toEqual(['00000100', '00010000']);
    expect(both(0x12345678)).toEqual(['78563412', '12345678']);
    expect(both(0xffffffff)).toEqual(['ffffffff', 'ffffffff']);
  });

  it('takes a negative number as the two’s complement of 32 bits', () => {
    expect(toHex(valueBytes(-1, 'little'))).toBe('ffffffff');
    expect(toHex(valueBytes(-2, 'big'))).toBe('fffffffe');
  });

  it('takes text as UTF-8 and octets as they are, as a copy', () => {
    expect(toHex(valueBytes('ABC é', 'big'))).toBe('41424320c3a9');
    const octets = fromHex('010203');
    const copy = valueBytes(octets, 'big');
    expect(copy).toEqual(octets);
    expect(copy).not.toBe(octets);
  });

  it('refuses what fits in no value', () => {
    for (const value of [1.5, Number.NaN, 2 ** 32, -(2 ** 31) - 1]) {
      expect(() => valueBytes(value, 'little')).toThrow(new ValueError(invalid));
    }
    expect(() => valueBytes(null as never, 'little')).toThrow(new ValueError(invalid));
    expect(() => valueBytes([1, 2] as never, 'little')).toThrow(new ValueError(invalid));
  });

  it('gives a number back from its octets, whatever the number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
        const big = valueBytes(value, 'big');
        expect(valueBytes(value, 'little')).toEqual(big.slice().reverse());
        expect(big.reduce((sum, octet) => sum * 256 + octet, 0)).toBe(value);
      }),
    );
  });
});

describe('UUIDs', () => {
  it('takes numbers of 16 and 32 bits, 16 octets, and text of 16 octets as Python’s bytes', () => {
    expect(toUuid(0x180d).toShortString()).toBe('180d');
    expect(toUuid(0x12345678).toShortString()).toBe('12345678');
    expect(toHex(toUuid('1234567890123456').wire128)).toBe('31323334353637383930313233343536');
    expect(toHex(toUuid(fromHex('000102030405060708090a0b0c0d0e0f')).wire128)).toBe(
      '000102030405060708090a0b0c0d0e0f',
    );
  });

  it('counts 16 octets on the Bluetooth base as their short form', () => {
    const base = fromHex('fb349b5f8000008000100000 0d180000'.replace(' ', ''));
    expect(fromUuid(toUuid(base))).toBe(0x180d);
  });

  it('refuses what has not 16 octets, as the documentation’s service("abc123")', () => {
    for (const value of [
      'abc123',
      'temp',
      '',
      new Uint8Array(2),
      new Uint8Array(17),
      -1,
      2 ** 32,
      1.5,
      null,
      undefined,
      {},
    ]) {
      expect(() => toUuid(value)).toThrow(new ValueError(invalid));
    }
  });

  it('gives numbers for 16 and 32 bits and octets in wire order for 128', () => {
    expect(fromUuid(toUuid(0x2a37))).toBe(0x2a37);
    expect(fromUuid(toUuid(0xdeadbeef))).toBe(0xdeadbeef);
    expect(fromUuid(toUuid('ab34567890123456'))).toEqual(new TextEncoder().encode('ab34567890123456'));
  });
});

describe('addresses', () => {
  it('takes 6 octets, bare text and text with colons', () => {
    const wanted = '11:22:33:44:EE:FF';
    expect(toBdAddr(fromHex('11223344eeff')).toString()).toBe(wanted);
    expect(toBdAddr('11223344eeff').toString()).toBe(wanted);
    expect(toBdAddr('11:22:33:44:ee:ff').toString()).toBe(wanted);
  });

  it('refuses anything else', () => {
    for (const value of ['11:22:33', 'xx:22:33:44:ee:ff', new Uint8Array(5), 12, null, undefined]) {
      expect(() => toBdAddr(value)).toThrow(ValueError);
    }
  });
});
