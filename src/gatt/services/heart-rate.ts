import type { SubscribeAsOptions } from '../client/remote.js';
import { AttRefusal } from '../server/attribute.js';
import type { ServerClient } from '../server/client.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import {
  bodySensorLocation,
  fitHeartRateMeasurement,
  HeartRateControlPoint,
  type HeartRateMeasurement,
  heartRateControlPoint,
  heartRateMeasurement,
} from '../values/heart-rate.js';
import { readOptional, remoteService, required, type ServiceSource } from './source.js';

export { BodySensorLocation, type HeartRateMeasurement } from '../values/heart-rate.js';

const HEART_RATE = 0x180d;
/** Control Point Not Supported: Heart Rate Service 1.0, 2.1. */
const CONTROL_POINT_NOT_SUPPORTED = 0x80;
/** The ATT header of a notification. */
const ATT_HEADER = 3;

/** The heart rate sensor of a peer: Heart Rate Service 1.0. @throws {NotSupportedError} when it has none */
export async function heartRate(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, HEART_RATE, 'Heart Rate', signal);
  const measurement = required(found, heartRateMeasurement);
  return {
    service: found,
    /** Calls `listener` with each measurement; gives a function that ends it. */
    subscribe: (listener: (measurement: HeartRateMeasurement) => void, options?: SubscribeAsOptions) =>
      measurement.subscribeAs(heartRateMeasurement, listener, options),
    /** Where the sensor is worn, see `BodySensorLocation`; `undefined` when it does not say. */
    bodySensorLocation: (stop?: AbortSignal) => readOptional(found, bodySensorLocation, stop),
    /** Has Energy Expended begin at 0 again. @throws {NotSupportedError} when the sensor has no such thing */
    resetEnergyExpended: async (stop?: AbortSignal): Promise<void> => {
      const { resetEnergyExpended } = HeartRateControlPoint;
      await required(found, heartRateControlPoint).writeAs(heartRateControlPoint, resetEnergyExpended, stop);
    },
  };
}

/** What {@link serveHeartRate} takes. */
export interface HeartRateServerOptions {
  /** See `BodySensorLocation`; not told without. */
  readonly bodySensorLocation?: number;
  /** Has Energy Expended begin at 0 again; without it the sensor measures none. */
  readonly onResetEnergyExpended?: (client: ServerClient) => void;
}

/** Serves the Heart Rate Service. */
export function serveHeartRate(server: GattServer, options: HeartRateServerOptions = {}) {
  const { bodySensorLocation: location, onResetEnergyExpended } = options;
  const local = server.add(
    service(HEART_RATE, {
      measurement: characteristic(heartRateMeasurement, { notify: true }),
      ...(location === undefined
        ? {}
        : { location: characteristic(bodySensorLocation, { read: true, value: location }) }),
      ...(onResetEnergyExpended
        ? {
            controlPoint: characteristic(heartRateControlPoint, {
              write: true,
              onWrite: (value, client) => {
                if (value !== HeartRateControlPoint.resetEnergyExpended)
                  throw new AttRefusal(CONTROL_POINT_NOT_SUPPORTED);
                onResetEnergyExpended(client);
              },
            }),
          }
        : {}),
    }),
  );
  const { measurement } = local.characteristics;
  return {
    service: local,
    /** Notifies a measurement to each who subscribed; of RR intervals that do not fit in its ATT_MTU, the newest. */
    notify: async (value: HeartRateMeasurement): Promise<void> => {
      await Promise.all(
        measurement.subscribers.map((client) => {
          const fitting = fitHeartRateMeasurement(value, client.mtu - ATT_HEADER);
          return measurement.notifyAs(heartRateMeasurement, fitting, client);
        }),
      );
    },
  };
}
