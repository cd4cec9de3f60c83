import type { Address } from '../../../core/address.js';

/** Privacy_Mode: Core Vol 4, Part E, 7.8.77. */
export const PrivacyMode = { network: 0, device: 1 } as const;

/** One device of the resolving list: Core Vol 6, Part B, 4.7. */
export interface ResolvingEntry {
  /** Its identity address, of type 0 or 1. */
  readonly identity: Address;
  /** Most significant octet first; `undefined` for an IRK of zeros, which is none. */
  readonly peerIrk: Uint8Array | undefined;
  readonly localIrk: Uint8Array | undefined;
  /** One of {@link PrivacyMode}. */
  mode: number;
  /** The resolvable private address that it was last heard under. */
  peerRpa: Address | undefined;
  /** The one that it is called by in directed PDUs. */
  targetRpa: Address | undefined;
  /** The one that is used towards it, and the one before. */
  localRpa: Address | undefined;
  localRpaBefore: Address | undefined;
  /** When both have to be renewed, in µs. */
  renewAt: number;
}

/** The resolving list: Core Vol 6, Part B, 4.7. */
export class ResolvingList {
  readonly capacity: number;
  private readonly entries = new Map<number, ResolvingEntry>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.entries.size;
  }

  get isFull(): boolean {
    return this.entries.size >= this.capacity;
  }

  /** The entry of an identity address. */
  find(identity: Address): ResolvingEntry | undefined {
    return this.entries.get(identity.key);
  }

  /** Whether an entry has this IRK of its peer. */
  hasPeerIrk(irk: Uint8Array): boolean {
    for (const { peerIrk } of this.entries.values()) {
      if (peerIrk?.every((octet, i) => octet === irk[i])) return true;
    }
    return false;
  }

  add(identity: Address, peerIrk: Uint8Array | undefined, localIrk: Uint8Array | undefined): void {
    this.entries.set(identity.key, {
      identity,
      peerIrk,
      localIrk,
      mode: PrivacyMode.network,
      peerRpa: undefined,
      targetRpa: undefined,
      localRpa: undefined,
      localRpaBefore: undefined,
      renewAt: 0,
    });
  }

  remove(identity: Address): boolean {
    return this.entries.delete(identity.key);
  }

  clear(): void {
    this.entries.clear();
  }

  [Symbol.iterator](): IterableIterator<ResolvingEntry> {
    return this.entries.values();
  }
}
