import { homedir } from 'node:os';
import { join } from 'node:path';
import { Address } from '../../core/address.js';
import { systemClock } from '../../core/clock.js';
import { fromHex, toHex } from '../../core/hex.js';
import type { Bond } from '../bonds/bond.js';
import {
  type BondFileOptions,
  BondStoreError,
  type ListingBondStore,
  type StoredBonds,
} from '../bonds/bond-store.js';
import { merged } from '../bonds/merge.js';
import { type BondRecord, type BondsRecord, bondRecord, bondsRecord } from '../bonds/record.js';
import { stateFolder } from './address-store.js';
import { type HeldLock, LockTimeout, takeLock } from './file-lock.js';
import {
  asides,
  makeFolder,
  permissionFaults,
  readWhole,
  realFile,
  replaceWhole,
  setAside,
} from './whole-file.js';

/** How often a write is tried whose lock others take away. */
const TRIES = 3;

/** A local identity in the file, by what may change. */
interface LocalState {
  readonly address: string;
  irk?: string;
  tag?: string;
  readonly bonds: Map<number, BondRecord>;
}

type State = Map<number, LocalState>;

/** A change that waits to be written, made to what the file has at that time. */
interface Change {
  /**
   * Gives what to resolve to once it is written.
   * @param file what the file has, changed in place
   * @param known what this process loaded or saved last, likewise
   */
  apply(file: State, known: State): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Keeps bonds in a JSON file. The file is replaced as a whole, so that a process that is killed at any moment leaves the
 * old one or the new one; what is asked for while it is being written goes into the next write together. Several processes
 * may use the same file: each change is made to what the file has at the moment, under a lock. A file that is damaged is
 * refused, and renamed, so that it is kept; one that a newer version wrote is left alone.
 */
export class BondFile implements ListingBondStore {
  readonly path: string;
  private readonly options: BondFileOptions;
  /** As this process loaded it, or as it was given to be saved and was. */
  private known: State = new Map();
  private waiting: Change[] = [];
  private writing: Promise<void> | undefined;
  private checked = false;

  constructor(path: string, options: BondFileOptions = {}) {
    this.path = path;
    this.options = options;
  }

  async load(local: Address): Promise<StoredBonds> {
    await this.close();
    const { bondOf } = await schema();
    const state = stateOf(await this.readOrRefuse()).get(local.key);
    const bonds = [...(state?.bonds.values() ?? [])];
    this.known.set(local.key, state ?? { address: local.toString(), bonds: new Map() });
    return {
      ...(state?.irk === undefined ? {} : { irk: fromHex(state.irk) }),
      ...(state?.tag === undefined ? {} : { tag: fromHex(state.tag) }),
      bonds: bonds.map(bondOf),
    };
  }

  async locals(): Promise<readonly Address[]> {
    await this.close();
    const { locals = [] } = (await this.readOrRefuse()) ?? {};
    return locals.map(({ address }) => Address.parse(address));
  }

  save(local: Address, bond: Bond): Promise<boolean> {
    const { key } = bond.identity;
    const mine = bondRecord(bond);
    return this.change((file, known) => {
      const [target, own] = [localOf(file, local), localOf(known, local)];
      const record = merged(mine, own.bonds.get(key), target.bonds.get(key));
      if (record) {
        target.bonds.set(key, record);
        own.bonds.set(key, mine);
      } else own.bonds.delete(key);
      return record !== undefined;
    });
  }

  remove(local: Address, identity: Address): Promise<void> {
    return this.change((file, known) => {
      for (const state of [file, known]) state.get(local.key)?.bonds.delete(identity.key);
    });
  }

  saveIdentity(local: Address, irk: Uint8Array): Promise<Uint8Array> {
    return this.change((file, known) => {
      const target = localOf(file, local);
      target.irk ??= toHex(irk);
      localOf(known, local).irk = target.irk;
      return fromHex(target.irk);
    });
  }

  saveTag(local: Address, tag: Uint8Array | undefined): Promise<void> {
    return this.change((file, known) => {
      for (const state of [localOf(file, local), localOf(known, local)]) {
        if (tag) state.tag = toHex(tag);
        else delete state.tag;
      }
    });
  }

  async close(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private change<T>(apply: (file: State, known: State) => T): Promise<T> {
    const done = new Promise<T>((resolve, reject) => {
      this.waiting.push({ apply, resolve: resolve as Change['resolve'], reject });
    });
    this.writing ??= this.write();
    return done;
  }

  /** Writes until nothing waits any more; all that waits at a moment goes into one write. */
  private async write(): Promise<void> {
    // What comes in the same turn of the event loop goes along.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const changes = this.waiting;
      this.waiting = [];
      try {
        const results = await this.writeTogether(changes);
        for (const [i, { resolve }] of changes.entries()) resolve(results[i]);
      } catch (error) {
        for (const { reject } of changes) reject(error);
      }
    }
    this.writing = undefined;
  }

  private async writeTogether(changes: readonly Change[]): Promise<unknown[]> {
    for (let tries = 1; ; tries++) {
      const results = await this.locked((path, lock) => this.writeOnce(path, lock, changes));
      if (results) return results;
      if (tries === TRIES)
        throw new BondStoreError(`${this.path}: others take its lock away: too slow a disk?`, 'BONDS_LOCKED');
    }
  }

