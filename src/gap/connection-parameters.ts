import { checkInteger, checkKeys, checkNumber } from '../core/check.js';

/** Connection parameters to ask for. */
export interface ConnectionParameters {
  /** Shortest connection interval in milliseconds, 7.5–4000; 15. */
  readonly intervalMinMs?: number;
  /** Longest connection interval in milliseconds; 30, or `intervalMinMs` when that is longer. */
  readonly intervalMaxMs?: number;
  /** Connection events that the peripheral may sleep through, 0–499; 0. */
  readonly latency?: number;
  /** Supervision timeout in milliseconds, 100–32000; 4000. */
  readonly supervisionTimeoutMs?: number;
}

/** The parameters that a connection has. */
export interface CurrentConnectionParameters {
  /** Connection interval in milliseconds. */
  readonly intervalMs: number;
  readonly latency: number;
  readonly supervisionTimeoutMs: number;
}

const known = ['intervalMinMs', 'intervalMaxMs', 'latency', 'supervisionTimeoutMs'];

/** The fields of LE Create Connection and LE Connection Update (Core Vol 4, Part E, 7.8.12 and 7.8.18), checked. */
export function encodeConnectionParameters(parameters: ConnectionParameters) {
  checkKeys('connection parameters', parameters, known);
  const min = checkNumber(
    'intervalMinMs',
    parameters.intervalMinMs ?? Math.min(15, parameters.intervalMaxMs ?? 15),
    7.5,
    4000,
    'ms',
  );
  const max = checkNumber('intervalMaxMs', parameters.intervalMaxMs ?? Math.max(30, min), min, 4000, 'ms');
  const latency = checkInteger('latency', parameters.latency ?? 0, 0, 499);
  const timeout = checkNumber(
    'supervisionTimeoutMs',
    parameters.supervisionTimeoutMs ?? 4000,
    100,
    32000,
    'ms',
  );
  if (timeout <= (1 + latency) * max * 2) {
    throw new RangeError(
      `supervisionTimeoutMs: ${timeout} is not permitted; more than (1 + latency) * intervalMaxMs * 2 = ${(1 + latency) * max * 2} ms is`,
    );
  }
  return {
    connectionIntervalMin: Math.round(min / 1.25),
    connectionIntervalMax: Math.round(max / 1.25),
    maxLatency: latency,
    supervisionTimeout: Math.round(timeout / 10),
  };
}

/** Parameters as an event carries them, in milliseconds. */
export function decodeConnectionParameters(event: {
  readonly connectionInterval: number;
  readonly peripheralLatency: number;
  readonly supervisionTimeout: number;
}): CurrentConnectionParameters {
  return {
    intervalMs: event.connectionInterval * 1.25,
    latency: event.peripheralLatency,
    supervisionTimeoutMs: event.supervisionTimeout * 10,
  };
}
