import * as z from 'zod/mini';
import { Address } from '../../core/address.js';
import { SimulatedClock } from '../../core/clock.js';
import { hexCode } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import { buildAdvertisingData } from '../../gap/advertising-data.js';
import { encodeConnectionParameters } from '../../gap/connection-parameters.js';
import { gapServices } from '../../gap/gap-service.js';
import { staticAddress } from '../../gap/own-address.js';
import { GattServer } from '../../gatt/index.js';
import { advertisedContent, connectionParameters } from './described-radio.js';
import { DescribedServiceError, serveDescribed } from './described-services.js';
import type { CharacteristicDescription, DeviceDescription, ServiceDescription } from './description.js';
import { DescriptionError } from './description-error.js';
import { descriptionSchema } from './description-schema.js';

/** A part of zod's issues: what is looked at here. */
type Issue = z.core.$ZodIssue;

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
  checkHandles(services, refuse);
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

type Refuse = (path: string, message: string) => never;

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('.');
}

/** The issue that tells most: of a choice, that of the kind which was meant. */
function explain(issue: Issue): { readonly path: string; readonly message: string } {
  const path = issue.path.join('.');
  if (issue.code === 'invalid_union') {
    // One kind that the value has at all: its issue is deeper, or not about the kind.
    const meant = issue.errors.find(
      ([first]) => first && (first.path.length > 0 || first.code !== 'invalid_type'),
    );
    if (meant) {
      const inner = explain(meant[0]!);
      return { path: joined(path, inner.path), message: inner.message };
    }
  }
  if (issue.code === 'unrecognized_keys') {
    return { path: joined(path, issue.keys[0]!), message: 'there is no such field' };
  }
  if (issue.code === 'invalid_type' && issue.message === 'Invalid input') {
    return { path, message: `${issue.expected === 'array' ? 'a list' : `an ${issue.expected}`} is wanted` };
  }
  return { path, message: issue.message };
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

/** Handles ascend from the first service to the last descriptor: Core Vol 3, Part F, 3.2.2. */
function checkHandles(services: readonly ServiceDescription[], refuse: Refuse): void {
  let last = 0;
  const take = (path: string, handle: number | undefined) => {
    if (handle !== undefined && handle <= last) {
      refuse(
        path,
        `${hexCode(handle, 4)} is not behind ${hexCode(last, 4)}, where the attribute before it is`,
      );
    }
    last = handle ?? last + 1;
    if (last > 0xffff) refuse(path, 'handles end at 0xFFFF');
  };
  for (const [i, { handle, endHandle, includes = [], characteristics = [] }] of services.entries()) {
    const at = `services.${i}`;
    take(`${at}.handle`, handle);
    for (const [j, include] of includes.entries()) {
      if (!services[include.service]) {
        refuse(`${at}.includes.${j}.service`, `there is no service ${include.service}; the first is 0`);
      }
      take(`${at}.includes.${j}.handle`, include.handle);
    }
    for (const [j, one] of characteristics.entries()) {
      takeCharacteristic(`${at}.characteristics.${j}`, one, take);
    }
    if (endHandle !== undefined && endHandle < last) {
      refuse(`${at}.endHandle`, `the last attribute is behind it, at ${hexCode(last, 4)}`);
    }
    last = endHandle ?? last;
  }
}

function takeCharacteristic(
  at: string,
  { handle, valueHandle, properties, configurable, descriptors = [] }: CharacteristicDescription,
  take: (path: string, handle: number | undefined) => void,
): void {
  take(`${at}.handle`, handle);
  take(`${at}.valueHandle`, valueHandle);
  const configured = descriptors.some(({ uuid }) => Uuid.from(uuid).short === 0x2902);
  const tells = properties.some((name) => name === 'notify' || name === 'indicate');
  if (!configured && (configurable ?? tells)) {
    take(`${at}.properties`, undefined);
  }
  for (const [i, one] of descriptors.entries()) take(`${at}.descriptors.${i}.handle`, one.handle);
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
