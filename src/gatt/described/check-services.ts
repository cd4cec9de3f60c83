import * as z from 'zod/mini';
import { Uuid } from '../../core/uuid.js';
import { checkHandles } from './check-handles.js';
import { ServiceDescriptionError } from './error.js';
import { explain } from './explain.js';
import type { CharacteristicForm, ServiceForm } from './form.js';
import { servicesSchema } from './schema.js';

/**
 * Checks what is to be a list of services, field by field, and whether the fields fit together.
 * @throws {ServiceDescriptionError} with the path of the field that is wrong
 */
export function checkServices(value: unknown): readonly ServiceForm[] {
  const refuse = (path: string, message: string): never => {
    throw new ServiceDescriptionError(path, message);
  };
  const result = z.safeParse(servicesSchema, value);
  if (!result.success) {
    const { path, message } = explain(result.error.issues[0]!);
    return refuse(path, message);
  }
  const services = result.data;
  checkHandles(services, refuse);
  for (const [i, { includes = [], characteristics = [] }] of services.entries()) {
    for (const [j, { service }] of includes.entries()) {
      if (service >= i) refuse(`${i}.includes.${j}.service`, 'a service includes those that stand before it');
    }
    const names = new Set<string>();
    for (const [j, one] of characteristics.entries()) {
      const name = nameOf(one);
      if (names.has(name)) {
        refuse(`${i}.characteristics.${j}`, `there is a characteristic ${name} before: give it a name`);
      }
      names.add(name);
    }
  }
  return services;
}

/** What a program calls a characteristic. */
export function nameOf({ name, uuid }: CharacteristicForm): string {
  return name ?? Uuid.from(uuid).toShortString();
}
