import type { Clock, Timer } from '../../../core/clock.js';
import { hexCode } from '../../../core/hex.js';
import type { UsbDevice, UsbEndpoint, UsbInTransfer, UsbStatus } from './device.js';

/** What an {@link InPipe} needs. */
export interface InPipeOptions {
  readonly device: UsbDevice;
  readonly endpoint: UsbEndpoint;
  /** How many transfers are kept pending. */
  readonly transfers: number;
  readonly clock: Clock;
  /** The octets of one transfer: a view valid during the call. */
  readonly data: (bytes: Uint8Array, length: number) => void;
  /** A transfer failed, and octets may have been lost with it. */
  readonly failed: (what: string, status: UsbStatus) => void;
  /** The pipe cannot go on: the device is gone, or every transfer fails. */
  readonly broken: (why: string, cause?: unknown) => void;
  /** The last pending transfer has ended after {@link InPipe.stop}. */
  readonly idle: () => void;
}

/** Failures one after another, without one transfer that went well, after which the device counts as lost. */
const MAX_FAILURES = 8;
/** Milliseconds by which each further failure puts off the next attempt. */
const BACK_OFF = 10;

const failures: Partial<Record<UsbStatus, string>> = {
  stall: 'the controller halted the endpoint',
  overflow: 'the controller sent more than a transfer holds',
  timeout: 'a transfer timed out',
  cancelled: 'a transfer was cancelled by somebody else',
  error: 'a transfer failed',
};

/**
 * Keeps transfers from one endpoint pending, so that the device never waits for the host. Each has the length of one USB
 * packet: it ends with that packet, also where a controller leaves out the empty packet behind one of full length.
 */
export class InPipe {
  private readonly options: InPipeOptions;
  private readonly transfers: UsbInTransfer[] = [];
  private readonly isPending: boolean[] = [];
  private count = 0;
  private failedInRow = 0;
  private halted = false;
  private state: 'flowing' | 'halting' | 'waiting' | 'stopped' = 'stopped';
  private timer: Timer | undefined;

  constructor(options: InPipeOptions) {
    this.options = options;
    const { device, endpoint, transfers } = options;
    for (let i = 0; i < transfers; i++) {
      this.isPending.push(false);
      this.transfers.push(
        device.inTransfer(endpoint.address, endpoint.maxPacketSize, (status, bytes, length) =>
          this.done(i, status, bytes, length),
        ),
      );
    }
  }

  /** Transfers under way. */
  get pending(): number {
    return this.count;
  }

  /** @throws {UsbError} when a transfer cannot begin */
  start(): void {
    this.state = 'flowing';
    for (let i = 0; i < this.transfers.length; i++) this.submit(i);
  }

  /** Ends all transfers; `idle` is called when they have ended, not if there are none. */
  stop(): void {
    this.state = 'stopped';
    this.options.clock.clearTimeout(this.timer);
    this.cancelAll();
  }

  private submit(i: number): void {
    this.isPending[i] = true;
    this.count++;
    try {
      this.transfers[i]!.submit();
    } catch (error) {
      this.isPending[i] = false;
      this.count--;
      throw error;
    }
  }

  private done(i: number, status: UsbStatus, bytes: Uint8Array, length: number): void {
    this.isPending[i] = false;
    this.count--;
    if (this.state === 'stopped') {
      if (this.count === 0) this.options.idle();
      return;
    }
    if (status === 'completed' || (length > 0 && status !== 'overflow')) {
      if (status === 'completed') this.failedInRow = 0;
      this.options.data(bytes, length);
      // Who took the octets may have closed the transport.
      if (this.isStopped()) {
        if (this.count === 0) this.options.idle();
        return;
      }
    }
    if (this.state === 'flowing') {
      if (status === 'completed') this.resubmit(i);
      else this.fail(status);
      return;
    }
    // The others of a failed one: most come back cancelled.
    if (status === 'gone') this.options.broken('the controller is gone');
    if (status === 'stall') this.halted = true;
    if (this.state === 'halting' && this.count === 0) this.recover();
  }

  private isStopped(): boolean {
    return this.state === 'stopped';
  }

  private resubmit(i: number): void {
    try {
      this.submit(i);
    } catch (error) {
      this.options.broken('the controller cannot be read any more', error);
    }
  }

  /** After a failure all transfers of the endpoint are ended first: what they bring stays in order that way. */
  private fail(status: UsbStatus): void {
    if (status === 'gone') {
      this.options.broken('the controller is gone');
      return;
    }
    const { address } = this.options.endpoint;
    this.options.failed(`${failures[status] ?? status} (endpoint ${hexCode(address)})`, status);
    if (this.isStopped()) return;
    if (++this.failedInRow > MAX_FAILURES) {
      this.options.broken(`${failures[status] ?? status}, ${this.failedInRow} times in a row`);
      return;
    }
    this.state = 'halting';
    this.halted = status === 'stall';
    if (this.count === 0) this.recover();
    else this.cancelAll();
  }

  /** No transfer is pending: the halt is cleared, and after a while all of them begin again. */
  private recover(): void {
    this.state = 'waiting';
    const again = () => {
      if (this.state !== 'waiting') return;
      const delay = BACK_OFF * (this.failedInRow - 1);
      this.timer = this.options.clock.setTimeout(() => this.restart(), delay);
    };
    if (!this.halted) {
      again();
      return;
    }
    this.options.device.clearHalt(this.options.endpoint.address).then(again, (error: unknown) => {
      if (this.state === 'waiting') this.options.broken('its endpoint stays halted', error);
    });
  }

  private restart(): void {
    if (this.state !== 'waiting') return;
    try {
      this.start();
    } catch (error) {
      this.options.broken('the controller cannot be read any more', error);
    }
  }

  private cancelAll(): void {
    for (let i = 0; i < this.transfers.length; i++) if (this.isPending[i]) this.transfers[i]!.cancel();
  }
}
