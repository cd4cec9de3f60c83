import { ByteWriter } from '../../core/bytes.js';
import { Uuid } from '../../core/uuid.js';
import { AttErrorCode } from '../att/error-codes.js';
import type { PresentationFormat } from '../values/presentation-format.js';
import { accessOf, openAccess } from './access.js';
import { type Access, AttRefusal, type Attribute, type PendingWrite } from './attribute.js';
import type { ServerClient } from './client.js';
import type { DescriptorOptions, WriteHandler } from './definition.js';
import { ValueAttribute } from './value-attribute.js';

/** Descriptors: assigned numbers, 3.7. */
export const Descriptor = {
  extendedProperties: 0x2900,
  userDescription: 0x2901,
  clientConfiguration: 0x2902,
  serverConfiguration: 0x2903,
  presentationFormat: 0x2904,
  aggregateFormat: 0x2905,
} as const;

const BROADCAST = 1;

/** An attribute with a value that nobody can write: a declaration. */
export function fixedAttribute(
  handle: number,
  type: number,
  value: Uint8Array,
  endGroupHandle = handle,
): Attribute {
  return {
    handle,
    type: Uuid.from(type),
    readAccess: openAccess,
    writeAccess: undefined,
    writableByCommand: false,
    maxLength: 0,
    constant: value,
    endGroupHandle,
    read: () => value,
    write: () => {
      throw new AttRefusal(AttErrorCode.writeNotPermitted);
    },
  };
}

/** What a Client Characteristic Configuration needs of its characteristic. */
export interface ConfigurationOwner {
  readonly uuid: Uuid;
  /** The bits that may be set. */
  readonly supported: number;
  /** What writing it needs. */
  readonly configurationAccess: Access;
  /** What a client configured; also one that comes back with a bond. */
  configured(value: number, client: ServerClient): void;
}

/** Client Characteristic Configuration, a value of its own for each client: Core Vol 3, Part G, 3.3.3.3. */
export function clientConfiguration(handle: number, owner: ConfigurationOwner): Attribute {
  const parse = (value: Uint8Array): number => {
    const configuration = sixteenBits(value);
    if ((configuration & ~owner.supported) !== 0) throw new AttRefusal(AttErrorCode.valueNotAllowed);
    return configuration;
  };
  const set = (client: ServerClient, configuration: number): void => {
    const before = client.known.configuration(handle);
    client.known.setConfiguration(handle, configuration);
    try {
      owner.configured(configuration, client);
    } catch (error) {
      // The client is told that it was refused.
      client.known.setConfiguration(handle, before);
      throw error;
    }
  };
  return {
    handle,
    type: Uuid.from(Descriptor.clientConfiguration),
    // Readable without security; what writing needs is the implementation's choice (3.3.3.3).
    readAccess: openAccess,
    writeAccess: owner.configurationAccess,
    writableByCommand: false,
    maxLength: 2,
    endGroupHandle: handle,
    configuration: {
      characteristic: owner.uuid,
      supported: owner.supported,
      restored: (client, value) => owner.configured(value, client),
    },
    read: (client) => Uint8Array.of(client.known.configuration(handle), 0),
    write: (client, value) => set(client, parse(value)),
    prepare: (client, value) => {
      const configuration = parse(value);
      return committed(() => set(client, configuration));
    },
  };
}

/** What a Server Characteristic Configuration needs. */
export interface BroadcastOwner {
  readonly access: Access;
  broadcasting: boolean;
  onBroadcast?: ((broadcast: boolean, client: ServerClient) => void) | undefined;
}

/** Server Characteristic Configuration, one value for all clients: 3.3.3.4. */
export function serverConfiguration(handle: number, owner: BroadcastOwner): Attribute {
  const parse = (value: Uint8Array): boolean => {
    const configuration = sixteenBits(value);
    if ((configuration & ~BROADCAST) !== 0) throw new AttRefusal(AttErrorCode.valueNotAllowed);
    return configuration === BROADCAST;
  };
  const set = (client: ServerClient, broadcast: boolean): void => {
    owner.broadcasting = broadcast;
    owner.onBroadcast?.(broadcast, client);
  };
  return {
    handle,
    type: Uuid.from(Descriptor.serverConfiguration),
    readAccess: openAccess,
    writeAccess: owner.access,
    writableByCommand: false,
    maxLength: 2,
    endGroupHandle: handle,
    read: () => Uint8Array.of(owner.broadcasting ? BROADCAST : 0, 0),
    write: (client, value) => set(client, parse(value)),
    prepare: (client, value) => {
      const broadcast = parse(value);
      return committed(() => set(client, broadcast));
    },
  };
}

/** The value of Characteristic Extended Properties: 3.3.3.1. */
export function extendedProperties(reliableWrite: boolean, writableAuxiliaries: boolean): Uint8Array {
  return Uint8Array.of((reliableWrite ? 1 : 0) | (writableAuxiliaries ? 2 : 0), 0);
}

/** The value of Characteristic Presentation Format: 3.3.3.5. The codec of it is not loaded for this. */
export function presentationFormat(value: PresentationFormat): Uint8Array {
  const { format, exponent, unit, namespace, description } = value;
  const octet = exponent & 0xff;
  return new ByteWriter(7).u8(format).u8(octet).u16(unit).u8(namespace).u16(description).finish();
}

/** The value of Characteristic Aggregate Format: 3.3.3.6. */
export function aggregateFormat(handles: readonly number[]): Uint8Array {
  const writer = new ByteWriter(2 * handles.length);
  for (const handle of handles) writer.u16(handle);
  return writer.finish();
}

/** Characteristic User Description: 3.3.3.2. */
export function userDescription(
  handle: number,
  text: string,
  write: boolean | Access | undefined,
  onWrite: ((text: string, client: ServerClient) => void | Promise<void>) | undefined,
): Attribute {
  const value = new TextEncoder().encode(text);
  if (!write) return { ...fixedAttribute(handle, Descriptor.userDescription, value), constant: undefined };
  // Text that is no text is refused, before anything is written together with it.
  const decode = (octets: Uint8Array): string => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(octets);
    } catch {
      throw new AttRefusal(AttErrorCode.valueNotAllowed);
    }
  };
  const taken: WriteHandler = (octets, client) => onWrite?.(decode(octets), client);
  const validate: WriteHandler = (octets) => void decode(octets);
  return new ValueAttribute(handle, Uuid.from(Descriptor.userDescription), {
    value,
    handlers: { validate, onWrite: taken },
    readAccess: openAccess,
    writeAccess: accessOf(write),
  });
}

/** A descriptor of the program's own. */
export function descriptorAttribute(handle: number, options: DescriptorOptions): Attribute {
  const type = Uuid.from(options.uuid);
  return new ValueAttribute(handle, type, {
    value: options.value,
    handlers: options,
    readAccess: accessOf(options.read ?? true),
    writeAccess: accessOf(options.write),
    // It is part of the Database Hash.
    isConstant: type.short === Descriptor.extendedProperties,
  });
}

/** A write that can be refused only beforehand. */
function committed(commit: () => void): PendingWrite {
  const nothing = () => {};
  return { take: nothing, commit, undo: nothing };
}

function sixteenBits(value: Uint8Array): number {
  if (value.length !== 2) throw new AttRefusal(AttErrorCode.invalidAttributeValueLength);
  return value[0]! | (value[1]! << 8);
}
