import { hexCode } from '../../core/hex.js';
import { cacheServices } from './cache.js';
import type { GattClient } from './client.js';
import { StaleAttributeError } from './errors.js';
import type { RemoteCharacteristic, RemoteService } from './remote.js';
import type { Subscription } from './subscriptions.js';

/**
 * The services after a change: where one is what it was, to the last descriptor, the object from before, which is good again;
 * else the new one.
 * @param at the change that they are known to be right after
 */
export function settle(
  before: readonly RemoteService[],
  news: readonly RemoteService[],
  at: number,
): RemoteService[] {
  return news.map((service) => {
    const [text] = shapes([service]);
    const old = before.find((one) => one.startHandle === service.startHandle && shapes([one])[0] === text);
    const kept = old ?? service;
    kept.knownAt = at;
    for (const characteristic of kept.characteristics) {
      characteristic.knownAt = at;
      for (const descriptor of characteristic.descriptors) descriptor.knownAt = at;
    }
    if (old) old.includedServices = service.includedServices;
    return kept;
  });
}

function shapes(services: readonly RemoteService[]): string[] {
  return cacheServices(services).map((one) => JSON.stringify(one));
}

/** What stands at a handle, by the UUIDs of its service and characteristic; `undefined` where nothing is known. */
export function roleOf(services: readonly RemoteService[], handle: number): string | undefined {
  for (const service of services) {
    if (handle < service.startHandle || handle > service.endHandle) continue;
    const name = `${service.uuid} ${service.startHandle}`;
    if (handle === service.startHandle) return name;
    for (const { uuid, handle: at, valueHandle, descriptors } of service.characteristics) {
      if (handle === at || handle === valueHandle) return `${name} ${uuid} ${at} ${valueHandle}`;
      const descriptor = descriptors.find((one) => one.handle === handle);
      if (descriptor) return `${name} ${uuid} ${at} ${valueHandle} ${descriptor.uuid}`;
    }
  }
  return undefined;
}

/** Which characteristic it is: by UUIDs, and by which one of several. */
function identify(services: readonly RemoteService[], valueHandle: number): string | undefined {
  return named(services).find(([, one]) => one.valueHandle === valueHandle)?.[0];
}

function named(services: readonly RemoteService[]): [string, RemoteCharacteristic][] {
  const counts = new Map<string, number>();
  const next = (name: string) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return `${name}#${count}`;
  };
  return services.flatMap((service) => {
    const name = next(service.uuid.toString());
    return service.characteristics.map((one): [string, RemoteCharacteristic] => [
      next(`${name}/${one.uuid}`),
      one,
    ]);
  });
}

/**
 * Subscriptions of a range of handles that was discovered again: each goes on where its characteristic stands now, with its
 * descriptor written again, as the peer may have forgotten it; where there is none, it ends.
 */
export function moveSubscriptions(
  client: GattClient,
  before: readonly RemoteService[],
  after: readonly RemoteService[],
  startHandle: number,
  endHandle: number,
): void {
  const concerned = client.subscriptions.all.filter(
    ({ valueHandle }) => valueHandle >= startHandle && valueHandle <= endHandle,
  );
  const places = new Map(named(after));
  const moves = concerned.map((subscription): [Subscription, RemoteCharacteristic | undefined] => {
    const name = identify(before, subscription.valueHandle);
    return [subscription, name === undefined ? undefined : places.get(name)];
  });
  for (const [subscription, characteristic] of moves) {
    const cccd = characteristic?.descriptors.find(({ uuid }) => uuid.short === 0x2902);
    if (!characteristic || !cccd) {
      const where = hexCode(subscription.valueHandle, 4);
      client.subscriptions.end(
        subscription,
        new StaleAttributeError(`the characteristic subscribed to at handle ${where} is gone`),
      );
      continue;
    }
    const place = { valueHandle: characteristic.valueHandle, cccdHandle: cccd.handle };
    client.subscriptions.move(subscription, place).catch((error) => {
      if (client.bearer.isOpen) client.subscriptions.end(subscription, error);
    });
  }
}
