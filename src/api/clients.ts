import { BdAddr } from '../core/address.js';
import type { Clock } from '../core/clock.js';
import { Transaction } from '../core/transaction.js';
import type { Connection, Device } from '../gap/index.js';
import { failed, ValueError } from './errors.js';
import { type MacLike, toBdAddr } from './values.js';

/** A client of this server: a central that connected. */
export interface BluetoothClient {
  /** Its address, 6 octets, most significant first. */
  readonly mac: Uint8Array;
  /** `Bluetooth.PUBLIC_ADDR`, `RANDOM_ADDR`, … */
  readonly addr_type: number;
}

/** As long as `gatts_mtu` waits for the client's exchange. */
const MTU_WAIT_MS = 1000;

function clientConnections(device: Device | undefined): Connection[] {
  return device ? device.connections.filter(({ role }) => role === 'peripheral') : [];
}

/** The clients, the one that connected first before the others. */
export function clientsOf(device: Device | undefined): BluetoothClient[] {
  return clientConnections(device).map(({ peer }) => ({ mac: peer.bd.bytes, addr_type: peer.type }));
}

/** Disconnects all clients, or one; links that this side opened are left alone. */
export async function disconnectClients(
  device: Device | undefined,
  client: BluetoothClient | MacLike | null | undefined,
): Promise<void> {
  const only = client == null ? undefined : addressOf(client);
  const links = clientConnections(device).filter(({ peer }) => !only || peer.bd.equals(only));
  try {
    await Promise.all(links.map((link) => link.disconnect()));
  } catch (error) {
    throw failed(error);
  }
}

/** The ATT_MTU with the first client, once it was exchanged or 1 s has passed; `null` without a client. */
export async function clientMtu(device: Device | undefined, clock: Clock): Promise<number | null> {
  const [link] = clientConnections(device);
  if (!link) return null;
  const wait = new Transaction<void>({ clock, what: 'MTU exchange of the client', timeoutMs: MTU_WAIT_MS });
  wait.start();
  link.bearer.onMtuAgreed(() => wait.resolve());
  link.bearer.onClosed((reason) => wait.reject(reason));
  try {
    await wait.promise;
  } catch {
    if (!link.isConnected) return null;
  }
  return link.mtu;
}

function addressOf(client: BluetoothClient | MacLike): BdAddr {
  if (typeof client === 'string' || client instanceof Uint8Array) return toBdAddr(client);
  if (client.mac instanceof Uint8Array && client.mac.length === 6) return BdAddr.fromBytes(client.mac);
  throw new ValueError('disconnect_client: a client, or its address, is wanted');
}
