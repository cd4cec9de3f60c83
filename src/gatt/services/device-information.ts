import type { CharacteristicDefinition } from '../server/definition.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import type { ValueCodec } from '../values/codec.js';
import {
  firmwareRevision,
  hardwareRevision,
  manufacturerName,
  modelNumber,
  type PnpId,
  pnpId,
  type SystemId,
  serialNumber,
  softwareRevision,
  systemId,
} from '../values/device-information.js';
import { readOptional, remoteService, type ServiceSource } from './source.js';

export type { PnpId, SystemId } from '../values/device-information.js';

const DEVICE_INFORMATION = 0x180a;

/** What a device says about itself: Device Information Service 1.1; each part may be absent. */
export interface DeviceInformation {
  readonly manufacturerName?: string;
  readonly modelNumber?: string;
  readonly serialNumber?: string;
  readonly hardwareRevision?: string;
  readonly firmwareRevision?: string;
  readonly softwareRevision?: string;
  readonly systemId?: SystemId;
  readonly pnpId?: PnpId;
}

const codecs: { readonly [K in keyof DeviceInformation]-?: ValueCodec<NonNullable<DeviceInformation[K]>> } = {
  manufacturerName,
  modelNumber,
  serialNumber,
  hardwareRevision,
  firmwareRevision,
  softwareRevision,
  systemId,
  pnpId,
};

/** Reads what a peer says about itself. @throws {NotSupportedError} when it has no such service */
export async function deviceInformation(
  source: ServiceSource,
  signal?: AbortSignal,
): Promise<DeviceInformation> {
  const found = await remoteService(source, DEVICE_INFORMATION, 'Device Information', signal);
  const information: Record<string, unknown> = {};
  for (const [name, codec] of Object.entries(codecs)) {
    const value = await readOptional(found, codec as ValueCodec<unknown>, signal);
    if (value !== undefined) information[name] = value;
  }
  return information as DeviceInformation;
}

/** Serves the Device Information Service. */
export function serveDeviceInformation(server: GattServer, information: DeviceInformation) {
  const characteristics: Record<string, CharacteristicDefinition> = {};
  for (const [name, codec] of Object.entries(codecs)) {
    const value = information[name as keyof DeviceInformation];
    if (value !== undefined)
      characteristics[name] = characteristic(codec as ValueCodec<unknown>, { read: true, value });
  }
  return { service: server.add(service(DEVICE_INFORMATION, characteristics)) };
}
