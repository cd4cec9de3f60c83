import { TimeoutError } from '../../core/errors.js';
import type { Connection } from '../connection.js';
import { connectPeer, type Seeking } from '../privacy/connect-peer.js';
import { type ConnectOptions, listeningOf, timeoutOf } from './connect-options.js';
import { type FoundPeer, findPeer, matcher, type PeerQuery } from './find-peer.js';

/** How long one advertiser is tried that was seen: it may be gone. */
const TRY_MS = 10_000;

/** Connects to the first advertiser that a query fits. @throws {TimeoutError} when none is seen in time, or answers */
export function connectQuery(
  query: PeerQuery,
  options: ConnectOptions,
  seeking: Seeking,
): Promise<Connection> {
  const { matches, what } = matcher(query);
  return connectFound(matches, what, true, options, seeking);
}

/** Connects to the first advertiser that is wanted: the host looks for it. @param what what it is called in errors */
export async function connectFound(
  matches: (peer: FoundPeer) => boolean,
  what: string,
  active: boolean,
  options: ConnectOptions,
  seeking: Seeking,
): Promise<Connection> {
  const { scanner, clock, initiator } = seeking;
  const { signal } = options;
  const timeoutMs = timeoutOf(options);
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
