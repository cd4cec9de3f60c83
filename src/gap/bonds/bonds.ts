import type { Address } from '../../core/address.js';
import { checkBytes, checkInteger } from '../../core/check.js';
import { type Clock, outsideOf } from '../../core/clock.js';
import { Emitter } from '../../core/emitter.js';
import { StateError } from '../../core/errors.js';
import { equalBytes } from '../../core/hex.js';
import { messageOf } from '../../core/message-of.js';
import type { RandomSource } from '../../core/random.js';
import { Bond, type BondChange, type BondContents, checkName, type SignCounters } from './bond.js';
import { type BondStore, type StoredBonds, TAG_LIMIT } from './bond-store.js';
import { PeerResolver, type Resolves } from './peer-resolver.js';
import { exported } from './record.js';
import { SignCounterKeeper } from './sign-counters.js';

/** What {@link Bonds.open} needs. */
export interface BondsOptions {
  readonly store: BondStore;
  /** The own identity address that the bonds belong to. */
  readonly local: Address;
  /** Tells whose a resolvable private address is. */
  readonly resolves: Resolves;
  readonly clock: Clock;
  /** Makes the own Identity Resolving Key, the first time. */
  readonly random: RandomSource;
  /** How many bonds there may be; 1000. */
  readonly limit?: number;
  /** Told of what went wrong with nobody waiting for it. */
  readonly report?: (message: string) => void;
}

/** What {@link Bonds} tell. */
export interface BondsEvents {
  /** A bond came about, or has other keys. */
  added: Bond;
  /** Something else about a bond changed. */
  changed: Bond;
  /** A bond is gone: removed here, or by another process. */
  removed: Bond;
}

/** An export may be old: the device that made it may have gone on signing. */
const IMPORT_LEAP = 0x1_0000;

/**
 * The peers that this device is bonded with. In memory, and in step with a {@link BondStore}: what changes here is there
 * when the promise resolves. A change is seen here at once, and stays until the device is closed even when the store fails.
 */
export class Bonds extends Emitter<BondsEvents> {
  /** The own identity address that these bonds belong to. */
  readonly local: Address;
  private readonly options: BondsOptions;
  private readonly all = new Map<number, Bond>();
  private readonly resolver: PeerResolver;
  private readonly counters: SignCounterKeeper;
  readonly #irk: Uint8Array;
  #tag: Uint8Array | undefined;

  private constructor(
    options: BondsOptions,
    irk: Uint8Array,
    { tag, bonds }: Pick<StoredBonds, 'tag' | 'bonds'>,
  ) {
    super();
    this.options = options;
    this.local = options.local;
    this.#irk = irk;
    this.#tag = tag;
    this.resolver = new PeerResolver(options.resolves);
    this.counters = new SignCounterKeeper((bond, signCounters) => this.keepCounters(bond, signCounters));
    for (const bond of bonds) this.put(bond);
  }

  /**
   * Loads the bonds of a local identity; makes its Identity Resolving Key when it has none.
   * @throws {BondStoreError} when the store cannot be read, or is damaged
   */
  static async open(options: BondsOptions): Promise<Bonds> {
    if (options.limit !== undefined) checkInteger('limit', options.limit, 1, 100_000);
    const stored = await options.store.load(options.local);
    if (stored.irk) return new Bonds(options, stored.irk, stored);
    const made = options.random.fill(new Uint8Array(16));
    try {
      return new Bonds(options, await options.store.saveIdentity(options.local, made), stored);
    } catch (error) {
      options.report?.(`the own identity key could not be kept for the next run: ${messageOf(error)}`);
      return new Bonds(options, made, stored);
    }
  }

  /** The own Identity Resolving Key: 16 octets, least significant first; a copy. */
  get irk(): Uint8Array {
    return this.#irk.slice();
  }

  /** What {@link setTag} was given, in this run or an earlier one; a copy. */
  get tag(): Uint8Array | undefined {
    return this.#tag?.slice();
  }

