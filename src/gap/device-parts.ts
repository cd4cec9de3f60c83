import { type Clock, outsideOf } from '../core/clock.js';
import type { CaptureSink } from '../hci/capture/tap.js';
import type { HciHost } from '../hci/host.js';
import type { Connection } from './connection.js';
import type { DeviceOptions } from './device-options.js';
import type { AddressStore } from './own-address.js';

/** What a device is made with that is loaded only when its options ask for it. */

/** Where an own address that had to be made is kept. */
export async function storeOf({ addressStore, transport }: DeviceOptions): Promise<AddressStore | undefined> {
  if (addressStore !== undefined) return addressStore ?? undefined;
  return typeof transport === 'string' ? (await import('#addresses')).platformAddressStore() : undefined;
}

/** What records the packets. */
export async function captureOf({ capture }: DeviceOptions, clock: Clock): Promise<CaptureSink | undefined> {
  return typeof capture === 'string' ? (await import('#captures')).captureFile(capture, clock) : capture;
}

/** The devices of a simulated world forget their bonds when it ends, and so does who bonded with them. */
export function keepsBonds({ transport }: DeviceOptions): boolean {
  return typeof transport === 'string' && !transport.startsWith('virtual:');
}

/** What serves and opens enhanced ATT bearers, for a device with the option. */
export async function loadEatt(clock: Clock): Promise<typeof import('./eatt/bearers.js')> {
  return outsideOf(clock, import('./eatt/bearers.js'));
}

/** {@link loadEatt}, and how many bearers are opened on each link by itself. */
export type DeviceEatt = Awaited<ReturnType<typeof loadEatt>> & { readonly bearers: number };

/** Opens on a new link the enhanced bearers that its device opens by itself. */
export function openBearers(eatt: DeviceEatt | undefined, connection: Connection, host: HciHost): void {
  if (!eatt || eatt.bearers === 0) return;
  const { handle: connectionHandle } = connection;
  eatt.openWhenEncrypted(connection, eatt.bearers, (message) =>
    host.report({ layer: 'att', message, connectionHandle }),
  );
}

/** What pairs, with its ciphers; loaded by the first device that does. */
export function loadSecurity(): Promise<typeof import('./security/device-security.js')> {
  return import('./security/device-security.js');
}
