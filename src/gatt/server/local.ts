import { checkBytes } from '../../core/check.js';
import type { Uuid } from '../../core/uuid.js';
import { Declaration } from '../client/declarations.js';
import { CharacteristicProperty as P } from '../client/remote.js';
import { ClientConfiguration } from '../client/subscriptions.js';
import type { ValueCodec } from '../values/codec.js';
import { accessOf, together } from './access.js';
import { type Access, type Attribute, isSecureEnough } from './attribute.js';
import type { ServerClient } from './client.js';
import { type CharacteristicDefinition, hasWritableAuxiliaries, propertiesOf } from './definition.js';
import {
  aggregateFormat,
  type BroadcastOwner,
  clientConfiguration,
  Descriptor,
  descriptorAttribute,
  extendedProperties,
  fixedAttribute,
  presentationFormat,
  serverConfiguration,
  userDescription,
} from './descriptors.js';
import {
  type CharacteristicLayout,
  type DescriptorPlan,
  isConfiguration,
  layoutCharacteristic,
} from './layout.js';
import { ValueAttribute } from './value-attribute.js';

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
  /** @internal What a client needs to configure it: all that notifications, indications and the descriptor ask for. */
  readonly configurationAccess: Access;
  private readonly layout: CharacteristicLayout;
  private readonly definition: CharacteristicDefinition;
  private readonly host: CharacteristicHost;
  private readonly stored: ValueAttribute;
  private readonly broadcast: BroadcastOwner;

  /** @internal Made by the server. */
  constructor(definition: CharacteristicDefinition, handle: number, host: CharacteristicHost) {
    this.definition = definition;
    this.host = host;
    this.uuid = definition.uuid;
    this.properties = propertiesOf(definition);
    this.layout = layoutCharacteristic(definition, handle);
    this.handle = this.layout.handle;
    this.valueHandle = this.layout.valueHandle;
    this.configurationHandle = this.layout.descriptors.find(
      ({ plan }) => plan.kind === 'configuration',
    )?.handle;
    this.stored = new ValueAttribute(this.valueHandle, this.uuid, {
      value: definition.value,
      handlers: definition,
      readAccess: accessOf(definition.read),
      writeAccess: accessOf(definition.write) ?? accessOf(definition.writeWithoutResponse),
      signedAccess: accessOf(definition.writeSigned),
      writableByCommand: Boolean(definition.writeWithoutResponse),
      maxLength: definition.maxLength ?? MAX_LENGTH,
    });
    const { broadcast, onBroadcast } = definition;
    const { notify, indicate, descriptors = [] } = definition;
    const own = descriptors.find(isConfiguration)?.write;
    this.configurationAccess = together([notify, indicate, own].flatMap((option) => accessOf(option) ?? []));
    this.broadcast = { access: accessOf(broadcast) ?? {}, broadcasting: false, onBroadcast };
  }

  /** The stored value, a copy. */
  get value(): Uint8Array {
    return this.stored.octets.slice();
  }

  /** Stores a value of up to 512 octets; nobody is told. */
  set value(value: Uint8Array) {
    this.stored.octets = checkBytes('value', value, 0, MAX_LENGTH).slice();
  }

  /** Whether a client has asked that it be broadcast in the advertising: Core Vol 3, Part G, 2.7. */
  get isBroadcast(): boolean {
    return this.broadcast.broadcasting;
  }

  /** As a program's own wish; clients read it. */
  set isBroadcast(broadcast: boolean) {
    this.broadcast.broadcasting = broadcast;
  }

  /** What a client wrote to the Client Characteristic Configuration: bit 0 notify, bit 1 indicate. */
  configuration(client: ServerClient): number {
    return this.configurationHandle === undefined ? 0 : client.known.configuration(this.configurationHandle);
  }

  /** The clients that subscribed, to notifications or to indications. */
  get subscribers(): ServerClient[] {
    return [...this.host.clients].filter((client) => this.configuration(client) !== 0);
  }

  /**
   * Notifies whoever subscribed to notifications, or one client; the value is not stored. Resolves when the next may come.
   * A client whose link has not the security that reading needs is left out.
   * @param value cut at ATT_MTU - 3 octets (Core Vol 3, Part F, 3.4.7.1)
   */
  async notify(value: Uint8Array, client?: ServerClient): Promise<void> {
    checkBytes('value', value, 0, Infinity);
    await this.sendTo(ClientConfiguration.notify, client, (one) => one.notify(this.valueHandle, value));
  }

  /**
   * Indicates to whoever subscribed to indications, or to one client; resolves when all have confirmed. Who takes the subscription
   * back while this waits for an indication before it, or loses the service, does not get it.
   */
  async indicate(value: Uint8Array, client?: ServerClient): Promise<void> {
    checkBytes('value', value, 0, Infinity);
    const { indicate } = ClientConfiguration;
    await this.sendTo(indicate, client, (one) =>
      one.indicateWhile(() => this.goesTo(one, indicate), this.valueHandle, value),
    );
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

  /** @internal The bits that clients may set. */
  get supported(): number {
    return (
      (this.properties & P.notify ? ClientConfiguration.notify : 0) |
      (this.properties & P.indicate ? ClientConfiguration.indicate : 0)
    );
  }

  /**
   * @internal Whether a client is to have the value, by notifications or by indications. What may not be read in the clear does
   * not go out in the clear either, whoever asked for it.
   */
  goesTo(client: ServerClient, kind: number): boolean {
    return (
      (this.configuration(client) & kind) !== 0 &&
      isSecureEnough(this.stored.readAccess, client) &&
      isSecureEnough(this.configurationAccess, client)
    );
  }

  /** @internal A client configured it. */
  configured(configuration: number, client: ServerClient): void {
    this.definition.onSubscribe?.(configuration, client);
  }

  /** @internal The attributes: declaration, value, descriptors. */
  attributes(): Attribute[] {
    const { handle, valueHandle } = this;
    const wire = this.uuid.attWire;
    const declaration = new Uint8Array(3 + wire.length);
    declaration.set([this.properties, valueHandle & 0xff, valueHandle >> 8]);
    declaration.set(wire, 3);
    const { descriptors, lastHandle } = this.layout;
    return [
      // A characteristic is a group, too (Core Vol 3, Part G, 2.5.3): it ends with its last descriptor.
      fixedAttribute(handle, Declaration.characteristic, declaration, lastHandle),
      this.stored,
      ...descriptors.map((one) => this.descriptor(one.handle, one.plan)),
    ];
  }

  private async sendTo(
    kind: number,
    client: ServerClient | undefined,
    send: (client: ServerClient) => Promise<void>,
  ): Promise<void> {
    const pending: Promise<void>[] = [];
    for (const one of client ? [client] : this.host.clients) {
      if (!this.goesTo(one, kind)) continue;
      pending.push(send(one).catch(unlessGone(one)));
    }
    await Promise.all(pending);
  }

  private descriptor(handle: number, plan: DescriptorPlan): Attribute {
    const { definition } = this;
    const { description } = definition;
    const fixed = (type: number, value: Uint8Array) => fixedAttribute(handle, type, value);
    switch (plan.kind) {
      case 'configuration':
        return clientConfiguration(handle, this);
      case 'description': {
        const { text, write, onWrite } =
          typeof description === 'object' ? description : { text: description! };
        return userDescription(handle, text, write, onWrite);
      }
      case 'extended': {
        const value = extendedProperties(
          Boolean(definition.reliableWrite),
          hasWritableAuxiliaries(definition),
        );
        return fixed(Descriptor.extendedProperties, value);
      }
      case 'broadcast':
        return serverConfiguration(handle, this.broadcast);
      case 'format':
        return fixed(Descriptor.presentationFormat, presentationFormat(plan.format));
      case 'aggregate': {
        const formats = this.layout.descriptors.filter((one) => one.plan.kind === 'format');
        return fixed(Descriptor.aggregateFormat, aggregateFormat(formats.map((one) => one.handle)));
      }
      case 'own':
        return descriptorAttribute(handle, plan.options);
    }
  }
}

/** A client that leaves meanwhile needs no value any more, and is no error of the one who sends. */
export function unlessGone(client: ServerClient): (error: unknown) => void {
  return (error) => {
    if (client.isConnected) throw error;
  };
}
