import type { Clock, Timer } from '../../core/clock.js';

/** What an {@link H5Receiver} needs. */
export interface H5ReceiverOptions {
  readonly clock: Clock;
  /** Milliseconds that an acknowledgement may wait for a packet to go with. */
  readonly ackDelayMs: number;
  /** Sends an acknowledgement by itself, unless nothing may be sent at all. */
  readonly sendAck: () => void;
}

/** Reliable packets on their way in: which is the next, and what has to be acknowledged. Core Vol 4, Part D, 6. */
export class H5Receiver {
  /** The sequence number that is to come next: what every packet that goes out acknowledges. */
  expected = 0;
  /** Packets that came twice, or too early, and were dropped. */
  outOfSequence = 0;
  private readonly options: H5ReceiverOptions;
  /** Packets that were not acknowledged yet. */
  private owed = 0;
  private isUrgent = false;
  private timer: Timer | undefined;

  constructor(options: H5ReceiverOptions) {
    this.options = options;
  }

  /** Whether something that came was not acknowledged yet. */
  get owes(): boolean {
    return this.owed > 0 || this.isUrgent;
  }

  /** The link is active: numbers begin at 0. */
  start(): void {
    this.expected = this.owed = 0;
    this.isUrgent = false;
  }

  /** Whether a packet is the next one. The other side is told at once about one that is not (6.4). */
  take(seq: number): boolean {
    if (seq !== this.expected) {
      this.outOfSequence++;
      this.isUrgent = true;
      return false;
    }
    this.expected = (seq + 1) & 7;
    this.owed++;
    return true;
  }

  /** A packet went out, and all that came is acknowledged by it. */
  acknowledged(): void {
    this.owed = 0;
    this.isUrgent = false;
  }

  /** Acknowledges what came: at once when half of the window is used up, else when nothing has gone out soon (12.1). */
  settle(window: number): void {
    if (this.isUrgent || 2 * this.owed >= window) this.options.sendAck();
    else if (this.owed > 0) this.timer ??= this.options.clock.setTimeout(this.fired, this.options.ackDelayMs);
  }

  stop(): void {
    this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.acknowledged();
  }

  private readonly fired = (): void => {
    this.timer = undefined;
    if (this.owes) this.options.sendAck();
  };
}
