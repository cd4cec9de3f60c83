import { BdAddr } from '../../core/address.js';
import type { RandomSource } from '../../core/random.js';
import type { SmpCrypto } from './smp-crypto.js';
import { ah } from './toolbox.js';

/** The two most significant bits of a resolvable private address: Core Vol 6, Part B, 1.3.2.2. */
const KIND = 0x40;

/** Makes a resolvable private address: hash in the low half, random part in the high one (Core Vol 6, Part B, 1.3.2.2). */
export function resolvablePrivateAddress(crypto: SmpCrypto, irk: Uint8Array, random: RandomSource): BdAddr {
  const prand = new Uint8Array(3);
  for (;;) {
    random.fill(prand);
    prand[2] = (prand[2]! & 0x3f) | KIND;
    // At least one bit of the random part is one, and one is zero.
    const bits = prand[0]! | (prand[1]! << 8) | ((prand[2]! & 0x3f) << 16);
    if (bits !== 0 && bits !== 0x3fffff) break;
  }
  return BdAddr.fromWire(Uint8Array.of(...ah(crypto, irk, prand), ...prand));
}

/**
 * Whether a resolvable private address was made with this IRK: Core Vol 6, Part B, 1.3.2.3. The IRK of all zeros is none (Core
 * Vol 3, Part H, 2.4.2.1), and resolves nothing: anybody could make its addresses.
 */
export function resolves(crypto: SmpCrypto, irk: Uint8Array, address: BdAddr): boolean {
  const { wire } = address;
  if (wire[5]! >> 6 !== 1 || irk.every((octet) => octet === 0)) return false;
  const hash = ah(crypto, irk, wire.subarray(3, 6));
  return hash.every((octet, i) => octet === wire[i]);
}
