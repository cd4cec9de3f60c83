import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { platformCrypto as chosen } from '#crypto';
import { seededRandom } from '../../../src/core/random.js';
import { nobleCrypto } from '../../../src/smp/crypto/index.js';
import { platformCrypto } from '../../../src/smp/crypto/node/node-crypto.js';
import { p256 } from '../../../src/smp/crypto/p256.js';

const octets = (low: number, high = low) => fc.uint8Array({ minLength: low, maxLength: high });
/** 32 octets, least significant first. */
const scalar = (value: bigint) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));

describe('the ciphers of the platform, and those that run everywhere', () => {
  it('are node:crypto in Node', () => {
    expect(chosen).toBe(platformCrypto);
  });

  it('encrypt and sign alike, messages of any length', () => {
    fc.assert(
      fc.property(octets(16), octets(16), octets(0, 70), (key, block, message) => {
        const [ours, theirs] = [platformCrypto, nobleCrypto].map((one) => [
          one.encrypt(key, block),
          one.cmac(key, message),
        ]);
        expect(ours).toEqual(theirs);
        expect(ours!.map((one) => one.constructor)).toEqual([Uint8Array, Uint8Array]);
      }),
    );
  });

  it('make the same pairs, and agree on the same key from both ends', () => {
    const privateKey = fc.oneof(
      octets(32).filter((key) => key.some((one) => one !== 0) && key[31]! < 0xff),
      fc.constantFrom(1n, 2n, p256.n - 1n, p256.n - 2n).map(scalar),
    );
    fc.assert(
      fc.property(privateKey, privateKey, (mine, yours) => {
        const [a, b] = [platformCrypto.keyPairOf(mine), platformCrypto.keyPairOf(yours)];
        expect(a).toEqual(nobleCrypto.keyPairOf(mine));
        const key = platformCrypto.dhKey(mine, b.publicKey);
        expect(key).toEqual(nobleCrypto.dhKey(mine, b.publicKey));
        expect(key).toEqual(platformCrypto.dhKey(yours, a.publicKey));
        expect(key!.constructor).toBe(Uint8Array);
      }),
      { numRuns: 25 },
    );
  });

  it('draw the same private keys of the same randomness, and draw again what is none', () => {
    expect(platformCrypto.newKeyPair(seededRandom(3))).toEqual(nobleCrypto.newKeyPair(seededRandom(3)));
    for (const crypto of [platformCrypto, nobleCrypto]) {
      const given = [scalar(0n), scalar(p256.n), scalar(7n)];
      const random = {
        fill<T extends Uint8Array>(into: T): T {
          into.set(given.shift()!);
          return into;
        },
      };
      expect(crypto.newKeyPair(random).privateKey).toEqual(scalar(7n));
    }
  });

  describe.each([
    ['node:crypto', platformCrypto],
    ['@noble', nobleCrypto],
  ])('%s', (_, crypto) => {
    it.each([
      scalar(0n),
      scalar(p256.n),
      scalar(2n ** 256n - 1n),
      new Uint8Array(31).fill(1),
      new Uint8Array(33).fill(1),
    ])('takes no private key that is none: %#', (key) => {
      expect(() => crypto.keyPairOf(key)).toThrow(RangeError);
    });

    it('has no key with a point beside the curve, of zeros, or beyond the field (Vol 3, Part H, 2.3.5.6.1)', () => {
      const { publicKey } = crypto.keyPairOf(scalar(5n));
      const { x, y } = publicKey;
      const beside = { x, y: y.with(0, y[0]! ^ 1) };
      for (const point of [
        beside,
        { x: scalar(0n), y: scalar(0n) },
        { x: scalar(p256.p), y },
        { x, y: scalar(p256.p + 5n) },
      ]) {
        expect(crypto.isOnCurve(point)).toBe(false);
        expect(crypto.dhKey(scalar(7n), point)).toBeUndefined();
      }
      expect(crypto.isOnCurve(publicKey)).toBe(true);
    });

    it.each([15, 17, 0, 32])('wants keys and blocks of 16 octets, not %i', (length) => {
      expect(() => crypto.encrypt(new Uint8Array(length), new Uint8Array(16))).toThrow(RangeError);
      expect(() => crypto.encrypt(new Uint8Array(16), new Uint8Array(length))).toThrow(RangeError);
      expect(() => crypto.cmac(new Uint8Array(length), new Uint8Array(3))).toThrow(RangeError);
    });
  });
});
