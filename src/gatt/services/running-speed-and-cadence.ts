import type { SubscribeAsOptions } from '../client/remote.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import {
  type RscFeature,
  type RscMeasurement,
  rscFeature,
  rscMeasurement,
  sensorLocation,
} from '../values/speed-and-cadence.js';
import { readOptional, remoteService, required, type ServiceSource } from './source.js';

export type { RscFeature, RscMeasurement } from '../values/speed-and-cadence.js';

const RUNNING_SPEED_AND_CADENCE = 0x1814;

/** The sensor on a foot: Running Speed and Cadence Service 1.0. @throws {NotSupportedError} when it has none */
export async function runningSpeedAndCadence(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, RUNNING_SPEED_AND_CADENCE, 'Running Speed and Cadence', signal);
  const measurement = required(found, rscMeasurement);
  return {
    service: found,
    /** Calls `listener` with each measurement; gives a function that ends it. */
    subscribe: (listener: (measurement: RscMeasurement) => void, options?: SubscribeAsOptions) =>
      measurement.subscribeAs(rscMeasurement, listener, options),
    /** What it can; `undefined` when it does not say. */
    feature: (stop?: AbortSignal) => readOptional(found, rscFeature, stop),
    /** Where it is: see `sensorLocation`; `undefined` when it does not say. */
    sensorLocation: (stop?: AbortSignal) => readOptional(found, sensorLocation, stop),
  };
}

/** Serves the Running Speed and Cadence Service. @param options.feature what it can */
export function serveRunningSpeedAndCadence(
  server: GattServer,
  options: { readonly feature: RscFeature; readonly sensorLocation?: number },
) {
  const local = server.add(
    service(RUNNING_SPEED_AND_CADENCE, {
      measurement: characteristic(rscMeasurement, { notify: true }),
      feature: characteristic(rscFeature, { read: true, value: options.feature }),
      ...(options.sensorLocation === undefined
        ? {}
        : { location: characteristic(sensorLocation, { read: true, value: options.sensorLocation }) }),
    }),
  );
  return {
    service: local,
    /** Notifies a measurement to those who subscribed. */
    notify: (value: RscMeasurement) => local.characteristics.measurement.notifyAs(rscMeasurement, value),
  };
}
