import type { SubscribeAsOptions } from '../client/remote.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import {
  type AdjustReason,
  type CurrentTime,
  currentTime,
  type ExactTime256,
  type LocalTimeInformation,
  localTimeInformation,
  type ReferenceTimeInformation,
  referenceTimeInformation,
} from '../values/time.js';
import { readOptional, remoteService, required, type ServiceSource } from './source.js';

export {
  type AdjustReason,
  type CurrentTime,
  dateOf,
  type ExactTime256,
  exactTimeOf,
  type LocalTimeInformation,
  type ReferenceTimeInformation,
} from '../values/time.js';

const CURRENT_TIME = 0x1805;
const nothingAdjusted: AdjustReason = {
  manualTimeUpdate: false,
  externalReferenceTimeUpdate: false,
  changeOfTimeZone: false,
  changeOfDst: false,
};

/** The clock of a peer: Current Time Service 1.1. @throws {NotSupportedError} when it has none */
export async function currentTimeOf(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, CURRENT_TIME, 'Current Time', signal);
  const time = required(found, currentTime);
  return {
    service: found,
    read: (stop?: AbortSignal) => time.readAs(currentTime, stop),
    /** Sets the peer's clock. @throws {AttError} when it refuses */
    write: (value: CurrentTime, stop?: AbortSignal) => time.writeAs(currentTime, value, stop),
    /** Calls `listener` when the peer's clock is adjusted. */
    subscribe: (listener: (time: CurrentTime) => void, options?: SubscribeAsOptions) =>
      time.subscribeAs(currentTime, listener, options),
    /** Time zone and daylight saving; `undefined` when the peer does not say. */
    localTimeInformation: (stop?: AbortSignal) => readOptional(found, localTimeInformation, stop),
    /** Where its time is from; `undefined` when the peer does not say. */
    referenceTimeInformation: (stop?: AbortSignal) => readOptional(found, referenceTimeInformation, stop),
  };
}

/** What {@link serveCurrentTime} takes. */
export interface CurrentTimeServerOptions {
  /** The time now: `() => exactTimeOf(new Date())`. */
  readonly now: () => ExactTime256;
  /** Takes a time that a client sets; clients cannot without. Throw `AttRefusal` to refuse. */
  readonly onSet?: (time: CurrentTime) => void;
  readonly localTimeInformation?: () => LocalTimeInformation;
  readonly referenceTimeInformation?: () => ReferenceTimeInformation;
}

/** Serves the Current Time Service. */
export function serveCurrentTime(server: GattServer, options: CurrentTimeServerOptions) {
  const { now, onSet, localTimeInformation: zone, referenceTimeInformation: reference } = options;
  const local = server.add(
    service(CURRENT_TIME, {
      time: characteristic(currentTime, {
        read: true,
        notify: true,
        onRead: () => ({ ...now(), adjustReason: nothingAdjusted }),
        ...(onSet ? { write: true, onWrite: onSet } : {}),
      }),
      ...(zone ? { zone: characteristic(localTimeInformation, { read: true, onRead: zone }) } : {}),
      ...(reference
        ? { reference: characteristic(referenceTimeInformation, { read: true, onRead: reference }) }
        : {}),
    }),
  );
  return {
    service: local,
    /** Tells those who subscribed that the clock was adjusted, and why. */
    adjusted: (reason: Partial<AdjustReason>) =>
      local.characteristics.time.notifyAs(currentTime, {
        ...now(),
        adjustReason: { ...nothingAdjusted, ...reason },
      }),
  };
}
