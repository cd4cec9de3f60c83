import type { Address } from '../../core/address.js';
import type { Clock } from '../../core/clock.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import type { ConnectOptions } from '../connecting/connect-options.js';
import type { Initiator } from '../connecting/initiator.js';
import type { Connection } from '../connection.js';
import type { Scanner } from '../scanning/scanner.js';
import type { Privacy } from './privacy.js';
import { connectHidden } from './seek.js';

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
  { privacy, scanner, initiator, clock }: Seeking,
): Promise<Connection> {
  await privacy?.prepare(peer);
  if (!privacy?.isHidden(peer)) return initiator.connect(peer, options);
  return connectHidden({
    scanner,
    clock,
    peer,
    seen,
    timeoutMs: options.timeoutMs ?? 30_000,
    signal: options.signal,
    connect: async (onAir, target, timeoutMs) => {
      await privacy.adopt(target);
      return initiator.connect(onAir, { ...options, timeoutMs });
    },
  });
}
