import type { Address } from '../../core/address.js';
import type { Clock } from '../../core/clock.js';
import { TimeoutError } from '../../core/errors.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import type { Listening } from '../connecting/connect-options.js';
import { findPeer } from '../connecting/find-peer.js';
import type { Scanner } from '../scanning/scanner.js';

/** How long one private address is tried: a peer may take another at any moment. */
const TRY_MS = 10_000;

/** What {@link connectHidden} is done with. */
export interface HiddenPeer<Link> {
  readonly scanner: Scanner;
  readonly clock: Clock;
  /** Its identity address. */
  readonly peer: Address;
  /** Its advertisement of just now. */
  readonly seen: AdvertisingReport | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly listening: Listening;
  /**
   * Connects to the address on air that an advertisement has.
   * @throws {TimeoutError} when nobody answers there
   */
  readonly connect: (report: AdvertisingReport, timeoutMs: number) => Promise<Link>;
}

/**
 * Connects to a peer whose private addresses the controller does not resolve: it is looked for among the advertisers, and
 * called by the address that it has at the moment.
 * @throws {TimeoutError} when it is not seen in time, or does not answer
 */
export async function connectHidden<Link>(hidden: HiddenPeer<Link>): Promise<Link> {
  const { clock, timeoutMs, connect } = hidden;
  const until = clock.now() + timeoutMs;
  for (let { seen } = hidden; ; seen = undefined) {
    if (!seen?.addressOnAir) seen = await seek(hidden, until);
    const left = until - clock.now();
    try {
      return await connect(seen, Math.max(1, Math.min(left, TRY_MS)));
    } catch (error) {
      if (!(error instanceof TimeoutError) || clock.now() >= until) throw error;
    }
  }
}

async function seek<Link>(
  { scanner, clock, peer, listening, signal, timeoutMs }: HiddenPeer<Link>,
  until: number,
): Promise<AdvertisingReport> {
  const { report } = await findPeer({
    scanner,
    clock,
    active: false,
    listening,
    matches: ({ address, report }) => report.addressOnAir !== undefined && address.equals(peer),
    timeoutMs: until === Number.POSITIVE_INFINITY ? undefined : Math.max(1, until - clock.now()),
    timeoutError: () =>
      new TimeoutError(
        `connection to ${peer}: no device with its identity was seen advertising connectably`,
        timeoutMs,
      ),
    signal,
  });
  return report;
}
