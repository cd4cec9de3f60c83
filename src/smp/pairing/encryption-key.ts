import { SecurityLevel, type SecurityLevelCode } from '../../core/security.js';
import type { EncryptionKey } from '../keys.js';
import type { SecurityPolicy } from './policy.js';
import type { Agreement } from './session.js';

const FULL = 16;

/** A key as this pairing came to it, cut to the size that was agreed on: its most significant octets are zero (2.3.4). */
export function encryptionKey(
  key: Uint8Array,
  { keySize, method, secureConnections }: Pick<Agreement, 'keySize' | 'method' | 'secureConnections'>,
  name: { readonly ediv: number; readonly rand: Uint8Array } = { ediv: 0, rand: new Uint8Array(8) },
): EncryptionKey {
  const ltk = key.slice().fill(0, keySize);
  return { ltk, ...name, keySize, authenticated: method !== 'justWorks', secureConnections };
}

/** The security level that a link has with a key: Core Vol 3, Part C, 10.2.1. */
export function securityLevel(
  key: Pick<EncryptionKey, 'keySize' | 'authenticated' | 'secureConnections'>,
): SecurityLevelCode {
  if (!key.authenticated) return SecurityLevel.encrypted;
  return key.secureConnections && key.keySize === FULL
    ? SecurityLevel.secureConnections
    : SecurityLevel.authenticated;
}

/** Whether a policy lets a link be encrypted with a key. */
export function sufficient(
  key: Pick<EncryptionKey, 'keySize' | 'authenticated' | 'secureConnections'>,
  policy: SecurityPolicy,
): boolean {
  return (
    key.keySize >= policy.minKeySize &&
    securityLevel(key) >= policy.minimumLevel &&
    (key.secureConnections || policy.secureConnections !== 'only')
  );
}

/** Whether `key` is in nothing worse than `other`. */
export function notWeaker(
  key: Pick<EncryptionKey, 'keySize' | 'authenticated' | 'secureConnections'>,
  other: Pick<EncryptionKey, 'keySize' | 'authenticated' | 'secureConnections'>,
): boolean {
  return (
    key.keySize >= other.keySize &&
    (key.authenticated || !other.authenticated) &&
    (key.secureConnections || !other.secureConnections)
  );
}
