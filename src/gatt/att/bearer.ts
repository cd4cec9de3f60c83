import type { Clock } from '../../core/clock.js';
import { type BleError, StateError } from '../../core/errors.js';
import { FRAME_HEADROOM, type PduChannel, type PduReceiver } from '../../core/frame.js';
import { Transaction } from '../../core/transaction.js';
import type { AttBearerOptions, AttRequestReceiver, ResponseParser, ValueReceiver } from './bearer-types.js';
import { AttErrorCode } from './error-codes.js';
import { AttOpcode } from './opcodes.js';
import { type Place, type QueueOwner, RequestQueue } from './request-queue.js';
import { errorResponse } from './requests.js';
import { SendGate } from './send-gate.js';
import { ATT_TIMEOUT_MS, isResponse, timeoutOf } from './transactions.js';

export type {
  AttBearerOptions,
  AttRequestReceiver,
  ResponseParser,
  ValueReceiver,
} from './bearer-types.js';

/** The ATT_MTU that every LE bearer begins with: Core Vol 3, Part F, 3.2.8; Part G, 5.2.1. */
export const DEFAULT_MTU = 23;

/** Of a request that may go on any bearer of a client: on which it went. */
export type RequestPlace = Place<AttBearer>;

/**
 * One ATT bearer (Core Vol 3, Part F, 3.2.11): the client and the server of a link share it. One request of each side
 * is under way at a time, one indication likewise; notifications and commands go past them (3.3.2). Where a link has several,
 * a bearer without work takes what waits on its {@link siblings}.
 */
export class AttBearer implements PduReceiver, QueueOwner<AttBearer> {
  /** The other bearers of the client, as they are at the moment. */
  siblings: (() => readonly AttBearer[]) | undefined;
  /** The ATT_MTU that this side offers. */
  readonly offeredMtu: number;
  /** Its requests. @internal */
  readonly queue: RequestQueue<AttBearer>;
  /** See {@link AttBearerOptions.trace}. */
  readonly trace: ((text: string) => void) | undefined;
  private readonly channel: PduChannel;
  /** @internal Told when the peer refuses a request with Database Out Of Sync (Core Vol 3, Part G, 2.5.2.1). */
  onOutOfSync: (() => void) | undefined;
  private readonly options: AttBearerOptions;
  private readonly gate: SendGate;
  private confirmation: Transaction<void> | undefined;
  private server: AttRequestReceiver | undefined;
  private receiveValue: ValueReceiver | undefined;
  private end: BleError | undefined;
  private agreedMtu = DEFAULT_MTU;
  private mtuAgreed = false;
  private readonly mtuListeners: (() => void)[] = [];
  private readonly closeListeners: ((reason: BleError) => void)[] = [];

  constructor(channel: PduChannel, options: AttBearerOptions) {
    this.channel = channel;
    this.options = options;
    this.offeredMtu = options.mtu;
    this.mtuAgreed = this.enhanced;
    this.trace = options.trace;
    this.gate = new SendGate(channel);
    this.queue = new RequestQueue<AttBearer>(this, channel);
    channel.attach(this);
  }

  /** The ATT_MTU as it is, in octets. */
  get mtu(): number {
    return this.options.enhanced?.() ?? this.agreedMtu;
  }

  set mtu(octets: number) {
    this.agreedMtu = octets;
  }

  /** Whether it is an enhanced bearer: on a channel of its own, encrypted, with the MTU of the channel. */
  get enhanced(): boolean {
    return this.options.enhanced !== undefined;
  }

  /** What time it is by. */
  get clock(): Clock {
    return this.options.clock;
  }

  /** Whether PDUs can go. */
  get isOpen(): boolean {
    return this.end === undefined;
  }

  /** Requests that wait or are under way. */
  get load(): number {
    return this.queue.load;
  }

  /** Whether an indication waits for its confirmation. */
  get isIndicating(): boolean {
    return this.confirmation !== undefined;
  }

  /** Sets who answers the peer's requests. */
  serve(server: AttRequestReceiver): void {
    this.server = server;
  }

  /** Sets who takes notifications and indications. */
  onValue(receiver: ValueReceiver): void {
    this.receiveValue = receiver;
  }

  /** Calls `listener` once when the bearer is gone. */
  onClosed(listener: (reason: BleError) => void): void {
    if (this.end) listener(this.end);
    else this.closeListeners.push(listener);
  }

  /** Both sides' MTU is known now: Core Vol 3, Part F, 3.4.2.2. */
  agreeMtu(peerMtu: number): void {
    // An offer below the default is wrong, and changes nothing.
    if (peerMtu >= DEFAULT_MTU) this.agreedMtu = Math.min(this.offeredMtu, peerMtu);
    this.mtuAgreed = true;
    for (const listener of this.mtuListeners.splice(0)) listener();
  }

  /** Calls `listener` once when the MTU has been exchanged, by whichever side; at once when it has been. */
  onMtuAgreed(listener: () => void): void {
    if (this.mtuAgreed) listener();
    else this.mtuListeners.push(listener);
  }

  /** Sends a PDU that waits for nothing: a response, a command, a notification. On a bearer that is gone nothing happens. */
  send(frame: Uint8Array): void {
    if (!this.end) this.channel.send(frame);
  }

  /**
   * Sends a command or a notification; resolves when the next may come, which is at once while the link's queue is short.
   * @throws {BleError} the reason for which the link is gone
   */
  sendPaced(frame: Uint8Array): Promise<void> {
    return this.end ? Promise.reject(this.end) : this.gate.send(frame);
  }

