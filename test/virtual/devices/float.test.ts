import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedPacketError } from '../../../src/core/errors.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { decodeFloat, encodeFloat } from '../../../src/virtual/devices/float.js';

describe('FLOAT-Type (IEEE 11073-20601)', () => {
  it('puts the mantissa in three octets and the exponent of ten behind it', () => {
    expect(toHex(encodeFloat(36.7, 1))).toBe('6f0100ff');
    expect(toHex(encodeFloat(-40, 0))).toBe('d8ffff00');
    expect(toHex(encodeFloat(98.65, 2))).toBe('892600fe');
    expect(decodeFloat(fromHex('6f0100ff'))).toBe(36.7);
    expect(decodeFloat(fromHex('6c010001'))).toBe(3640);
  });

  it('has octets for what is no number', () => {
    expect(toHex(encodeFloat(Number.NaN, 1))).toBe('ffff7f00');
    expect(toHex(encodeFloat(Number.POSITIVE_INFINITY, 1))).toBe('feff7f00');
    expect(toHex(encodeFloat(Number.NEGATIVE_INFINITY, 1))).toBe('02008000');
    expect(toHex(encodeFloat(9_000_000, 1))).toBe('00008000');
    expect(decodeFloat(fromHex('ffff7f00'))).toBeNaN();
    expect(decodeFloat(fromHex('00008000'))).toBeNaN();
    expect(decodeFloat(fromHex('feff7f00'))).toBe(Number.POSITIVE_INFINITY);
    expect(decodeFloat(fromHex('02008000'))).toBe(Number.NEGATIVE_INFINITY);
  });

  it('gives back what it was given', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -0x7ffffd, max: 0x7ffffd }),
        fc.integer({ min: 0, max: 6 }),
        (mantissa, decimals) => {
          const value = mantissa / 10 ** decimals;
          expect(decodeFloat(encodeFloat(value, decimals))).toBe(value === 0 ? 0 : value);
        },
      ),
    );
  });

  it('reads any four octets, and refuses fewer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
        if (bytes.length < 4) expect(() => decodeFloat(bytes)).toThrow(MalformedPacketError);
        else expect(typeof decodeFloat(bytes)).toBe('number');
      }),
    );
  });
});
