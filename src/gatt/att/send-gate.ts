import { StateError } from '../../core/errors.js';
import type { PduChannel } from '../../core/frame.js';

/** Frames that may wait for the controller before senders have to. */
const HIGH_WATER = 32;
/** At so few waiting frames senders go on: enough that the controller is never without. */
const LOW_WATER = 16;
/** Senders that may wait; beyond them somebody does not await what he sends. */
const SENDER_LIMIT = 10_000;

const accepted = Promise.resolve();

/** Lets commands and notifications through as fast as the link takes them, and no faster. */
export class SendGate {
  private readonly channel: PduChannel;
  /** Frames given to the channel that it has not called {@link sent} for. */
  private underWay = 0;
  private waiting: { resolve(): void; reject(error: unknown): void }[] = [];
  /** One function for all frames: nothing is allocated per packet but the packet. */
  private readonly sent = (): void => {
    this.underWay--;
    if (this.waiting.length === 0) return;
    // Behind the last frame nobody calls any more: whoever still waits goes on then.
    if (this.underWay === 0) this.open(this.waiting.length);
    else if (this.channel.backlog <= LOW_WATER) this.open(HIGH_WATER - LOW_WATER);
  };

  constructor(channel: PduChannel) {
    this.channel = channel;
  }

  /** Sends a frame; resolves when the next may come: at once while the link's queue is short. */
  send(frame: Uint8Array): Promise<void> {
    if (this.waiting.length >= SENDER_LIMIT) {
      return Promise.reject(
        new StateError(`${SENDER_LIMIT} values wait for this link already: await each one before the next`),
      );
    }
    this.underWay++;
    this.channel.send(frame, this.sent);
    if (this.channel.backlog < HIGH_WATER || this.underWay === 0) return accepted;
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** The link is gone. */
  close(reason: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(reason);
  }

  /** Lets `count` senders go on, in the order in which they came: as many as fill the queue again. */
  private open(count: number): void {
    for (const { resolve } of this.waiting.splice(0, count)) resolve();
  }
}
