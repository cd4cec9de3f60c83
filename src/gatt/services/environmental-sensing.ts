import type { SubscribeAsOptions } from '../client/remote.js';
import type { CharacteristicDefinition } from '../server/definition.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import type { ValueCodec } from '../values/codec.js';
import { humidity, pressure, temperature } from '../values/environment.js';
import { readOptional, remoteService, required, type ServiceSource } from './source.js';

const ENVIRONMENTAL_SENSING = 0x181a;
const codecs = { temperature, humidity, pressure } as const;

/** What is sensed: degrees Celsius, percent, pascals. */
export type Sensed = keyof typeof codecs;

/** The environmental sensors of a peer: Environmental Sensing Service 1.0. @throws {NotSupportedError} when it has none */
export async function environmentalSensing(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, ENVIRONMENTAL_SENSING, 'Environmental Sensing', signal);
  return {
    service: found,
    /** Degrees Celsius; `undefined` when there is no such sensor, or it does not know. */
    temperature: (stop?: AbortSignal) => readOptional(found, temperature, stop),
    /** Percent, likewise. */
    humidity: (stop?: AbortSignal) => readOptional(found, humidity, stop),
    /** Pascals, likewise. */
    pressure: (stop?: AbortSignal) => readOptional(found, pressure, stop),
    /** Calls `listener` with each value that a sensor notifies. @throws {NotSupportedError} when there is none, or it does not */
    subscribe: async (
      what: Sensed,
      listener: (value: number | undefined) => void,
      options?: SubscribeAsOptions,
    ) => {
      const codec: ValueCodec<number | undefined> = codecs[what] as ValueCodec<number | undefined>;
      return required(found, codec).subscribeAs(codec, listener, options);
    },
  };
}

/** Serves the Environmental Sensing Service: one characteristic for each value given. */
export function serveEnvironmentalSensing(
  server: GattServer,
  values: { readonly [K in Sensed]?: number | undefined },
) {
  const definitions: Record<string, CharacteristicDefinition> = {};
  for (const what of Object.keys(codecs) as Sensed[]) {
    if (!(what in values)) continue;
    const codec = codecs[what] as ValueCodec<number | undefined>;
    definitions[what] = characteristic(codec, { read: true, notify: true, value: values[what] });
  }
  const local = server.add(service(ENVIRONMENTAL_SENSING, definitions));
  return {
    service: local,
    /** Sets a value, and notifies it to those who subscribed. @throws {RangeError} when it is none of those served */
    update: async (what: Sensed, value: number | undefined): Promise<void> => {
      const sensor = local.characteristics[what];
      if (!sensor) throw new RangeError(`${what} is not served`);
      await sensor.updateAs(codecs[what] as ValueCodec<number | undefined>, value);
    },
  };
}
