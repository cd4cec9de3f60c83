import { checkFunction, checkInteger, checkKeys, checkOneOf } from '../../core/check.js';
import type { BleError } from '../../core/errors.js';
import { NotSupportedError } from '../../core/errors.js';
import { raceAbort } from '../../core/mutex.js';
import { AsyncQueue } from '../../core/queue.js';
import type { SecurityLevelCode } from '../../core/security.js';
import type { Uuid } from '../../core/uuid.js';
import type { ValueCodec } from '../values/codec.js';
import type { Located } from './changes.js';
import { type CharacteristicDeclaration, CharacteristicProperty } from './declarations.js';
import type { Procedures } from './procedures.js';
import { RemoteDescriptor } from './remote-descriptor.js';
import { ClientConfiguration, type SubscriptionPlace, type ValueListener } from './subscriptions.js';

const CCCD = 0x2902;
/** Those of the other ways to subscribe as well. */
const subscribeOptions = ['indicate', 'level', 'onEnd', 'signal', 'onMalformed', 'queueLimit'];

/** How to subscribe. */
export interface SubscribeOptions {
  /** Ask for indications where the characteristic has both; notifications are preferred without. */
  readonly indicate?: boolean;
  /**
   * The security that the link needs for values to be passed on: what comes on one of less is dropped, an indication confirmed
   * (Core Vol 3, Part C, 10.3.2.2). 1, none, without.
   */
  readonly level?: SecurityLevelCode;
  /** Called once when no more values will come: the link is gone, or the peer's database has lost the characteristic. */
  readonly onEnd?: (reason: BleError) => void;
  readonly signal?: AbortSignal;
}

/** How to subscribe to values that a codec reads. */
export interface SubscribeAsOptions extends SubscribeOptions {
  /** Takes what the codec finds malformed; it is passed over without, and reported as a diagnostic. */
  readonly onMalformed?: (error: BleError, value: Uint8Array) => void;
}

/** A characteristic of the peer. */
export class RemoteCharacteristic implements Located {
  readonly uuid: Uuid;
  /** Handle of the declaration. */
  readonly handle: number;
  readonly valueHandle: number;
  /** The last handle that may belong to it. */
  readonly endHandle: number;
  /** See {@link CharacteristicProperty}. */
  readonly properties: number;
  /** Its descriptors, once discovered. */
  descriptors: readonly RemoteDescriptor[] = [];
  /** @internal */
  knownAt: number;
  private readonly client: Procedures;
  private discovered: Promise<readonly RemoteDescriptor[]> | undefined;

  /** @internal */
  constructor(client: Procedures, declaration: CharacteristicDeclaration, endHandle: number) {
    this.client = client;
    this.knownAt = client.changes.now;
    this.uuid = declaration.uuid;
    this.handle = declaration.handle;
    this.valueHandle = declaration.valueHandle;
    this.properties = declaration.properties;
    this.endHandle = endHandle;
  }

  /** @internal */
  get startHandle(): number {
    return this.handle;
  }

  /** Whether the peer's database has changed here since it was found: what is asked of it then ends with an error. */
  get isStale(): boolean {
    return this.client.changes.concerns(this);
  }

  /** Finds its descriptors (Core Vol 3, Part G, 4.7.1). */
  discoverDescriptors(signal?: AbortSignal): Promise<readonly RemoteDescriptor[]> {
    return this.use(async () => {
      const { client, valueHandle, endHandle } = this;
      const hasRoom = valueHandle < endHandle;
      if (hasRoom) client.announce('discoverDescriptors', valueHandle);
      const found = hasRoom ? await client.discovery.descriptors(valueHandle + 1, endHandle, signal) : [];
      return this.setDescriptors(found.map(({ handle, type }) => new RemoteDescriptor(client, handle, type)));
    });
  }

  /** @internal What a cache knows, or a discovery found. */
  setDescriptors(descriptors: readonly RemoteDescriptor[]): readonly RemoteDescriptor[] {
    this.descriptors = descriptors;
    this.discovered = Promise.resolve(descriptors);
    return descriptors;
  }

  /** Reads the value, up to ATT_MTU - 1 octets. @throws {AttError} when the peer refuses */
  read(signal?: AbortSignal): Promise<Uint8Array> {
    return this.use(() => this.client.read(this.valueHandle, signal));
  }

  /** Reads the whole value, up to 512 octets. @throws {AttError} when the peer refuses */
  readLong(signal?: AbortSignal): Promise<Uint8Array> {
    return this.use(() => this.client.readLong(this.valueHandle, signal));
  }

  /**
   * Reads the whole value, and gives what the codec makes of it.
   * @throws {MalformedPacketError} when it is no such value
   */
  async readAs<T>(codec: ValueCodec<T>, signal?: AbortSignal): Promise<T> {
    return codec.decode(await this.readLong(signal));
  }

  /** Writes the value with a response; up to 512 octets. @throws {AttError} when the peer refuses */
  write(value: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.use(() => this.client.write(this.valueHandle, value, signal));
  }

