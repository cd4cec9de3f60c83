import { Uuid } from '../../core/uuid.js';
import { CharacteristicProperty as P } from '../client/remote.js';
import type { PresentationFormat } from '../values/presentation-format.js';
import {
  type AnyService,
  type CharacteristicDefinition,
  type DescriptorOptions,
  formatsOf,
  type Included,
  isExtended,
  propertiesOf,
} from './definition.js';

const CONFIGURATION = /* @__PURE__ */ Uuid.from(0x2902);

/** A descriptor of a characteristic: one that an option stands for, or one of the program's own. */
export type DescriptorPlan =
  | { readonly kind: 'configuration' | 'description' | 'extended' | 'broadcast' | 'aggregate' }
  | { readonly kind: 'format'; readonly format: PresentationFormat }
  | { readonly kind: 'own'; readonly options: DescriptorOptions };

/** The handles of a characteristic's attributes: Core Vol 3, Part G, 3.3. */
export interface CharacteristicLayout {
  readonly handle: number;
  readonly valueHandle: number;
  /** In ascending order. */
  readonly descriptors: readonly { readonly handle: number; readonly plan: DescriptorPlan }[];
  readonly lastHandle: number;
}

/** The handles of a service's attributes. */
export interface ServiceLayout {
  readonly startHandle: number;
  readonly endHandle: number;
  readonly includes: readonly { readonly handle: number; readonly service: Included }[];
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
  let last = valueHandle;
  const descriptors = plansOf(definition).map((plan) => {
    last = (plan.kind === 'own' ? plan.options.handle : undefined) ?? last + 1;
    const placed = plan.kind === 'own' && isConfiguration(plan.options);
    return { handle: last, plan: placed ? ({ kind: 'configuration' } as const) : plan };
  });
  return { handle, valueHandle, descriptors, lastHandle: last };
}

/** Lays out a service whose declaration has the handle `startHandle`. */
export function layoutService(definition: AnyService, startHandle: number): ServiceLayout {
  let last = startHandle;
  const includes = definition.includes.map((service) => {
    last = includeHandle(service) ?? last + 1;
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
    includes.some((one) => includeHandle(one) !== undefined) ||
    Object.values(characteristics).some(
      ({ handle, valueHandle, descriptors = [] }) =>
        handle !== undefined ||
        valueHandle !== undefined ||
        descriptors.some((one) => one.handle !== undefined),
    )
  );
}

/** The handle of an include declaration, if it is fixed. A definition's own is where that service is. */
function includeHandle(included: Included): number | undefined {
  return 'startHandle' in included || 'service' in included ? included.handle : undefined;
}

function plansOf(definition: CharacteristicDefinition): DescriptorPlan[] {
  const { description, broadcast, descriptors = [] } = definition;
  const formats = formatsOf(definition);
  const plans: DescriptorPlan[] = [];
  if (isConfigurable(definition) && !descriptors.some(isConfiguration)) plans.push({ kind: 'configuration' });
  if (description !== undefined) plans.push({ kind: 'description' });
  if (isExtended(definition)) plans.push({ kind: 'extended' });
  if (broadcast) plans.push({ kind: 'broadcast' });
  for (const one of formats) plans.push({ kind: 'format', format: one });
  // Several formats are parts of one value, and an aggregate says in which order (3.3.3.6).
  if (formats.length > 1) plans.push({ kind: 'aggregate' });
  for (const options of descriptors) plans.push({ kind: 'own', options });
  return plans;
}

/** Whether a characteristic has a Client Characteristic Configuration. */
function isConfigurable(definition: CharacteristicDefinition): boolean {
  return definition.configurable ?? (propertiesOf(definition) & (P.notify | P.indicate)) !== 0;
}

/** Whether a descriptor is a Client Characteristic Configuration. */
export function isConfiguration({ uuid }: DescriptorOptions): boolean {
  return CONFIGURATION.equals(uuid);
}
