import type { Address } from '../../core/address.js';
import type { Clock } from '../../core/clock.js';
import { BleError, type BleErrorOptions } from '../../core/errors.js';
import type { Bond } from './bond.js';

/** What a store keeps for one local identity: an own identity address, as one dongle has. */
export interface StoredBonds {
  /** The Identity Resolving Key of this device under that address, 16 octets, least significant first; made once. */
  readonly irk?: Uint8Array | undefined;
  /** What the program keeps beside the bonds, as {@link BondStore.saveTag} was given it. */
  readonly tag?: Uint8Array | undefined;
  readonly bonds: readonly Bond[];
}

/** Octets that a tag may have. */
export const TAG_LIMIT = 64;

/**
 * Where bonds are kept from run to run. One store serves several local identities, one after another or at the same time.
 * A store of one's own has to keep what it was given as a whole or not at all, and not to resolve before it is kept.
 */
export interface BondStore {
  /** Everything that is kept for a local identity; without bonds for one that the store does not know. */
  load(local: Address): Promise<StoredBonds>;
  /**
   * Keeps a bond in place of one with the same identity address.
   * @returns whether it is kept; `false` when the bond was removed by somebody else since it was loaded or saved, as another
   * process may do: it is not brought back then. A bond with other keys is a new one, and always kept.
   */
  save(local: Address, bond: Bond): Promise<boolean>;
  /** Forgets the bond with a peer; one that is not there is no error. */
  remove(local: Address, identity: Address): Promise<void>;
  /**
   * Keeps the own Identity Resolving Key, when there is none yet.
   * @returns the one that is kept: of two processes that make one at the same time, the first counts
   */
  saveIdentity(local: Address, irk: Uint8Array): Promise<Uint8Array>;
  /**
   * Keeps a few octets of the program's beside the bonds, or forgets them: see `Bonds.setTag`. A store without this method keeps
   * none, and the next run finds none.
   */
  saveTag?(local: Address, tag: Uint8Array | undefined): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/** A {@link BondStore} that can say whom it knows. */
export interface ListingBondStore extends BondStore {
  /** The local identities that something is kept for. */
  locals(): Promise<readonly Address[]>;
}

/** Options of {@link bondFile}. */
export interface BondFileOptions {
  /** Told of what the user should know and need not wait for: permissions that are too wide, a file that was set aside. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** How long other processes may keep the file locked, in milliseconds; 5000. */
  readonly lockTimeoutMs?: number;
  /** Time while it waits for a lock: the machine's own. */
  readonly clock?: Clock;
}

/** What is the matter with a store of bonds. */
export type BondStoreFault =
  /** It is not what it should be. */
  | 'BONDS_DAMAGED'
  /** A newer version of this program wrote it. */
  | 'BONDS_NEWER'
  /** It cannot be read or written. */
  | 'BONDS_UNREADABLE'
  /** Another process did not let go of it in time. */
  | 'BONDS_LOCKED';

/** Bonds could not be loaded or kept. */
export class BondStoreError extends BleError {
  readonly code: BondStoreFault;

  constructor(message: string, code: BondStoreFault, options?: BleErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
