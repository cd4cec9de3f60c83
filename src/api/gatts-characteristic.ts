import { throwApart } from '../core/emitter.js';
import { SecurityLevel } from '../core/security.js';
import type { Uuid } from '../core/uuid.js';
import {
  type Access,
  AttErrorCode,
  AttRefusal,
  type CharacteristicDefinition,
  characteristic,
  LocalCharacteristic,
  type ServerClient,
} from '../gatt/index.js';
import { type CallbackOptions, callbackArguments } from './callback.js';
import { BluetoothConstants as C } from './constants.js';
import { texts, ValueError } from './errors.js';
import { checkWhole, type ValueLike, valueBytes } from './values.js';

/** What a service's `characteristic()` takes by name. */
export interface CharacteristicOptions {
  /**
   * `Bluetooth.PERM_…`, added up; `PERM_READ | PERM_WRITE`, or `PERM_READ_ENCRYPTED | PERM_WRITE_ENCRYPTED` once a pin is set.
   * Of several for one access the strictest counts.
   */
  readonly permissions?: number | null;
  /** `Bluetooth.PROP_…`, added up; `PROP_READ | PROP_WRITE | PROP_NOTIFY`. */
  readonly properties?: number | null;
  /** The value to begin with; one zero octet. A number goes as 1, 2 or 4 octets, most significant first. */
  readonly value?: ValueLike | null;
}

/**
 * Handles the events of a characteristic: `data` is the event and, of a write, what was written. What it gives back, or
 * its promise, answers a read.
 */
export type CharacteristicHandler<Arg> = (
  arg: Arg,
  data: readonly [event: number, value: Uint8Array | null],
) => unknown;

/** What a characteristic needs of the server. */
export interface CharacteristicContext {
  /** The clients there are. */
  readonly clients: Iterable<ServerClient>;
  /** Whether a pin is set. */
  readonly secure: boolean;
  /** Something went wrong when nobody waited for it any more. */
  error(error: unknown): void;
}

const MAX_LENGTH = 512;
const ALL_PERMISSIONS = 0x1f7;
const OPEN_PERMISSIONS = C.PERM_READ | C.PERM_WRITE;
const SECURE_PERMISSIONS = C.PERM_READ_ENCRYPTED | C.PERM_WRITE_ENCRYPTED;

/** A characteristic of this server. */
export class GATTSCharacteristic {
  /** @internal */
  readonly definition: CharacteristicDefinition;
  private readonly context: CharacteristicContext;
  private readonly properties: number;
  private stored: Uint8Array;
  private flags = 0;
  private present: { trigger: number; handler: CharacteristicHandler<never>; arg: unknown } | undefined;
  private local: LocalCharacteristic | undefined;
  /** What a client is in the middle of reading in parts, so that it gets one value and not pieces of several. */
  private readonly reading = new WeakMap<ServerClient, Uint8Array>();

  /** @internal Made by `GATTSService.characteristic`. */
  constructor(uuid: Uuid, options: CharacteristicOptions, context: CharacteristicContext) {
    const usual = context.secure ? SECURE_PERMISSIONS : OPEN_PERMISSIONS;
    const permissions = checkPermissions(options.permissions ?? usual);
    const read = accessFor(permissions, C.PERM_READ, C.PERM_READ_ENCRYPTED, C.PERM_READ_ENC_MITM);
    const write = accessFor(permissions, C.PERM_WRITE, C.PERM_WRITE_ENCRYPTED, C.PERM_WRITE_ENC_MITM);
    const signed = accessFor(permissions, C.PERM_WRITE_SIGNED, 0, C.PERM_WRITE_SIGNED_MITM);
    this.context = context;
    this.properties = checkWhole(options.properties ?? C.PROP_READ | C.PROP_WRITE | C.PROP_NOTIFY, 0, 0xff);
    this.stored = cut(valueBytes(options.value ?? 0, 'big'));
    this.definition = characteristic(uuid, {
      properties: this.properties,
      read,
      write,
      writeWithoutResponse: (this.properties & C.PROP_WRITE_NR) !== 0 && write,
      ...(signed ? { writeSigned: signed } : {}),
      configurable: true,
      onRead: (client, offset) => this.read(client, offset),
      onWrite: (value) => this.written(value),
      onSubscribe: (configuration, client) => this.configured(configuration, client),
    });
  }

  /** The value: up to 512 octets, a copy. */
  value(): Uint8Array;
  /**
   * Stores a value, and notifies whoever subscribed, or indicates with `PROP_INDICATE`; each client is sent what its
   * MTU permits. Without a client it only stores. The value is there at once; the promise resolves when all have been told (indications: have
   * confirmed), never rejects, and may be left alone.
   * @param value octets, or text as UTF-8; what is longer than 512 octets is cut. Better give octets: a number goes as 1, 2 or
   *   4 octets, **least** significant first here, but **most** significant first as an initial value and as what a
   *   handler gives back. So it is on the firmware's wire, and clients in the field rely on it.
   * @throws {ValueError} `invalid argument(s) value`
   */
  value(value: ValueLike): Promise<void>;
  value(value?: ValueLike): Uint8Array | Promise<void> {
    if (value === undefined) return this.stored.slice();
    this.stored = cut(valueBytes(value, 'little'));
    return this.tell(this.stored);
  }

