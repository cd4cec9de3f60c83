import { type Address, type BdAddr, randomAddressKind } from '../../core/address.js';
import type { Bond } from './bond.js';

/** Whether a resolvable private address was made with an IRK: `resolves` of the toolbox, with its ciphers bound. */
export type Resolves = (irk: Uint8Array, address: BdAddr) => boolean;

/** Addresses that are remembered with what they came to: as many as a crowd has in a quarter of an hour. */
const REMEMBERED = 1024;

/**
 * Finds the peer behind an address: Core Vol 6, Part B, 1.3.2.3. What an address came to is remembered, found or not: the
 * reports of a scan come by the hundred a second, and each IRK costs an AES operation. The memory is bounded; the oldest
 * goes first.
 */
export class PeerResolver {
  private readonly resolves: Resolves;
  private readonly limit: number;
  private readonly peers = new Map<number, Bond>();
  private readonly remembered = new Map<number, number | undefined>();

  constructor(resolves: Resolves, limit = REMEMBERED) {
    this.resolves = resolves;
    this.limit = limit;
  }

  /** Puts a peer in, or in place of what was known of it. */
  set(bond: Bond): void {
    const before = this.peers.get(bond.identity.key);
    this.peers.set(bond.identity.key, bond);
    // Only other keys make an address mean something else.
    if (before?.keys !== bond.keys) this.remembered.clear();
  }

  /** Takes a peer out. */
  delete(identity: Address): void {
    if (this.peers.delete(identity.key)) this.remembered.clear();
  }

  /** The peer with this identity address, or with this resolvable private address. */
  find(address: Address): Bond | undefined {
    const { key } = address;
    const known = this.peers.get(key);
    if (known || !address.isRandom || this.peers.size === 0) return known;
    if (randomAddressKind(address.bd) !== 'resolvable') return undefined;
    if (this.remembered.has(key)) {
      const identity = this.remembered.get(key);
      return identity === undefined ? undefined : this.peers.get(identity);
    }
    const found = this.resolve(address.bd);
    if (this.remembered.size >= this.limit) {
      for (const oldest of this.remembered.keys()) {
        this.remembered.delete(oldest);
        break;
      }
    }
    this.remembered.set(key, found?.identity.key);
    return found;
  }

  private resolve(address: BdAddr): Bond | undefined {
    for (const bond of this.peers.values()) {
      const irk = resolvingKey(bond);
      if (irk && this.resolves(irk, address)) return bond;
    }
    return undefined;
  }
}

/** The IRK of a peer; `undefined` when it gave none, or one of all zeros, which says the same: Core Vol 3, Part C, 10.7. */
export function resolvingKey({ keys }: Bond): Uint8Array | undefined {
  const irk = keys.peer.identity?.irk;
  return irk?.some((octet) => octet !== 0) ? irk : undefined;
}
