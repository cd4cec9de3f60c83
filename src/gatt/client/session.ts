import { checkInteger } from '../../core/check.js';
import { Emitter } from '../../core/emitter.js';
import { type BleError, NotSupportedError, StateError } from '../../core/errors.js';
import { Mutex } from '../../core/mutex.js';
import { AsyncQueue } from '../../core/queue.js';
import { SecurityLevel, type SecurityLevelCode } from '../../core/security.js';
import { Uuid, type UuidLike } from '../../core/uuid.js';
import type { ValueCodec } from '../values/codec.js';
import { checkGattCache, type GattCache } from './cache.js';
import type { GattClient } from './client.js';
import { type GattDatabase, openDatabase } from './database.js';
import { StaleAttributeError } from './errors.js';
import type { RemoteCharacteristic, SubscribeAsOptions } from './remote-characteristic.js';
import type { ValueListener } from './subscriptions.js';

/** Which characteristic: by UUIDs, as handles may be others on the next link. */
export interface CharacteristicPath {
  readonly service: UuidLike;
  readonly characteristic: UuidLike;
  /** Which one, where it occurs more than once: 0 is the first. */
  readonly instance?: number;
}

/** How a session subscribes. */
export interface SessionSubscribeOptions {
  /** Ask for indications where the characteristic has both. */
  readonly indicate?: boolean;
}

/** What a {@link GattSession} tells. */
export interface SessionEvents {
  /** A link is there, its database known, and the subscriptions on. */
  attached: GattDatabase;
  /** The link is gone; subscriptions wait for the next one. */
  detached: BleError;
  /**
   * A subscription could not be taken up on this link, or ended there: it is tried again when the peer's database changes, and on
   * the next link. That the peer has no such characteristic is told once for as long as it lasts.
   */
  failed: { readonly path: CharacteristicPath; readonly error: Error };
}

/** How a session takes a link. */
export interface AttachOptions {
  /** Whether the link is of a bond with the peer, the same one each time: what it keeps need not be asked for again; false. */
  readonly bonded?: boolean;
  /** What is known of the peer's database, for a session that knows nothing of it itself. */
  readonly cache?: GattCache;
  readonly signal?: AbortSignal;
}

interface Wish {
  readonly path: CharacteristicPath;
  readonly listener: ValueListener;
  readonly indicate: boolean;
  readonly turn: Mutex;
  /** Takes it off the present link. */
  unsubscribe: (() => Promise<void>) | undefined;
  /** Whether the peer has been asked on a link of the bond, and keeps it. */
  kept: boolean;
  /** Whether it was told that the peer of this link has no such characteristic. */
  missing: boolean;
  /** The security of the link on which the peer was asked: with a bond, values of less are dropped. */
  level: SecurityLevelCode;
}

interface Attached {
  readonly client: GattClient;
  readonly database: GattDatabase;
  readonly bonded: boolean;
}

/**
 * What a program wants of one peer, over all the links that there are to it: subscriptions go on after a reconnection with
 * the same listener, and what is known of the peer's database goes along. Each link is given to {@link attach}, by hand or
 * by `keepSession` of `bluewire/gap`.
 *
 * After a reconnection the Client Characteristic Configuration of each subscription is written again, as a server forgets it
 * with the link; on a link of a bond the server has kept it (Core Vol 3, Part G, 3.3.3.3), and nothing is written. From a
 * bonded peer values are taken only on a link that is as secure as the one on which they were asked for (Vol 3, Part C, 10.3.2.2).
 */
export class GattSession extends Emitter<SessionEvents> {
  private known: GattCache | undefined;
  private readonly eatt: boolean;
  private wishes: readonly Wish[] = [];
  /** Given up while there was no link: a bonded peer still has them on. */
  private leftOn: readonly Wish[] = [];
  private attached: Attached | undefined;
  private closed = false;
  private readonly endings = new Set<() => void>();

  /**
   * @param options.cache what a session before gave as {@link cache}
   * @param options.eatt see `DatabaseOptions`
   */
  constructor(options: { readonly cache?: GattCache; readonly eatt?: boolean } = {}) {
    super();
    this.known = options.cache === undefined ? undefined : checkGattCache(options.cache);
    this.eatt = options.eatt === true;
  }

