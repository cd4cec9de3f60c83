import { checkFunction } from '../core/check.js';
import { Emitter, throwApart } from '../core/emitter.js';
import { BleError, L2capError, StateError } from '../core/errors.js';
import type { AclFlow } from '../hci/acl-flow.js';
import { type ReceivedSdu, SduReceiver } from './sdu-receiver.js';
import { SduSender } from './sdu-sender.js';
import { readableOf, writableOf } from './web-streams.js';

/** How a channel's frames are controlled: LE Credit Based, or Enhanced Credit Based Flow Control mode (Core Vol 3, Part A, 10). */
export type ChannelMode = 'leCreditBased' | 'enhancedCreditBased';

/** What a {@link CreditChannel} tells. */
export interface CreditChannelEvents {
  /** The channel is gone, once: without an error when one side closed it. */
  closed: BleError | undefined;
  /** The peer changed what it takes (4.27): see {@link CreditChannel.mtu} and {@link CreditChannel.mps}. */
  reconfigured: { readonly mtu: number; readonly mps: number };
}

/** The two ends of a channel, as its opening agreed on them. @internal */
export interface CreditChannelInit {
  readonly mode: ChannelMode;
  readonly spsm: number;
  readonly local: Endpoint;
  readonly peer: Endpoint;
  readonly flow: AclFlow;
  /** What the channel asks of its link. */
  readonly link: ChannelLink;
}

/** What one side takes, and where. */
export interface Endpoint {
  readonly cid: number;
  readonly mtu: number;
  readonly mps: number;
  readonly credits: number;
}

/** What a channel asks of its link. @internal */
export interface ChannelLink {
  /** Tells the peer that it may send more frames. */
  credit(channel: CreditChannel, credits: number): void;
  /** Disconnects the channel; resolves when it is gone. */
  disconnect(channel: CreditChannel, error: BleError | undefined): Promise<void>;
  /** Changes what this side takes. */
  reconfigure(
    channels: readonly CreditChannel[],
    sizes: { readonly mtu?: number; readonly mps?: number },
  ): Promise<void>;
}

/** Takes the SDUs of a channel; while a promise that it gives is pending, it gets no other, and the peer no credits for this one. */
export type SduHandler = (sdu: Uint8Array) => void | Promise<void>;

/**
 * A connection-oriented channel with flow control by credits (Core Vol 3, Part A, 3.4.3 and 10). It carries SDUs, whole and in order.
 *
 * A peer sends no more than there is room for: credits go back as SDUs are read, by {@link onSdu}, {@link read}, the iteration or
 * {@link readable}; what is not read is kept, and stops the peer.
 *
 * ```ts
 * const channel = await connection.openChannel(0x0080);
 * await channel.send(Uint8Array.of(1, 2, 3));
 * for await (const sdu of channel) console.log(sdu);
 * ```
 */
export class CreditChannel extends Emitter<CreditChannelEvents> implements AsyncDisposable {
  /** How its frames are controlled. */
  readonly mode: ChannelMode;
  /** The protocol on it: 0x0001–0x007F fixed by the SIG, 0x0080–0x00FF dynamic. */
  readonly spsm: number;
  /** This side's channel identifier, 0x0040–0x007F. */
  readonly localCid: number;
  /** The peer's channel identifier, 0x0040–0x007F. */
  readonly peerCid: number;
  /** @internal */
  readonly sender: SduSender;
  /** @internal */
  readonly receiver: SduReceiver;
  /** @internal */
  readonly flow: AclFlow;
  /** @internal `closing`: disconnected from this side, not answered yet. */
  state: 'open' | 'closing' | 'closed' = 'open';
  private readonly link: ChannelLink;
  private handler: SduHandler | undefined;
  private handling = false;
  private readonly waiting: { resolve(sdu: Uint8Array | undefined): void; reject(error: unknown): void }[] =
    [];
  private failure: BleError | undefined;
  private streams: { readable?: ReadableStream<Uint8Array>; writable?: WritableStream<Uint8Array> } = {};

  /** @internal Made by the link. */
  constructor(init: CreditChannelInit) {
    super();
    this.mode = init.mode;
    this.spsm = init.spsm;
    this.localCid = init.local.cid;
    this.peerCid = init.peer.cid;
    this.flow = init.flow;
    this.link = init.link;
    this.sender = new SduSender(init.flow, init.peer);
    this.receiver = new SduReceiver(init.local, (credits) => {
      if (this.isOpen) this.link.credit(this, credits);
    });
  }

  /** Whether SDUs can go and come. */
  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** What the channel failed with; `undefined` while it is open, and when one side closed it. */
  get error(): BleError | undefined {
    return this.failure;
  }

  /** The largest SDU that the peer takes, in octets. */
  get mtu(): number {
    return this.sender.mtu;
  }

  /** The largest payload of a K-frame that the peer takes, in octets. */
  get mps(): number {
    return this.sender.mps;
  }

  /** The largest SDU that this side takes, in octets. */
  get localMtu(): number {
    return this.receiver.mtu;
  }

  /** The largest payload of a K-frame that this side takes, in octets. */
  get localMps(): number {
    return this.receiver.mps;
  }

  /** SDUs that were given to {@link send} and not wholly handed to the controller. */
  get backlog(): number {
    return this.sender.backlog;
  }

