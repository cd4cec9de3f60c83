import type { Address } from '../core/address.js';

/** A key that encrypts the links with one peer: an LTK (Core Vol 3, Part H, 2.4.2.3), or for one pairing its STK. */
export interface EncryptionKey {
  /** 16 octets, least significant first as HCI and SMP send them; cut to `keySize`, the most significant octets zero. */
  readonly ltk: Uint8Array;
  /** The Encrypted Diversifier that names the key, 0–65535; 0 with Secure Connections and for an STK. */
  readonly ediv: number;
  /** The random number that names the key, 8 octets as sent; all zero with Secure Connections and for an STK. */
  readonly rand: Uint8Array;
  /** Octets of the key, 7–16. */
  readonly keySize: number;
  /** Whether the pairing that made it was protected against a man in the middle. */
  readonly authenticated: boolean;
  /** Whether LE Secure Connections made it; else LE legacy pairing. */
  readonly secureConnections: boolean;
}

/** What resolves the private addresses of a device, and the address that they stand for: Core Vol 3, Part H, 2.4.2.1. */
export interface IdentityKey {
  /** 16 octets, least significant first; all zero for a device that has none. */
  readonly irk: Uint8Array;
  /** Public or static random. */
  readonly address: Address;
}

/** What signs data over a link without encryption: Core Vol 3, Part H, 2.4.2.2. */
export interface SigningKey {
  /** 16 octets, least significant first. */
  readonly csrk: Uint8Array;
  readonly authenticated: boolean;
}

/** The keys that one of two paired devices gave to the other: Core Vol 3, Part H, 2.4.3. */
export interface DistributedKeys {
  /** Encrypts links in which the device that gave it is the peripheral; with Secure Connections all links of the two. */
  readonly encryption?: EncryptionKey;
  readonly identity?: IdentityKey;
  readonly signing?: SigningKey;
}

/** What two devices know of each other after pairing. */
export interface PairedKeys {
  /** What this side gave. */
  readonly own: DistributedKeys;
  /** What the peer gave. */
  readonly peer: DistributedKeys;
}
