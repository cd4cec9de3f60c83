import { outsideOf } from '../core/clock.js';
import type { GattDatabase } from '../gatt/client/database.js';
import type { BondedDevice } from './bonded-database.js';
import type { Connection } from './connection.js';

/** How {@link knownDatabase} goes about it. */
export interface KnownDatabaseOptions {
  readonly signal?: AbortSignal;
}

/**
 * The database of a link's peer, as `openDatabase` of `bluewire/gatt` gives it; what is known of a bonded peer's is kept with
 * the bond. While the link is encrypted with the key of the bond, it is taken from there without asking (Core Vol 3, Part G,
 * 2.5.2), and what changes is kept there again.
 * @throws {BleError} when the link goes, or the peer refuses
 */
export async function knownDatabase(
  device: BondedDevice,
  connection: Connection,
  options: KnownDatabaseOptions = {},
): Promise<GattDatabase> {
  const { openBondedDatabase } = await outsideOf(device.host.clock, import('./bonded-database.js'));
  return openBondedDatabase(device, connection, options.signal);
}
