import * as z from 'zod/mini';
import { Address } from '../../core/address.js';
import { SimulatedClock } from '../../core/clock.js';
import { Uuid } from '../../core/uuid.js';
import { buildAdvertisingData } from '../../gap/advertising-data.js';
import { encodeConnectionParameters } from '../../gap/connection-parameters.js';
import { gapServices } from '../../gap/gap-service.js';
import { staticAddress } from '../../gap/static-address.js';
import { checkHandles } from '../../gatt/described/check-handles.js';
import { explain, joined, type Refuse } from '../../gatt/described/explain.js';
import { GattServer } from '../../gatt/index.js';
import { advertisedContent, connectionParameters } from './described-radio.js';
import { DescribedServiceError, serveDescribed } from './described-services.js';
import type { CharacteristicDescription, DeviceDescription, ServiceDescription } from './description.js';
import { DescriptionError } from './description-error.js';
import { descriptionSchema } from './description-schema.js';

/**
 * Checks what is to be the description of a device, field by field, and whether the fields fit together.
 * @param at what stands before the paths of errors, for a description within a larger file: `devices.2`
 * @throws {DescriptionError} with the path of the field that is wrong
 */
export function checkDescription(value: unknown, at = ''): DeviceDescription {
  const result = z.safeParse(descriptionSchema, value);
  if (!result.success) {
    const { path, message } = explain(result.error.issues[0]!);
    throw new DescriptionError(joined(at, path), message);
  }
  const description = result.data;
  const refuse = (path: string, message: string): never => {
    throw new DescriptionError(joined(at, path), message);
  };
  checkRadio(description, refuse);
  const { services = [] } = description;
  checkHandles(services, refuse, 'services.');
  checkTelling(services, refuse);
  const server = new GattServer();
  gapServices(server, description);
  try {
    serveDescribed(description, server, new SimulatedClock());
  } catch (error) {
    if (!(error instanceof DescribedServiceError)) throw error;
    refuse(`services.${error.index}`, error.message);
  }
  return description;
}

function checkRadio(description: DeviceDescription, refuse: Refuse): void {
  const { address, advertising = {}, connection } = description;
  const own = Address.parse(address);
  if (own.isRandom) attempt(refuse, 'address', () => staticAddress(own.bd));
  for (const field of ['data', 'scanResponse'] as const) {
    const content = advertisedContent(advertising[field]);
    if (content instanceof Uint8Array) continue;
    attempt(refuse, `advertising.${field}`, () => buildAdvertisingData(content));
  }
  if (advertising.type === 'nonConnectable' && advertising.scanResponse !== undefined) {
    refuse('advertising.scanResponse', 'nonConnectable advertising has none');
  }
  const { intervalMinMs = 20, intervalMaxMs = 10_240 } = advertising;
  if (intervalMaxMs < intervalMinMs) refuse('advertising.intervalMaxMs', 'it is below intervalMinMs');
  if (connection)
    attempt(refuse, 'connection', () => encodeConnectionParameters(connectionParameters(connection)));
}

/** Takes over what something throws; the option that its message begins with is part of the path. */
function attempt(refuse: Refuse, path: string, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, option, rest] = /^(\w+): (.*)$/s.exec(message) ?? [];
    if (option && rest && option !== 'address') refuse(`${path}.${option}`, rest);
    refuse(path, rest ?? message);
  }
}

/** What tells something has something that can be told. */
function checkTelling(services: readonly ServiceDescription[], refuse: Refuse): void {
  const all = services.flatMap(({ characteristics = [] }) => characteristics);
  const tells = ({ properties }: CharacteristicDescription) =>
    properties.includes('notify') || properties.includes('indicate');
  for (const [i, { characteristics = [] }] of services.entries()) {
    for (const [j, one] of characteristics.entries()) {
      const at = `services.${i}.characteristics.${j}`;
      const { notifications, answers = [] } = one;
      if (notifications && !tells(one)) {
        refuse(`${at}.notifications`, 'the characteristic has neither of the properties notify and indicate');
      }
      if (notifications?.repeat && notifications.values.every(({ afterMs }) => afterMs === 0)) {
        refuse(
          `${at}.notifications.repeat`,
          'it would repeat without end within no time: one afterMs has to be above 0',
        );
      }
      for (const [k, { notify = [] }] of answers.entries()) {
        for (const [l, { characteristic }] of notify.entries()) {
          const path = `${at}.answers.${k}.notify.${l}.characteristic`;
          const found = all.filter((other) => isNamed(other, characteristic));
          if (found.length === 0) refuse(path, `there is no characteristic ${characteristic}`);
          if (found.length > 1) {
            refuse(
              path,
              `${found.length} characteristics are ${characteristic}: name one by the handle of its value`,
            );
          }
          if (!tells(found[0]!)) refuse(path, 'it has neither of the properties notify and indicate');
        }
      }
    }
  }
}

function isNamed({ uuid, handle, valueHandle }: CharacteristicDescription, named: string | number): boolean {
  if (typeof named === 'string') return Uuid.from(uuid).equals(named);
  return (valueHandle ?? (handle === undefined ? undefined : handle + 1)) === named;
}
