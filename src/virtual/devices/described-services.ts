import type { Clock } from '../../core/clock.js';
import { equalBytes } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import { characteristicOptions, handleOf, octetsOf } from '../../gatt/described/options.js';
import {
  AttRefusal,
  type CharacteristicDefinition,
  characteristic,
  type GattServer,
  type LocalCharacteristic,
  type ServerClient,
  type ServiceReference,
  service,
} from '../../gatt/index.js';
import { layoutService } from '../../gatt/server/layout.js';
import type { CharacteristicDescription, DeviceDescription, WriteAnswer } from './description.js';
import { ValueRuns } from './value-runs.js';

const GENERIC_ACCESS = 0x1800;
const GENERIC_ATTRIBUTE = 0x1801;
const SERVICE_CHANGED = 0x2a05;

/** Where a characteristic that is notified is looked for: by UUID, or by the handle of its value. */
type Finder = (named: string | number) => LocalCharacteristic | undefined;

/**
 * Serves services as they are described.
 * @throws {DescribedServiceError} naming the service that does not fit
 */
export function serveDescribed(
  { services = [], genericServices }: Pick<DeviceDescription, 'services' | 'genericServices'>,
  server: GattServer,
  clock: Clock,
): void {
  const hasGeneric = services.some(({ uuid }) => isOf(uuid, GENERIC_ACCESS) || isOf(uuid, GENERIC_ATTRIBUTE));
  const bringsOwn = !(genericServices ?? !hasGeneric);
  if (bringsOwn) {
    // Nobody is connected yet who could be told of it.
    for (const { startHandle } of [...server.database.services]) server.database.remove(startHandle);
  }
  const locals: LocalCharacteristic[] = [];
  let count = 0;
  const find: Finder = (named) =>
    locals.find((one) => (typeof named === 'number' ? one.valueHandle === named : one.uuid.equals(named)));
  const runs = new ValueRuns(clock);
  const references: ServiceReference[] = [];
  const definitions = services.map((described, index) => {
    const characteristics = (described.characteristics ?? []).map((one) => {
      const place = count++;
      return served(one, () => locals[place], find, runs);
    });
    const { handle, endHandle, primary = true, includes = [] } = described;
    const options = { primary, ...(endHandle === undefined ? {} : { endHandle }) };
    const named = Object.fromEntries(characteristics.map((one, i) => [`characteristic${i}`, one]));
    const uuid = Uuid.from(described.uuid);
    // The included services are not placed yet: only their number counts here.
    const placeholders = includes.map((one) => ({ uuid, startHandle: 0, endHandle: 0, ...handleOf(one) }));
    const start = handle ?? (references[index - 1]?.endHandle ?? server.database.lastHandle) + 1;
    const placed = layoutService(service(uuid, named, { ...options, includes: placeholders }), start);
    references.push({ uuid, startHandle: start, endHandle: placed.endHandle });
    return { uuid, named, options };
  });
  for (const [index, { uuid, named, options }] of definitions.entries()) {
    try {
      const includes = (services[index]!.includes ?? []).map((one) => {
        return { ...references[one.service]!, ...handleOf(one) };
      });
      const { startHandle: handle } = references[index]!;
      const { characteristics } = server.add(service(uuid, named, { ...options, handle, includes }));
      locals.push(...Object.values(characteristics));
    } catch (error) {
      throw new DescribedServiceError(index, error);
    }
  }
  if (bringsOwn) announceChanges(server, find(Uuid.from(SERVICE_CHANGED).toString()));
}

/** A service that does not fit with the others. */
export class DescribedServiceError extends Error {
  /** Its place in the list. */
  readonly index: number;

  constructor(index: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'DescribedServiceError';
    this.index = index;
  }
}

function isOf(uuid: string, short: number): boolean {
  return Uuid.from(uuid).short === short;
}

/** Clients that asked for it hear which handles mean something else now (Core Vol 3, Part G, 7.1). */
function announceChanges({ database }: GattServer, serviceChanged: LocalCharacteristic | undefined): void {
  if (!serviceChanged) return;
  database.onChange((start, end) => {
    const range = Uint8Array.of(start & 0xff, start >> 8, end & 0xff, end >> 8);
    serviceChanged.indicate(range).catch(() => {});
  });
}

function served(
  described: CharacteristicDescription,
  self: () => LocalCharacteristic | undefined,
  find: Finder,
  runs: ValueRuns,
): CharacteristicDefinition {
  const { uuid, notifications } = described;
  const answers = (described.answers ?? []).map((answer) => ({ ...answer, octets: whenOf(answer) }));
  const script = notifications && {
    repeat: notifications.repeat ?? false,
    values: notifications.values.map((one) => ({ afterMs: one.afterMs, value: octetsOf(one.value) })),
  };
  const subscription = new WeakMap<ServerClient, () => void>();
  return characteristic(uuid, {
    ...characteristicOptions(described),
    onWrite: (written, client) => {
      const answer =
        answers.find(({ octets }) => octets && equalBytes(octets, written)) ??
        answers.find(({ octets }) => !octets);
      if (answer?.error !== undefined) throw new AttRefusal(answer.error);
      const told = (answer?.notify ?? []).map((one) => {
        const target = find(one.characteristic);
        return { afterMs: one.afterMs, value: octetsOf(one.value), target };
      });
      runs.start(client, told, false);
    },
    onSubscribe: (configuration, client) => {
      subscription.get(client)?.();
      subscription.delete(client);
      if (!script || configuration === 0) return;
      const target = self();
      const values = script.values.map((one) => ({ ...one, target }));
      subscription.set(client, runs.start(client, values, script.repeat));
    },
  });
}

function whenOf({ when }: WriteAnswer): Uint8Array | undefined {
  return when === undefined ? undefined : octetsOf(when);
}
