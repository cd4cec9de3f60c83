import {
  type CharacteristicDefinition,
  type CharacteristicOptions,
  characteristic,
  type ServiceDefinition,
  service,
} from '../server/definition.js';
import type { ServiceForm } from './form.js';
import { characteristicOptions, handleOf } from './options.js';

/** A service of a description: its characteristics by `name`, or by their UUID as short as it goes (`2a37`). */
export type DescribedService = ServiceDefinition<Readonly<Record<string, CharacteristicDefinition>>>;

/** What a program does with a characteristic that is described. */
export type DescribedHandlers = Pick<
  CharacteristicOptions,
  'onRead' | 'validate' | 'onWrite' | 'onUndo' | 'onSubscribe'
>;

/**
 * Services from data: a list of {@link ServiceForm}, or what `JSON.parse` gives. Add them in their order.
 *
 * ```ts
 * const [battery] = await describedServices(JSON.parse(text), { level: { onRead: () => Uint8Array.of(87) } });
 * const { level } = device.server.add(battery!).characteristics;
 * ```
 * @param handlers by the names of characteristics
 * @throws {ServiceDescriptionError} with the path of the field that is wrong
 * @throws {TypeError} when a handler is for no characteristic, or for several
 */
export async function describedServices(
  description: unknown,
  handlers: Readonly<Record<string, DescribedHandlers>> = {},
): Promise<DescribedService[]> {
  // It takes the time to load zod, which few programs need.
  const { checkServices, nameOf } = await import('./check-services.js');
  const services = checkServices(description);
  const names = services.flatMap(({ characteristics = [] }) => characteristics.map(nameOf));
  for (const name of Object.keys(handlers)) {
    const count = names.filter((one) => one === name).length;
    if (count !== 1)
      throw new TypeError(
        `describedServices: ${count} characteristics are ${name}, for which there are handlers`,
      );
  }
  const made: DescribedService[] = [];
  for (const described of services) {
    const characteristics = (described.characteristics ?? []).map((one) => {
      const name = nameOf(one);
      return [name, characteristic(one.uuid, { ...characteristicOptions(one), ...handlers[name] })] as const;
    });
    made.push(serviceOf(described, Object.fromEntries(characteristics), made));
  }
  return made;
}

function serviceOf(
  described: ServiceForm,
  characteristics: Record<string, CharacteristicDefinition>,
  before: readonly DescribedService[],
): DescribedService {
  const { uuid, primary = true, endHandle, includes = [] } = described;
  return service(uuid, characteristics, {
    primary,
    ...handleOf(described),
    ...(endHandle === undefined ? {} : { endHandle }),
    includes: includes.map((one) => ({ service: before[one.service]!, ...handleOf(one) })),
  });
}
