import { checkInteger } from '../../core/check.js';
import { concatBytes } from '../../core/hex.js';
import { equalInConstantTime } from './constant-time.js';
import type { SmpCrypto } from './smp-crypto.js';

/** Octets of a signature: the counter and the message authentication code. */
export const SIGNATURE_LENGTH = 12;
const COUNTER = 4;

/**
 * Signs data: Core Vol 3, Part H, 2.4.5.
 * @param csrk 16 octets, least significant first
 * @param data what is signed, as sent: of an ATT Signed Write Command all in front of the signature
 * @param counter the SignCounter, 0 to 2^32 − 1, used once only
 * @throws {RangeError} when the counter is beyond its 32 bits: a CSRK has come to its end with them
 * @returns the signature, 12 octets, as sent: counter and code
 */
export function sign(crypto: SmpCrypto, csrk: Uint8Array, data: Uint8Array, counter: number): Uint8Array {
  checkInteger('SignCounter', counter, 0, 0xffff_ffff);
  const count = new Uint8Array(COUNTER);
  new DataView(count.buffer).setUint32(0, counter, true);
  const mac = crypto.cmac(csrk.toReversed(), concatBytes(data, count).reverse());
  // Its 64 most significant bits.
  return concatBytes(count, mac.slice(0, 8).reverse());
}

/**
 * Checks data with its signature behind it. Whether the counter is a new one is the caller's to check (2.4.5).
 * @returns the SignCounter; `undefined` when the signature is wrong, or there is none
 */
export function verifySigned(crypto: SmpCrypto, csrk: Uint8Array, signed: Uint8Array): number | undefined {
  const at = signed.length - SIGNATURE_LENGTH;
  if (at < 0) return undefined;
  const counter = new DataView(signed.buffer, signed.byteOffset + at).getUint32(0, true);
  const wanted = sign(crypto, csrk, signed.subarray(0, at), counter);
  return equalInConstantTime(wanted, signed.subarray(at)) ? counter : undefined;
}
