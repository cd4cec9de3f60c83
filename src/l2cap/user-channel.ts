import { copyOctets } from '../core/bytes.js';
import { Emitter, throwApart } from '../core/emitter.js';
import { type BleError, L2capError, StateError } from '../core/errors.js';
import { frameOf } from '../core/frame.js';
import type { FixedChannel } from './fixed-channel.js';

/** What a {@link UserChannel} tells. */
export interface UserChannelEvents {
  /** One PDU came: a copy. */
  pdu: Uint8Array;
  /** The channel is gone, once: without an error when it was closed here. */
  closed: BleError | undefined;
}

/** PDUs that may wait for the controller. */
const SEND_LIMIT = 1024;

/**
 * A fixed channel that a program uses for a protocol of its own (Core Vol 3, Part A, 2.1): whole PDUs, each in one basic frame, without
 * flow control by the peer. What comes while nobody listens is lost.
 */
export class UserChannel extends Emitter<UserChannelEvents> implements Disposable {
  readonly cid: number;
  private readonly channel: FixedChannel;
  private readonly free: () => void;
  private readonly waiting = new Set<(error: BleError) => void>();
  private end: BleError | undefined;

  /** @internal Made by the link. */
  constructor(channel: FixedChannel, free: () => void) {
    super();
    this.cid = channel.cid;
    this.channel = channel;
    this.free = free;
    channel.attach({
      pdu: (bytes, start, end) => this.received(bytes, start, end),
      closed: (reason) => this.ended(reason),
    });
  }

  /** Whether PDUs can go and come. */
  get isOpen(): boolean {
    return this.end === undefined;
  }

  /**
   * Sends one PDU of up to 65535 octets; resolves when the controller has all of it. It is copied.
   * @throws {BleError} when the channel is closed, with the reason
   * @throws {StateError} when too many wait already
   */
  send(pdu: Uint8Array): Promise<void> {
    if (!(pdu instanceof Uint8Array)) throw new TypeError('send: a PDU is a Uint8Array');
    if (pdu.length > 0xffff) throw new RangeError(`send: ${pdu.length} octets are over the 65535 of a frame`);
    if (this.end) return Promise.reject(this.end);
    if (this.waiting.size >= SEND_LIMIT)
      return Promise.reject(
        new StateError(`${SEND_LIMIT} PDUs wait already: await each one before the next`),
      );
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      this.channel.send(frameOf(pdu), () => {
        this.waiting.delete(reject);
        resolve();
      });
    });
  }

  /** Gives the channel up: what comes on it is dropped as on any that is not there. Idempotent. */
  close(): void {
    if (this.end) return;
    this.free();
    this.ended(undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private received(bytes: Uint8Array, start: number, end: number): void {
    if (this.end || this.listenerCount('pdu') === 0) return;
    try {
      this.emit('pdu', copyOctets(bytes, start, end));
    } catch (error) {
      throwApart(error);
    }
  }

  private ended(reason: BleError | undefined): void {
    if (this.end) return;
    const error = reason ?? new L2capError('the channel is closed');
    this.end = error;
    for (const reject of this.waiting) reject(error);
    this.waiting.clear();
    this.emit('closed', reason);
  }
}
