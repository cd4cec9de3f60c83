import { checkKeys } from '../../core/check.js';
import { Emitter } from '../../core/emitter.js';
import { type AttError, StateError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import { raceAbort } from '../../core/mutex.js';
import type { UuidLike } from '../../core/uuid.js';
import { AttErrorCode } from '../att/error-codes.js';
import { AttOpcode } from '../att/opcodes.js';
import { type CachedService, cacheServices, checkGattCache, type GattCache, servicesOf } from './cache.js';
import type { GattClient } from './client.js';
import { discoverTree } from './discover-tree.js';
import { Discovery } from './discovery.js';
import { StaleAttributeError } from './errors.js';
import {
  ClientFeature,
  GattServiceUuid,
  gattCharacteristic,
  isRefusal,
  readDatabaseHash,
  writeClientFeatures,
} from './gatt-service.js';
import { moveSubscriptions, roleOf, settle } from './reconcile.js';
import type { RemoteCharacteristic, RemoteService } from './remote.js';
import { Requester } from './requester.js';
import { ClientConfiguration } from './subscriptions.js';
import { changedRange } from './unheard-changes.js';

const LAST = 0xffff;
/** How often a database is discovered anew that changes meanwhile. */
const ATTEMPTS = 4;

/** How to come to know a peer's database. */
export interface DatabaseOptions {
  /** What is known of it from an earlier link; as data, perhaps read from a file: it is checked. */
  readonly cache?: GattCache | undefined;
  /** Whether this link is of the bond that `cache` was made with: it is used without asking then. */
  readonly bonded?: boolean | undefined;
  /** Whether this side does enhanced ATT bearers, which the server is told if it does too; false. */
  readonly eatt?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a {@link GattDatabase} tells. */
export interface DatabaseEvents {
  /** The peer said that a range of handles has changed: what is known of it is wrong from now on, until {@link GattDatabase.settled}. */
  changing: { readonly startHandle: number; readonly endHandle: number };
  /** The services of a range of handles were discovered again, and {@link GattDatabase.services} has them. */
  changed: { readonly startHandle: number; readonly endHandle: number };
}

/** A database that is being loaded, or was. */
interface Opening {
  readonly database: Promise<GattDatabase>;
  /** Calls the loading off. */
  readonly leaving: AbortController;
  /** Callers that wait for it. */
  waiting: number;
}

const opened = /* @__PURE__ */ new WeakMap<GattClient, Opening>();

/**
 * The database of a link's peer: discovered whole, or taken from the cache of an earlier link where that is right, and kept
 * right while the link lasts. Further calls for one link give the same, until it is closed; who leaves by `signal` leaves it to
 * the others.
 * @throws {TypeError | RangeError} when `cache` is none
 */
export async function openDatabase(client: GattClient, options: DatabaseOptions = {}): Promise<GattDatabase> {
  checkKeys('openDatabase', options, ['cache', 'bonded', 'eatt', 'signal']);
  const cache = options.cache === undefined ? undefined : checkGattCache(options.cache);
  const { signal } = options;
  signal?.throwIfAborted();
  const opening = opened.get(client) ?? begin(client, cache, options);
  opening.waiting++;
  try {
    return await raceAbort(opening.database, signal);
  } catch (error) {
    // The last one who waited for it has left.
    if (opening.waiting === 1) {
      forget(client, opening);
      opening.leaving.abort(error);
    }
    throw error;
  } finally {
    opening.waiting--;
  }
}

function begin(client: GattClient, cache: GattCache | undefined, options: DatabaseOptions): Opening {
  const leaving = new AbortController();
  const database = GattDatabase.load(client, cache, { ...options, signal: leaving.signal });
  const opening = { database, leaving, waiting: 0 };
  opened.set(client, opening);
  database.then(
    (loaded) => loaded.onClose(() => forget(client, opening)),
    () => forget(client, opening),
  );
  return opening;
}

function forget(client: GattClient, opening: Opening): void {
  if (opened.get(client) === opening) opened.delete(client);
}

/**
 * What a peer serves, as it is now (Core Vol 3, Part G, 2.5.2). A Service Changed indication has the range of handles
 * discovered again that it names; Database Out Of Sync has the Database Hash compared, and all discovered again when it
 * differs. Objects of services that are what they were stay good; others end with {@link StaleAttributeError}, and
 * subscriptions move to where the characteristic stands now. The server is told that this client does robust caching and
 * takes several values in one notification.
 */
export class GattDatabase extends Emitter<DatabaseEvents> {
  private readonly client: GattClient;
  /** Asks without the handlers that repeat: this is what they do. */
  private readonly direct: Requester;
  private readonly discovery: Discovery;
  private found: readonly RemoteService[] = [];
  private hash: string | undefined;
  private features = 0;
  private hearsChanges = false;
  /** Whether all that changed is known again. */
  private complete = false;
  private pending: { startHandle: number; endHandle: number } | undefined;
  private updating: Promise<void> | undefined;
  private syncing: Promise<boolean> | undefined;
  private readonly ends: (() => unknown)[] = [];
  private readonly fromCache: boolean;
  /** How many changes of the link there were before it was loaded. */
  private readonly loadedAt: number;

  private constructor(client: GattClient, fromCache: boolean) {
    super();
    this.client = client;
    this.fromCache = fromCache;
    this.loadedAt = client.changes.now;
    this.direct = new Requester(client.bearer);
    this.discovery = new Discovery(this.direct);
  }

  /** @internal */
  static async load(
    client: GattClient,
    cache: GattCache | undefined,
    options: DatabaseOptions,
  ): Promise<GattDatabase> {
    const { signal } = options;
    const { bearer } = client;
    if (bearer.trace) bearer.announce('openDatabase() →');
    const direct = new Requester(bearer);
    const { unheard } = client.subscriptions;
    const isRight = options.bonded === true && !unheard.wasRefused;
    const trusted = isRight && cache !== undefined && keepsRight(cache);
    let hash = trusted ? cache.databaseHash : await readDatabaseHash(direct, signal);
    const known = cache && (trusted || (hash !== undefined && hash === cache.databaseHash));
    const database = new GattDatabase(client, known === true);
    try {
      if (known) database.found = servicesOf(client, cache.services);
      else database.found = await discoverTree(client, database.discovery, 1, LAST, signal);
      database.hash = hash;
      database.complete = true;
      unheard.isKept = true;
      database.ends.push(
        client.requester.onRefused((error, who, handle) => database.refused(error, who, handle)),
        () => {
          unheard.isKept = false;
        },
      );
      const bond = options.bonded && known ? cache : undefined;
      await database.hearChanges(bond?.serviceChanged === true, signal);
      database.features =
        bond && bond.clientFeatures !== 0
          ? bond.clientFeatures
          : await writeClientFeatures(
              database.found,
              options.eatt === true,
              (text) => bearer.report(text),
              signal,
            );
      // What changed before anybody told this client of changes shows in the hash.
      for (let attempt = 1; !known && hash !== undefined; attempt++) {
        const now = await readDatabaseHash(direct, signal);
        if (now === hash) break;
        if (attempt === ATTEMPTS)
          throw new StateError(`the peer's database changed ${ATTEMPTS} times while it was discovered`);
        hash = now;
        await database.invalidate(1, LAST);
      }
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** The peer's services, primary and secondary, in the order of their handles, with all that is in them. */
  get services(): readonly RemoteService[] {
    return this.found;
  }

  /**
   * @internal Whether what stands at a handle was known before the link and has not changed on it: what a bonded server kept of
   * it is still there.
   */
  isAsKept(handle: number): boolean {
    const place = { startHandle: handle, endHandle: handle, knownAt: this.loadedAt };
    return this.fromCache && !this.client.changes.concerns(place);
  }

  /** Whether nothing had to be discovered. */
  get wasCached(): boolean {
    return this.fromCache;
  }

  /** Whether the server tells of changes, by Service Changed or by refusing what is out of date. */
  get isRobust(): boolean {
    return this.hearsChanges || (this.features & ClientFeature.robustCaching) !== 0;
  }

  /** The service of a UUID; `undefined` when there is none. @param instance which one of several: 0 is the first */
  service(uuid: UuidLike, instance = 0): RemoteService | undefined {
    return this.found.filter((one) => one.uuid.equals(uuid))[instance];
  }

  /** The characteristic of a UUID in the first service of a UUID that has it; `undefined` when there is none. */
  characteristic(service: UuidLike, uuid: UuidLike, instance = 0): RemoteCharacteristic | undefined {
    const all = this.found.filter((one) => one.uuid.equals(service));
    return all.flatMap(({ characteristics }) => characteristics.filter((one) => one.uuid.equals(uuid)))[
      instance
    ];
  }

  /** What to give {@link openDatabase} on the next link; `undefined` while a change is not known in full. */
  export(): GattCache | undefined {
    if (!this.complete) return undefined;
    return {
      version: 1,
      ...(this.hash === undefined ? {} : { databaseHash: this.hash }),
      serviceChanged: this.hearsChanges,
      clientFeatures: this.features,
      services: cacheServices(this.found),
    };
  }

  /** Resolves when no change is being followed. */
  async settled(): Promise<void> {
    while (this.updating) await this.updating;
  }

  /** Takes no notice of changes any more; the server is asked nothing. */
  close(): void {
    for (const end of this.ends.splice(0)) end();
  }

  /** @internal Calls `listener` when it is closed. */
  onClose(listener: () => void): void {
    this.ends.push(listener);
  }

  /** Service Changed: 7.1. */
  private async hearChanges(kept: boolean, signal: AbortSignal | undefined): Promise<void> {
    const { client } = this;
    const found = gattCharacteristic(this.found, GattServiceUuid.serviceChanged);
    if (!found) return;
    try {
      const { place } = await found.subscription({ indicate: true });
      const unsubscribe = await client.subscriptions.add(place, {
        configuration: ClientConfiguration.indicate,
        listener: (value) => this.serviceChanged(value),
        kept,
        signal,
      });
      this.hearsChanges = true;
      this.ends.push(() => unsubscribe().catch(() => {}));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      client.bearer.report(`Service Changed was not subscribed to: ${error.message}`);
      return;
    }
    // The peer may have told of a change as soon as it could, before this client listened.
    const missed = client.subscriptions.unheard.take(found.valueHandle);
    if (missed) await this.invalidate(missed.startHandle, missed.endHandle);
  }

  private serviceChanged(value: Uint8Array): void {
    const { startHandle, endHandle, isRange } = changedRange(value);
    if (!isRange)
      this.client.bearer.report('a Service Changed indication without a range: all is discovered again');
    this.invalidate(startHandle, endHandle).catch(() => {});
  }

  /** Has a range discovered again, with others that come meanwhile. */
  private invalidate(startHandle: number, endHandle: number): Promise<void> {
    const { pending, client } = this;
    this.pending = {
      startHandle: Math.min(startHandle, pending?.startHandle ?? LAST),
      endHandle: Math.max(endHandle, pending?.endHandle ?? 0),
    };
    this.complete = false;
    this.emit('changing', { startHandle, endHandle });
    // Not before the indication is confirmed: only then the server takes this client for one who knows.
    this.updating ??= Promise.resolve()
      .then(() => this.followChanges())
      .finally(() => {
        this.updating = undefined;
      });
    client.changes.changed(startHandle, endHandle, this.updating);
    return this.updating;
  }

  private async followChanges(): Promise<void> {
    try {
      do {
        for (let range = this.pending; range; range = this.pending) {
          this.pending = undefined;
          await this.rediscover(range.startHandle, range.endHandle);
        }
        if (this.hash !== undefined) this.hash = await readDatabaseHash(this.direct);
        // Another change may have been told of while the hash was read.
      } while (this.pending);
      this.complete = true;
    } catch (error) {
      this.pending = undefined;
      if (this.client.bearer.isOpen)
        this.client.bearer.report(`the peer's database has changed, and was not found again: ${error}`);
      throw error;
    }
  }

  private async rediscover(startHandle: number, endHandle: number): Promise<void> {
    const { client, found: before } = this;
    const at = client.changes.now;
    const inRange = before.filter((one) => one.startHandle <= endHandle && one.endHandle >= startHandle);
    const first = Math.min(startHandle, ...inRange.map((one) => one.startHandle));
    const last = Math.max(endHandle, ...inRange.map((one) => one.endHandle));
    const news = await discoverTree(client, this.discovery, first, last);
    const outside = before.filter((one) => !inRange.includes(one));
    // What a server says twice, it says last as it is.
    const kept = outside.filter((one) =>
      news.every((other) => other.startHandle > one.endHandle || other.endHandle < one.startHandle),
    );
    const settled = settle(inRange, news, at);
    this.found = [...kept, ...settled].sort((one, other) => one.startHandle - other.startHandle);
    moveSubscriptions(client, before, this.found, first, last);
    this.emit('changed', { startHandle: first, endHandle: last });
  }

  /** Database Out Of Sync: 2.5.2.1. */
  private refused(
    error: AttError,
    signal: AbortSignal | undefined,
    handle: number,
  ): Promise<boolean> | undefined {
    if (error.error !== AttErrorCode.databaseOutOfSync) return undefined;
    // It is found out for all who were refused: who leaves does not wait for it.
    return raceAbort(this.recover(error, handle, roleOf(this.found, handle)), signal);
  }

  private async recover(error: AttError, handle: number, role: string | undefined): Promise<boolean> {
    this.syncing ??= this.synchronise().finally(() => {
      this.syncing = undefined;
    });
    const same = await this.syncing;
    // What looks for attributes is right whatever they are; what names one, if that is what it was.
    if (same || looksForAttributes(error.request)) return true;
    if (role !== undefined && namesOne(error.request) && roleOf(this.found, handle) === role) return true;
    throw new StaleAttributeError(
      `the attribute at handle ${hexCode(handle, 4)} is not what it was: the peer's database has changed, discover it again`,
      { cause: error },
    );
  }

  /** Compares the hashes, and discovers all when they differ; says whether they are the same. */
  private async synchronise(): Promise<boolean> {
    const hash = await readDatabaseHash(this.direct);
    if (hash !== undefined && hash === this.hash && this.complete) return true;
    await this.invalidate(1, LAST);
    return false;
  }
}

/**
 * Whether a bonded server would tell of a change before this client used what it knows: by refusing, or by Service Changed;
 * one without Service Changed never changes (2.5.2).
 */
function keepsRight({ clientFeatures, serviceChanged, services }: GattCache): boolean {
  if ((clientFeatures & ClientFeature.robustCaching) !== 0 || serviceChanged) return true;
  return !services.some(hasServiceChanged);
}

function hasServiceChanged({ uuid, characteristics }: CachedService): boolean {
  return uuid === '1801' && characteristics.some((one) => one.uuid === '2a05');
}

function looksForAttributes(opcode: number): boolean {
  const { findInformationReq, findByTypeValueReq, readByTypeReq, readByGroupTypeReq } = AttOpcode;
  return [findInformationReq, findByTypeValueReq, readByTypeReq, readByGroupTypeReq].includes(
    opcode as typeof readByTypeReq,
  );
}

function namesOne(opcode: number): boolean {
  const { readReq, readBlobReq, writeReq, prepareWriteReq } = AttOpcode;
  return [readReq, readBlobReq, writeReq, prepareWriteReq].includes(opcode as typeof readReq);
}