  /**
   * Keeps a few octets of the program's beside these bonds, up to 64, or forgets them: what it has to know in the next run about
   * how the bonds came about. A store that has no place for it keeps it until the device is closed.
   * @throws {RangeError | TypeError} when it is too long, or no octets
   * @throws {BondStoreError} when the store fails; it is there until the device is closed all the same
   */
  async setTag(tag: Uint8Array | undefined): Promise<void> {
    if (tag !== undefined) checkBytes('tag', tag, 0, TAG_LIMIT);
    this.#tag = tag?.slice();
    await this.stored((store) => store.saveTag?.(this.local, tag) ?? Promise.resolve());
  }

  /** How many there are. */
  get size(): number {
    return this.all.size;
  }

  /** All bonds, the one that was used last first. */
  list(): Bond[] {
    return [...this.all.values()].sort((a, b) => b.lastUsedAt - a.lastUsedAt);
  }

  /** The bond with a peer by its identity address. */
  get(identity: Address): Bond | undefined {
    return this.all.get(identity.key);
  }

  /** The bond with a peer by an address on air: its identity address, or a resolvable private one. */
  find(address: Address): Bond | undefined {
    return this.resolver.find(address);
  }

  /**
   * Keeps what a pairing came to, in place of an earlier bond with the same peer; a name that the user gave stays. Whether a
   * new bond may replace the old one is for the caller to decide.
   * @returns the bond, when it is kept
   * @throws {RangeError} when the identity is no identity address
   * @throws {StateError} when there are as many bonds as there may be
   * @throws {BondStoreError} when the store fails; the bond is there until the device is closed all the same
   */
  async add(
    paired: Pick<BondContents, 'identity' | 'keys' | 'level'> & Partial<BondContents>,
  ): Promise<Bond> {
    const before = this.get(paired.identity);
    const now = this.now();
    const bond = new Bond({
      name: before?.name,
      createdAt: now,
      lastUsedAt: now,
      ...paired,
      keys: paired.keys,
    });
    this.checkRoom(bond);
    this.counters.forget(bond.identity.key);
    this.put(bond);
    this.emit('added', bond);
    await this.stored((store) => store.save(this.local, bond));
    return bond;
  }

  /**
   * Changes a part of a bond.
   * @returns the bond as it is now; `undefined` when there is none, or another process removed it
   * @throws {BondStoreError} when the store fails
   */
  async update(identity: Address, change: BondChange): Promise<Bond | undefined> {
    const before = this.get(identity);
    if (!before) return undefined;
    const bond = before.with(change);
    this.put(bond);
    this.emit('changed', bond);
    return (await this.keep(bond)) ? bond : undefined;
  }

  /** Notes that there is a link with a peer; when that cannot be kept, it is reported. */
  used(identity: Address): void {
    this.update(identity, { lastUsedAt: this.now() }).catch((error) => {
      this.options.report?.(`the bond with ${identity} could not be kept: ${messageOf(error)}`);
    });
  }

  /**
   * Gives a bond a name, up to 248 octets of UTF-8, or takes it away.
   * @throws {RangeError} when the name is too long
   */
  rename(identity: Address, name: string | undefined): Promise<Bond | undefined> {
    return this.update(identity, { name: name === undefined ? undefined : checkName(name) });
  }

  /** Forgets the bond with a peer. @returns whether there was one */
  async remove(identity: Address): Promise<boolean> {
    const bond = this.drop(identity);
    await this.stored((store) => store.remove(this.local, identity));
    return bond !== undefined;
  }

  /** Forgets all bonds; the own Identity Resolving Key stays. */
  async clear(): Promise<void> {
    await Promise.all(this.list().map(({ identity }) => this.remove(identity)));
  }

  /**
   * The next SignCounter for data to a peer; it is never given out again, whatever happens: Core Vol 3, Part H, 2.4.5.
   * @throws {StateError} when there is no such bond, or its 2^32 counters are used up
   * @throws {BondStoreError} when it cannot be kept that it is used
   */
  async nextSignCounter(identity: Address): Promise<number> {
    return this.counters.next(() => {
      const bond = this.get(identity);
      if (!bond) throw new StateError(`signing: there is no bond with ${identity}`);
      return bond;
    });
  }

