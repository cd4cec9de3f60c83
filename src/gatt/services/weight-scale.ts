import type { SubscribeAsOptions } from '../client/remote.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import {
  type WeightMeasurement,
  type WeightScaleFeature,
  weightMeasurement,
  weightScaleFeature,
} from '../values/weight.js';
import { readOptional, remoteService, required, type ServiceSource } from './source.js';

export type { WeightMeasurement, WeightScaleFeature } from '../values/weight.js';

const WEIGHT_SCALE = 0x181d;

/** The scale of a peer: Weight Scale Service 1.0. @throws {NotSupportedError} when it has none */
export async function weightScale(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, WEIGHT_SCALE, 'Weight Scale', signal);
  const measurement = required(found, weightMeasurement);
  return {
    service: found,
    /** Calls `listener` with each measurement; gives a function that ends it. */
    subscribe: (listener: (measurement: WeightMeasurement) => void, options?: SubscribeAsOptions) =>
      measurement.subscribeAs(weightMeasurement, listener, options),
    /** What it can; `undefined` when it does not say. */
    feature: (stop?: AbortSignal) => readOptional(found, weightScaleFeature, stop),
  };
}

/** Serves the Weight Scale Service. @param options.feature what it can */
export function serveWeightScale(server: GattServer, options: { readonly feature: WeightScaleFeature }) {
  const local = server.add(
    service(WEIGHT_SCALE, {
      measurement: characteristic(weightMeasurement, { indicate: true }),
      feature: characteristic(weightScaleFeature, { read: true, value: options.feature }),
    }),
  );
  return {
    service: local,
    /** Indicates a measurement to those who subscribed; resolves when all have confirmed. */
    indicate: (value: WeightMeasurement) =>
      local.characteristics.measurement.indicateAs(weightMeasurement, value),
  };
}
