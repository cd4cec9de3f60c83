import type { Clock } from '../../core/clock.js';
import type { BleError } from '../../core/errors.js';

/** What an ATT bearer needs. */
export interface AttBearerOptions {
  readonly clock: Clock;
  /** The largest ATT_MTU to offer and to take, 23–517. */
  readonly mtu: number;
  /** For an enhanced bearer: the MTU of its channel as it is, which is the ATT_MTU (3.2.8). */
  readonly enhanced?: () => number;
  /** Told of PDUs that make no sense. */
  readonly report: (message: string) => void;
  /** Told what a call is about, right before its first packet is sent; without, nobody records the packets. */
  readonly trace?: ((text: string) => void) | undefined;
  /** A transaction timed out: the bearer sends nothing any more, and the link should be ended (3.3.3). */
  readonly onTimeout?: () => void;
}

/** Takes the requests and commands of the peer's client; the PDU, opcode first, is `bytes[start, end)`. */
export interface AttRequestReceiver {
  request(bytes: Uint8Array, start: number, end: number): void;
  /** The bearer is gone. */
  closed(reason: BleError): void;
}

/** Takes values that the peer's server sends by itself; the value is `bytes[start, end)`, a view valid during the call. */
export type ValueReceiver = (
  handle: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  indication: boolean,
) => void;

/**
 * Makes a result of a response, which is `bytes[start, end)`, opcode first; a view valid during the call. `mtu` is the ATT_MTU of
 * the bearer that it came on.
 */
export type ResponseParser<T> = (bytes: Uint8Array, start: number, end: number, mtu: number) => T;
