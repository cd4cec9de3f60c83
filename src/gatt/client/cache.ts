import { fromHex, toHex } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import type { Procedures } from './procedures.js';
import { RemoteCharacteristic, RemoteDescriptor, RemoteService } from './remote.js';

/** A service as a {@link GattCache} knows it. */
export interface CachedService {
  readonly uuid: string;
  readonly startHandle: number;
  readonly endHandle: number;
  readonly primary: boolean;
  /** The services that it includes. */
  readonly includes: readonly {
    readonly uuid: string;
    readonly startHandle: number;
    readonly endHandle: number;
  }[];
  readonly characteristics: readonly {
    readonly uuid: string;
    readonly handle: number;
    readonly valueHandle: number;
    readonly properties: number;
    readonly descriptors: readonly { readonly uuid: string; readonly handle: number }[];
  }[];
}

/**
 * What a client knows of a peer's database, to be kept for the next link: `JSON.stringify` and `JSON.parse` give the same
 * again. It is right while the peer is bonded, or has the same Database Hash (Core Vol 3, Part G, 2.5.2).
 */
export interface GattCache {
  readonly version: 1;
  /** The Database Hash, 16 octets in hexadecimal as they travel; absent where the server has none. */
  readonly databaseHash?: string;
  /** Whether Service Changed was subscribed to: a bonded server keeps that. */
  readonly serviceChanged: boolean;
  /** What was written to Client Supported Features, which a bonded server keeps; 0 where it has none. */
  readonly clientFeatures: number;
  /** In the order of their handles. */
  readonly services: readonly CachedService[];
}

/** What is known of services, as data. */
export function cacheServices(services: readonly RemoteService[]): CachedService[] {
  return services.map((service) => ({
    ...rangeOf(service),
    primary: service.primary,
    includes: service.includedServices.map(rangeOf),
    characteristics: service.characteristics.map(
      ({ uuid, handle, valueHandle, properties, descriptors }) => ({
        uuid: uuid.toShortString(),
        handle,
        valueHandle,
        properties,
        descriptors: descriptors.map((one) => ({ uuid: one.uuid.toShortString(), handle: one.handle })),
      }),
    ),
  }));
}

function rangeOf({ uuid, startHandle, endHandle }: RemoteService) {
  return { uuid: uuid.toShortString(), startHandle, endHandle };
}

/** The services of a cache, as objects of a client. */
export function servicesOf(client: Procedures, cached: readonly CachedService[]): RemoteService[] {
  const made = cached.map((one) => {
    const service = new RemoteService(client, { ...one, uuid: Uuid.from(one.uuid) }, one.primary);
    service.characteristics = one.characteristics.map((characteristic, i) => {
      const endHandle = (one.characteristics[i + 1]?.handle ?? one.endHandle + 1) - 1;
      const declaration = { ...characteristic, uuid: Uuid.from(characteristic.uuid) };
      const remote = new RemoteCharacteristic(client, declaration, endHandle);
      remote.setDescriptors(
        characteristic.descriptors.map(
          ({ uuid, handle }) => new RemoteDescriptor(client, handle, Uuid.from(uuid)),
        ),
      );
      return remote;
    });
    return service;
  });
  linkIncludes(client, made, (service) => {
    const one = cached[made.indexOf(service)]!;
    return one.includes.map((range) => ({ ...range, uuid: Uuid.from(range.uuid) }));
  });
  return made;
}

/** Makes included services the same objects as those in the list. */
export function linkIncludes(
  client: Procedures,
  services: readonly RemoteService[],
  includes: (
    service: RemoteService,
  ) => readonly { readonly uuid: Uuid; readonly startHandle: number; readonly endHandle: number }[],
): void {
  for (const service of services) {
    service.includedServices = includes(service).map(
      (range) =>
        services.find((one) => one.startHandle === range.startHandle) ??
        new RemoteService(client, range, false),
    );
  }
}

/**
 * Checks that something read from a file or a message is a cache.
 * @throws {TypeError | RangeError} naming what is wrong, and where
 */
export function checkGattCache(value: unknown): GattCache {
  const cache = object('cache', value);
  if (cache['version'] !== 1) throw new RangeError('cache.version: 1 is the only one known');
  const { databaseHash } = cache;
  const hash =
    databaseHash === undefined ? {} : { databaseHash: hashText('cache.databaseHash', databaseHash) };
  if (typeof cache['serviceChanged'] !== 'boolean')
    throw new TypeError('cache.serviceChanged: true or false is wanted');
  let last = 0;
  const services = list('cache.services', cache['services']).map((one, i) => {
    const service = cachedService(`cache.services.${i}`, one);
    if (service.startHandle <= last) throw new RangeError(`cache.services.${i}: handles are out of order`);
    last = service.endHandle;
    return service;
  });
  return {
    version: 1,
    ...hash,
    serviceChanged: cache['serviceChanged'],
    clientFeatures: integer('cache.clientFeatures', cache['clientFeatures'], 0, 0xff),
    services,
  };
}

function cachedService(at: string, value: unknown): CachedService {
  const service = object(at, value);
  const range = handles(at, service);
  if (typeof service['primary'] !== 'boolean') throw new TypeError(`${at}.primary: true or false is wanted`);
  let last = range.startHandle;
  const next = (where: string, handle: unknown) => {
    last = integer(where, handle, last + 1, range.endHandle);
    return last;
  };
  return {
    uuid: uuidText(`${at}.uuid`, service['uuid']),
    ...range,
    primary: service['primary'],
    includes: list(`${at}.includes`, service['includes']).map((one, i) => {
      const where = `${at}.includes.${i}`;
      const include = object(where, one);
      return { uuid: uuidText(`${where}.uuid`, include['uuid']), ...handles(where, include) };
    }),
    characteristics: list(`${at}.characteristics`, service['characteristics']).map((one, i) => {
      const where = `${at}.characteristics.${i}`;
      const found = object(where, one);
      return {
        uuid: uuidText(`${where}.uuid`, found['uuid']),
        handle: next(`${where}.handle`, found['handle']),
        valueHandle: next(`${where}.valueHandle`, found['valueHandle']),
        properties: integer(`${where}.properties`, found['properties'], 0, 0xff),
        descriptors: list(`${where}.descriptors`, found['descriptors']).map((descriptor, j) => {
          const place = `${where}.descriptors.${j}`;
          const { uuid, handle } = object(place, descriptor);
          return { uuid: uuidText(`${place}.uuid`, uuid), handle: next(`${place}.handle`, handle) };
        }),
      };
    }),
  };
}

function handles(at: string, value: Readonly<Record<string, unknown>>) {
  const startHandle = integer(`${at}.startHandle`, value['startHandle'], 1, 0xffff);
  return { startHandle, endHandle: integer(`${at}.endHandle`, value['endHandle'], startHandle, 0xffff) };
}

function object(at: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${at}: an object is wanted`);
  return value as Readonly<Record<string, unknown>>;
}

function list(at: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${at}: an array is wanted`);
  return value;
}

function integer(at: string, value: unknown, low: number, high: number): number {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high)
    throw new RangeError(`${at}: an integer from ${low} to ${high} is wanted`);
  return value as number;
}

function uuidText(at: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${at}: a UUID as text is wanted`);
  try {
    return Uuid.from(value).toShortString();
  } catch (error) {
    throw new RangeError(`${at}: ${(error as Error).message}`);
  }
}

function hashText(at: string, value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{32}$/i.test(value))
    throw new TypeError(`${at}: 32 hexadecimal digits are wanted`);
  return toHex(fromHex(value));
}
