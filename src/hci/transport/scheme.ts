import type { Clock } from '../../core/clock.js';
import type { RandomSource } from '../../core/random.js';
import type { Port } from './port.js';
import type { HciTransport } from './transport.js';

/** What a transport may need from its surroundings. */
export interface TransportContext {
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Makes the transports of one scheme. */
export interface TransportFactory {
  /** @throws {TransportError} `PORT_SPEC`, with the right form, when the port's parts are wrong */
  create(port: Port, context: TransportContext): HciTransport | Promise<HciTransport>;
}

/** One scheme of port strings. */
export interface Scheme {
  /** The form to show to users: `tcp:host:port`. */
  readonly form: string;
  /** Loads the code on first use. */
  load(): Promise<TransportFactory>;
}
