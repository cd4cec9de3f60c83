import type { SubscribeAsOptions } from '../client/remote.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import {
  intermediateTemperature,
  measurementInterval,
  type TemperatureMeasurement,
  temperatureMeasurement,
  temperatureType,
} from '../values/thermometer.js';
import { readOptional, remoteService, required, type ServiceSource } from './source.js';

export { type TemperatureMeasurement, TemperatureType } from '../values/thermometer.js';

const HEALTH_THERMOMETER = 0x1809;

/** The thermometer of a peer: Health Thermometer Service 1.0. @throws {NotSupportedError} when it has none */
export async function healthThermometer(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, HEALTH_THERMOMETER, 'Health Thermometer', signal);
  const measurement = required(found, temperatureMeasurement);
  return {
    service: found,
    /** Calls `listener` with each measurement, which the thermometer indicates. */
    subscribe: (listener: (measurement: TemperatureMeasurement) => void, options?: SubscribeAsOptions) =>
      measurement.subscribeAs(temperatureMeasurement, listener, options),
    /** Calls `listener` with what the thermometer shows while it measures. @throws {NotSupportedError} when it does not tell */
    subscribeIntermediate: async (
      listener: (measurement: TemperatureMeasurement) => void,
      options?: SubscribeAsOptions,
    ) => required(found, intermediateTemperature).subscribeAs(intermediateTemperature, listener, options),
    /** Where it measures, see `TemperatureType`; `undefined` when it does not say, or says it with each measurement. */
    temperatureType: (stop?: AbortSignal) => readOptional(found, temperatureType, stop),
    /** Seconds between measurements; `undefined` when it does not say. */
    measurementInterval: (stop?: AbortSignal) => readOptional(found, measurementInterval, stop),
  };
}

/** Serves the Health Thermometer Service. @param options.temperatureType see `TemperatureType`; told with each measurement without */
export function serveHealthThermometer(
  server: GattServer,
  options: { readonly temperatureType?: number } = {},
) {
  const local = server.add(
    service(HEALTH_THERMOMETER, {
      measurement: characteristic(temperatureMeasurement, { indicate: true }),
      ...(options.temperatureType === undefined
        ? {}
        : { type: characteristic(temperatureType, { read: true, value: options.temperatureType }) }),
    }),
  );
  return {
    service: local,
    /** Indicates a measurement to those who subscribed; resolves when all have confirmed. */
    indicate: (value: TemperatureMeasurement) =>
      local.characteristics.measurement.indicateAs(temperatureMeasurement, value),
  };
}
