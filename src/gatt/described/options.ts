import { fromHex } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import { CharacteristicProperty } from '../client/remote.js';
import { type Access, AttRefusal } from '../server/attribute.js';
import type { CharacteristicOptions, DescriptorOptions } from '../server/definition.js';
import type {
  CharacteristicForm,
  DescriptorDescription,
  OctetsDescription,
  PermissionDescription,
} from './form.js';

const CONFIGURATION = 0x2902;
const encoder = new TextEncoder();

/** The octets that a description has for them. */
export function octetsOf(description: OctetsDescription | undefined): Uint8Array {
  if (description === undefined) return new Uint8Array(0);
  return typeof description === 'string' ? fromHex(description) : encoder.encode(description.text);
}

/** What `characteristic()` takes, of a description that was checked. */
export function characteristicOptions(described: CharacteristicForm): CharacteristicOptions {
  const { properties, valueHandle, maxLength, configurable, descriptors = [], stored = true } = described;
  const byRequest = properties.includes('write');
  const byCommand = properties.includes('writeWithoutResponse');
  const signed = properties.includes('authenticatedSignedWrites');
  const write = accessOf(described.write, byRequest || byCommand || signed);
  const value = octetsOf(described.value);
  return {
    properties: properties.reduce((all, name) => all | CharacteristicProperty[name], 0),
    ...handleOf(described),
    ...(valueHandle === undefined ? {} : { valueHandle }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(configurable === undefined ? {} : { configurable }),
    value,
    read: accessOf(described.read, properties.includes('read')),
    ...(byCommand ? { writeWithoutResponse: write } : {}),
    ...(signed ? { writeSigned: write } : {}),
    ...(byRequest || !(byCommand || signed) ? { write } : {}),
    ...(stored ? {} : { onRead: () => value }),
    descriptors: descriptors.map(descriptorOptions),
  };
}

/** The handle, where one is said. */
export function handleOf({ handle }: { readonly handle?: number }): { handle?: number } {
  return handle === undefined ? {} : { handle };
}

function descriptorOptions(described: DescriptorDescription): DescriptorOptions {
  const options = { uuid: described.uuid, ...handleOf(described) };
  if (Uuid.from(described.uuid).short === CONFIGURATION) return options;
  const value = octetsOf(described.value);
  return {
    ...options,
    value,
    read: accessOf(described.read, true),
    write: accessOf(described.write, false),
  };
}

/** What the server looks at; an error of the description's own takes the place of the specified one. */
function accessOf(described: PermissionDescription | undefined, otherwise: boolean): boolean | Access {
  const permission = described ?? otherwise;
  if (typeof permission === 'boolean') return permission;
  const { error, level, keySize } = permission;
  if (error === undefined) {
    return { ...(level === undefined ? {} : { level }), ...(keySize === undefined ? {} : { keySize }) };
  }
  return {
    authorize: (client) => {
      if (level === undefined || client.security().level < level) throw new AttRefusal(error);
      return true;
    },
  };
}
