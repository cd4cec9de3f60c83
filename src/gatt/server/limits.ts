import { checkInteger, checkKeys } from '../../core/check.js';

/** What a {@link GattServer} takes. */
export interface GattServerOptions {
  /**
   * How long a handler or an authorisation may take, 1–29000 ms; 25000. A request whose handler takes longer gets Unlikely
   * Error: after 30 s the client would give up the link (Core Vol 3, Part F, 3.3.3).
   */
  readonly handlerDeadlineMs?: number;
  /** Parts that a client may have prepared to write, 1–4096; 64, which is two values of 512 octets at the smallest MTU. */
  readonly preparedWrites?: number;
  /** Indications that may wait for one client, 1–65536; 256. */
  readonly indications?: number;
}

/** The same, whole. */
export type ServerLimits = Required<GattServerOptions>;

/** @throws {RangeError} when an option is out of its range */
export function limitsOf(options: GattServerOptions): ServerLimits {
  checkKeys('GattServer', options, ['handlerDeadlineMs', 'preparedWrites', 'indications']);
  const { handlerDeadlineMs = 25_000, preparedWrites = 64, indications = 256 } = options;
  return {
    handlerDeadlineMs: checkInteger('handlerDeadlineMs', handlerDeadlineMs, 1, 29_000),
    preparedWrites: checkInteger('preparedWrites', preparedWrites, 1, 4096),
    indications: checkInteger('indications', indications, 1, 65_536),
  };
}
