import { Address } from '../core/address.js';
import { outsideOf } from '../core/clock.js';
import type { Unsubscribe } from '../core/emitter.js';
import { throwApart } from '../core/emitter.js';
import { BleError } from '../core/errors.js';
import type { GattSession } from '../gatt/client/session.js';
import type { BondedDevice } from './bonded-database.js';
import type { Connection } from './connection.js';
import type { Device } from './device.js';

/** How {@link keepSession} goes about it. */
export interface KeepSessionOptions {
  /**
   * Whether a link is of a bond with the peer, which keeps subscriptions and the database. Without, those are that are encrypted
   * with the key of a bond of the device's.
   */
  readonly bonded?: (connection: Connection) => boolean;
  /**
   * Told when a link could not be attached though it is still there. Without, what the peer did wrongly is a diagnostic, and all else is
   * thrown apart.
   */
  readonly onError?: (error: unknown, connection: Connection) => void;
}

/**
 * Gives a session each link to a peer that comes about, from now on, and those that are there. What is known of a bonded
 * peer's database is kept with the bond, and taken from there by a session that knows nothing yet.
 * @param peer its address, or which connections are to it
 * @returns a function that ends this; the session and its link go on
 */
export function keepSession(
  device: Pick<Device, 'on' | 'connections'> & BondedDevice,
  peer: Address | string | ((connection: Connection) => boolean),
  session: GattSession,
  options: KeepSessionOptions = {},
): Unsubscribe {
  const address = typeof peer === 'string' ? Address.parse(peer) : peer;
  const concerns = address instanceof Address ? ({ peer: one }: Connection) => one.equals(address) : address;
  const attach = async (connection: Connection) => {
    const { bondOf, keepDatabase, keptCache } = await outsideOf(
      device.host.clock,
      import('./bonded-database.js'),
    );
    const bond = bondOf(device, connection);
    const cache = bond && keptCache(bond);
    const bonded = options.bonded?.(connection) ?? bond !== undefined;
    const database = await session.attach(connection.gatt, { bonded, ...(cache ? { cache } : {}) });
    keepDatabase(device, connection, database);
  };
  const arrived = (connection: Connection) => {
    if (!concerns(connection)) return;
    attach(connection).catch((error: unknown) => {
      if (!connection.isConnected) return;
      if (options.onError) options.onError(error, connection);
      else if (error instanceof BleError) {
        const message = `a session was not attached to the link to ${connection.peer}: ${error.message}`;
        device.host.report({ layer: 'gap', message, connectionHandle: connection.handle });
      } else throwApart(error);
    });
  };
  for (const connection of device.connections) arrived(connection);
  return device.on('connection', arrived);
}
