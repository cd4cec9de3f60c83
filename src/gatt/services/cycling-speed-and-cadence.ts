import type { SubscribeAsOptions } from '../client/remote.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import {
  type CscFeature,
  type CscMeasurement,
  cscFeature,
  cscMeasurement,
  sensorLocation,
} from '../values/speed-and-cadence.js';
import { readOptional, remoteService, required, type ServiceSource } from './source.js';

export type { CscFeature, CscMeasurement } from '../values/speed-and-cadence.js';

const CYCLING_SPEED_AND_CADENCE = 0x1816;

/** The sensor on a bicycle: Cycling Speed and Cadence Service 1.0. @throws {NotSupportedError} when it has none */
export async function cyclingSpeedAndCadence(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, CYCLING_SPEED_AND_CADENCE, 'Cycling Speed and Cadence', signal);
  const measurement = required(found, cscMeasurement);
  return {
    service: found,
    /** Calls `listener` with each measurement; gives a function that ends it. */
    subscribe: (listener: (measurement: CscMeasurement) => void, options?: SubscribeAsOptions) =>
      measurement.subscribeAs(cscMeasurement, listener, options),
    /** What it can; `undefined` when it does not say. */
    feature: (stop?: AbortSignal) => readOptional(found, cscFeature, stop),
    /** Where it is: see `sensorLocation`; `undefined` when it does not say. */
    sensorLocation: (stop?: AbortSignal) => readOptional(found, sensorLocation, stop),
  };
}

/** Serves the Cycling Speed and Cadence Service. @param options.feature what it can */
export function serveCyclingSpeedAndCadence(
  server: GattServer,
  options: { readonly feature: CscFeature; readonly sensorLocation?: number },
) {
  const local = server.add(
    service(CYCLING_SPEED_AND_CADENCE, {
      measurement: characteristic(cscMeasurement, { notify: true }),
      feature: characteristic(cscFeature, { read: true, value: options.feature }),
      ...(options.sensorLocation === undefined
        ? {}
        : { location: characteristic(sensorLocation, { read: true, value: options.sensorLocation }) }),
    }),
  );
  return {
    service: local,
    /** Notifies a measurement to those who subscribed. */
    notify: (value: CscMeasurement) => local.characteristics.measurement.notifyAs(cscMeasurement, value),
  };
}