  /**
   * Sends one SDU, cut into frames as the peer has room for them; resolves when all of it was handed to the controller. The array
   * is the channel's until then.
   * @param signal takes the SDU back while nothing of it has left; later the caller leaves, and the SDU goes on
   * @throws {RangeError} at once, when it is longer than {@link mtu}
   * @throws {BleError} when the channel is closed, with the reason
   */
  send(sdu: Uint8Array, signal?: AbortSignal): Promise<void> {
    if (!(sdu instanceof Uint8Array)) throw new TypeError('send: an SDU is a Uint8Array');
    if (sdu.length > this.mtu) {
      throw new RangeError(
        `send: ${sdu.length} octets are over the ${this.mtu} that the peer takes in an SDU`,
      );
    }
    return this.sender.send(sdu, signal);
  }

  /**
   * Sets who takes each SDU as it comes, those that wait first; the handler of before gets none any more. Without a handler SDUs
   * wait to be read in another way.
   */
  onSdu(handler: SduHandler | undefined): void {
    checkFunction('onSdu', handler);
    this.handler = handler;
    this.deliverWaiting();
  }

  /**
   * The next SDU, a copy of one's own; `undefined` when one side closed the channel and all is read.
   * @throws {BleError} what the channel failed with, once all is read
   * @throws {StateError} while a handler takes all SDUs
   */
  read(): Promise<Uint8Array | undefined> {
    if (this.handler) return Promise.reject(new StateError('read: a handler takes the SDUs of this channel'));
    const present = this.waiting.length === 0 ? this.receiver.take() : undefined;
    if (present) {
      this.receiver.release(present);
      return Promise.resolve(present.sdu);
    }
    if (!this.isOpen) return this.failure ? Promise.reject(this.failure) : Promise.resolve(undefined);
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** The SDUs up to the end of the channel. Leaving the loop leaves the channel open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const sdu = await this.read();
      if (sdu === undefined) return;
      yield sdu;
    }
  }

  /** The SDUs as a stream, one chunk each. Cancelling it closes the channel. */
  get readable(): ReadableStream<Uint8Array> {
    this.streams.readable ??= readableOf(this);
    return this.streams.readable;
  }

  /**
   * Sends what is written, a chunk in as many SDUs as it needs; ready for more when the controller has it. Closing it closes the
   * channel behind what was written, aborting it at once: a channel has no half that stays open.
   */
  get writable(): WritableStream<Uint8Array> {
    this.streams.writable ??= writableOf(this);
    return this.streams.writable;
  }

  /**
   * Changes what this side takes in Enhanced Credit Based Flow Control mode (4.27): the MTU may grow, the MPS change, 64–65535.
   * @throws {NotSupportedError} in the other mode
   * @throws {L2capError} when the peer refuses, with its result
   */
  reconfigure(sizes: { readonly mtu?: number; readonly mps?: number }): Promise<void> {
    return this.link.reconfigure([this], sizes);
  }

  /**
   * Disconnects the channel; idempotent. Resolves when it is gone: answered, or not within 30 s. What was not wholly handed to the
   * controller is not sent: await {@link send} first. What came can still be read.
   */
  close(): Promise<void> {
    return this.link.disconnect(this, undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal For the link: a frame of this channel. */
  deliver(bytes: Uint8Array, start: number, end: number): void {
    // What the peer sent before it knew of the disconnection is dropped.
    if (!this.isOpen) return;
    const wrong = this.receiver.frame(bytes, start, end);
    if (wrong !== undefined) {
      void this.link.disconnect(this, new L2capError(`the channel was disconnected: ${wrong}`));
      return;
    }
    if (this.receiver.unread > 0) this.deliverWaiting();
  }

  /** @internal For the link: nothing can be sent or will be taken any more. */
  ending(error: BleError | undefined): void {
    if (this.state === 'closed') return;
    const first = this.state === 'open';
    this.state = 'closing';
    if (!first) return;
    this.failure = error;
    this.sender.close(error ?? new L2capError('the channel is closed'));
    for (const { resolve, reject } of this.waiting.splice(0)) {
      if (error) reject(error);
      else resolve(undefined);
    }
  }

  /** @internal For the link: the channel is gone. */
  ended(error: BleError | undefined): void {
    if (this.state === 'closed') return;
    this.ending(error);
    this.state = 'closed';
    this.sender.gone(error);
    this.emit('closed', this.failure);
  }

  private deliverWaiting(): void {
    while (this.waiting.length > 0) {
      const one = this.receiver.take();
      if (!one) return;
      this.receiver.release(one);
      this.waiting.shift()!.resolve(one.sdu);
    }
    while (this.handler && !this.handling) {
      const one = this.receiver.take();
      if (!one) return;
      this.handOver(one, this.handler);
    }
  }

  private handOver(one: ReceivedSdu, handler: SduHandler): void {
    this.handling = true;
    let result: unknown;
    try {
      result = handler(one.sdu);
    } catch (error) {
      throwApart(error);
    }
    if (!(result instanceof Promise)) {
      this.handling = false;
      this.receiver.release(one);
      return;
    }
    const done = () => {
      this.handling = false;
      this.receiver.release(one);
      this.deliverWaiting();
    };
    result.then(done, (error: unknown) => {
      // That it cannot answer any more, as the channel is gone, the event tells.
      if (this.isOpen || !(error instanceof BleError)) throwApart(error);
      done();
    });
  }
}
