import type { Clock } from '../../core/clock.js';
import { type BleError, StateError } from '../../core/errors.js';
import { FRAME_HEADROOM, type PduChannel } from '../../core/frame.js';
import { Transaction } from '../../core/transaction.js';
import type { ResponseParser } from './bearer-types.js';
import { AttErrorCode, attErrorFor } from './error-codes.js';
import { AttOpcode, attName } from './opcodes.js';
import { ATT_TIMEOUT_MS, REQUEST_LIMIT, timeoutOf } from './transactions.js';

/** Of a request that may go on any bearer of a client: on which it went. */
export interface Place<Bearer> {
  bearer: Bearer;
}

/** The bearer that a {@link RequestQueue} is of. */
export interface QueueOwner<Bearer extends QueueOwner<Bearer>> {
  readonly clock: Clock;
  readonly mtu: number;
  readonly isOpen: boolean;
  readonly trace: ((text: string) => void) | undefined;
  /** The other bearers of the client, as they are at the moment. */
  readonly siblings: (() => readonly Bearer[]) | undefined;
  readonly queue: RequestQueue<Bearer>;
  readonly onOutOfSync: (() => void) | undefined;
  report(message: string): void;
  /** A request had no answer: the bearer is of no use any more. */
  timedOut(opcode: number, handle: number): void;
}

interface PendingRequest<Bearer extends QueueOwner<Bearer>> {
  readonly frame: Uint8Array;
  /** Kept apart: a frame that was sent is the channel's. */
  readonly opcode: number;
  readonly responseOpcode: number;
  readonly parse: ResponseParser<unknown>;
  readonly transaction: Transaction<unknown>;
  /** The calls that it is the first request of, where somebody wants to know. */
  readonly calls: readonly string[] | undefined;
  /** Where it went, of one that may go on any bearer. */
  readonly place: Place<Bearer> | undefined;
  /** Its place among all requests. */
  readonly turn: number;
  /** Where it waits, or is under way. */
  queue: RequestQueue<Bearer>;
}

/** How many requests there were, of all bearers. */
let turns = 0;

/**
 * The requests of one ATT bearer's client: one is under way at a time, the others wait (Core Vol 3, Part F, 3.3.2). Where a link has
 * several bearers, one without work takes what waits on the others.
 */
export class RequestQueue<Bearer extends QueueOwner<Bearer>> {
  private readonly owner: Bearer;
  private readonly channel: PduChannel;
  private readonly waiting: PendingRequest<Bearer>[] = [];
  private current: PendingRequest<Bearer> | undefined;
  private calls: string[] | undefined;

  constructor(owner: Bearer, channel: PduChannel) {
    this.owner = owner;
    this.channel = channel;
  }

  /** Requests that wait or are under way. */
  get load(): number {
    return this.waiting.length + (this.current ? 1 : 0);
  }

  /** See `AttBearer.announce`. */
  announce(call: string): void {
    this.calls ??= [];
    this.calls.push(call);
  }

  /** See `AttBearer.passCalls`. */
  passCalls(other: RequestQueue<Bearer>): void {
    if (this.calls) other.calls = this.calls;
    this.calls = undefined;
  }