  /** What is known of the peer's database, to be kept; `undefined` before the first link, and while a change is not known in full. */
  get cache(): GattCache | undefined {
    return this.attached ? this.attached.database.export() : this.known;
  }

  /** The peer's database on the present link; `undefined` while there is none. */
  get database(): GattDatabase | undefined {
    return this.attached?.database;
  }

  /**
   * Takes a link to the peer: makes sure of its database, and takes up all subscriptions. Those that cannot be taken up are
   * told as `failed`.
   * @throws {BleError} when the link goes meanwhile; {@link StateError} when the session has a link already, or is closed
   */
  async attach(client: GattClient, options: AttachOptions = {}): Promise<GattDatabase> {
    this.check(client);
    const { bonded = false, cache, signal } = options;
    let database: GattDatabase;
    try {
      database = await openDatabase(client, {
        cache: this.known ?? cache,
        bonded,
        eatt: this.eatt,
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      // What the peer told of meanwhile, it does not tell again: its indication was confirmed.
      if (client.changes.now > 0 || client.subscriptions.unheard.isAny) this.known = undefined;
      throw error;
    }
    this.check(client);
    const attached = { client, database, bonded };
    this.attached = attached;
    this.known = database.export();
    database.on('changed', () => void this.takeUpAll(attached));
    client.bearer.onClosed((reason) => this.detach(attached, reason));
    await this.takeUpAll(attached);
    await this.takeBack(attached);
    if (this.attached === attached) this.emit('attached', database);
    return database;
  }

  /**
   * Subscribes on the present link, and on each after it. While there is none, it is only remembered.
   * @returns a function that ends it
   * @throws {NotSupportedError} when the peer of the present link has no such characteristic; {@link AttError} when it refuses
   */
  async subscribe(
    path: CharacteristicPath,
    listener: ValueListener,
    options: SessionSubscribeOptions = {},
  ): Promise<() => Promise<void>> {
    if (this.closed) throw new StateError('subscribe: the session is closed');
    Uuid.from(path.service);
    Uuid.from(path.characteristic);
    const wish: Wish = {
      path,
      listener,
      indicate: options.indicate === true,
      turn: new Mutex(),
      unsubscribe: undefined,
      kept: false,
      missing: false,
      level: SecurityLevel.none,
    };
    const { attached } = this;
    this.wishes = [...this.wishes, wish];
    if (attached) {
      try {
        await this.takeUp(attached, wish);
      } catch (error) {
        // A link that goes meanwhile is no reason to give up: there will be another.
        if (this.attached === attached) {
          this.wishes = this.wishes.filter((one) => one !== wish);
          throw error;
        }
      }
    }
    let ended: Promise<void> | undefined;
    return () => {
      ended ??= this.giveUp(wish);
      return ended;
    };
  }

  /** As {@link subscribe}, with what the codec makes of each value. */
  subscribeAs<T>(
    path: Omit<CharacteristicPath, 'characteristic'>,
    codec: ValueCodec<T>,
    listener: (value: T, indication: boolean) => void,
    options: SessionSubscribeOptions & Pick<SubscribeAsOptions, 'onMalformed'> = {},
  ): Promise<() => Promise<void>> {
    return this.subscribe(
      { ...path, characteristic: codec.uuid },
      (octets, indication) => {
        let value: T;
        try {
          value = codec.decode(octets);
        } catch (error) {
          if (options.onMalformed) options.onMalformed(error as BleError, octets);
          else this.attached?.client.bearer.report((error as BleError).message);
          return;
        }
        listener(value, indication);
      },
      options,
    );
  }

  /**
   * The values of a subscription that begins with the iteration and ends with it, over all links; it ends when the session
   * is closed.
   * @param options.queueLimit values that may wait; the newest are dropped beyond it; 256
   */
  async *values(
    path: CharacteristicPath,
    options: SessionSubscribeOptions & { readonly queueLimit?: number } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const limit = checkInteger('queueLimit', options.queueLimit ?? 256, 1, 2 ** 31 - 1);
    const queue = new AsyncQueue<Uint8Array>(limit);
    const end = () => queue.end();
    const unsubscribe = await this.subscribe(path, (value) => void queue.push(value), options);
    this.endings.add(end);
    try {
      yield* queue;
    } finally {
      this.endings.delete(end);
      await unsubscribe();
    }
  }

  /** Ends the session: subscriptions are taken back on the present link, and there is no next one. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.known = this.cache;
    this.closed = true;
    for (const end of [...this.endings]) end();
    await Promise.all(this.wishes.map((wish) => this.giveUp(wish).catch(() => {})));
    this.attached = undefined;
  }

  private check(client: GattClient): void {
    if (this.closed) throw new StateError('attach: the session is closed');
    if (this.attached && this.attached.client !== client)
      throw new StateError('attach: the session has a link already');
    if (this.attached) throw new StateError('attach: the session has this link already');
  }

  private async takeUpAll(attached: Attached): Promise<void> {
    for (const wish of this.wishes) {
      if (wish.unsubscribe || this.attached !== attached) continue;
      try {
        await this.takeUp(attached, wish);
      } catch (error) {
        if (this.attached === attached) this.tell(wish, error as Error);
      }
    }
  }

  /** One after the other for a wish: a change of the database has all taken up that are not, and this may be under way. */
  private takeUp(attached: Attached, wish: Wish): Promise<void> {
    return wish.turn.run(async () => {
      if (!wish.unsubscribe && this.attached === attached && this.wishes.includes(wish))
        await this.subscribeOn(attached, wish);
    });
  }

  private async subscribeOn(attached: Attached, wish: Wish): Promise<void> {
    const { client, bonded, database } = attached;
    const found = find(database, wish.path);
    const { place, configuration } = await found.subscription({ indicate: wish.indicate });
    const unsubscribe = await client.subscriptions.add(place, {
      configuration,
      listener: wish.listener,
      level: () => wish.level,
      // A server forgets what was configured where something else stood meanwhile.
      kept: bonded && wish.kept && database.isAsKept(place.cccdHandle),
      onEnd: (error) => {
        wish.unsubscribe = undefined;
        // The database has lost it, while the link goes on.
        if (this.attached === attached && client.bearer.isOpen) this.tell(wish, error);
      },
    });
    wish.kept = bonded;
    wish.missing = false;
    const { level, bonded: known } = client.security();
    // Whoever has a bond, and has not shown the key of it yet, is held to what it had before.
    if (!known || level !== SecurityLevel.none) wish.level = level;
    // Given up in the meantime.
    if (!this.wishes.includes(wish)) await unsubscribe();
    else if (this.attached === attached) wish.unsubscribe = unsubscribe;
  }

  private async giveUp(wish: Wish): Promise<void> {
    this.wishes = this.wishes.filter((one) => one !== wish);
    const { unsubscribe } = wish;
    wish.unsubscribe = undefined;
    if (unsubscribe) await unsubscribe();
    else if (wish.kept && !this.attached) this.leftOn = [...this.leftOn, wish];
  }

  /** What was given up while there was no link, and a bonded peer goes on sending. */
  private async takeBack(attached: Attached): Promise<void> {
    const { leftOn } = this;
    this.leftOn = [];
    if (!attached.bonded) return;
    for (const wish of leftOn) {
      try {
        const { place, configuration } = await find(attached.database, wish.path).subscription({
          indicate: wish.indicate,
        });
        const add = { configuration, listener: () => {}, kept: true };
        await (await attached.client.subscriptions.add(place, add))();
      } catch (error) {
        if (this.attached === attached) this.emit('failed', { path: wish.path, error: error as Error });
      }
    }
  }

  private detach(attached: Attached, reason: BleError): void {
    if (this.attached !== attached) return;
    // A link that is lost before a change is known in full leaves nothing: the server takes it for known when it was confirmed.
    this.known = attached.database.export();
    this.attached = undefined;
    for (const wish of this.wishes) {
      wish.unsubscribe = undefined;
      wish.missing = false;
    }
    this.emit('detached', reason);
  }

  private tell(wish: Wish, error: Error): void {
    const isMissing = error instanceof NotSupportedError || error instanceof StaleAttributeError;
    if (isMissing && wish.missing) return;
    wish.missing = isMissing;
    this.emit('failed', { path: wish.path, error });
  }
}

function find(
  database: GattDatabase,
  { service, characteristic, instance }: CharacteristicPath,
): RemoteCharacteristic {
  const found = database.characteristic(service, characteristic, instance);
  if (found) return found;
  const names = [characteristic, service].map((uuid) => Uuid.from(uuid).toShortString());
  throw new NotSupportedError(`the peer has no characteristic ${names[0]} in a service ${names[1]}`);
}
