import type { EncryptionKey } from '../../smp/keys.js';
import type { Bond } from '../bonds/bond.js';

/**
 * The key of a bond that encrypts a link in which this side has `role`: with LE legacy pairing the one that the peripheral of
 * the link gave out (Core Vol 3, Part H, 2.4.4.2), with Secure Connections the same for both.
 */
export function bondKey(bond: Bond, role: 'central' | 'peripheral'): EncryptionKey | undefined {
  const { own, peer } = bond.keys;
  return role === 'central' ? peer.encryption : own.encryption;
}

/** Whether a controller that asks for a key by these names means this one. */
export function isNamed(key: EncryptionKey, ediv: number, rand: Uint8Array): boolean {
  return key.ediv === ediv && key.rand.every((octet, i) => octet === rand[i]);
}
