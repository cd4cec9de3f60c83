import { checkInteger, checkKeys } from '../../core/check.js';
import { type BleError, L2capError, NotSupportedError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { SecurityLevel } from '../../core/security.js';
import { AttBearer } from '../../gatt/att/bearer.js';
import { EnhancedChannel } from '../../gatt/att/enhanced-channel.js';
import { ClientFeature, GattServiceUuid, readGattCharacteristic } from '../../gatt/client/gatt-service.js';
import type { GattClient } from '../../gatt/index.js';
import { ServerFeature } from '../../gatt/server/generic-attribute.js';
import type { ChannelServers, CreditChannel, OpenedChannels } from '../../l2cap/index.js';
import { type EattLink, MOST_BEARERS, type OpenEattOptions } from './options.js';

/** The SPSM of the enhanced ATT bearer: Core Vol 3, Part G, 5.3.2. */
const EATT_SPSM = 0x0027;
/** Bearers that a link may have: five that each side opened. */
const LINK_LIMIT = 2 * MOST_BEARERS;
/** The smallest MTU of a channel in Enhanced Credit Based Flow Control mode, and so of a bearer: Part A, 4.25. */
const SMALLEST_MTU = 64;
/** The largest ATT_MTU that is of use: a value of 512 octets in a prepared write. */
const LARGEST_MTU = 517;
/** The result of Part A, 4.26, that tells of a collision. */
const INSUFFICIENT_RESOURCES = 0x0004;
/** How long a peripheral leaves the central the way at least: Part G, 5.4. */
const CENTRAL_FIRST_MS = 100;

/** Serves the bearers that peers open: on links that are encrypted, and no others (5.3.2). */
export function serveEatt<Link extends EattLink>(servers: ChannelServers<Link>, mtu: number): void {
  servers.listen(adopt, {
    spsm: EATT_SPSM,
    modes: ['enhancedCreditBased'],
    mtu: Math.max(SMALLEST_MTU, mtu),
    minMtu: SMALLEST_MTU,
    maxChannels: LINK_LIMIT,
    security: { level: SecurityLevel.encrypted },
  });
}

/** Opens on a link as soon as it is encrypted what it has not yet of so many bearers, where the peer has them. */
export function openWhenEncrypted(
  connection: EattLink,
  count: number,
  report: (message: string) => void,
): void {
  let begun = false;
  const look = () => {
    if (begun || connection.security.level === SecurityLevel.none) return;
    begun = true;
    openMissing(connection, count).catch((error: unknown) => {
      // A peer without them is nothing to tell of; a link that went tells of itself.
      if (error instanceof NotSupportedError || !connection.isConnected) return;
      report(`no enhanced ATT bearers: ${messageOf(error)}`);
    });
  };
  connection.on('security', look);
  look();
}

/** What `connection.openEatt` does. */
export async function openEatt(connection: EattLink, options: OpenEattOptions): Promise<number> {
  checkKeys('openEatt', options, ['count', 'mtu', 'signal']);
  const { gatt } = connection;
  const { count = 3, mtu = usualMtu(gatt), signal } = options;
  checkInteger('count', count, 1, MOST_BEARERS);
  checkInteger('mtu', mtu, SMALLEST_MTU, LARGEST_MTU);
  signal?.throwIfAborted();
  if (connection.security.level === SecurityLevel.none)
    await connection.requireSecurity(SecurityLevel.encrypted);
  await agree(gatt, signal);
  return open(connection, (opened) => count - opened, { mtu, ...(signal ? { signal } : {}) });
}

/**
 * Both sides may want so many, and those of either serve both: a peripheral leaves it to the central, and counts what it finds
 * then. The peer's server is told in any case that this side has them.
 */
async function openMissing(connection: EattLink, count: number): Promise<void> {
  const { gatt, served } = connection;
  await agree(gatt, undefined);
  await centralFirst(connection, undefined);
  await open(connection, () => count - served.enhancedBearers, { mtu: usualMtu(gatt) });
}

function usualMtu({ bearer }: GattClient): number {
  return Math.max(SMALLEST_MTU, bearer.offeredMtu);
}

/**
 * Asks for bearers, and once more where both sides asked at the same time and there was not room enough for both (5.4).
 * @param missing how many are to come, as it is at the moment
 */
async function open(
  connection: EattLink,
  missing: (opened: number) => number,
  wanted: { readonly mtu: number; readonly signal?: AbortSignal },
): Promise<number> {
  const { served } = connection;
  const before = served.enhancedBearers;
  const count = missing(0);
  if (count <= 0) return 0;
  const first = await ask(connection, count, wanted);
  for (const channel of first.channels) adopt(channel, connection);
  let opened = first.channels.length;
  const peers = served.enhancedBearers - before - opened;
  if (first.result !== INSUFFICIENT_RESOURCES || opened === count || peers <= 0) {
    if (first.error) throw first.error;
    return opened;
  }
  await centralFirst(connection, wanted.signal);
  const rest = missing(opened);
  if (rest <= 0) return opened;
  const second = await ask(connection, rest, wanted);
  for (const channel of second.channels) adopt(channel, connection);
  opened += second.channels.length;
  if (opened === 0 && second.error) throw second.error;
  return opened;
}

/** Makes a bearer of a channel, for the client and the server of its link. */
function adopt(channel: CreditChannel, connection: EattLink): void {
  const { gatt, served } = connection;
  const { clock, trace } = gatt.bearer;
  const pdus = new EnhancedChannel(channel);
  const report = (message: string) => gatt.bearer.report(message);
  const bearer = new AttBearer(pdus, {
    clock,
    mtu: pdus.mtu,
    enhanced: () => pdus.mtu,
    trace,
    report,
    onTimeout: () => {
      report('an ATT transaction timed out on an enhanced bearer, which is closed');
      void channel.close();
    },
  });
  served.add(bearer);
  gatt.add(bearer);
  pdus.start();
}

/** Finds out whether the peer's server has enhanced bearers, and tells it that this client has (Part G, 7.2, 7.4). */
async function agree(gatt: GattClient, signal: AbortSignal | undefined): Promise<void> {
  const read = (uuid: number) => readGattCharacteristic(gatt.requester, uuid, signal);
  const features = await read(GattServiceUuid.serverSupportedFeatures);
  if (((features?.value[0] ?? 0) & ServerFeature.enhancedAttBearer) === 0)
    throw new NotSupportedError("openEatt: the peer's server has no enhanced ATT bearers");
  const own = await read(GattServiceUuid.clientSupportedFeatures);
  if (!own || ((own.value[0] ?? 0) & ClientFeature.enhancedAttBearer) !== 0) return;
  const value = own.value.length > 0 ? own.value.slice() : new Uint8Array(1);
  value[0]! |= ClientFeature.enhancedAttBearer;
  await gatt.write(own.handle, value, signal);
}

/** Asks for bearers; a refusal is a result. */
async function ask(
  connection: EattLink,
  count: number,
  options: { readonly mtu: number; readonly signal?: AbortSignal },
): Promise<OpenedChannels & { readonly error?: BleError }> {
  try {
    return await connection.openChannels(EATT_SPSM, count, options);
  } catch (error) {
    if (!(error instanceof L2capError)) throw error;
    return { channels: [], result: error.reason ?? 0, error };
  }
}

/** A central may ask at once, a peripheral after 100 ms, or 2 * (latency + 1) intervals where those are longer (5.4). */
async function centralFirst(
  { role, parameters, gatt }: EattLink,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (role === 'central') return;
  const { clock } = gatt.bearer;
  const ms = Math.max(CENTRAL_FIRST_MS, 2 * (parameters.latency + 1) * parameters.intervalMs);
  await new Promise<void>((resolve, reject) => {
    const timer = clock.setTimeout(done, ms);
    const leave = () => {
      clock.clearTimeout(timer);
      reject(signal!.reason);
    };
    function done() {
      signal?.removeEventListener('abort', leave);
      resolve();
    }
    signal?.addEventListener('abort', leave, { once: true });
    gatt.bearer.onClosed((reason) => {
      clock.clearTimeout(timer);
      reject(reason);
    });
  });
}
