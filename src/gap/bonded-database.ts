import { fromHex } from '../core/hex.js';
import { messageOf } from '../core/message-of.js';
import { checkGattCache, type GattCache } from '../gatt/client/cache.js';
import { type GattDatabase, openDatabase } from '../gatt/client/database.js';
import type { Bond, JsonValue } from './bonds/bond.js';
import type { Connection } from './connection.js';
import type { Device } from './device.js';

/** What of a device is needed to know the databases of bonded peers. */
export type BondedDevice = Pick<Device, 'host' | 'bonds'>;

/** What `knownDatabase` does. */
export async function openBondedDatabase(
  device: BondedDevice,
  connection: Connection,
  signal: AbortSignal | undefined,
): Promise<GattDatabase> {
  const bond = bondOf(device, connection);
  const cache = bond && keptCache(bond);
  const database = await openDatabase(connection.gatt, {
    bonded: bond !== undefined,
    ...(cache ? { cache } : {}),
    ...(signal ? { signal } : {}),
  });
  keepDatabase(device, connection, database);
  return database;
}

/** The bond that the encryption of a link is of. */
export function bondOf(device: BondedDevice, { peer, security }: Connection): Bond | undefined {
  return security.bonded && security.level > 1 ? device.bonds.get(peer) : undefined;
}

/** What a bond has of the peer's database; one that is damaged is not used. */
export function keptCache({ client: { cache } }: Bond): GattCache | undefined {
  if (cache === undefined) return undefined;
  try {
    return checkGattCache(cache);
  } catch {
    return undefined;
  }
}

const kept = /* @__PURE__ */ new WeakSet<GattDatabase>();

/** Keeps what is known of a database with the bond of the link, now and after each change. */
export function keepDatabase(device: BondedDevice, connection: Connection, database: GattDatabase): void {
  if (kept.has(database)) return;
  kept.add(database);
  const keep = () => {
    const cache = database.export();
    const bond = bondOf(device, connection);
    if (!bond || JSON.stringify(cache) === JSON.stringify(bond.client.cache)) return;
    const databaseHash = cache?.databaseHash === undefined ? undefined : fromHex(cache.databaseHash);
    device.bonds
      .update(bond.identity, { client: { databaseHash, cache: cache as unknown as JsonValue } })
      .catch((error: unknown) => {
        const why = messageOf(error);
        device.host.report({
          layer: 'gap',
          message: `what is known of ${bond.identity}'s services could not be kept: ${why}`,
          connectionHandle: connection.handle,
        });
      });
  };
  keep();
  // A link that is lost before the change is known in full leaves none: the server takes it for known when it was confirmed.
  database.on('changing', keep);
  database.on('changed', () => {
    database.settled().then(keep, () => {});
  });
  // A pairing that comes later makes the bond that it is kept with.
  connection.on('paired', keep);
}