  /**
   * Takes the SignCounter of a signature of a peer's that was found right.
   * @returns whether it is above all that were taken; what was signed may be acted on then, and only then
   * @throws {BondStoreError} when it cannot be kept that it was taken
   */
  async acceptSignCounter(identity: Address, counter: number): Promise<boolean> {
    const bond = this.get(identity);
    return bond !== undefined && this.counters.accept(bond, counter);
  }

  /**
   * The bonds as JSON text.
   * @param options with `keys: true` all keys are in it, and {@link import} takes it: it is as secret as they are
   */
  export({ keys = false }: { readonly keys?: boolean } = {}): string {
    return `${JSON.stringify(exported([{ local: this.local, bonds: this.list() }], keys), undefined, 2)}\n`;
  }

  /**
   * Takes over bonds from the text that {@link export} gave, in place of those with the same peers. Their peers know this
   * device by the identity of the device that exported them.
   * @throws {BondStoreError} with the line that is wrong, before any bond is taken; or when the store fails
   * @throws {StateError} when there would be more bonds than there may be
   */
  async import(text: string): Promise<Bond[]> {
    // zod is loaded with the first import.
    const { parseExport } = await import('./record-schema.js');
    const bonds = parseExport(text).map((bond) => this.leapt(bond));
    const more = bonds.filter(({ identity }) => !this.all.has(identity.key)).length;
    this.checkLimit(this.all.size + more);
    return Promise.all(bonds.map((bond) => this.add(bond)));
  }

  /** Waits until all is kept, and closes the store. */
  close(): Promise<void> {
    return this.stored((store) => store.close());
  }

  /** For `console.log` and the like: no keys. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Bonds { ${this.size} of ${this.local} }`;
  }

  toJSON(): unknown {
    return { local: this.local, bonds: this.list() };
  }

  /** What a store does takes real time, and no simulated time passes for it, whoever waits or does not. */
  private stored<T>(work: (store: BondStore) => Promise<T>): Promise<T> {
    const { store, clock } = this.options;
    return outsideOf(clock, work(store));
  }

  /** What is imported must not sign with counters that were used. */
  private leapt(bond: Bond): Bond {
    const present = this.get(bond.identity);
    const own = Math.min(bond.signCounters.own + IMPORT_LEAP, 2 ** 32);
    const counters = { own, peer: bond.signCounters.peer };
    const [mine, theirs] = [present?.keys.own.signing?.csrk, bond.keys.own.signing?.csrk];
    if (!present || !mine || !theirs || !equalBytes(mine, theirs))
      return bond.with({ signCounters: counters });
    const { signCounters } = present;
    return bond.with({
      signCounters: {
        own: Math.max(own, signCounters.own),
        peer: Math.max(counters.peer, signCounters.peer),
      },
    });
  }

  private put(bond: Bond): void {
    this.all.set(bond.identity.key, bond);
    this.resolver.set(bond);
  }

  private drop(identity: Address): Bond | undefined {
    const bond = this.get(identity);
    if (!bond) return undefined;
    this.all.delete(identity.key);
    this.resolver.delete(identity);
    this.counters.forget(identity.key);
    this.emit('removed', bond);
    return bond;
  }

  /** Puts a changed bond into the store; says whether it is there. */
  private async keep(bond: Bond): Promise<boolean> {
    if (await this.stored((store) => store.save(this.local, bond))) return true;
    // A bond that was made anew meanwhile is another one.
    if (this.get(bond.identity)?.keys === bond.keys) this.drop(bond.identity);
    return false;
  }

  private async keepCounters(bond: Bond, signCounters: SignCounters): Promise<void> {
    const changed = await this.update(bond.identity, { signCounters });
    if (!changed) throw new StateError(`signing: the bond with ${bond.identity} is gone`);
  }

  private checkRoom(bond: Bond): void {
    if (!this.all.has(bond.identity.key)) this.checkLimit(this.all.size + 1);
  }

  private checkLimit(count: number): void {
    const { limit = 1000 } = this.options;
    if (count > limit) throw new StateError(`${limit} bonds are kept, and no more may be: remove some first`);
  }

  private now(): number {
    return this.options.clock.wallTime?.() ?? 0;
  }
}
