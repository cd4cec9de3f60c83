import { NotSupportedError } from '../../core/errors.js';
import { Uuid, type UuidLike } from '../../core/uuid.js';
import type { GattClient } from '../client/client.js';
import { CharacteristicProperty } from '../client/declarations.js';
import { type RemoteCharacteristic, RemoteService } from '../client/remote.js';
import type { ValueCodec } from '../values/codec.js';

/** Where a service is looked for: a connection, or a service that was found already, of a `GattDatabase` for example. */
export type ServiceSource = { readonly gatt: GattClient } | RemoteService;

/** A service of the peer with its characteristics. @throws {NotSupportedError} when the peer has none */
export async function remoteService(
  source: ServiceSource,
  uuid: UuidLike,
  name: string,
  signal?: AbortSignal,
): Promise<RemoteService> {
  if (source instanceof RemoteService) {
    if (!source.uuid.equals(uuid))
      throw new RangeError(`the service is ${source.uuid.toShortString()}, not ${name}`);
    if (source.characteristics.length === 0) await source.discoverCharacteristics(signal);
    return source;
  }
  const [found] = await source.gatt.discoverServices(uuid, signal);
  if (!found)
    throw new NotSupportedError(`the peer has no service ${name} (${Uuid.from(uuid).toShortString()})`);
  await found.discoverCharacteristics(signal);
  return found;
}

/** A characteristic that the service has to have. @throws {NotSupportedError} when it has not */
export function required<T>(service: RemoteService, codec: ValueCodec<T>): RemoteCharacteristic {
  const found = service.characteristic(codec.uuid);
  if (!found)
    throw new NotSupportedError(
      `the peer's service ${service.uuid.toShortString()} has no characteristic ${codec.name}`,
    );
  return found;
}

/** Reads a characteristic that the service may have; `undefined` without. */
export async function readOptional<T>(
  service: RemoteService,
  codec: ValueCodec<T>,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const found = service.characteristic(codec.uuid);
  return found && (found.properties & CharacteristicProperty.read) !== 0
    ? found.readAs(codec, signal)
    : undefined;
}
