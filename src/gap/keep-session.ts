import { Address } from '../core/address.js';
import type { Unsubscribe } from '../core/emitter.js';
import { throwApart } from '../core/emitter.js';
import type { GattSession } from '../gatt/client/session.js';
import type { Connection } from './connection.js';
import type { Device } from './device.js';

/** How {@link keepSession} goes about it. */
export interface KeepSessionOptions {
  /** Whether a link is of a bond with the peer, which keeps subscriptions and the database; never without. */
  readonly bonded?: (connection: Connection) => boolean;
  /** Told when a link could not be attached though it is still there; thrown apart without. */
  readonly onError?: (error: unknown, connection: Connection) => void;
}

/**
 * Gives a session each link to a peer that comes about, from now on, and those that are there.
 * @param peer its address, or which connections are to it
 * @returns a function that ends this; the session and its link go on
 */
export function keepSession(
  device: Pick<Device, 'on' | 'connections'>,
  peer: Address | string | ((connection: Connection) => boolean),
  session: GattSession,
  options: KeepSessionOptions = {},
): Unsubscribe {
  const address = typeof peer === 'string' ? Address.parse(peer) : peer;
  const concerns = address instanceof Address ? ({ peer: one }: Connection) => one.equals(address) : address;
  const attach = (connection: Connection) => {
    if (!concerns(connection)) return;
    const bonded = options.bonded?.(connection) ?? false;
    session.attach(connection.gatt, { bonded }).catch((error: unknown) => {
      if (!connection.isConnected) return;
      if (options.onError) options.onError(error, connection);
      else throwApart(error);
    });
  };
  for (const connection of device.connections) attach(connection);
  return device.on('connection', attach);
}
