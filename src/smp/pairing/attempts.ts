import type { Address } from '../../core/address.js';
import type { Clock } from '../../core/clock.js';

interface Attempt {
  /** What the next failure makes the peer wait, in milliseconds. */
  next: number;
  /** When it may try again, by the clock. */
  until: number;
}

/** Options of {@link PairingAttempts}. */
export interface PairingAttemptsOptions {
  /** How long a peer waits after its first failure, in milliseconds; 1000. It doubles with each further one. */
  readonly firstMs?: number;
  /** The longest wait, in milliseconds; 300000. After as long again without a failure all is forgotten. */
  readonly longestMs?: number;
  /** Peers to remember; the one that has waited longest is forgotten beyond; 256. */
  readonly limit?: number;
}

/**
 * Makes peers wait that failed to pair: Core Vol 3, Part H, 2.3.6. One for all links of a device, since a peer that guesses
 * passkeys comes back with a new link each time.
 */
export class PairingAttempts {
  private readonly clock: Clock;
  private readonly firstMs: number;
  private readonly longestMs: number;
  private readonly limit: number;
  private readonly peers = new Map<number, Attempt>();

  constructor(clock: Clock, options: PairingAttemptsOptions = {}) {
    this.clock = clock;
    this.firstMs = options.firstMs ?? 1000;
    this.longestMs = options.longestMs ?? 300_000;
    this.limit = options.limit ?? 256;
  }

  /** Milliseconds that the peer has to wait yet; 0 when it may pair. */
  waitFor(peer: Address): number {
    const attempt = this.peers.get(peer.key);
    if (!attempt) return 0;
    const left = attempt.until - this.clock.now();
    if (left < -this.longestMs) this.peers.delete(peer.key);
    return Math.max(0, left);
  }

  /** A pairing failed in a way that a guess fails. */
  failed(peer: Address): void {
    const wait = this.peers.get(peer.key)?.next ?? this.firstMs;
    // To the end of the map, which is in the order of the failures.
    this.peers.delete(peer.key);
    this.peers.set(peer.key, {
      next: Math.min(wait * 2, this.longestMs),
      until: this.clock.now() + wait,
    });
    if (this.peers.size > this.limit) this.peers.delete(this.peers.keys().next().value!);
  }

  /** A pairing came about by which the peer proved who it is. */
  succeeded(peer: Address): void {
    this.peers.delete(peer.key);
  }
}
