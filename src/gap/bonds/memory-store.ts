import type { Address } from '../../core/address.js';
import type { Bond } from './bond.js';
import type { ListingBondStore, StoredBonds } from './bond-store.js';

interface Local {
  readonly address: Address;
  irk?: Uint8Array;
  tag?: Uint8Array | undefined;
  readonly bonds: Map<number, Bond>;
}

/** Keeps bonds as long as the object lasts: for tests, and where nothing may be left behind. */
export class MemoryBondStore implements ListingBondStore {
  private readonly kept = new Map<number, Local>();

  load(local: Address): Promise<StoredBonds> {
    const { irk, tag, bonds }: Omit<Local, 'address'> = this.kept.get(local.key) ?? { bonds: new Map() };
    return Promise.resolve({
      ...(irk ? { irk: irk.slice() } : {}),
      ...(tag ? { tag: tag.slice() } : {}),
      bonds: [...bonds.values()],
    });
  }

  save(local: Address, bond: Bond): Promise<boolean> {
    this.of(local).bonds.set(bond.identity.key, bond);
    return Promise.resolve(true);
  }

  remove(local: Address, identity: Address): Promise<void> {
    this.kept.get(local.key)?.bonds.delete(identity.key);
    return Promise.resolve();
  }

  saveIdentity(local: Address, irk: Uint8Array): Promise<Uint8Array> {
    const kept = this.of(local);
    kept.irk ??= irk.slice();
    return Promise.resolve(kept.irk.slice());
  }

  saveTag(local: Address, tag: Uint8Array | undefined): Promise<void> {
    this.of(local).tag = tag?.slice();
    return Promise.resolve();
  }

  locals(): Promise<readonly Address[]> {
    return Promise.resolve([...this.kept.values()].map(({ address }) => address));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private of(address: Address): Local {
    let local = this.kept.get(address.key);
    if (!local) {
      local = { address, bonds: new Map() };
      this.kept.set(address.key, local);
    }
    return local;
  }
}
