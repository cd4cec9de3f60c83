import { type Cipher, createCipheriv, createECDH, type ECDH } from 'node:crypto';
import { cmacOf } from '../../../core/cmac-of.js';
import type { RandomSource } from '../../../core/random.js';
import { checkPrivateKey, drawPrivateKey, isPoint, SCALAR_OCTETS } from '../p256.js';
import type { KeyPair, PublicKey, SmpCrypto } from '../smp-crypto.js';

/** As SEC 1, 2.3.3 has it: before the coordinates of a point that is not compressed. */
const UNCOMPRESSED = 4;

/** AES and P-256 of OpenSSL, by `node:crypto`: docs/adr/0021-node-crypto.md. Its functions are synchronous, as they have to be. */
class NodeCrypto implements SmpCrypto {
  encrypt(key: Uint8Array, block: Uint8Array): Uint8Array {
    return encryptBlock(cipherOf(key), block);
  }

  cmac(key: Uint8Array, message: Uint8Array): Uint8Array {
    const cipher = cipherOf(key);
    return cmacOf((block) => encryptBlock(cipher, block), message);
  }

  newKeyPair(random: RandomSource): KeyPair {
    return this.keyPairOf(drawPrivateKey(random));
  }

  keyPairOf(privateKey: Uint8Array): KeyPair {
    const point = ecdhOf(privateKey).getPublicKey();
    const coordinate = (at: number) => reversed(point.subarray(at, at + SCALAR_OCTETS));
    return { privateKey, publicKey: { x: coordinate(1), y: coordinate(1 + SCALAR_OCTETS) } };
  }

  isOnCurve(key: PublicKey): boolean {
    return isPoint(key);
  }

  dhKey(privateKey: Uint8Array, peer: PublicKey): Uint8Array | undefined {
    if (!isPoint(peer)) return undefined;
    const point = Uint8Array.of(UNCOMPRESSED, ...reversed(peer.x), ...reversed(peer.y));
    return reversed(ecdhOf(privateKey).computeSecret(point));
  }
}

/** The implementation for this platform. */
export const platformCrypto: SmpCrypto = /* @__PURE__ */ new NodeCrypto();

function cipherOf(key: Uint8Array): Cipher {
  if (key.length !== 16) throw new RangeError(`an AES-128 key has 16 octets, not ${key.length}`);
  return createCipheriv('aes-128-ecb', key, null);
}

function encryptBlock(cipher: Cipher, block: Uint8Array): Uint8Array {
  if (block.length !== 16) throw new RangeError(`an AES block has 16 octets, not ${block.length}`);
  return Uint8Array.from(cipher.update(block));
}

function ecdhOf(privateKey: Uint8Array): ECDH {
  checkPrivateKey(privateKey);
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(reversed(privateKey));
  return ecdh;
}

/** Between the order of SMP, least significant octet first, and that of everybody else. */
function reversed(octets: Uint8Array): Uint8Array {
  return Uint8Array.from(octets).reverse();
}
