import { throwApart } from '../core/emitter.js';
import { Mutex } from '../core/mutex.js';
import type { Connection } from '../gap/index.js';
import type { RemoteCharacteristic, RemoteDescriptor } from '../gatt/index.js';
import { type CallbackOptions, callbackArguments } from './callback.js';
import { BluetoothConstants as C } from './constants.js';
import { texts, ValueError } from './errors.js';
import { onLink } from './link.js';
import { fromUuid, toUuid, type UuidValue, type ValueLike, valueBytes } from './values.js';

/** Handles the notifications of a characteristic: `data` is the event (0x20; 0x40 for an indication) and the value. */
export type NotifyHandler<Arg> = (arg: Arg, data: readonly [event: number, value: Uint8Array]) => unknown;

/** The event of an indication; the firmware has no name for it. */
const INDICATE_EVENT = 0x40;
const MAX_LENGTH = 512;

/** A characteristic of the server. */
export class GATTCCharacteristic {
  private readonly connection: Connection;
  private readonly remote: RemoteCharacteristic;
  private readonly n: number;
  /** Subscribing and unsubscribing follow each other in the order of the calls. */
  private readonly turn = new Mutex();
  private stored = new Uint8Array(1);
  private descriptors: Promise<readonly RemoteDescriptor[]> | undefined;
  private handler: { handler: NotifyHandler<never>; arg: unknown } | undefined;
  private unsubscribe: (() => Promise<void>) | undefined;

  /** @internal Made by `GATTCService.characteristics`. */
  constructor(connection: Connection, remote: RemoteCharacteristic, instance: number) {
    this.connection = connection;
    this.remote = remote;
    this.n = instance;
  }

  /** Its UUID: a number for 16 and 32 bits, else 16 octets, least significant first. */
  uuid(): number | Uint8Array {
    return fromUuid(this.remote.uuid);
  }

  /** Which one it is of the service's characteristics with this UUID: 0 is the first. */
  instance(): number {
    return this.n;
  }

  /** Its properties, added up: `Bluetooth.PROP_READ`, … */
  properties(): number {
    return this.remote.properties;
  }

  /**
   * Reads the value, however long; `value()` gives it from then on.
   * @throws {OSError} `the requested operation failed`, with the peer's answer as `att_error`; `connection already closed`
   */
  async read(): Promise<Uint8Array> {
    const value = await onLink(this.connection, () => this.remote.readLong());
    this.stored = value.slice();
    return value;
  }

  /** The value as last read or notified, without asking; one zero octet before that. */
  value(): Uint8Array {
    return this.stored.slice();
  }

  /**
   * Writes the value with a response; what is longer than the MTU permits goes in parts that take effect together.
   * @param value up to 512 octets; text goes as UTF-8, a number as 1, 2 or 4 octets, least significant first
   * @throws {OSError} `the requested operation failed`, with the peer's answer as `att_error`; `connection already closed`
   */
  async write(value: ValueLike): Promise<void> {
    const bytes = valueBytes(value, 'little');
    if (bytes.length > MAX_LENGTH) {
      throw new ValueError(
        `write: ${bytes.length} octets are ${bytes.length - MAX_LENGTH} over the ${MAX_LENGTH} that a value may have`,
      );
    }
    await onLink(this.connection, () => this.remote.write(bytes));
  }

  /**
   * Reads a descriptor of the characteristic; `null` when it has none of that UUID.
   * @throws {OSError} `the requested operation failed`, `connection already closed`
   */
  async read_descriptor(uuid: UuidValue): Promise<Uint8Array | null> {
    const wanted = toUuid(uuid);
    return onLink(this.connection, async () => {
      const found = (await this.discover()).find((descriptor) => descriptor.uuid.equals(wanted));
      return found ? await found.read() : null;
    });
  }

  /**
   * Subscribes to notifications, or to indications where there is nothing else, and calls `handler(arg, [event, value])`
   * with each. Without trigger or handler it unsubscribes. `arg` is this object without one.
   * @param options or trigger: `Bluetooth.CHAR_NOTIFY_EVENT`
   * @throws {ValueError} `invalid trigger`
   * @throws {OSError} `the requested operation failed` (nothing to subscribe to, or refused), `connection already closed`
   */
  callback<Arg = this>(options: CallbackOptions<NotifyHandler<Arg>, Arg>): Promise<void>;
  callback<Arg = this>(
    trigger?: number | null,
    handler?: NotifyHandler<Arg> | null,
    arg?: Arg | null,
  ): Promise<void>;
  async callback<Arg>(
    first: number | null | CallbackOptions<NotifyHandler<Arg>, Arg> = C.CHAR_NOTIFY_EVENT,
    handler?: NotifyHandler<Arg> | null,
    arg?: Arg | null,
  ): Promise<void> {
    const given = callbackArguments(withDefault(first), handler, arg, this as unknown as Arg);
    if (given && given.trigger !== C.CHAR_NOTIFY_EVENT) throw new ValueError(texts.invalidTrigger);
    this.handler = given;
    await onLink(this.connection, () => this.turn.run(() => (given ? this.subscribe() : this.end())));
  }

  toString(): string {
    return `<GATTCCharacteristic ${this.remote.uuid.toShortString()}>`;
  }

  /** What `console.log` shows in Node. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private async subscribe(): Promise<void> {
    if (this.unsubscribe) return;
    try {
      this.unsubscribe = await this.remote.subscribe((value, indication) => this.deliver(value, indication));
    } catch (error) {
      this.handler = undefined;
      throw error;
    }
  }

  private async end(): Promise<void> {
    const { unsubscribe } = this;
    this.unsubscribe = undefined;
    await unsubscribe?.();
  }

  private deliver(value: Uint8Array, indication: boolean): void {
    this.stored = value.slice();
    const { handler } = this;
    if (!handler) return;
    try {
      handler.handler(handler.arg as never, [indication ? INDICATE_EVENT : C.CHAR_NOTIFY_EVENT, value]);
    } catch (error) {
      throwApart(error);
    }
  }

  private async discover(): Promise<readonly RemoteDescriptor[]> {
    this.descriptors ??= this.remote.discoverDescriptors();
    try {
      return await this.descriptors;
    } catch (error) {
      this.descriptors = undefined;
      throw error;
    }
  }
}

/** By name, a missing trigger is that of notifications, as it is by place. */
function withDefault<H, A>(
  given: number | null | CallbackOptions<H, A>,
): number | null | CallbackOptions<H, A> {
  if (typeof given !== 'object' || given === null || given.trigger !== undefined) return given;
  return { ...given, trigger: C.CHAR_NOTIFY_EVENT };
}
