import { checkInteger, checkKeys } from '../../core/check.js';
import { Uuid, type UuidLike } from '../../core/uuid.js';
import { CharacteristicProperty as P } from '../client/remote.js';
import type { ValueCodec } from '../values/codec.js';
import type { PresentationFormat } from '../values/presentation-format.js';
import type { Access } from './attribute.js';
import { checkCharacteristic, checkHandlers } from './check-definition.js';
import type { ServerClient } from './client.js';
import { inOctets, type TypedValueOptions } from './typed.js';

/**
 * Gives a value, whole, to a client that reads; may take its time. Throw {@link AttRefusal} to refuse. `offset` is where
 * in the value the client goes on: more than 0 in the later parts of a long read (Core Vol 3, Part F, 3.4.4.5).
 */
export type ReadHandler = (client: ServerClient, offset: number) => Uint8Array | Promise<Uint8Array>;
/** Is given a value that a client wrote, whole also when it came in parts. Throw {@link AttRefusal} to refuse. */
export type WriteHandler = (value: Uint8Array, client: ServerClient) => void | Promise<void>;
/** Told that a client wrote the Client Characteristic Configuration: bit 0 notify, bit 1 indicate. */
export type SubscribeHandler = (configuration: number, client: ServerClient) => void;

/** A descriptor to serve. */
export interface DescriptorOptions {
  /**
   * Its type. One of 0x2902 says where the Client Characteristic Configuration stands, which is behind the value without;
   * its value is kept for each client by itself, and `write` says what writing it needs.
   */
  readonly uuid: UuidLike;
  /** Its handle; the next one without. */
  readonly handle?: number;
  readonly value?: Uint8Array;
  /** Whether it can be read, and what that needs; true. */
  readonly read?: boolean | Access;
  /** Whether it can be written, and what that needs; false. */
  readonly write?: boolean | Access;
  readonly onRead?: ReadHandler;
  /** Looks at what a client writes, and takes nothing yet; see {@link CharacteristicOptions.validate}. */
  readonly validate?: WriteHandler;
  readonly onWrite?: WriteHandler;
  readonly onUndo?: WriteHandler;
}

/** How a value is to be shown; without exponent, unit and description where these are not said. */
export type FormatOptions = Pick<PresentationFormat, 'format'> & Partial<PresentationFormat>;

/** Text for users that clients may change: Core Vol 3, Part G, 3.3.3.2. */
export interface UserDescription {
  readonly text: string;
  /** Whether it can be written, and what that needs; false. The characteristic has the writable auxiliaries then (3.3.3.1). */
  readonly write?: boolean | Access;
  /** Told of what a client wrote. Text that is no UTF-8 is refused before. */
  readonly onWrite?: (text: string, client: ServerClient) => void | Promise<void>;
}

/** A characteristic to serve. */
export interface CharacteristicOptions {
  /** Whether it can be read, and what that needs (security level, key size, authorisation). */
  readonly read?: boolean | Access;
  /** Whether it can be written with a response, and what that needs. */
  readonly write?: boolean | Access;
  /** Whether it can be written without a response; the needs are those of `write`, where there is one. */
  readonly writeWithoutResponse?: boolean | Access;
  /**
   * Whether a bonded client may write it by a Signed Write Command on a link without encryption, and what that needs: of
   * `level` 3 and 4 the key has to come from an authenticated pairing; `keySize` is of no meaning (Core Vol 3, Part C, 10.2.2).
   */
  readonly writeSigned?: boolean | Access;
  /**
   * Whether it notifies, and what a client needs to ask for that and to be told: a Client Characteristic Configuration is added.
   * What `read` needs, a client needs to be told as well.
   */
  readonly notify?: boolean | Access;
  /** Whether it indicates, and what that needs: likewise. Of both, writing the configuration needs what either does. */
  readonly indicate?: boolean | Access;
  /** The properties as a mask, in place of those that follow from the above; the access stays that of the above. */
  readonly properties?: number;
  /** Whether there is a Client Characteristic Configuration; when it notifies or indicates, without. */
  readonly configurable?: boolean;
  /** Handle of the declaration, where the service has one that is fixed; the next one without. */
  readonly handle?: number;
  /** Handle of the value, likewise; the one behind the declaration without. */
  readonly valueHandle?: number;
  /** The value to begin with; empty. */
  readonly value?: Uint8Array;
  /** The longest value that may be written, 1–512 octets; 512. */
  readonly maxLength?: number;
  /** Gives the value when a client reads; without it the stored value is given. */
  readonly onRead?: ReadHandler;
  /**
   * Looks at what a client writes, and takes nothing yet: the place to refuse. Of several values that are written together
   * (Execute Write) every one has been looked at before the first is taken.
   */
  readonly validate?: WriteHandler;
  /** Takes what a client writes; it is stored when this has taken it, so that a refusal leaves the value as it was. */
  readonly onWrite?: WriteHandler;
  /** Told of a value that `onWrite` took, when one that was written together with it was refused after all. */
  readonly onUndo?: WriteHandler;
  readonly onSubscribe?: SubscribeHandler;
  /**
   * Whether clients may have it broadcast in the advertising, and what that needs: a Server Characteristic Configuration is
   * added (Core Vol 3, Part G, 3.3.3.4). To put it there is up to the program.
   */
  readonly broadcast?: boolean | Access;
  /** Told that a client switched that on or off. */
  readonly onBroadcast?: (broadcast: boolean, client: ServerClient) => void;
  /** Whether it is one that clients may write reliably, with others (3.3.3.1). */
  readonly reliableWrite?: boolean;
  /** Text for users: Characteristic User Description, 0x2901. */
  readonly description?: string | UserDescription;
  /** How it is to be shown; of several, which are parts of the value, there is an Aggregate Format as well. */
  readonly format?: FormatOptions | readonly FormatOptions[];
  readonly descriptors?: readonly DescriptorOptions[];
}

