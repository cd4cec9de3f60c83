import type { RandomSource } from '../../core/random.js';
import { debugPrivateKey, dhKey, newPrivateKey, type PublicKey, publicKeyOf } from '../crypto/p256.js';

/** The key pair of LE Read Local P-256 Public Key, and what is made of it: Core Vol 4, Part E, 7.8.36 and 7.8.37. */
export class KeyAgreement {
  private readonly random: RandomSource;
  private privateKey: bigint | undefined;

  constructor(random: RandomSource) {
    this.random = random;
  }

  /** Whether there is a key pair. */
  get hasKey(): boolean {
    return this.privateKey !== undefined;
  }

  /** Makes a new key pair; gives its public half. */
  renew(): PublicKey {
    this.privateKey = newPrivateKey(this.random);
    return publicKeyOf(this.privateKey);
  }

  /**
   * The Diffie-Hellman key with a peer, least significant octet first. Needs a key pair, unless `debug`.
   * @param debug with the private key of debug mode
   * @returns `undefined` when the peer's key is no point on the curve
   */
  agree(peer: PublicKey, debug: boolean): Uint8Array | undefined {
    return dhKey(debug ? debugPrivateKey : this.privateKey!, peer);
  }

  /** As after a power-on. */
  reset(): void {
    this.privateKey = undefined;
  }
}