  /** See `AttBearer.request`. @param end why the bearer is gone */
  request<T>(
    frame: Uint8Array,
    handle: number,
    responseOpcode: number,
    parse: ResponseParser<T>,
    end: BleError | undefined,
    signal?: AbortSignal,
    place?: Place<Bearer>,
  ): Promise<T> {
    const { calls } = this;
    if (calls !== undefined) this.calls = undefined;
    if (end) return Promise.reject(end);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.waiting.length >= REQUEST_LIMIT) {
      return Promise.reject(new StateError(`${REQUEST_LIMIT} ATT requests wait already on this link`));
    }
    const opcode = frame[FRAME_HEADROOM]!;
    const transaction = new Transaction<unknown>({
      clock: this.owner.clock,
      what: attName(opcode),
      timeoutMs: ATT_TIMEOUT_MS,
      timeoutError: () => timeoutOf(opcode, handle),
      onTimeout: () => entry.queue.timedOut(opcode, handle),
      signal,
      onAbort: signal && (() => entry.queue.abandon(entry)),
    });
    const entry: PendingRequest<Bearer> = {
      frame,
      opcode,
      responseOpcode,
      parse,
      transaction,
      calls,
      place,
      turn: turns++,
      queue: this,
    };
    this.take(entry);
    return transaction.promise as Promise<T>;
  }

  /** A response came. */
  response(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    const { current: entry, owner } = this;
    if (!entry) {
      owner.report(`${attName(opcode)} came that answers nothing`);
      return;
    }
    const { transaction } = entry;
    if (opcode === entry.responseOpcode) {
      let result: unknown;
      try {
        result = entry.parse(bytes, start, end, owner.mtu);
      } catch (error) {
        this.next();
        const why = error instanceof Error ? error.message : String(error);
        owner.report(`${attName(opcode)} is malformed: ${why}`);
        transaction.reject(error);
        return;
      }
      // The next request leaves before the caller of this one goes on: the line does not stand idle.
      this.next();
      transaction.resolve(result);
      return;
    }
    const request = entry.opcode;
    if (opcode === AttOpcode.errorRsp && end - start === 5 && bytes[start + 1] === request) {
      const code = bytes[start + 4]!;
      const error = attErrorFor(code, request, bytes[start + 2]! | (bytes[start + 3]! << 8));
      this.next();
      if (code === AttErrorCode.databaseOutOfSync) owner.onOutOfSync?.();
      transaction.reject(error);
      return;
    }
    owner.report(`${attName(opcode)} came while ${attName(request)} waits for its response`);
  }

  /** The bearer is gone: what was not sent goes on another one, where there is one. */
  close(reason: BleError): void {
    const { current } = this;
    this.current = undefined;
    current?.transaction.reject(reason);
    for (const entry of this.waiting.splice(0)) {
      const heir = this.owner.siblings?.().find((one) => one.isOpen && one.queue.fits(entry));
      if (heir) heir.queue.inherit(entry);
      else entry.transaction.reject(reason);
    }
  }

  /** Sends a request, or lets it wait. */
  private take(entry: PendingRequest<Bearer>): void {
    if (this.current) this.waiting.push(entry);
    else this.start(entry);
  }

  private start(entry: PendingRequest<Bearer>): void {
    entry.queue = this;
    if (entry.place) entry.place.bearer = this.owner;
    this.current = entry;
    entry.transaction.start();
    if (entry.calls !== undefined) for (const call of entry.calls) this.owner.trace?.(call);
    this.channel.send(entry.frame);
  }

  private next(): void {
    this.current = undefined;
    const { siblings } = this.owner;
    const entry = siblings ? this.oldest(siblings()) : this.waiting.shift();
    if (entry) this.start(entry);
  }

  /** The request that waits longest, here or on another bearer, of those that may go here. */
  private oldest(siblings: readonly Bearer[]): PendingRequest<Bearer> | undefined {
    let found = this.waiting[0];
    for (const { queue } of siblings) {
      const one = queue.waiting.find((entry) => this.fits(entry));
      if (one && (!found || one.turn < found.turn)) found = one;
    }
    if (found) found.queue.abandon(found);
    return found;
  }

  private fits({ place, frame }: PendingRequest<Bearer>): boolean {
    return place !== undefined && frame.length - FRAME_HEADROOM <= this.owner.mtu;
  }

  private inherit(entry: PendingRequest<Bearer>): void {
    entry.queue = this;
    this.take(entry);
    this.waiting.sort((a, b) => a.turn - b.turn);
  }

  private abandon(entry: PendingRequest<Bearer>): void {
    // One that was sent keeps its place until the answer or the timeout: the peer still works on it (3.3.3).
    const index = this.waiting.indexOf(entry);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  private timedOut(opcode: number, handle: number): void {
    // The transaction rejects by itself, with the timeout; all others with what came of it.
    this.current = undefined;
    this.owner.timedOut(opcode, handle);
  }
}
