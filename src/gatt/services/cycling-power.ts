import type { SubscribeAsOptions } from '../client/remote.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import {
  type CyclingPowerFeature,
  type CyclingPowerMeasurement,
  cyclingPowerFeature,
  cyclingPowerMeasurement,
} from '../values/cycling-power.js';
import { sensorLocation } from '../values/speed-and-cadence.js';
import { readOptional, remoteService, required, type ServiceSource } from './source.js';

export type { CyclingPowerFeature, CyclingPowerMeasurement } from '../values/cycling-power.js';

const CYCLING_POWER = 0x1818;

/** The power meter on a bicycle: Cycling Power Service 1.1, its measurements. @throws {NotSupportedError} when it has none */
export async function cyclingPower(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, CYCLING_POWER, 'Cycling Power', signal);
  const measurement = required(found, cyclingPowerMeasurement);
  return {
    service: found,
    /** Calls `listener` with each measurement; gives a function that ends it. */
    subscribe: (listener: (measurement: CyclingPowerMeasurement) => void, options?: SubscribeAsOptions) =>
      measurement.subscribeAs(cyclingPowerMeasurement, listener, options),
    /** What it can; `undefined` when it does not say. */
    feature: (stop?: AbortSignal) => readOptional(found, cyclingPowerFeature, stop),
    /** Where it is: see `sensorLocation`; `undefined` when it does not say. */
    sensorLocation: (stop?: AbortSignal) => readOptional(found, sensorLocation, stop),
  };
}

/** Serves the Cycling Power Service. @param options.feature what it can */
export function serveCyclingPower(
  server: GattServer,
  options: { readonly feature: CyclingPowerFeature; readonly sensorLocation?: number },
) {
  const local = server.add(
    service(CYCLING_POWER, {
      measurement: characteristic(cyclingPowerMeasurement, { notify: true }),
      feature: characteristic(cyclingPowerFeature, { read: true, value: options.feature }),
      ...(options.sensorLocation === undefined
        ? {}
        : { location: characteristic(sensorLocation, { read: true, value: options.sensorLocation }) }),
    }),
  );
  return {
    service: local,
    /** Notifies a measurement to those who subscribed. */
    notify: (value: CyclingPowerMeasurement) =>
      local.characteristics.measurement.notifyAs(cyclingPowerMeasurement, value),
  };
}
