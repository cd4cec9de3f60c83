import { AttError, MalformedPacketError } from '../../core/errors.js';
import { linkIncludes } from './cache.js';
import { Declaration, type IncludedService } from './declarations.js';
import type { Discovery } from './discovery.js';
import type { Procedures } from './procedures.js';
import { RemoteCharacteristic, RemoteDescriptor, RemoteService } from './remote.js';

/**
 * The services of a range of handles with all that is in them: primary ones, and secondary ones. A server that knows no
 * secondary services, and refuses to look for them, has none.
 */
export async function discoverTree(
  client: Procedures,
  discovery: Discovery,
  startHandle: number,
  endHandle: number,
  signal?: AbortSignal,
): Promise<RemoteService[]> {
  const primary = await discovery.services(Declaration.primaryService, signal, startHandle, endHandle);
  const services = primary.map((range) => new RemoteService(client, range, true));
  const secondary = await discovery
    .services(Declaration.secondaryService, signal, startHandle, endHandle)
    .catch((error: unknown) => {
      if (error instanceof AttError) return [];
      throw error;
    });
  services.push(...secondary.map((range) => new RemoteService(client, range, false)));
  services.sort((one, other) => one.startHandle - other.startHandle);
  for (const [i, one] of services.entries()) {
    const next = services[i + 1];
    if (next && next.startHandle <= one.endHandle)
      throw new MalformedPacketError('the discovery was ended: services of the server overlap');
  }
  const included = new Map<RemoteService, readonly IncludedService[]>();
  for (const service of services) {
    included.set(service, await discovery.included(service.startHandle, service.endHandle, signal));
    const found = await discovery.characteristics(service.startHandle, service.endHandle, signal);
    service.characteristics = found.map(
      (one, i) => new RemoteCharacteristic(client, one, (found[i + 1]?.handle ?? service.endHandle + 1) - 1),
    );
    for (const characteristic of service.characteristics) {
      const { valueHandle, endHandle: last } = characteristic;
      const descriptors =
        valueHandle < last ? await discovery.descriptors(valueHandle + 1, last, signal) : [];
      characteristic.setDescriptors(
        descriptors.map(({ handle, type }) => new RemoteDescriptor(client, handle, type)),
      );
    }
  }
  linkIncludes(client, services, (service) => included.get(service)!);
  return services;
}
