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

/**
 * A key of a bond: the one for `role`, else the one that LE legacy pairing gave for the other role only. A stranger may not
 * replace a bond because its keys work one way.
 */
export function anyKey(bond: Bond, role: 'central' | 'peripheral'): EncryptionKey | undefined {
  return bondKey(bond, role) ?? bondKey(bond, role === 'central' ? 'peripheral' : 'central');
}

/** Whether a controller that asks for a key by these names means this one. */
export function isNamed(key: EncryptionKey, ediv: number, rand: Uint8Array): boolean {
  return key.ediv === ediv && key.rand.every((octet, i) => octet === rand[i]);
}
