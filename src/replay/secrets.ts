import { checkBytes, checkInteger, checkKeys } from '../core/check.js';

/** What a pairing needs and no capture shows. */
export interface ReplaySecrets {
  /**
   * The private keys of the host on P-256, 32 octets each, in any order, least or most significant octet first: for LE Secure
   * Connections. Each is known by the public key that the captured host sent.
   */
  readonly privateKeys?: readonly Uint8Array[];
  /** The passkeys that the captured host displayed, 0–999999, in the order of the pairings. */
  readonly passkeys?: readonly number[];
  /**
   * Random values of pairings that failed before the captured host sent them, 16 octets each, least significant first, in the
   * order in which they are wanted.
   */
  readonly randoms?: readonly Uint8Array[];
}

/** @throws {RangeError | TypeError} naming what is wrong */
export function checkSecrets(secrets: ReplaySecrets): ReplaySecrets {
  checkKeys('secrets', secrets, ['privateKeys', 'passkeys', 'randoms']);
  const { privateKeys = [], passkeys = [], randoms = [] } = secrets;
  for (const [i, key] of privateKeys.entries()) checkBytes(`secrets.privateKeys[${i}]`, key, 32, 32);
  for (const [i, passkey] of passkeys.entries()) checkInteger(`secrets.passkeys[${i}]`, passkey, 0, 999_999);
  for (const [i, random] of randoms.entries()) checkBytes(`secrets.randoms[${i}]`, random, 16, 16);
  return secrets;
}
