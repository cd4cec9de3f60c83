/** What the layers above may know of a link's security, without knowing who made it. */

/** LE security mode 1: Core Vol 3, Part C, 10.2.1. */
export const SecurityLevel = {
  /** No security. */
  none: 1,
  /** Unauthenticated pairing with encryption. */
  encrypted: 2,
  /** Authenticated pairing with encryption. */
  authenticated: 3,
  /** Authenticated LE Secure Connections pairing with encryption and a 128-bit key. */
  secureConnections: 4,
} as const;

/** One of {@link SecurityLevel}. */
export type SecurityLevelCode = 1 | 2 | 3 | 4;

/** The security of one link as it is now. */
export interface LinkSecurity {
  readonly level: SecurityLevelCode;
  /** Octets of the encryption key, 7–16; 0 without encryption. */
  readonly keySize: number;
  /** Whether a bond with the peer holds a key, encrypted or not: Core Vol 3, Part C, 10.3.1. */
  readonly bonded: boolean;
}

/** A link that nobody has secured. */
export const openLink: LinkSecurity = { level: SecurityLevel.none, keySize: 0, bonded: false };

/** Who signed data: Core Vol 3, Part C, 10.2.2. */
export interface SignedBy {
  /** Whether the signing key comes from a pairing that was protected against a man in the middle: security mode 2 level 2. */
  readonly authenticated: boolean;
}

/** The signing of data on one link, without encryption: Core Vol 3, Part H, 2.4.5. */
export interface DataSigning {
  /**
   * Signs data with a SignCounter that was never used, and will not be again.
   * @returns the signature, 12 octets as sent
   * @throws {StateError} when there is no key to sign with
   */
  sign(data: Uint8Array): Promise<Uint8Array>;
  /**
   * Checks data with its signature behind it, and uses its SignCounter up.
   * @returns `undefined` when the signature is wrong, its counter was used, or there is no key
   */
  verify(signed: Uint8Array): Promise<SignedBy | undefined>;
}
