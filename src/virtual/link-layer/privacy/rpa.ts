import { Address, AddressType, BdAddr, randomAddressKind } from '../../../core/address.js';
import type { RandomSource } from '../../../core/random.js';

/** The security function e: AES-128 of one block, both most significant octet first (Core Vol 3, Part H, 2.2.1). */
export type Aes128 = (key: Uint8Array, block: Uint8Array) => Uint8Array;

/**
 * The random address hash function: 24 bits of e(k, padding || r) (Core Vol 3, Part H, 2.2.2).
 * @param irk 16 octets, most significant first
 * @param prand 24 bits
 */
export function ah(aes: Aes128, irk: Uint8Array, prand: number): number {
  const block = new Uint8Array(16);
  block[13] = prand >> 16;
  block[14] = (prand >> 8) & 0xff;
  block[15] = prand & 0xff;
  const e = aes(irk, block);
  return (e[13]! << 16) | (e[14]! << 8) | e[15]!;
}

/** A new resolvable private address of an IRK: Core Vol 6, Part B, 1.3.2.2. */
export function makeRpa(aes: Aes128, irk: Uint8Array, random: RandomSource): Address {
  const prand = drawPrand(random);
  const hash = ah(aes, irk, prand);
  const octets = Uint8Array.of(hash, hash >> 8, hash >> 16, prand, prand >> 8, prand >> 16);
  return new Address(BdAddr.fromWire(octets), AddressType.random);
}

/** 0b01 and 22 random bits, of which not all are the same. */
function drawPrand(random: RandomSource): number {
  for (;;) {
    const [a, b, c] = random.fill(new Uint8Array(3)) as unknown as [number, number, number];
    const bits = ((a & 0x3f) << 16) | (b << 8) | c;
    if (bits !== 0 && bits !== 0x3fffff) return 0x400000 | bits;
  }
}

/** Whether it has the form of a resolvable private address: Core Vol 6, Part B, 1.3.2.2. */
export function isRpa(address: Address): boolean {
  return address.type === AddressType.random && randomAddressKind(address.bd) === 'resolvable';
}

/** Whether a resolvable private address was made from an IRK: Core Vol 6, Part B, 1.3.2.3. */
export function isMadeFrom(aes: Aes128, irk: Uint8Array, rpa: Address): boolean {
  const w = rpa.bd.wire;
  const hash = w[0]! | (w[1]! << 8) | (w[2]! << 16);
  const prand = w[3]! | (w[4]! << 8) | (w[5]! << 16);
  return ah(aes, irk, prand) === hash;
}
