import { Aes128 } from './aes-cmac.js';
import { equalBytes } from './hex.js';

/**
 * AES-CCM: RFC 3610, with a length field of two octets and so a nonce of 13. All octets are in the order of that document.
 */

const BLOCK = 16;
const NONCE = 13;

/** What both directions are done with. */
export interface CcmOptions {
  /** 16 octets. */
  readonly key: Uint8Array;
  /** 13 octets, never used twice with one key. */
  readonly nonce: Uint8Array;
  /** What is authenticated and travels elsewhere: fewer than 65,280 octets. */
  readonly additional: Uint8Array;
  /** Octets of the authentication value: 4, 6, 8, 10, 12, 14 or 16. */
  readonly tagLength: number;
}

/** @returns the encrypted message, and the authentication value behind it */
export function ccmEncrypt(options: CcmOptions, message: Uint8Array): Uint8Array {
  const aes = opened(options);
  const sealed = new Uint8Array(message.length + options.tagLength);
  sealed.set(crypt(aes, options.nonce, message));
  sealed.set(tagOf(aes, options, message), message.length);
  return sealed;
}

/** @returns the message; `undefined` when the authentication value is another */
export function ccmDecrypt(options: CcmOptions, sealed: Uint8Array): Uint8Array | undefined {
  const aes = opened(options);
  const size = sealed.length - options.tagLength;
  if (size < 0) return undefined;
  const message = crypt(aes, options.nonce, sealed.subarray(0, size));
  return equalBytes(tagOf(aes, options, message), sealed.subarray(size)) ? message : undefined;
}

function opened({ key, nonce }: CcmOptions): Aes128 {
  if (nonce.length !== NONCE) throw new RangeError(`a CCM nonce has ${NONCE} octets, not ${nonce.length}`);
  return new Aes128(key);
}

/** A_i of RFC 3610, 2.3. */
function counterBlock(nonce: Uint8Array, counter: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  block[0] = 1;
  block.set(nonce, 1);
  block[14] = counter >> 8;
  block[15] = counter & 0xff;
  return block;
}

function crypt(aes: Aes128, nonce: Uint8Array, message: Uint8Array): Uint8Array {
  const result = message.slice();
  for (let at = 0, counter = 1; at < result.length; at += BLOCK, counter++) {
    const stream = aes.encrypt(counterBlock(nonce, counter));
    for (let i = 0; i < BLOCK && at + i < result.length; i++) result[at + i] = result[at + i]! ^ stream[i]!;
  }
  return result;
}

/** The encrypted authentication value: 2.2 and 2.3. */
function tagOf(aes: Aes128, { nonce, additional, tagLength }: CcmOptions, message: Uint8Array): Uint8Array {
  let mac = new Uint8Array(BLOCK);
  mac[0] = (additional.length > 0 ? 0x40 : 0) | (((tagLength - 2) / 2) << 3) | 1;
  mac.set(nonce, 1);
  mac[14] = message.length >> 8;
  mac[15] = message.length & 0xff;
  mac = aes.encrypt(mac) as typeof mac;
  const take = (octets: Uint8Array, room: number) => {
    let at = room;
    for (const octet of octets) {
      mac[at] = mac[at]! ^ octet;
      if (++at === BLOCK) {
        mac = aes.encrypt(mac) as typeof mac;
        at = 0;
      }
    }
    if (at > 0) mac = aes.encrypt(mac) as typeof mac;
  };
  if (additional.length > 0) {
    mac[0] = mac[0]! ^ (additional.length >> 8);
    mac[1] = mac[1]! ^ (additional.length & 0xff);
    take(additional, 2);
  }
  take(message, 0);
  const stream = aes.encrypt(counterBlock(nonce, 0));
  return mac.subarray(0, tagLength).map((octet, i) => octet ^ stream[i]!);
}