/** A characteristic to serve whose value is an object: see {@link CharacteristicOptions}. */
export interface TypedCharacteristicOptions<T>
  extends Omit<CharacteristicOptions, keyof TypedValueOptions<T>>,
    TypedValueOptions<T> {}

/** A characteristic, declared. */
export interface CharacteristicDefinition extends CharacteristicOptions {
  readonly uuid: Uuid;
}

/** A service that another includes: Core Vol 3, Part G, 3.2. What {@link GattServer.add} gives is one. */
export interface ServiceReference {
  readonly uuid: Uuid;
  readonly startHandle: number;
  readonly endHandle: number;
  /** Handle of the include declaration; the next one without. */
  readonly handle?: number;
}

/** A service that another includes, by its definition. */
export interface IncludedDefinition {
  readonly service: AnyService;
  /** Handle of the include declaration; the next one without. */
  readonly handle?: number;
}

/** An included service: one that has its place, or the definition of one that was added before. */
export type Included = ServiceReference | AnyService | IncludedDefinition;

/** A service, declared: its characteristics by names of the program's own. */
export interface ServiceDefinition<C extends Readonly<Record<string, CharacteristicDefinition>>> {
  readonly uuid: Uuid;
  readonly primary: boolean;
  readonly characteristics: C;
  /** The first handle; where there is room, without. */
  readonly handle: number | undefined;
  /** The last handle of its group; that of its last attribute without. */
  readonly endHandle: number | undefined;
  /** The services that it includes. */
  readonly includes: readonly Included[];
}

/** Any service, where its characteristics' names do not matter. */
export type AnyService = ServiceDefinition<Readonly<Record<string, CharacteristicDefinition>>>;

/** What {@link service} takes beside the characteristics. */
export interface ServiceOptions {
  /** Whether it is a primary service; true. */
  readonly primary?: boolean;
  /** The first handle; where there is room, without. */
  readonly handle?: number;
  /** The last handle of its group; that of its last attribute without. */
  readonly endHandle?: number;
  /** The services that it includes: what {@link GattServer.add} gave, or their definitions, which have to be added before. */
  readonly includes?: readonly Included[];
}

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
  options: ServiceOptions = {},
): ServiceDefinition<C> {
  checkKeys('service', options, ['primary', 'handle', 'endHandle', 'includes']);
  const { primary = true, handle, endHandle, includes = [] } = options;
  if (typeof characteristics !== 'object' || characteristics === null)
    throw new TypeError('service: an object of characteristics is wanted');
  for (const [name, one] of Object.entries(characteristics))
    if (!(one?.uuid instanceof Uuid))
      throw new TypeError(`service: ${name}: what characteristic() gives is wanted`);
  if (!Array.isArray(includes)) throw new TypeError('includes: a list is wanted');
  if (handle !== undefined) checkInteger('handle', handle, 1, 0xffff);
  if (endHandle !== undefined) checkInteger('endHandle', endHandle, handle ?? 1, 0xffff);
  return { uuid: Uuid.from(uuid), primary, characteristics, handle, endHandle, includes };
}

/** Declares a characteristic; see {@link CharacteristicOptions}. */
export function characteristic(uuid: UuidLike, options?: CharacteristicOptions): CharacteristicDefinition;
/** Declares a characteristic with a typed value, under the UUID of the codec; see {@link TypedCharacteristicOptions}. */
export function characteristic<T>(
  codec: ValueCodec<T>,
  options?: TypedCharacteristicOptions<T>,
): CharacteristicDefinition;
export function characteristic<T>(
  what: UuidLike | ValueCodec<T>,
  given: CharacteristicOptions | TypedCharacteristicOptions<T> = {},
): CharacteristicDefinition {
  checkHandlers(given);
  const isCodec = typeof what === 'object' && what !== null && 'decode' in what;
  const options = (
    isCodec ? { ...given, ...inOctets(what, given as TypedCharacteristicOptions<T>) } : given
  ) as CharacteristicOptions;
  checkCharacteristic(options, formatsOf(options));
  return { ...options, uuid: Uuid.from(isCodec ? what.uuid : what) };
}

/** The formats that an option stands for. */
export function formatsOf({ format }: Pick<CharacteristicOptions, 'format'>): readonly PresentationFormat[] {
  if (format === undefined) return [];
  const formats = Array.isArray(format) ? (format as readonly FormatOptions[]) : [format as FormatOptions];
  return formats.map((one) => ({ exponent: 0, unit: 0x2700, namespace: 1, description: 0, ...one }));
}

/** The properties of a characteristic: as given, or as its options make them. */
export function propertiesOf(definition: CharacteristicDefinition): number {
  if (definition.properties !== undefined) return definition.properties;
  return (
    (definition.broadcast ? P.broadcast : 0) |
    (definition.read ? P.read : 0) |
    (definition.write ? P.write : 0) |
    (definition.writeWithoutResponse ? P.writeWithoutResponse : 0) |
    (definition.writeSigned ? P.authenticatedSignedWrites : 0) |
    (definition.notify ? P.notify : 0) |
    (definition.indicate ? P.indicate : 0) |
    (isExtended(definition) ? P.extendedProperties : 0)
  );
}

/** Whether a characteristic has Extended Properties: Core Vol 3, Part G, 3.3.3.1. */
export function isExtended(definition: CharacteristicDefinition): boolean {
  return Boolean(definition.reliableWrite) || hasWritableAuxiliaries(definition);
}

/** Whether clients may write the User Description. */
export function hasWritableAuxiliaries({ description }: CharacteristicDefinition): boolean {
  return typeof description === 'object' && Boolean(description.write);
}
