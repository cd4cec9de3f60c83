import type { HciTransport } from '../hci/transport/transport.js';
import { DEFAULT_TRANSPORT } from './options.js';

/** The objects by what they stand on: one for each transport. */
const byPort = new Map<string, object>();
const byTransport = new WeakMap<HciTransport, object>();
/** The object that was made or initialised last, and not deinitialised. */
let latest: object | undefined;

/** The object of a transport; without one, that which was made last, else that of the default transport. */
export function objectFor(transport: string | HciTransport | undefined): object | undefined {
  if (transport === undefined) return latest ?? byPort.get(DEFAULT_TRANSPORT);
  return typeof transport === 'string' ? byPort.get(transport) : byTransport.get(transport);
}

/** An object has a transport, and is the one in use. */
export function remember(transport: string | HciTransport, object: object): void {
  if (typeof transport === 'string') byPort.set(transport, object);
  else byTransport.set(transport, object);
  latest = object;
}

/** An object is out of use; with `transport`, its transport is free for others. */
export function forget(object: object, transport?: string | HciTransport): void {
  if (latest === object) latest = undefined;
  if (transport === undefined) return;
  if (typeof transport === 'string') byPort.delete(transport);
  else byTransport.delete(transport);
}
