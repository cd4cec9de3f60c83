import type { RandomSource } from '../../core/random.js';

/** A point on P-256: 32 octets each, least significant first, as SMP and HCI send them. */
export interface PublicKey {
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

/** A key pair on P-256. */
export interface KeyPair {
  /** 32 octets, least significant first. */
  readonly privateKey: Uint8Array;
  readonly publicKey: PublicKey;
}

/**
 * What the Security Manager needs of a library of ciphers: Core Vol 3, Part H, 2.2 is built on it. Synchronous, so that a
 * pairing on simulated time is the same in every run.
 */
export interface SmpCrypto {
  /** AES-128 of one block; both most significant octet first, 16 octets. */
  encrypt(key: Uint8Array, block: Uint8Array): Uint8Array;
  /** AES-CMAC (RFC 4493) of a message, most significant octet first; 16 octets. */
  cmac(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** A new pair: the private key uniform in 1 to n − 1. */
  newKeyPair(random: RandomSource): KeyPair;
  /** The pair of a private key of 32 octets, least significant first. @throws {RangeError} when it is not in 1 to n − 1 */
  keyPairOf(privateKey: Uint8Array): KeyPair;
  /** Whether the point is on the curve, and not at infinity: Core Vol 3, Part H, 2.3.5.6.1. */
  isOnCurve(key: PublicKey): boolean;
  /** The Diffie-Hellman key, 32 octets, least significant first. @returns `undefined` when the point is not on the curve */
  dhKey(privateKey: Uint8Array, peer: PublicKey): Uint8Array | undefined;
}
