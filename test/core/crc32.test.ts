import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/core/crc32.js';

const of = (text: string) => crc32(new TextEncoder().encode(text)).toString(16).padStart(8, '0');

describe('CRC-32', () => {
  it.each([
    ['123456789', 'cbf43926'],
    ['', '00000000'],
    ['a', 'e8b7be43'],
  ])('of %j is %s', (text, wanted) => expect(of(text)).toBe(wanted));

  it('is that of gzip (RFC 1952, 2.3.1)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        const whole = gzipSync(octets);
        expect(crc32(octets)).toBe(whole.readUInt32LE(whole.length - 8));
      }),
    );
  });
});
