import type { Address } from '../../core/address.js';
import type { Clock } from '../../core/clock.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import { type ConnectOptions, listeningOf } from '../connecting/connect-options.js';
import type { Initiator } from '../connecting/initiator.js';
import type { Connection } from '../connection.js';
import type { Scanner } from '../scanning/scanner.js';
import type { Privacy } from './privacy.js';
import { connectHidden } from './seek.js';

const LE_CODED = 3;

/** What a connection comes about with. */
export interface Seeking {
  readonly privacy: Privacy | undefined;
  readonly scanner: Scanner;
  readonly initiator: Initiator;
  readonly clock: Clock;
}

/**
 * Connects to a peer that is known by its identity address, or by the one that it has on air.
 * @param seen its advertisement of just now, if any
 */
export async function connectPeer(
  peer: Address,
  seen: AdvertisingReport | undefined,
  options: ConnectOptions,
  seeking: Seeking,
): Promise<Connection> {
  const release = seeking.privacy?.hold(peer);
  try {
    return await connectHeld(peer, seen, options, seeking);
  } finally {
    release?.();
  }
}

async function connectHeld(
  peer: Address,
  seen: AdvertisingReport | undefined,
  options: ConnectOptions,
  { privacy, scanner, initiator, clock }: Seeking,
): Promise<Connection> {
  await privacy?.prepare(peer);
  if (!privacy?.isHidden(peer) || options.through) return initiator.connect(peer, heardOn(seen, options));
  initiator.check(options);
  return connectHidden({
    scanner,
    clock,
    peer,
    seen,
    listening: listeningOf(options),
    timeoutMs: options.timeoutMs ?? 30_000,
    signal: options.signal,
    connect: async (report, timeoutMs) => {
      await privacy.adopt(report.directAddress);
      return initiator.connect(report.addressOnAir!, { ...heardOn(report, options), timeoutMs });
    },
  });
}

/** Begins on the PHY that an advertisement was heard on, unless the program says which. */
function heardOn(report: AdvertisingReport | undefined, options: ConnectOptions): ConnectOptions {
  return report?.primaryPhy === LE_CODED && options.phys === undefined
    ? { ...options, phys: ['coded'] }
    : options;
}
