import { platformSchemes } from '#transports';
import { TransportError } from '../../core/errors.js';
import { parsePort } from './port.js';
import type { Scheme, TransportContext } from './scheme.js';
import type { HciTransport } from './transport.js';

const hciSocket =
  "Linux's HCI sockets are not used (docs/transports.md says why): take the adapter as usb:0, or let btproxy serve it and take unix:path. ";
/** What people write who know other stacks, and what to write here. */
const elsewhere: Readonly<Record<string, string>> = {
  hci: hciSocket,
  'hci-socket': hciSocket,
  http: 'A WebSocket is ws://host:port/path. ',
  https: 'A WebSocket with TLS is wss://host:port/path. ',
  'ws-client': 'It is ws://host:port/path. ',
  'tcp-client': 'It is tcp:host:port. ',
};

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
      `${JSON.stringify(port)}: unknown kind of port ${parsed.scheme}:. ${elsewhere[parsed.scheme] ?? ''}Forms: ${forms}`,
      'PORT_SPEC',
    );
  }
  return (await scheme.load()).create(parsed, context);
}