  /** Writes a value with a response. @throws {RangeError | TypeError} at once when the codec has no octets for it */
  writeAs<T>(codec: ValueCodec<T>, value: T, signal?: AbortSignal): Promise<void> {
    return this.write(codec.encode(value), signal);
  }

  /** Writes the value in parts that take effect together; see `GattClient.writeLong`. */
  writeLong(
    value: Uint8Array,
    options: { readonly reliable?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.use(() => this.client.writeLong(this.valueHandle, value, options));
  }

  /** Writes up to ATT_MTU - 3 octets without a response; see `GattClient.writeWithoutResponse`. */
  writeWithoutResponse(value: Uint8Array): Promise<void> {
    return this.use(() => this.client.writeWithoutResponse(this.valueHandle, value));
  }

  /** Writes up to ATT_MTU - 15 octets without a response, signed; see `GattClient.writeSigned`. */
  writeSigned(value: Uint8Array): Promise<void> {
    return this.use(() => this.client.writeSigned(this.valueHandle, value));
  }

  /**
   * Subscribes: writes the Client Characteristic Configuration, and calls `listener` with each value from then on.
   * Several listeners share the descriptor.
   * @returns a function that takes the listener off, and the descriptor back after the last one
   * @throws {NotSupportedError} when the characteristic neither notifies nor indicates, or has no such descriptor
   */
  subscribe(listener: ValueListener, options: SubscribeOptions = {}): Promise<() => Promise<void>> {
    return this.use(async () => {
      const { onEnd, signal, level } = options;
      if (typeof listener !== 'function')
        throw new TypeError('subscribe: a function that takes values is wanted');
      checkKeys('subscribe', options, subscribeOptions);
      checkFunction('onEnd', onEnd);
      if (level !== undefined) checkOneOf('level', level, [1, 2, 3, 4]);
      const { place, configuration } = await this.subscription(options);
      return this.client.subscriptions.add(place, {
        configuration,
        listener,
        onEnd,
        signal,
        level: level && (() => level),
      });
    });
  }

  /** As {@link subscribe}, with what the codec makes of each value. */
  subscribeAs<T>(
    codec: ValueCodec<T>,
    listener: (value: T, indication: boolean) => void,
    options: SubscribeAsOptions = {},
  ): Promise<() => Promise<void>> {
    return this.subscribe((octets, indication) => {
      let value: T;
      try {
        value = codec.decode(octets);
      } catch (error) {
        if (options.onMalformed) options.onMalformed(error as BleError, octets);
        else this.client.bearer.report((error as BleError).message);
        return;
      }
      listener(value, indication);
    }, options);
  }

  /**
   * The values of a subscription that begins with the iteration and ends with it; it throws when the link goes.
   * @param options.queueLimit values that may wait; the newest are dropped beyond it; 256
   */
  async *values(
    options: Omit<SubscribeOptions, 'onEnd'> & { readonly queueLimit?: number } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const limit = checkInteger('queueLimit', options.queueLimit ?? 256, 1, 2 ** 31 - 1);
    const queue = new AsyncQueue<Uint8Array>(limit);
    const stop = () => queue.end(options.signal?.reason);
    const unsubscribe = await this.subscribe((value) => void queue.push(value), {
      ...options,
      onEnd: (reason) => queue.end(reason),
    });
    // It may have been aborted just when the descriptor was written.
    if (options.signal?.aborted) stop();
    else options.signal?.addEventListener('abort', stop, { once: true });
    try {
      yield* queue;
    } finally {
      options.signal?.removeEventListener('abort', stop);
      await unsubscribe();
    }
  }

  /** @internal Where to subscribe, and to what. */
  async subscription(
    options: SubscribeOptions,
  ): Promise<{ readonly place: SubscriptionPlace; readonly configuration: number }> {
    const { notify, indicate } = CharacteristicProperty;
    const can = this.properties & (notify | indicate);
    if (can === 0)
      throw new NotSupportedError(
        `characteristic ${this.uuid.toShortString()} neither notifies nor indicates`,
      );
    const wantsIndications = options.indicate === true || can === indicate;
    if (wantsIndications && (can & indicate) === 0) {
      throw new NotSupportedError(`characteristic ${this.uuid.toShortString()} does not indicate`);
    }
    // Shared by all who come meanwhile: none of them takes it from the others by leaving.
    this.discovered ??= this.discoverDescriptors();
    const { discovered } = this;
    let descriptors: readonly RemoteDescriptor[];
    try {
      descriptors = await raceAbort(discovered, options.signal);
    } catch (error) {
      if (this.discovered === discovered && !options.signal?.aborted) this.discovered = undefined;
      throw error;
    }
    const cccd = descriptors.find(({ uuid }) => uuid.short === CCCD);
    if (!cccd)
      throw new NotSupportedError(
        `characteristic ${this.uuid.toShortString()} has no Client Characteristic Configuration`,
      );
    return {
      place: { valueHandle: this.valueHandle, cccdHandle: cccd.handle },
      configuration: wantsIndications ? ClientConfiguration.indicate : ClientConfiguration.notify,
    };
  }

  private use<T>(work: () => Promise<T>): Promise<T> {
    return this.client.changes.use(this, () => `characteristic ${this.uuid.toShortString()}`, work);
  }
}
