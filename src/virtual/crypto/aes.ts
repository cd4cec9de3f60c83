import { unsafe } from '@noble/ciphers/aes.js';

/** AES-128 with one key. Octets are in the order of FIPS 197, most significant first; HCI and the air have them reversed. */
export class Aes128 {
  private readonly schedule: Uint32Array;

  /** @param key 16 octets, most significant first */
  constructor(key: Uint8Array) {
    if (key.length !== 16) throw new RangeError(`AES-128 key: ${key.length} octets instead of 16`);
    this.schedule = unsafe.expandKeyLE(key);
  }

  /** Encrypts one block of 16 octets, most significant first. */
  encrypt(block: Uint8Array): Uint8Array {
    const { s0, s1, s2, s3 } = this.encryptWords(
      word(block, 0),
      word(block, 4),
      word(block, 8),
      word(block, 12),
    );
    const octets = new Uint8Array(16);
    [s0, s1, s2, s3].forEach((value, i) => {
      for (let j = 0; j < 4; j++) octets[4 * i + j] = value >>> (8 * j);
    });
    return octets;
  }

  /** The same for a block in four words, in each the first octet of the block lowest. */
  encryptWords(s0: number, s1: number, s2: number, s3: number): Block {
    return unsafe.encrypt(this.schedule, s0, s1, s2, s3);
  }
}

/** A block of AES in four words, in each the first octet lowest. */
export interface Block {
  s0: number;
  s1: number;
  s2: number;
  s3: number;
}

/** Four octets from `at` on, the first one lowest; octets behind the end are zero. */
export function word(octets: Uint8Array, at: number): number {
  return (
    (octets[at] ?? 0) |
    ((octets[at + 1] ?? 0) << 8) |
    ((octets[at + 2] ?? 0) << 16) |
    ((octets[at + 3] ?? 0) << 24)
  );
}

/** LE Encrypt, the function `e` with everything least significant octet first: Core Vol 4, Part E, 7.8.22. */
export function encryptReversed(key: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return new Aes128(key.toReversed()).encrypt(plaintext.toReversed()).reverse();
}
