import { checkBytes } from '../../core/check.js';
import { concatBytes } from '../../core/hex.js';
import type { RandomSource } from '../../core/random.js';
import { AdType, type AdvertisingStructure } from '../advertising-types.js';

/** What encrypts advertising data: the value of the Encrypted Data Key Material characteristic (Core Vol 3, Part C, 12.6). */
export interface AdvertisingKeyMaterial {
  /** 16 octets in the order in which AES takes them, most significant first. */
  readonly sessionKey: Uint8Array;
  /** 8 octets in the order in which they travel, least significant first. */
  readonly iv: Uint8Array;
}

const RANDOMIZER = 5;
const MIC = 4;
/** The additional data that every structure is authenticated with. */
const ADDITIONAL = /* @__PURE__ */ Uint8Array.of(0xea);

/**
 * Encrypts advertising data structures into one: Core Specification Supplement, Part A, 1.23. Each time with another
 * randomizer: whoever advertises encrypts anew when the data or the address change.
 * @param data the structures, laid out (`buildAdvertisingData`): up to 245 octets
 * @throws {RangeError} when key or data have another length
 */
export async function encryptAdvertisingData(
  { sessionKey, iv }: AdvertisingKeyMaterial,
  data: Uint8Array,
  random: RandomSource,
): Promise<AdvertisingStructure> {
  checkBytes('sessionKey', sessionKey, 16, 16);
  checkBytes('iv', iv, 8, 8);
  checkBytes('data', data, 0, 254 - RANDOMIZER - MIC);
  const { ccmEncrypt } = await import('../../core/aes-ccm.js');
  const randomizer = random.fill(new Uint8Array(RANDOMIZER));
  const sealed = ccmEncrypt(optionsOf(sessionKey, iv, randomizer), data);
  return { type: AdType.encryptedAdvertisingData, data: concatBytes(randomizer, sealed) };
}

/**
 * Decrypts the contents of an Encrypted Advertising Data structure.
 * @param contents what stands behind the type
 * @returns the structures in it, to be given to `AdvertisingData`; `undefined` when it was made with another key, or changed
 * @throws {RangeError} when the key has another length
 */
export async function decryptAdvertisingData(
  { sessionKey, iv }: AdvertisingKeyMaterial,
  contents: Uint8Array,
): Promise<Uint8Array | undefined> {
  checkBytes('sessionKey', sessionKey, 16, 16);
  checkBytes('iv', iv, 8, 8);
  if (contents.length < RANDOMIZER + MIC) return undefined;
  const { ccmDecrypt } = await import('../../core/aes-ccm.js');
  const options = optionsOf(sessionKey, iv, contents.subarray(0, RANDOMIZER));
  return ccmDecrypt(options, contents.subarray(RANDOMIZER));
}

function optionsOf(key: Uint8Array, iv: Uint8Array, randomizer: Uint8Array) {
  return { key, nonce: concatBytes(randomizer, iv), additional: ADDITIONAL, tagLength: MIC };
}
