import { platformSchemes } from '#transports';
import type { Clock } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import type { RandomSource } from '../../core/random.js';
import { type Port, parsePort } from './port.js';
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

const registered = new Map<string, Scheme>();

/** Adds a scheme, or replaces one: `virtual:` comes this way, and so can a user's own. */
export function registerTransport(name: string, scheme: Scheme): void {
  registered.set(name.toLowerCase(), scheme);
}

/** The schemes at hand, by name. */
export function transportSchemes(): ReadonlyMap<string, Scheme> {
  return new Map([...Object.entries(platformSchemes), ...registered]);
}

/**
 * A transport from a port string, not opened yet; a transport object is given back as it is.
 * @throws {TransportError} `PORT_SPEC` when the scheme is unknown or its parts are wrong
 */
export async function createTransport(
  port: string | HciTransport,
  context: TransportContext,
): Promise<HciTransport> {
  if (typeof port !== 'string') return port;
  const parsed = parsePort(port);
  const schemes = transportSchemes();
  const scheme = schemes.get(parsed.scheme);
  if (!scheme) {
    const forms = [...schemes.values()].map((known) => known.form).join(', ');
    throw new TransportError(
      `${JSON.stringify(port)}: unknown kind of port ${parsed.scheme}:. Forms: ${forms}`,
      'PORT_SPEC',
    );
  }
  return (await scheme.load()).create(parsed, context);
}
