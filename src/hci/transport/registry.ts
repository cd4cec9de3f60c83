import { platformSchemes } from '#transports';
import { TransportError } from '../../core/errors.js';
import { parsePort } from './port.js';
import type { Scheme, TransportContext } from './scheme.js';
import type { HciTransport } from './transport.js';

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
