import { checkBytes } from '../../core/check.js';
import type { Uuid } from '../../core/uuid.js';
import { Uuid as UuidClass } from '../../core/uuid.js';
import { AttErrorCode } from '../att/error-codes.js';
import { CharacteristicProperty as P } from '../client/remote.js';
import { ClientConfiguration } from '../client/subscriptions.js';
import type { ValueCodec } from '../values/codec.js';
import { type Access, AttRefusal, type Attribute } from './attribute.js';
import type { ServerClient } from './client.js';
import {
  accessOf,
  type CharacteristicDefinition,
  type DescriptorOptions,
  propertiesOf,
} from './definition.js';
import { type CharacteristicLayout, layoutCharacteristic } from './layout.js';

const USER_DESCRIPTION = 0x2901;
const CONFIGURATION = 0x2902;
const MAX_LENGTH = 512;

/** What a characteristic needs of its server. */
export interface CharacteristicHost {
  readonly clients: Iterable<ServerClient>;
}

/** A characteristic that this device serves. */
export class LocalCharacteristic {
  readonly uuid: Uuid;
  /** See {@link CharacteristicProperty}. */
  readonly properties: number;
  /** Handle of the declaration. */
  readonly handle: number;
  readonly valueHandle: number;
  /** Handle of the Client Characteristic Configuration; `undefined` without. */
  readonly configurationHandle: number | undefined;
  private readonly layout: CharacteristicLayout;
  private readonly definition: CharacteristicDefinition;
  private readonly host: CharacteristicHost;
  private stored: Uint8Array;

  /** @internal Made by the server. */
  constructor(definition: CharacteristicDefinition, handle: number, host: CharacteristicHost) {
    this.definition = definition;
    this.host = host;
    this.uuid = definition.uuid;
    this.properties = propertiesOf(definition);
    this.layout = layoutCharacteristic(definition, handle);
    this.handle = this.layout.handle;
    this.valueHandle = this.layout.valueHandle;
    this.configurationHandle = this.layout.configurationHandle;
    this.stored = definition.value?.slice() ?? new Uint8Array(0);
  }

  /** The stored value, a copy. */
  get value(): Uint8Array {
    return this.stored.slice();
  }

  /** Stores a value of up to 512 octets; nobody is told. */
  set value(value: Uint8Array) {
    this.stored = checkBytes('value', value, 0, MAX_LENGTH).slice();
  }

  /** What a client wrote to the Client Characteristic Configuration: bit 0 notify, bit 1 indicate. */
  configuration(client: ServerClient): number {
    return this.configurationHandle === undefined
      ? 0
      : (client.configurations.get(this.configurationHandle) ?? 0);
  }

  /** The clients that subscribed, to notifications or to indications. */
  get subscribers(): ServerClient[] {
    return [...this.host.clients].filter((client) => this.configuration(client) !== 0);
  }

  /**
   * Notifies whoever subscribed to notifications, or one client; the value is not stored. Resolves when the next may come.
   * @param value cut at ATT_MTU - 3 octets (Core Vol 3, Part F, 3.4.7.1)
   */
  async notify(value: Uint8Array, client?: ServerClient): Promise<void> {
    await this.sendTo(ClientConfiguration.notify, client, (one) => one.notify(this.valueHandle, value));
  }

  /** Indicates to whoever subscribed to indications, or to one client; resolves when all have confirmed. */
  async indicate(value: Uint8Array, client?: ServerClient): Promise<void> {
    await this.sendTo(ClientConfiguration.indicate, client, (one) => one.indicate(this.valueHandle, value));
  }

  /** As {@link notify}, with the octets that the codec gives. @throws {RangeError | TypeError} when it has none */
  async notifyAs<T>(codec: ValueCodec<T>, value: T, client?: ServerClient): Promise<void> {
    await this.notify(codec.encode(value), client);
  }

  /** As {@link indicate}, with the octets that the codec gives. @throws {RangeError | TypeError} when it has none */
  async indicateAs<T>(codec: ValueCodec<T>, value: T, client?: ServerClient): Promise<void> {
    await this.indicate(codec.encode(value), client);
  }

  /** As {@link update}, with the octets that the codec gives. @throws {RangeError | TypeError} when it has none */
  async updateAs<T>(codec: ValueCodec<T>, value: T): Promise<void> {
    await this.update(codec.encode(value));
  }

  /** Stores a value, and notifies or indicates it, as each has subscribed. */
  async update(value: Uint8Array): Promise<void> {
    this.value = value;
    await Promise.all([this.notify(value), this.indicate(value)]);
  }

