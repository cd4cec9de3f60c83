import { hexCode } from '../../../core/hex.js';
import type { UsbDevice, UsbEndpoint, UsbOutTransfer, UsbStatus } from './device.js';

/** What an {@link OutPipe} needs. */
export interface OutPipeOptions {
  readonly device: UsbDevice;
  readonly endpoint: UsbEndpoint;
  /** How many transfers may be under way at once. */
  readonly transfers: number;
  /** A packet was lost. */
  readonly failed: (what: string, status: UsbStatus) => void;
  readonly broken: (why: string, cause?: unknown) => void;
  /** Nothing waits and nothing is under way any more. */
  readonly idle: () => void;
}

const MAX_FAILURES = 8;

/** Sends packets to one endpoint, in their order, several transfers at a time. */
export class OutPipe {
  private readonly options: OutPipeOptions;
  private readonly transfers: UsbOutTransfer[] = [];
  private readonly lengths: number[] = [];
  private readonly free: number[] = [];
  private queue: Uint8Array[] = [];
  private octets = 0;
  private failedInRow = 0;
  private state: 'flowing' | 'halting' | 'stopped' = 'flowing';

  constructor(options: OutPipeOptions) {
    this.options = options;
    for (let i = 0; i < options.transfers; i++) {
      this.free.unshift(i);
      this.lengths.push(0);
      this.transfers.push(
        options.device.outTransfer(options.endpoint.address, (status) => this.done(i, status)),
      );
    }
  }

  /** Octets that wait or are under way. */
  get backlog(): number {
    return this.octets;
  }

  /** Transfers under way. */
  get pending(): number {
    return this.transfers.length - this.free.length;
  }

  /** Sends a packet when those before it are on their way. */
  send(packet: Uint8Array): void {
    if (this.state === 'stopped') return;
    this.octets += packet.length;
    if (this.state === 'flowing' && this.free.length > 0) this.submit(packet);
    else this.queue.push(packet);
  }

  /** Drops what waits, and ends what is under way. */
  stop(): void {
    this.state = 'stopped';
    this.queue = [];
    this.cancelAll();
  }

  private submit(packet: Uint8Array): void {
    const i = this.free.pop()!;
    this.lengths[i] = packet.length;
    try {
      this.transfers[i]!.submit(packet);
    } catch (error) {
      this.free.push(i);
      this.octets -= packet.length;
      this.options.broken('the controller cannot be written to any more', error);
    }
  }

  private done(i: number, status: UsbStatus): void {
    this.free.push(i);
    this.octets -= this.lengths[i]!;
    if (status === 'completed') this.failedInRow = 0;
    else if (this.state === 'flowing') this.fail(status);
    else if (status === 'gone' && this.state === 'halting') this.options.broken('the controller is gone');
    if (this.state === 'halting' && this.pending === 0) this.clear();
    if (this.state === 'flowing') this.next();
    if (this.pending === 0 && this.queue.length === 0) this.options.idle();
  }

  private next(): void {
    let sent = 0;
    while (this.state === 'flowing' && this.free.length > 0 && sent < this.queue.length)
      this.submit(this.queue[sent++]!);
    if (sent > 0) this.queue.splice(0, sent);
  }

  private fail(status: UsbStatus): void {
    if (status === 'gone') {
      this.options.broken('the controller is gone');
      return;
    }
    const where = `endpoint ${hexCode(this.options.endpoint.address)}`;
    this.options.failed(
      status === 'stall'
        ? `the controller halted the ${where}: a data packet was lost`
        : `a data packet was lost on its way to the controller (${status}, ${where})`,
      status,
    );
    if (this.state === 'stopped') return;
    if (++this.failedInRow > MAX_FAILURES) {
      this.options.broken('it takes no data any more');
      return;
    }
    if (status !== 'stall') return;
    this.state = 'halting';
    this.cancelAll();
  }

  /** Nothing is under way: the halt is cleared, then the queue goes on. */
  private clear(): void {
    this.options.device.clearHalt(this.options.endpoint.address).then(
      () => {
        if (this.state !== 'halting') return;
        this.state = 'flowing';
        this.next();
      },
      (error: unknown) => {
        if (this.state === 'halting') this.options.broken('its endpoint stays halted', error);
      },
    );
  }

  private cancelAll(): void {
    for (let i = 0; i < this.transfers.length; i++) if (!this.free.includes(i)) this.transfers[i]!.cancel();
  }
}
