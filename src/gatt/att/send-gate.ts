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
  private waiting: { resolve(): void; reject(error: unknown): void }[] = [];
  /** One function for all frames: nothing is allocated per packet but the packet. */
  private readonly sent = (): void => {
    if (this.waiting.length > 0 && this.channel.backlog <= LOW_WATER) this.open();
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
    this.channel.send(frame, this.sent);
    if (this.channel.backlog < HIGH_WATER) return accepted;
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** The link is gone. */
  close(reason: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(reason);
  }

  private open(): void {
    // Only as many as fill the queue again, in the order in which they came.
    for (const { resolve } of this.waiting.splice(0, HIGH_WATER - LOW_WATER)) resolve();
  }
}