  /**
   * Sets the handler of events: `Bluetooth.CHAR_READ_EVENT`, `CHAR_WRITE_EVENT`, `CHAR_SUBSCRIBE_EVENT`, added up. It is
   * called as `handler(arg, [event, value])`; `arg` is this characteristic without one. What it gives back at a read, if
   * anything, is what that client gets; it is not stored. Without trigger or handler it is taken off.
   */
  callback<Arg = this>(options: CallbackOptions<CharacteristicHandler<Arg>, Arg>): void;
  callback<Arg = this>(
    trigger?: number | null,
    handler?: CharacteristicHandler<Arg> | null,
    arg?: Arg | null,
  ): void;
  callback<Arg>(
    first?: number | null | CallbackOptions<CharacteristicHandler<Arg>, Arg>,
    handler?: CharacteristicHandler<Arg> | null,
    arg?: Arg | null,
  ): void {
    this.present = callbackArguments(first, handler, arg, this as unknown as Arg);
  }

  /** The events since the last call, added up; clears them. */
  events(): number {
    const { flags } = this;
    this.flags = 0;
    return flags;
  }

  /** What the clients wrote to the configuration, taken together: `Bluetooth.CHAR_CONFIG_NOTIFY`, `CHAR_CONFIG_INDICATE`. */
  config(): number {
    let configuration = 0;
    for (const client of this.context.clients) configuration |= this.local?.configuration(client) ?? 0;
    return configuration;
  }

  /** @internal Takes its place in the database. */
  place(handle: number): LocalCharacteristic {
    if (this.local?.handle !== handle)
      this.local = new LocalCharacteristic(this.definition, handle, this.context);
    return this.local;
  }

  private async tell(value: Uint8Array): Promise<void> {
    const { local } = this;
    if (!local) return;
    const pending: Promise<void>[] = [];
    for (const client of this.context.clients) {
      const configuration = local.configuration(client);
      // Which of the two a client can have asked for, the properties decide.
      if (configuration & C.CHAR_CONFIG_INDICATE) pending.push(local.indicate(value, client));
      else if (configuration & C.CHAR_CONFIG_NOTIFY) pending.push(local.notify(value, client));
    }
    for (const result of await Promise.allSettled(pending)) {
      if (result.status === 'rejected') this.context.error(result.reason);
    }
  }

  private read(client: ServerClient, offset: number): Uint8Array | Promise<Uint8Array> {
    const begun = offset > 0 ? this.reading.get(client) : undefined;
    if (begun) {
      if (begun.length - offset < client.mtu - 1) this.reading.delete(client);
      return begun;
    }
    const answer = this.fire(C.CHAR_READ_EVENT, null);
    return answer instanceof Promise
      ? answer.then((late) => this.readAnswer(client, late), unanswerable)
      : this.readAnswer(client, answer);
  }

  private readAnswer(client: ServerClient, answer: unknown): Uint8Array {
    let value = this.stored;
    if (answer !== undefined && answer !== null) {
      try {
        value = cut(valueBytes(answer as ValueLike, 'big'));
      } catch (error) {
        unanswerable(error);
      }
    }
    if (value.length >= client.mtu - 1) this.reading.set(client, value);
    else this.reading.delete(client);
    return value;
  }

  private written(value: Uint8Array): void {
    this.stored = value;
    this.fire(C.CHAR_WRITE_EVENT, value.slice());
  }

  private configured(configuration: number, client: ServerClient): void {
    // Once the client has the response to its write: before that it may not take a notification.
    queueMicrotask(() => {
      if (configuration === C.CHAR_CONFIG_NOTIFY) {
        this.local?.notify(this.stored, client).catch((error: unknown) => this.context.error(error));
      }
      this.fire(C.CHAR_SUBSCRIBE_EVENT, null);
    });
  }

  /** An event came; gives what the handler gives. A handler that throws at a read leaves the client without value. */
  private fire(event: number, value: Uint8Array | null): unknown {
    this.flags |= event;
    const { present } = this;
    if (!present || !(present.trigger & event)) return undefined;
    try {
      return present.handler(present.arg as never, [event, value]);
    } catch (error) {
      if (event === C.CHAR_READ_EVENT) return unanswerable(error);
      throwApart(error);
      return undefined;
    }
  }
}

/** A handler failed at a read: the program hears of it, and the client gets Unlikely Error. */
function unanswerable(error: unknown): never {
  if (error instanceof AttRefusal) throw error;
  throwApart(error);
  throw new AttRefusal(AttErrorCode.unlikelyError);
}

function checkPermissions(permissions: number): number {
  checkWhole(permissions, 0, ALL_PERMISSIONS);
  if ((permissions & ~ALL_PERMISSIONS) !== 0) throw new ValueError(texts.invalidArguments);
  return permissions;
}

/** What an access needs: the level of the strictest permission; `false` where there is none. */
function accessFor(permissions: number, open: number, encrypted: number, mitm: number): Access | false {
  if (permissions & mitm) return { level: SecurityLevel.authenticated };
  if (permissions & encrypted) return { level: SecurityLevel.encrypted };
  return permissions & open ? {} : false;
}

function cut(value: Uint8Array): Uint8Array {
  return value.length > MAX_LENGTH ? value.slice(0, MAX_LENGTH) : value;
}
