import type { Address } from '../../core/address.js';
import type { BleError } from '../../core/errors.js';
import type { SecurityLevelCode } from '../../core/security.js';
import type { EncryptionKey, IdentityKey, PairedKeys } from '../keys.js';
import type { PairingMethod } from './method.js';
import type { SecurityPolicy } from './policy.js';

/** What the Security Manager needs of the link that it secures. */
export interface SecurityLink {
  readonly role: 'central' | 'peripheral';
  /** This device's address as it was on air when the link came about: the confirm and check values are made with it. */
  readonly own: Address;
  /** The peer's likewise. */
  readonly peer: Address;
  /** Sends one SMP packet, code first. */
  send(pdu: Uint8Array): void;
  /**
   * Resolves when the peer's controller has what was sent. A pairing is not over before: whoever ends the link right after it
   * would take the last keys from the peer. Without it a packet counts as there when it is sent.
   */
  delivered?(): Promise<void>;
  /** As a central: encrypts the link with a key, or changes to it. {@link SecurityManager.encryptionChanged} tells the end. */
  startEncryption(key: EncryptionKey): void;
  /** The key for this link out of a bond with the peer; `undefined` when there is none. */
  bondKey(): EncryptionKey | undefined;
  /**
   * A key of a bond with the peer, also one that only the other role can use: what pairing anew may not weaken, or is refused for.
   */
  knownKey(): EncryptionKey | undefined;
  /** The IRK and identity address to give to the peer; `undefined` gives none. */
  identity(): IdentityKey | undefined;
}

/** A pairing that came about. */
export interface Pairing {
  readonly method: PairingMethod;
  readonly secureConnections: boolean;
  /** What the link has now: Core Vol 3, Part C, 10.2.1. */
  readonly level: SecurityLevelCode;
  /** Whether both sides keep the keys. */
  readonly bonded: boolean;
  /** What encrypts this link: the LTK, with LE legacy pairing the STK. */
  readonly encryption: EncryptionKey;
  /** What was distributed. It is kept nowhere else. */
  readonly keys: PairedKeys;
  /** What the policy of this pairing says of a bond that there is. */
  readonly rePairing: SecurityPolicy['rePairing'];
}

/** Who is told by a {@link SecurityManager}. */
export interface SecurityListener {
  /** A pairing began, and its method is known. */
  pairing?(what: { readonly method: PairingMethod; readonly secureConnections: boolean }): void;
  /** A pairing came about; with `bonded` the keys are to be kept. */
  paired(pairing: Pairing): void;
  /** A pairing ended without keys. */
  failed(error: BleError): void;
  /** Told of packets that make no sense. */
  report(message: string): void;
}