  /** @internal The attributes: declaration, value, configuration, descriptors. */
  attributes(): Attribute[] {
    const { definition, handle, valueHandle } = this;
    const wire = this.uuid.attWire;
    const declaration = new Uint8Array(3 + wire.length);
    declaration.set([this.properties, valueHandle & 0xff, valueHandle >> 8]);
    declaration.set(wire, 3);
    const { configurationHandle, descriptionHandle, descriptors, lastHandle } = this.layout;
    const all: Attribute[] = descriptors.map((one) => descriptorAttribute(one.handle, one.options));
    if (configurationHandle !== undefined) all.push(this.configurationAttribute(configurationHandle));
    if (descriptionHandle !== undefined) {
      const text = new TextEncoder().encode(definition.description);
      all.push(fixedAttribute(descriptionHandle, USER_DESCRIPTION, text));
    }
    all.sort((one, other) => one.handle - other.handle);
    // A characteristic is a group, too (Core Vol 3, Part G, 2.5.3): it ends with its last descriptor.
    return [fixedAttribute(handle, 0x2803, declaration, lastHandle), this.valueAttribute(), ...all];
  }

  private async sendTo(
    kind: number,
    client: ServerClient | undefined,
    send: (client: ServerClient) => Promise<void>,
  ): Promise<void> {
    const pending: Promise<void>[] = [];
    for (const one of client ? [client] : this.host.clients) {
      if ((this.configuration(one) & kind) === 0) continue;
      // A client that leaves meanwhile needs no value any more, and is no error of the one who sends.
      pending.push(
        send(one).catch((error: unknown) => {
          if (one.isConnected) throw error;
        }),
      );
    }
    await Promise.all(pending);
  }

  private valueAttribute(): Attribute {
    const { definition } = this;
    const write = accessOf(definition.write) ?? accessOf(definition.writeWithoutResponse);
    return {
      handle: this.valueHandle,
      type: this.uuid,
      readAccess: accessOf(definition.read),
      writeAccess: write,
      writableByCommand: Boolean(definition.writeWithoutResponse),
      signedAccess: accessOf(definition.writeSigned),
      maxLength: definition.maxLength ?? MAX_LENGTH,
      endGroupHandle: this.valueHandle,
      read: (client, offset = 0) => (definition.onRead ? definition.onRead(client, offset) : this.stored),
      write: (client, value) => {
        if (!definition.onWrite) {
          this.stored = value;
          return undefined;
        }
        const done = definition.onWrite(value, client);
        if (done instanceof Promise) {
          return done.then(() => {
            this.stored = value;
          });
        }
        this.stored = value;
        return undefined;
      },
    };
  }

  /** 3.3.3.3: a value of its own for each client. */
  private configurationAttribute(handle: number): Attribute {
    const supported =
      (this.properties & P.notify ? ClientConfiguration.notify : 0) |
      (this.properties & P.indicate ? ClientConfiguration.indicate : 0);
    return {
      handle,
      type: UuidClass.from(CONFIGURATION),
      // Readable without security; what writing needs is the implementation's choice (3.3.3.3).
      readAccess: {},
      writeAccess: {},
      writableByCommand: false,
      maxLength: 2,
      endGroupHandle: handle,
      read: (client) => Uint8Array.of(client.configurations.get(handle) ?? 0, 0),
      write: (client, value) => {
        if (value.length !== 2) throw new AttRefusal(AttErrorCode.invalidAttributeValueLength);
        const configuration = value[0]! | (value[1]! << 8);
        if ((configuration & ~supported) !== 0) throw new AttRefusal(AttErrorCode.valueNotAllowed);
        client.configure(handle, configuration);
        this.definition.onSubscribe?.(configuration, client);
      },
    };
  }
}

/** An attribute with a value that nobody can write: a declaration. */
export function fixedAttribute(
  handle: number,
  type: number,
  value: Uint8Array,
  endGroupHandle = handle,
): Attribute {
  return {
    handle,
    type: UuidClass.from(type),
    readAccess: {},
    writeAccess: undefined,
    writableByCommand: false,
    maxLength: 0,
    endGroupHandle,
    read: () => value,
    write: () => {
      throw new AttRefusal(AttErrorCode.writeNotPermitted);
    },
  };
}

function descriptorAttribute(handle: number, options: DescriptorOptions): Attribute {
  let value: Uint8Array = options.value?.slice() ?? new Uint8Array(0);
  const write: Access | undefined = accessOf(options.write);
  return {
    handle,
    type: UuidClass.from(options.uuid),
    readAccess: accessOf(options.read ?? true),
    writeAccess: write,
    writableByCommand: false,
    maxLength: MAX_LENGTH,
    endGroupHandle: handle,
    read: (client, offset = 0) => (options.onRead ? options.onRead(client, offset) : value),
    write: (client, written) => {
      const done = options.onWrite?.(written, client);
      if (!(done instanceof Promise)) {
        value = written;
        return undefined;
      }
      return done.then(() => {
        value = written;
      });
    },
  };
}
