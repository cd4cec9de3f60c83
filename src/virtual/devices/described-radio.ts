import { fromHex } from '../../core/hex.js';
import type { AdvertisingDataFields, ConnectionParameters } from '../../gap/index.js';
import { octetsOf } from '../../gatt/described/options.js';
import type {
  AdvertisingDescription,
  AdvertisingFieldsDescription,
  ConnectionDescription,
} from './description.js';

/** The parameters that a device asks for. */
export function connectionParameters({
  afterMs: _,
  ...parameters
}: ConnectionDescription): ConnectionParameters {
  return parameters;
}

/** Advertising data, or a scan response, as a device takes them. */
export function advertisedContent(
  content: AdvertisingDescription['data'],
): AdvertisingDataFields | Uint8Array {
  if (content === undefined) return new Uint8Array(0);
  return typeof content === 'string' ? fromHex(content) : fieldsOf(content);
}

function fieldsOf(fields: AdvertisingFieldsDescription): AdvertisingDataFields {
  const { manufacturerData, serviceData, ...others } = fields;
  return {
    ...others,
    ...(manufacturerData === undefined
      ? {}
      : { manufacturerData: { ...manufacturerData, data: octetsOf(manufacturerData.data) } }),
    ...(serviceData === undefined
      ? {}
      : { serviceData: serviceData.map(({ uuid, data }) => ({ uuid, data: octetsOf(data) })) }),
  };
}