  /** Tells of a PDU that makes no sense to whoever reads it. */
  report(message: string): void {
    this.options.report(message);
  }

  /** Says what call the next {@link request} is the first of: for a recording, and to be asked only where {@link trace} is. */
  announce(call: string): void {
    this.queue.announce(call);
  }

  /** What was announced here is of a request that goes on another bearer. */
  passCalls(bearer: AttBearer): void {
    this.queue.passCalls(bearer.queue);
  }

  /**
   * Sends a request when its turn comes, and gives what `parse` makes of the response.
   * @param handle the attribute concerned, for messages; 0 without
   * @param place for a request that may go on a bearer of {@link siblings} too, when that is free first: told which it was
   * @throws {AttError} when the peer refuses; {@link TimeoutError} after 30 s, from when it is sent
   */
  request<T>(
    frame: Uint8Array,
    handle: number,
    responseOpcode: number,
    parse: ResponseParser<T>,
    signal?: AbortSignal,
    place?: RequestPlace,
  ): Promise<T> {
    return this.queue.request(frame, handle, responseOpcode, parse, this.end, signal, place);
  }

  /** Sends an indication and waits for its confirmation (3.4.7.2). One at a time: the caller keeps the order. */
  indicate(frame: Uint8Array): Promise<void> {
    if (this.end) return Promise.reject(this.end);
    if (this.confirmation)
      return Promise.reject(new StateError('an indication waits for its confirmation already'));
    const handle = frame[FRAME_HEADROOM + 1]! | (frame[FRAME_HEADROOM + 2]! << 8);
    const confirmation = new Transaction<void>({
      clock: this.options.clock,
      what: 'ATT Handle Value Indication',
      timeoutMs: ATT_TIMEOUT_MS,
      timeoutError: () => timeoutOf(AttOpcode.handleValueInd, handle),
      onTimeout: () => {
        // The transaction rejects by itself, with the timeout; all others with what came of it.
        this.confirmation = undefined;
        this.timedOut(AttOpcode.handleValueInd, handle);
      },
    });
    this.confirmation = confirmation;
    confirmation.start();
    this.channel.send(frame);
    return confirmation.promise;
  }

  /** For the channel: one PDU. */
  pdu(bytes: Uint8Array, start: number, end: number): void {
    if (this.end) return;
    const opcode = bytes[start];
    if (opcode === AttOpcode.handleValueNtf && end - start >= 3) {
      this.receiveValue?.(bytes[start + 1]! | (bytes[start + 2]! << 8), bytes, start + 3, end, false);
      return;
    }
    if (opcode === undefined || start === end) {
      this.options.report('an empty ATT PDU was dropped');
      return;
    }
    if (isResponse(opcode)) this.queue.response(opcode, bytes, start, end);
    else if (opcode === AttOpcode.handleValueInd) this.indication(bytes, start, end);
    else if (opcode === AttOpcode.handleValueCfm) this.confirmed(end - start);
    else if (opcode === AttOpcode.multipleHandleValueNtf) this.multipleValues(bytes, start, end);
    else if (opcode === AttOpcode.handleValueNtf)
      this.options.report('a notification without handle was dropped');
    else if (this.server) this.server.request(bytes, start, end);
    else this.refuse(opcode);
  }

  /** For the channel: it is gone. */
  closed(reason: BleError): void {
    if (this.end) return;
    this.finish(reason);
  }

  private indication(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 3) {
      this.options.report('an indication without handle was dropped');
      return;
    }
    this.receiveValue?.(bytes[start + 1]! | (bytes[start + 2]! << 8), bytes, start + 3, end, true);
    const frame = new Uint8Array(FRAME_HEADROOM + 1);
    frame[FRAME_HEADROOM] = AttOpcode.handleValueCfm;
    this.send(frame);
  }

  private confirmed(size: number): void {
    // Too long or not, it says that the value came: nothing is won by waiting for another.
    if (size > 1) this.options.report(`a confirmation came with ${size - 1} octets too many`);
    const { confirmation } = this;
    if (!confirmation) {
      this.options.report('a confirmation came that confirms nothing');
      return;
    }
    this.confirmation = undefined;
    confirmation.resolve();
  }

  private multipleValues(bytes: Uint8Array, start: number, end: number): void {
    let at = start + 1;
    while (at + 4 <= end) {
      const length = bytes[at + 2]! | (bytes[at + 3]! << 8);
      const next = at + 4 + length;
      if (next > end) break;
      this.receiveValue?.(bytes[at]! | (bytes[at + 1]! << 8), bytes, at + 4, next, false);
      at = next;
    }
    if (at !== end) this.options.report('a Multiple Handle Value Notification is malformed');
  }

  /** Nobody serves: every request is refused, commands are passed over (3.4.1.1). */
  private refuse(opcode: number): void {
    if ((opcode & 0x40) !== 0) return;
    this.send(errorResponse(opcode, 0, AttErrorCode.requestNotSupported));
  }

  /** @internal Something had no answer for 30 s (3.3.3). */
  timedOut(opcode: number, handle: number): void {
    const cause = timeoutOf(opcode, handle);
    this.finish(new StateError(`the ATT bearer is closed, connect again: ${cause.message}`, { cause }));
    this.options.onTimeout?.();
  }

  private finish(reason: BleError): void {
    this.end = reason;
    const { confirmation } = this;
    this.confirmation = undefined;
    this.queue.close(reason);
    confirmation?.reject(reason);
    this.gate.close(reason);
    this.server?.closed(reason);
    for (const listener of this.closeListeners.splice(0)) listener(reason);
  }
}
