import type { SubscribeAsOptions } from '../client/remote.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import { batteryLevel } from '../values/battery.js';
import { remoteService, required, type ServiceSource } from './source.js';

const BATTERY = 0x180f;

/** The battery of a peer: Battery Service 1.0. @throws {NotSupportedError} when it has none */
export async function battery(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, BATTERY, 'Battery', signal);
  const level = required(found, batteryLevel);
  return {
    service: found,
    /** Percent, 0–100. */
    level: (stop?: AbortSignal) => level.readAs(batteryLevel, stop),
    /** Calls `listener` with the level each time that it is told. @throws {NotSupportedError} when the peer does not notify it */
    subscribe: (listener: (percent: number) => void, options?: SubscribeAsOptions) =>
      level.subscribeAs(batteryLevel, listener, options),
  };
}

/** Serves the Battery Service. @param level percent at the beginning, 0–100 */
export function serveBattery(server: GattServer, level: number) {
  const local = server.add(
    service(BATTERY, { level: characteristic(batteryLevel, { read: true, notify: true, value: level }) }),
  );
  return {
    service: local,
    /** Sets the level, and notifies it to those who subscribed. */
    update: (percent: number) => local.characteristics.level.updateAs(batteryLevel, percent),
  };
}