  /** Makes the changes; gives `undefined` when another process took this one for dead, and its lock away. */
  private async writeOnce(
    path: string,
    lock: HeldLock,
    changes: readonly Change[],
  ): Promise<unknown[] | undefined> {
    const before = await this.readUnderLock(path);
    // One that was damaged, or taken away, is made anew from what this process knows.
    const file = stateOf(before ?? recordOf(this.known));
    const known = stateOf(recordOf(this.known));
    const results = changes.map(({ apply }) => apply(file, known));
    const content = textOf(file);
    const changed = !before || content !== textOf(stateOf(before));
    if (changed && !(await replaceWhole(path, content, () => lock.isMine()))) return undefined;
    this.known = known;
    return results;
  }

  private async readUnderLock(path: string): Promise<BondsRecord | undefined> {
    try {
      return await this.read(path);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      const aside = await setAside(path, 'damaged');
      this.options.onWarning?.(`${error.message}. It is kept as ${aside}, and made anew`);
      return undefined;
    }
  }

  /** Reads the file for somebody who can be told: a damaged one is set aside. */
  private async readOrRefuse(): Promise<BondsRecord | undefined> {
    const path = await realFile(this.path);
    await this.warnOnce(path);
    try {
      return await this.read(path);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      return this.refuse(error);
    }
  }

  /** Sets a damaged file aside, unless it is sound by now. @throws {BondStoreError} with what is wrong with it */
  private async refuse(found: BondStoreError): Promise<BondsRecord | undefined> {
    // Only the owner of the lock may rename it: meanwhile it may be another one.
    const looked = this.locked(async (path) => {
      try {
        return { record: await this.read(path) };
      } catch (again) {
        if (!isDamaged(again)) throw again;
        const aside = await setAside(path, 'damaged');
        return {
          refused: `${again.message}. It is kept as ${aside}; mend it and move it back, or go on without its bonds`,
        };
      }
    });
    let why: unknown;
    const outcome = await looked.catch((error: unknown) => {
      why = error;
      // In a folder that is not the user's: what is wrong counts, and not that it cannot be helped.
      return {
        refused: `${found.message}. It is left where it is, as it could not be set aside: ${(error as Error).message}`,
      };
    });
    if ('record' in outcome) return outcome.record;
    throw new BondStoreError(outcome.refused, 'BONDS_DAMAGED', why === undefined ? {} : { cause: why });
  }

  private async read(path: string): Promise<BondsRecord | undefined> {
    let text: string | undefined;
    try {
      text = await readWhole(path);
    } catch (error) {
      throw new BondStoreError(`${path} cannot be read: ${(error as Error).message}`, 'BONDS_UNREADABLE', {
        cause: error,
      });
    }
    return text === undefined ? undefined : (await schema()).parseBonds(text, path);
  }

  private async locked<T>(work: (path: string, lock: HeldLock) => Promise<T>): Promise<T> {
    const { lockTimeoutMs = 5000, clock = systemClock } = this.options;
    const path = await realFile(this.path);
    let lock: HeldLock | undefined;
    try {
      await makeFolder(path);
      lock = await takeLock(`${path}.lock`, clock, lockTimeoutMs);
      return await work(path, lock);
    } catch (error) {
      if (error instanceof BondStoreError) throw error;
      if (error instanceof LockTimeout) {
        throw new BondStoreError(
          `${path}: ${error.message}. When no such process uses it, remove ${path}.lock`,
          'BONDS_LOCKED',
        );
      }
      throw new BondStoreError(`${path} cannot be written: ${(error as Error).message}`, 'BONDS_UNREADABLE', {
        cause: error,
      });
    } finally {
      await lock?.release().catch(() => {});
    }
  }

  private async warnOnce(path: string): Promise<void> {
    const { onWarning } = this.options;
    if (this.checked || !onWarning) return;
    this.checked = true;
    for (const fault of await permissionFaults(path)) onWarning(fault);
    const damaged = await asides(path, 'damaged');
    if (damaged.length > 0) onWarning(`beside ${path} lies what was damaged: ${damaged.join(', ')}`);
  }
}

/** The store in a file of the user's choice. */
export function openBondFile(path: string, options?: BondFileOptions): ListingBondStore {
  return new BondFile(path, options);
}

/** The store that serves when none is given. */
export function platformBondStore(onWarning?: (message: string) => void): ListingBondStore | undefined {
  return new BondFile(defaultBondFile(), { onWarning });
}

/** Where it keeps bonds: in a folder that only its owner may look into. */
export function defaultBondFile(env = process.env): string {
  return join(stateFolder(process.platform, env, homedir()), 'bonds', 'bonds.json');
}

// zod is loaded with the first file.
function schema() {
  return import('../bonds/record-schema.js');
}

function isDamaged(error: unknown): error is BondStoreError {
  return error instanceof BondStoreError && error.code === 'BONDS_DAMAGED';
}

function localOf(state: State, address: Address): LocalState {
  let local = state.get(address.key);
  if (!local) {
    local = { address: address.toString(), bonds: new Map() };
    state.set(address.key, local);
  }
  return local;
}

function stateOf(record: BondsRecord | undefined): State {
  return new Map(
    (record?.locals ?? []).map(({ address, irk, tag, bonds }) => [
      Address.parse(address).key,
      {
        address,
        ...(irk === undefined ? {} : { irk }),
        ...(tag === undefined ? {} : { tag }),
        bonds: new Map(bonds.map((bond) => [Address.parse(bond.identity).key, bond])),
      },
    ]),
  );
}

function recordOf(state: State): BondsRecord {
  return bondsRecord(
    [...state.values()].map(({ address, irk, tag, bonds }) => ({
      address,
      ...(irk === undefined ? {} : { irk }),
      ...(tag === undefined ? {} : { tag }),
      bonds: [...bonds.values()],
    })),
  );
}

function textOf(state: State): string {
  return `${JSON.stringify(recordOf(state), undefined, 2)}\n`;
}
