import type { Address } from '../../core/address.js';
import { checkNumber } from '../../core/check.js';
import { StateError, TimeoutError } from '../../core/errors.js';
import type { Connection } from '../connection.js';
import { connectPeer, type Seeking } from '../privacy/connect-peer.js';
import type { AcceptList } from './accept-list.js';
import { type ConnectOptions, listeningOf } from './connect-options.js';
import { type FoundPeer, findPeer, matcher, type PeerQuery } from './find-peer.js';

/** How long one advertiser is tried that was seen: it may be gone. */
const TRY_MS = 10_000;
const DEFAULT_MS = 30_000;

/** Connects to the first advertiser that a query fits. @throws {TimeoutError} when none is seen in time, or answers */
export function connectQuery(
  query: PeerQuery,
  options: ConnectOptions,
  seeking: Seeking,
): Promise<Connection> {
  const { matches, what } = matcher(query);
  return connectFound(matches, what, true, options, seeking);
}

/**
 * Connects to the first peer of the accept list that is seen: by the controller where it has the list, else by the host.
 * @param linked to whom there is a link
 */
export async function connectListed(
  acceptList: AcceptList,
  linked: readonly Address[],
  options: ConnectOptions,
  seeking: Seeking,
): Promise<Connection> {
  const isLinked = (peer: Address) => linked.some((one) => one.equals(peer));
  if (acceptList.list().every(isLinked))
    throw new StateError('connectAny: nobody is on the accept list whom there is no link to');
  if (acceptList.fits) return seeking.initiator.connectListed(options);
  const matches = ({ address }: FoundPeer) => acceptList.has(address) && !isLinked(address);
  return connectFound(matches, 'an address of the accept list', false, options, seeking);
}

async function connectFound(
  matches: (peer: FoundPeer) => boolean,
  what: string,
  active: boolean,
  options: ConnectOptions,
  seeking: Seeking,
): Promise<Connection> {
  const { scanner, clock, initiator } = seeking;
  const { signal, timeoutMs = DEFAULT_MS } = options;
  if (timeoutMs !== Number.POSITIVE_INFINITY) checkNumber('timeoutMs', timeoutMs, 1, 2 ** 31 - 1, 'ms');
  initiator.check(options);
  signal?.throwIfAborted();
  const listening = listeningOf(options);
  const until = clock.now() + timeoutMs;
  const timeoutError = () =>
    new TimeoutError(`connection to ${what}: no such device was seen advertising connectably`, timeoutMs);
  for (;;) {
    const left = until - clock.now();
    const limit = left === Number.POSITIVE_INFINITY ? undefined : Math.max(1, left);
    const wait = { signal, timeoutMs: limit, timeoutError };
    const found = await findPeer({ scanner, clock, matches, active, listening, ...wait });
    const rest = Math.max(1, Math.min(until - clock.now(), TRY_MS));
    try {
      return await connectPeer(found.address, found.report, { ...options, timeoutMs: rest }, seeking);
    } catch (error) {
      if (!(error instanceof TimeoutError) || clock.now() >= until) throw error;
    }
  }
}
