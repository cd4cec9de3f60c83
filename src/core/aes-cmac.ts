import { unsafe } from '@noble/ciphers/aes.js';
import { cmacOf, subkeysOf } from './cmac-of.js';

/**
 * AES-128 and AES-CMAC: FIPS 197 and RFC 4493. The block cipher is `@noble/ciphers`'s (docs/adr/0011-noble-crypto.md);
 * who needs neither does not load it. All octets here are in the order of these documents, most significant first.
 */

const BLOCK = 16;

/** AES-128 with one key. */
export class Aes128 {
  private readonly schedule: Uint32Array;

  /** @param key 16 octets, most significant first. @throws {RangeError} when there are more or fewer */
  constructor(key: Uint8Array) {
    if (key.length !== BLOCK) throw new RangeError(`an AES-128 key has 16 octets, not ${key.length}`);
    this.schedule = unsafe.expandKeyLE(key);
  }

  /** Encrypts one block of 16 octets. @throws {RangeError} when there are more or fewer */
  encrypt(block: Uint8Array): Uint8Array {
    if (block.length !== BLOCK) throw new RangeError(`an AES block has 16 octets, not ${block.length}`);
    const view = new DataView(block.buffer, block.byteOffset, BLOCK);
    const word = (at: number) => view.getUint32(at, true);
    const { s0, s1, s2, s3 } = unsafe.encrypt(this.schedule, word(0), word(4), word(8), word(12));
    const result = new Uint8Array(BLOCK);
    const out = new DataView(result.buffer);
    [s0, s1, s2, s3].forEach((value, i) => {
      out.setUint32(4 * i, value, true);
    });
    return result;
  }
}

/** The AES-CMAC of a message of any length: 16 octets. */
export function aesCmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const aes = new Aes128(key);
  return cmacOf((block) => aes.encrypt(block), message);
}

/** The two subkeys of AES-CMAC: RFC 4493, 2.3. */
export function cmacSubkeys(key: Uint8Array): { readonly k1: Uint8Array; readonly k2: Uint8Array } {
  const aes = new Aes128(key);
  return subkeysOf((block) => aes.encrypt(block));
}
