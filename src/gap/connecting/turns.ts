import type { Clock, Timer } from '../../core/clock.js';
import { COMMAND_DISALLOWED, hasStatus } from '../errors.js';

/** The scans, as far as they are in the way of connecting. */
interface Scans {
  /** Whether somebody scans, or would. */
  readonly wanted: boolean;
  /** Whether the controller scans. */
  readonly running: boolean;
  /** Has the controller not scan until {@link speak}. In the gate only. */
  hush(): Promise<void>;
  speak(): Promise<void>;
}

/**
 * Scanning and initiating with controllers that do not do both at a time, as many of before Bluetooth 5: the second is
 * disallowed then (0x0C). The two take turns; others do both, and nothing comes of this.
 */
export class Turns {
  scans: Scans | undefined;
  /** Whether an attempt to connect is under way; it is to give way after its share of time when {@link share} was called. */
  isInitiating: () => boolean = () => false;
  share: () => void = () => {};
  private readonly clock: Clock;
  private readonly tell: () => void;
  private told = false;
  private waiting: { readonly timer: Timer; readonly resolve: () => void } | undefined;
  private hushed = false;

  /** @param tell says that the controller does not do both */
  constructor(clock: Clock, tell: () => void) {
    this.clock = clock;
    this.tell = tell;
  }

  /** Whether somebody who scans waits for the end of an attempt to connect. */
  get scansWait(): boolean {
    return this.hushed && this.scans?.wanted === true;
  }

  /** Begins to initiate, if it has to be in place of the scans that there are. In the gate only. */
  async initiate(create: () => Promise<unknown>): Promise<void> {
    try {
      await create();
    } catch (error) {
      const { scans } = this;
      if (!hasStatus(error, COMMAND_DISALLOWED) || !scans?.running) throw error;
      await scans.hush();
      this.hushed = true;
      // When that was not why, they go on as soon as the attempt is over.
      await create();
      this.found();
    }
  }

  /** Whether a scan that was refused is to wait for an attempt to connect that is under way. */
  waitsFor(error: unknown): boolean {
    if (!hasStatus(error, COMMAND_DISALLOWED) || !this.isInitiating()) return false;
    this.hushed = true;
    this.found();
    this.share();
    return true;
  }

  /** The attempt is over: scans go on. Resolves when the next may begin: after so many milliseconds where somebody waited. */
  async over(another: boolean, shareMs: number): Promise<void> {
    if (!this.hushed) return;
    this.hushed = false;
    await this.scans?.speak();
    if (!another || !this.scans?.wanted) return;
    await new Promise<void>((resolve) => {
      this.waiting = { timer: this.clock.setTimeout(resolve, shareMs), resolve };
    });
    this.waiting = undefined;
  }

  /** The controller is gone, or another one. */
  abort(): void {
    this.hushed = false;
    this.clock.clearTimeout(this.waiting?.timer);
    this.waiting?.resolve();
  }

  private found(): void {
    if (!this.told) this.tell();
    this.told = true;
  }
}
