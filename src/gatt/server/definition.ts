import { checkBytes, checkInteger, checkKeys } from '../../core/check.js';
import { Uuid, type UuidLike } from '../../core/uuid.js';
import { CharacteristicProperty as P } from '../client/remote.js';
import type { Access } from './attribute.js';
import type { ServerClient } from './client.js';

/**
 * Gives a value, whole, to a client that reads; may take its time. Throw {@link AttRefusal} to refuse. `offset` is where
 * in the value the client goes on: more than 0 in the later parts of a long read (Core Vol 3, Part F, 3.4.4.5).
 */
export type ReadHandler = (client: ServerClient, offset: number) => Uint8Array | Promise<Uint8Array>;
/** Takes a value that a client wrote, whole also when it came in parts. Throw {@link AttRefusal} to refuse. */
export type WriteHandler = (value: Uint8Array, client: ServerClient) => void | Promise<void>;
/** Told that a client wrote the Client Characteristic Configuration: bit 0 notify, bit 1 indicate. */
export type SubscribeHandler = (configuration: number, client: ServerClient) => void;

/** A descriptor to serve. */
export interface DescriptorOptions {
  readonly uuid: UuidLike;
  readonly value?: Uint8Array;
  /** Whether it can be read, and what that needs; true. */
  readonly read?: boolean | Access;
  /** Whether it can be written, and what that needs; false. */
  readonly write?: boolean | Access;
  readonly onRead?: ReadHandler;
  readonly onWrite?: WriteHandler;
}

/** A characteristic to serve. */
export interface CharacteristicOptions {
  /** Whether it can be read, and what that needs (security level, key size, authorisation). */
  readonly read?: boolean | Access;
  /** Whether it can be written with a response, and what that needs. */
  readonly write?: boolean | Access;
  /** Whether it can be written without a response; the needs are those of `write`. */
  readonly writeWithoutResponse?: boolean | Access;
  /** Whether it notifies: a Client Characteristic Configuration is added. */
  readonly notify?: boolean;
  /** Whether it indicates: likewise. */
  readonly indicate?: boolean;
  /** The properties as a mask, in place of those that follow from the above; the access stays that of the above. */
  readonly properties?: number;
  /** Add a Client Characteristic Configuration in any case. */
  readonly configurable?: boolean;
  /** The value to begin with; empty. */
  readonly value?: Uint8Array;
  /** The longest value that may be written, 1–512 octets; 512. */
  readonly maxLength?: number;
  /** Gives the value when a client reads; without it the stored value is given. */
  readonly onRead?: ReadHandler;
  /** Takes what a client writes; it is stored when this has taken it, so that a refusal leaves the value as it was. */
  readonly onWrite?: WriteHandler;
  readonly onSubscribe?: SubscribeHandler;
  /** Text for users (Characteristic User Description, 0x2901). */
  readonly description?: string;
  readonly descriptors?: readonly DescriptorOptions[];
}

/** A characteristic, declared. */
export interface CharacteristicDefinition extends CharacteristicOptions {
  readonly uuid: Uuid;
}

/** A service, declared: its characteristics by names of the program's own. */
export interface ServiceDefinition<C extends Readonly<Record<string, CharacteristicDefinition>>> {
  readonly uuid: Uuid;
  readonly primary: boolean;
  readonly characteristics: C;
  /** The first handle; where there is room, without. */
  readonly handle: number | undefined;
}

/** Any service, where its characteristics' names do not matter. */
export type AnyService = ServiceDefinition<Readonly<Record<string, CharacteristicDefinition>>>;

/**
 * Declares a service.
 *
 * ```ts
 * const heartRate = service(0x180d, {
 *   measurement: characteristic(0x2a37, { notify: true }),
 *   location: characteristic(0x2a38, { read: true, value: Uint8Array.of(1) }),
 * });
 * const { measurement } = device.server.add(heartRate).characteristics;
 * await measurement.notify(Uint8Array.of(0, 72));
 * ```
 */
export function service<C extends Readonly<Record<string, CharacteristicDefinition>>>(
  uuid: UuidLike,
  characteristics: C,
  options: { readonly primary?: boolean; readonly handle?: number } = {},
): ServiceDefinition<C> {
  checkKeys('service', options, ['primary', 'handle']);
  if (options.handle !== undefined) checkInteger('handle', options.handle, 1, 0xffff);
  return { uuid: Uuid.from(uuid), primary: options.primary ?? true, characteristics, handle: options.handle };
}

const known = [
  'read',
  'write',
  'writeWithoutResponse',
  'notify',
  'indicate',
  'properties',
  'configurable',
  'value',
  'maxLength',
  'onRead',
  'onWrite',
  'onSubscribe',
  'description',
  'descriptors',
];

/** Declares a characteristic; see {@link CharacteristicOptions}. */
export function characteristic(
  uuid: UuidLike,
  options: CharacteristicOptions = {},
): CharacteristicDefinition {
  checkKeys('characteristic', options, known);
  if (options.value !== undefined) checkBytes('value', options.value, 0, 512);
  if (options.maxLength !== undefined) checkInteger('maxLength', options.maxLength, 1, 512);
  if (options.properties !== undefined) checkInteger('properties', options.properties, 0, 0xff);
  return { ...options, uuid: Uuid.from(uuid) };
}

/** The access that an option stands for. */
export function accessOf(option: boolean | Access | undefined): Access | undefined {
  if (option === undefined || option === false) return undefined;
  return option === true ? {} : option;
}

/** The properties of a characteristic: as given, or as its options make them. */
export function propertiesOf(definition: CharacteristicDefinition): number {
  if (definition.properties !== undefined) return definition.properties;
  return (
    (definition.read ? P.read : 0) |
    (definition.write ? P.write : 0) |
    (definition.writeWithoutResponse ? P.writeWithoutResponse : 0) |
    (definition.notify ? P.notify : 0) |
    (definition.indicate ? P.indicate : 0)
  );
}
