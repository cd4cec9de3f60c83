import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ccmDecrypt, ccmEncrypt } from '../../src/core/aes-ccm.js';
import { fromHex, toHex } from '../../src/core/hex.js';

describe('AES-CCM (RFC 3610)', () => {
  const key = fromHex('c0c1c2c3c4c5c6c7c8c9cacbcccdcecf');
  const additional = fromHex('0001020304050607');

  it('gives packet vector 1 of section 8', () => {
    const options = { key, nonce: fromHex('00000003020100a0a1a2a3a4a5'), additional, tagLength: 8 };
    const message = fromHex('08090a0b0c0d0e0f101112131415161718191a1b1c1d1e');
    const sealed = ccmEncrypt(options, message);
    expect(toHex(sealed)).toBe('588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0');
    expect(ccmDecrypt(options, sealed)).toEqual(message);
  });

  it('gives what OpenSSL gives, for every length of message, additional data and authentication value', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.uint8Array({ minLength: 13, maxLength: 13 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        fc.constantFrom(4, 6, 8, 10, 12, 14, 16),
        (randomKey, nonce, aad, message, tagLength) => {
          const options = { key: randomKey, nonce, additional: aad, tagLength };
          const cipher = createCipheriv('aes-128-ccm', randomKey, nonce, { authTagLength: tagLength });
          cipher.setAAD(aad, { plaintextLength: message.length });
          const wanted = Buffer.concat([cipher.update(message), cipher.final(), cipher.getAuthTag()]);
          const sealed = ccmEncrypt(options, message);
          expect(toHex(sealed)).toBe(wanted.toString('hex'));
          expect(ccmDecrypt(options, sealed)).toEqual(message);
        },
      ),
    );
  });

  it('gives nothing when one bit is another, or the octets are too few', () => {
    const options = { key, nonce: new Uint8Array(13), additional, tagLength: 4 };
    const sealed = ccmEncrypt(options, fromHex('0102030405'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice();
      changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
      expect(ccmDecrypt(options, changed)).toBeUndefined();
    }
    expect(ccmDecrypt(options, sealed.subarray(0, 3))).toBeUndefined();
    expect(() => ccmEncrypt({ ...options, nonce: new Uint8Array(12) }, sealed)).toThrow(RangeError);
  });
});
