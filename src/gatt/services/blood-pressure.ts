import type { SubscribeAsOptions } from '../client/remote.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import {
  type BloodPressureFeature,
  type BloodPressureMeasurement,
  bloodPressureFeature,
  bloodPressureMeasurement,
} from '../values/blood-pressure.js';
import { readOptional, remoteService, required, type ServiceSource } from './source.js';

export type { BloodPressureFeature, BloodPressureMeasurement } from '../values/blood-pressure.js';

const BLOOD_PRESSURE = 0x1810;

/** The blood pressure monitor of a peer: Blood Pressure Service 1.1. @throws {NotSupportedError} when it has none */
export async function bloodPressure(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, BLOOD_PRESSURE, 'Blood Pressure', signal);
  const measurement = required(found, bloodPressureMeasurement);
  return {
    service: found,
    /** Calls `listener` with each measurement; gives a function that ends it. */
    subscribe: (listener: (measurement: BloodPressureMeasurement) => void, options?: SubscribeAsOptions) =>
      measurement.subscribeAs(bloodPressureMeasurement, listener, options),
    /** What it can; `undefined` when it does not say. */
    feature: (stop?: AbortSignal) => readOptional(found, bloodPressureFeature, stop),
  };
}

/** Serves the Blood Pressure Service. @param options.feature what it can */
export function serveBloodPressure(server: GattServer, options: { readonly feature: BloodPressureFeature }) {
  const local = server.add(
    service(BLOOD_PRESSURE, {
      measurement: characteristic(bloodPressureMeasurement, { indicate: true }),
      feature: characteristic(bloodPressureFeature, { read: true, value: options.feature }),
    }),
  );
  return {
    service: local,
    /** Indicates a measurement to those who subscribed; resolves when all have confirmed. */
    indicate: (value: BloodPressureMeasurement) =>
      local.characteristics.measurement.indicateAs(bloodPressureMeasurement, value),
  };
}
