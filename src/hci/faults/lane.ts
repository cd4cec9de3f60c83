import type { Clock, Timer } from '../../core/clock.js';

/** So many packets wait in one direction at most; more are lost, the newest first. */
const MAX_WAITING = 10_000;

interface Waiting {
  readonly octets: Uint8Array;
  readonly due: number;
}

/** One direction of a wire that can be slow: what was sent first comes first. */
export class Lane {
  /** Packets that found no room to wait. */
  overflows = 0;
  private readonly clock: Clock;
  private readonly deliver: (octets: Uint8Array) => void;
  private waiting: Waiting[] = [];
  private timer: Timer;
  /** Nothing passes before this moment, in milliseconds of the clock. */
  private stalledUntil = Number.NEGATIVE_INFINITY;
  private closed = false;

  constructor(clock: Clock, deliver: (octets: Uint8Array) => void) {
    this.clock = clock;
    this.deliver = deliver;
  }

  /** Octets that wait. */
  get backlog(): number {
    return this.waiting.reduce((sum, { octets }) => sum + octets.length, 0);
  }

  /** Nothing passes for so many milliseconds. */
  stall(ms: number): void {
    this.stalledUntil = Math.max(this.stalledUntil, this.clock.now() + ms);
  }

  /** Passes octets on, `delay` milliseconds later, and not before those ahead of them. */
  pass(octets: Uint8Array, delay: number): void {
    if (this.closed) return;
    const now = this.clock.now();
    const ahead = this.waiting.at(-1)?.due ?? now;
    const due = Math.max(now + delay, ahead, this.stalledUntil);
    if (due <= now && this.waiting.length === 0) {
      this.deliver(octets);
      return;
    }
    if (this.waiting.length >= MAX_WAITING) {
      this.overflows++;
      return;
    }
    this.waiting.push({ octets, due });
    if (this.waiting.length === 1) this.arm();
  }

  /** Passes on at once what waits, whatever it waits for. */
  flush(): void {
    const { waiting } = this;
    this.waiting = [];
    this.clock.clearTimeout(this.timer);
    for (const { octets } of waiting) this.deliver(octets);
  }

  /** Nothing comes out any more. */
  close(): void {
    this.closed = true;
    this.waiting = [];
    this.clock.clearTimeout(this.timer);
  }

  private arm(): void {
    this.timer = this.clock.setTimeout(() => {
      const now = this.clock.now();
      // A platform's timer may come a fraction of a millisecond early.
      do this.deliver(this.waiting.shift()!.octets);
      while (this.waiting.length > 0 && this.waiting[0]!.due <= now);
      if (this.waiting.length > 0) this.arm();
    }, this.waiting[0]!.due - this.clock.now());
  }
}
