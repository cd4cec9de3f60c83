import { type WeierstrassPointCons, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { Aes128, aesCmac } from '../../core/aes-cmac.js';
import type { RandomSource } from '../../core/random.js';
import { checkPrivateKey, drawPrivateKey, isPoint, numberOf, p256, SCALAR_OCTETS } from './p256.js';
import type { KeyPair, PublicKey, SmpCrypto } from './smp-crypto.js';

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
    return this.keyPairOf(drawPrivateKey(random));
  }

  keyPairOf(privateKey: Uint8Array): KeyPair {
    checkPrivateKey(privateKey);
    const { x, y } = this.points().BASE.multiply(numberOf(privateKey)).toAffine();
    return { privateKey, publicKey: { x: octetsOf(x), y: octetsOf(y) } };
  }

  isOnCurve(key: PublicKey): boolean {
    return isPoint(key);
  }

  dhKey(privateKey: Uint8Array, peer: PublicKey): Uint8Array | undefined {
    if (!isPoint(peer)) return undefined;
    const point = this.points().fromAffine({ x: numberOf(peer.x), y: numberOf(peer.y) });
    return octetsOf(point.multiply(numberOf(privateKey)).toAffine().x);
  }

  private points(): WeierstrassPointCons<bigint> {
    // `nist.js` of the package would bring two other curves along.
    this.curve ??= weierstrass(p256);
    return this.curve;
  }
}

/** The implementation for every platform. */
export const nobleCrypto: SmpCrypto = /* @__PURE__ */ new NobleCrypto();

function octetsOf(value: bigint): Uint8Array {
  const octets = new Uint8Array(SCALAR_OCTETS);
  for (let i = 0; i < SCALAR_OCTETS; i++) octets[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return octets;
}
