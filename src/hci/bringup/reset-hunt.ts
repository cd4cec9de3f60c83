import type { Clock, Timer } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import { diagnose, readable } from './diagnosis.js';

const RESET = [0x01, 0x03, 0x0c, 0x00] as const;
const KEPT = 4096;

/** How a {@link ResetHunt} goes about it. */
export interface ResetHuntOptions {
  readonly clock: Clock;
  /** The port's name, for messages. */
  readonly name: string;
  /** Writes octets to the port. */
  readonly write: (bytes: Uint8Array) => void;
  /** How often HCI_Reset is sent before giving up; 10. */
  readonly attempts?: number;
  /** Milliseconds between two of them; 200. */
  readonly intervalMs?: number;
}

/** What a {@link ResetHunt} found. */
export interface ResetHuntResult {
  /** The status that the controller gave to HCI_Reset. */
  readonly status: number;
  /** What came before the answer, as text, when it reads like a boot log. */
  readonly bootText: string | undefined;
}

/**
 * Finds the controller on a port of unknown state: sends HCI_Reset, again and again, and looks at every octet that comes
 * for its Command Complete. A boot log, another baud rate's garbage, or the end of a packet from before may come first
 * on the same line; a controller stuck inside a packet swallows the first Reset.
 */
export class ResetHunt {
  /** Resolves when the answer was seen; rejects with `NO_HCI` and what was seen instead. */
  readonly result: Promise<ResetHuntResult>;
  /** Whether octets still belong to the hunt. */
  active = true;
  /** Whether the answer was seen. */
  found = false;
  private readonly options: ResetHuntOptions;
  private resolve!: (result: ResetHuntResult) => void;
  private reject!: (error: Error) => void;
  private readonly seen: number[] = [];
  private readonly window: number[] = [];
  /** Return parameters of the Reset's answer still to come (a controller may send more than the status). */
  private extra = 0;
  private status = 0;
  private sent = 0;
  private timer: Timer | undefined;

  constructor(options: ResetHuntOptions) {
    this.options = options;
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Whoever waits sees the failure; before that it is not unhandled.
    this.result.catch(() => {});
  }

  /** Sends the first Reset. */
  start(): void {
    this.attempt();
  }

  /** Takes one octet; says whether the hunt is over, so that the next octet is the first of a packet. */
  push(octet: number): boolean {
    if (!this.active) return true;
    if (this.extra > 0) {
      if (--this.extra === 0) this.finish();
      return !this.active;
    }
    if (this.seen.length < KEPT) this.seen.push(octet);
    const w = this.window;
    w.push(octet);
    if (w.length > 7) w.shift();
    // 04 0e LL nn 03 0c ss: Command Complete of Reset (Vol 4, Part E, 7.7.14).
    if (
      w.length === 7 &&
      w[0] === 4 &&
      w[1] === 0x0e &&
      w[2]! >= 4 &&
      w[2]! < 16 &&
      w[4] === 0x03 &&
      w[5] === 0x0c
    ) {
      this.status = octet;
      this.seen.length = Math.max(0, this.seen.length - 7);
      this.extra = w[2]! - 4;
      if (this.extra === 0) this.finish();
    }
    return !this.active;
  }

  /** Ends the hunt with an error: the port broke. */
  abort(error: Error): void {
    if (!this.active) return;
    this.stop();
    this.reject(error);
  }

  private attempt(): void {
    const { attempts = 10, intervalMs = 200, clock } = this.options;
    if (this.sent >= attempts) {
      this.stop();
      this.reject(this.failure(attempts, intervalMs));
      return;
    }
    this.sent++;
    this.options.write(new Uint8Array(RESET));
    this.timer = clock.setTimeout(() => this.attempt(), intervalMs);
  }

  private finish(): void {
    this.found = true;
    this.stop();
    this.resolve({ status: this.status, bootText: readable(this.seen) });
  }

  private stop(): void {
    this.active = false;
    this.options.clock.clearTimeout(this.timer);
  }

  private failure(attempts: number, intervalMs: number): TransportError {
    const { what, advice } = diagnose(Uint8Array.from(this.seen), 'h4');
    const tried = `HCI_Reset was sent ${attempts} times in ${(attempts * intervalMs) / 1000} s`;
    return new TransportError(`${this.options.name}: ${what}. ${tried}. ${advice}`, 'NO_HCI');
  }
}
