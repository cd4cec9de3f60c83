import { Uuid } from '../../core/uuid.js';
import { CharacteristicProperty as P } from '../client/remote.js';
import {
  type AnyService,
  type CharacteristicDefinition,
  type DescriptorOptions,
  propertiesOf,
  type ServiceReference,
} from './definition.js';

const CONFIGURATION = /* @__PURE__ */ Uuid.from(0x2902);

/** The handles of a characteristic's attributes: Core Vol 3, Part G, 3.3. */
export interface CharacteristicLayout {
  readonly handle: number;
  readonly valueHandle: number;
  /** Of the Client Characteristic Configuration. */
  readonly configurationHandle: number | undefined;
  /** Of the Characteristic User Description that `description` stands for. */
  readonly descriptionHandle: number | undefined;
  /** The other descriptors, in ascending order. */
  readonly descriptors: readonly { readonly handle: number; readonly options: DescriptorOptions }[];
  readonly lastHandle: number;
}

/** The handles of a service's attributes. */
export interface ServiceLayout {
  readonly startHandle: number;
  readonly endHandle: number;
  readonly includes: readonly { readonly handle: number; readonly service: ServiceReference }[];
  /** By the names of the definition. */
  readonly characteristics: readonly (readonly [name: string, handle: number])[];
}

/** Lays out a characteristic whose declaration has the handle `next`, where its definition has no other. */
export function layoutCharacteristic(
  definition: CharacteristicDefinition,
  next: number,
): CharacteristicLayout {
  const handle = definition.handle ?? next;
  const valueHandle = definition.valueHandle ?? handle + 1;
  const described = definition.descriptors ?? [];
  const placed = described.find(isConfiguration);
  let last = valueHandle;
  let configurationHandle = isConfigurable(definition) && !placed ? ++last : undefined;
  const descriptionHandle = definition.description === undefined ? undefined : ++last;
  const descriptors = [];
  for (const options of described) {
    last = options.handle ?? last + 1;
    if (options === placed) configurationHandle = last;
    else descriptors.push({ handle: last, options });
  }
  return { handle, valueHandle, configurationHandle, descriptionHandle, descriptors, lastHandle: last };
}

/** Lays out a service whose declaration has the handle `startHandle`. */
export function layoutService(definition: AnyService, startHandle: number): ServiceLayout {
  let last = startHandle;
  const includes = definition.includes.map((service) => {
    last = service.handle ?? last + 1;
    return { handle: last, service };
  });
  const characteristics = Object.entries(definition.characteristics).map(([name, one]) => {
    const { handle, lastHandle } = layoutCharacteristic(one, last + 1);
    last = lastHandle;
    return [name, handle] as const;
  });
  const endHandle = definition.endHandle ?? last;
  return { startHandle, endHandle, includes, characteristics };
}

/** Whether the places of a service's attributes are fixed in part: then that of the service has to be, too. */
export function hasFixedHandles(definition: AnyService): boolean {
  const { characteristics, includes, endHandle } = definition;
  return (
    endHandle !== undefined ||
    includes.some(({ handle }) => handle !== undefined) ||
    Object.values(characteristics).some(
      ({ handle, valueHandle, descriptors = [] }) =>
        handle !== undefined ||
        valueHandle !== undefined ||
        descriptors.some((one) => one.handle !== undefined),
    )
  );
}

/** Whether a characteristic has a Client Characteristic Configuration. */
function isConfigurable(definition: CharacteristicDefinition): boolean {
  return definition.configurable ?? (propertiesOf(definition) & (P.notify | P.indicate)) !== 0;
}

function isConfiguration({ uuid }: DescriptorOptions): boolean {
  return CONFIGURATION.equals(uuid);
}
