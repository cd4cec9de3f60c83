import type { Address } from '../../core/address.js';
import { StateError, TimeoutError } from '../../core/errors.js';
import type { Connection } from '../connection.js';
import { FAILED_TO_BE_ESTABLISHED, hasStatus } from '../errors.js';
import type { Seeking } from '../privacy/connect-peer.js';
import type { AcceptList } from './accept-list.js';
import { connectFound } from './connect-found.js';
import { type ConnectOptions, timeoutOf } from './connect-options.js';
import type { FoundPeer } from './find-peer.js';

/** How long the first turn is of a controller that has not shown yet that it connects by its list; each is twice the one before. */
const TURN_MS = 5000;
const LONGEST_TURN_MS = 60_000;

type Way = (options: ConnectOptions) => Promise<Connection>;

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
  const matches = ({ address }: FoundPeer) => acceptList.has(address) && !isLinked(address);
  const byHost: Way = (own) => connectFound(matches, 'an address of the accept list', false, own, seeking);
  return acceptList.fits ? byController(options, seeking, byHost) : byHost(options);
}

/** By the controller, and by the host in turns with it, until it has shown that it can: some take the command, and do nothing. */
async function byController(options: ConnectOptions, seeking: Seeking, byHost: Way): Promise<Connection> {
  const { clock, initiator } = seeking;
  const byList: Way = (own) => initiator.connectListed(own);
  const timeoutMs = timeoutOf(options);
  const until = clock.now() + timeoutMs;
  let way = byList;
  for (let turnMs = TURN_MS; !initiator.isProven; turnMs = Math.min(2 * turnMs, LONGEST_TURN_MS)) {
    const left = until - clock.now();
    try {
      return await way({ ...options, timeoutMs: Math.max(1, Math.min(turnMs, left)) });
    } catch (error) {
      // As btvirt says who looks for the address that is not looked at.
      if (way === byList && hasStatus(error, FAILED_TO_BE_ESTABLISHED))
        return byHost({ ...options, timeoutMs: Math.max(1, until - clock.now()) });
      if (!(error instanceof TimeoutError)) throw error;
      if (clock.now() >= until) throw new TimeoutError(error.what, timeoutMs);
    }
    way = way === byList ? byHost : byList;
  }
  return byList({ ...options, timeoutMs: Math.max(1, until - clock.now()) });
}
