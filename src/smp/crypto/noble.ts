import { type WeierstrassPointCons, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { Aes128, aesCmac } from '../../core/aes-cmac.js';
import type { RandomSource } from '../../core/random.js';
import type { KeyPair, PublicKey, SmpCrypto } from './smp-crypto.js';

/** P-256: FIPS 186-4, D.1.2.3. `nist.js` of the package would bring two other curves along. */
const p256 = {
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  h: 1n,
  a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

const OCTETS = 32;

/** AES and P-256 of `@noble/ciphers` and `@noble/curves`: docs/adr/0011-noble-crypto.md. */
class NobleCrypto implements SmpCrypto {
  private curve: WeierstrassPointCons<bigint> | undefined;

  encrypt(key: Uint8Array, block: Uint8Array): Uint8Array {
    return new Aes128(key).encrypt(block);
  }

  cmac(key: Uint8Array, message: Uint8Array): Uint8Array {
    return aesCmac(key, message);
  }

  newKeyPair(random: RandomSource): KeyPair {
    // What is out of range is drawn again: once in 2^32 times.
    for (;;) {
      const privateKey = random.fill(new Uint8Array(OCTETS));
      if (isPrivate(numberOf(privateKey))) return this.keyPairOf(privateKey);
    }
  }

  keyPairOf(privateKey: Uint8Array): KeyPair {
    const scalar = numberOf(privateKey);
    if (privateKey.length !== OCTETS || !isPrivate(scalar))
      throw new RangeError('a private key on P-256 is a number of 1 to n − 1 in 32 octets');
    const { x, y } = this.points().BASE.multiply(scalar).toAffine();
    return { privateKey, publicKey: { x: octetsOf(x), y: octetsOf(y) } };
  }

  isOnCurve(key: PublicKey): boolean {
    const { p, a, b } = p256;
    const [x, y] = [numberOf(key.x), numberOf(key.y)];
    // The order of P-256 is prime: every point on it is in the group.
    return x < p && y < p && (y * y - (x * x + a) * x - b) % p === 0n;
  }

  dhKey(privateKey: Uint8Array, peer: PublicKey): Uint8Array | undefined {
    if (!this.isOnCurve(peer)) return undefined;
    const point = this.points().fromAffine({ x: numberOf(peer.x), y: numberOf(peer.y) });
    return octetsOf(point.multiply(numberOf(privateKey)).toAffine().x);
  }

  private points(): WeierstrassPointCons<bigint> {
    this.curve ??= weierstrass(p256);
    return this.curve;
  }
}

/** The implementation for every platform. */
export const nobleCrypto: SmpCrypto = /* @__PURE__ */ new NobleCrypto();

function isPrivate(scalar: bigint): boolean {
  return scalar > 0n && scalar < p256.n;
}

function numberOf(octets: Uint8Array): bigint {
  let value = 0n;
  for (let i = octets.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(octets[i]!);
  return value;
}

function octetsOf(value: bigint): Uint8Array {
  const octets = new Uint8Array(OCTETS);
  for (let i = 0; i < OCTETS; i++) octets[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return octets;
}
