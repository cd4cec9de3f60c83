import { ByteReader, ByteWriter, u16At } from '../core/bytes.js';
import type { Clock } from '../core/clock.js';
import { type BleError, L2capError, MalformedPacketError } from '../core/errors.js';
import { frameOf, type PduChannel, type PduReceiver } from '../core/frame.js';
import { hexCode } from '../core/hex.js';
import { Transaction } from '../core/transaction.js';
import * as pdus from './signalling-pdus.js';
import { RejectReason, type SignallingDefinition } from './signalling-pdus.js';

/** What {@link Signalling} needs. */
export interface SignallingOptions {
  readonly clock: Clock;
  readonly report: (message: string) => void;
}

/** A request to the peer. */
export interface SignallingRequest<P, R, T> {
  readonly request: SignallingDefinition<P>;
  readonly parameters: P;
  readonly response: SignallingDefinition<R>;
  /**
   * Makes the result of a response, while it is being received: what the peer sends right behind it finds everything in
   * place. A {@link stillPending} response is followed by another. May throw what the request is to fail with.
   * @param abandoned the caller left before
   */
  readonly complete: (response: R, abandoned: boolean) => T | typeof stillPending;
  /** Called when no response will come: rejected, out of time, link gone. */
  readonly failed?: (() => void) | undefined;
  /** Sends the frame in the place of the signalling channel's own flow: behind what its sender has sent before. */
  readonly send?: ((frame: Uint8Array) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Says of a response that the final one is still to come (Core Vol 3, Part A, 4.26). */
export const stillPending = Symbol('still pending');

/** Takes the parameters of one command. @throws {MalformedPacketError} when it is not understood */
export type SignalHandler<P> = (parameters: P, identifier: number) => void;

interface Pending {
  readonly request: SignallingDefinition<unknown>;
  readonly response: SignallingDefinition<unknown>;
  readonly complete: (response: unknown, abandoned: boolean) => unknown;
  readonly failed: (() => void) | undefined;
  readonly transaction: Transaction<unknown>;
}

interface Handler {
  readonly definition: SignallingDefinition<unknown>;
  readonly handle: SignalHandler<unknown>;
}

/** The signalling MTU of an LE-U link that every device has: 4. */
const SIGNALLING_MTU = 23;
const HEADER = 4;
/** Response Timeout eXpired: 6.2.1 permits 1 to 60 s; peers that answer at all do so within seconds. */
const RTX_MS = 30_000;
/** Extended Response Timeout eXpired, after a response that says pending: 6.2.2 permits 60 to 300 s. */
const ERTX_MS = 300_000;
/** Answers that may wait for the controller: a peer that asks on and on without taking them in gets no more. */
const ANSWER_LIMIT = 256;

/** Commands of LE that answer one: what is wrong with them is never answered (4.1). */
const responses: ReadonlySet<number> = /* @__PURE__ */ new Set(
  [
    pdus.commandReject,
    pdus.disconnectionResponse,
    pdus.connectionParameterUpdateResponse,
    pdus.leCreditBasedConnectionResponse,
    pdus.creditBasedConnectionResponse,
    pdus.creditBasedReconfigureResponse,
  ].map(({ code }) => code),
);

/**
 * The LE signalling channel of one link (Core Vol 3, Part A, 4): commands with their identifiers, timers and rejects. What
 * they mean is told by those who {@link handle} them; a command that nobody handles is not understood.
 */
export class Signalling implements PduReceiver {
  private readonly channel: PduChannel;
  private readonly options: SignallingOptions;
  private readonly reader = new ByteReader();
  private readonly writer = new ByteWriter();
  private readonly handlers = new Map<number, Handler>();
  private readonly pending = new Map<number, Pending>();
  private lastIdentifier = 0;
  private end: BleError | undefined;

  constructor(channel: PduChannel, options: SignallingOptions) {
    this.channel = channel;
    this.options = options;
    channel.attach(this);
  }

  /** Sets who takes a request or an indication. */
  handle<P>(definition: SignallingDefinition<P>, handle: SignalHandler<P>): void {
    this.handlers.set(definition.code, { definition, handle } as unknown as Handler);
  }

  /** For the channel: one C-frame, `bytes[start, end)`. On LE it holds one command (4). */
  pdu(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size > SIGNALLING_MTU) {
      this.tooLong(bytes, start, end);
      return;
    }
    const identifier = size > 1 ? bytes[start + 1]! : 0;
    if (size < HEADER || HEADER + u16At(bytes, start + 2) !== size || identifier === 0) {
      // Without a sound header there is nothing that an answer could name.
      this.options.report('a malformed signalling command was dropped');
      return;
    }
    const code = bytes[start]!;
    const reader = this.reader.reset(bytes, start + HEADER, end);
    if (responses.has(code)) this.answered(code, identifier, reader);
    else if (this.channel.backlog >= ANSWER_LIMIT) {
      this.options.report('a signalling command was dropped: the answers before it cannot leave');
    } else this.command(code, identifier, reader);
  }

  closed(reason: BleError): void {
    this.end = reason;
    const all = [...this.pending.values()];
    this.pending.clear();
    for (const { transaction, failed } of all) {
      failed?.();
      transaction.reject(reason);
    }
  }

  /**
   * Sends a request; resolves with what `complete` makes of the response.
   * @throws {L2capError} when the peer rejects the command itself, with the reject's reason
   * @throws {TimeoutError} after 30 s without a response, or 300 s after one that said pending
   */
  request<P, R, T>(options: SignallingRequest<P, R, T>): Promise<T> {
    const { request, parameters, response, complete, failed, signal } = options;
    const identifier = this.end ? undefined : this.nextIdentifier();
    if (identifier === undefined) {
      failed?.();
      return Promise.reject(this.end ?? new L2capError(`${request.name}: every identifier is in use`));
    }
    const transaction = new Transaction<T>({
      clock: this.options.clock,
      what: `L2CAP ${request.name}`,
      timeoutMs: RTX_MS,
      onTimeout: () => {
        this.pending.delete(identifier);
        failed?.();
      },
      signal,
    });
    if (transaction.settled) {
      failed?.();
      return transaction.promise;
    }
    const pending: unknown = { request, response, complete, failed, transaction };
    this.pending.set(identifier, pending as Pending);
    transaction.start();
    this.write(request, identifier, parameters, options.send);
    return transaction.promise;
  }

  /** Sends a command that has no response, under an identifier of its own. */
  indicate<P>(definition: SignallingDefinition<P>, parameters: P): void {
    const identifier = this.nextIdentifier();
    // All 255 are in use by requests: one is shared, and no response can be meant for what has none.
    this.write(definition, identifier ?? this.lastIdentifier, parameters);
  }

  /** Answers a command. @param send see {@link SignallingRequest.send} */
  respond<P>(
    definition: SignallingDefinition<P>,
    identifier: number,
    parameters: P,
    send?: (frame: Uint8Array) => void,
  ): void {
    this.write(definition, identifier, parameters, send);
  }

  /** Rejects a command that names a channel that is not there: the CIDs as the request has them (4.1). */
  rejectCid(identifier: number, destinationCid: number, sourceCid: number): void {
    const data = new ByteWriter(4).u16(destinationCid).u16(sourceCid).finish();
    this.reject(identifier, RejectReason.invalidCid, data);
  }

  /** Rejects a command. */
  reject(identifier: number, reason: number, data: Uint8Array = new Uint8Array(0)): void {
    this.write(pdus.commandReject, identifier, { reason, data });
  }

  private command(code: number, identifier: number, reader: ByteReader): void {
    const handler = this.handlers.get(code);
    if (!handler) {
      this.options.report(`signalling command ${hexCode(code)} is not known`);
      this.reject(identifier, RejectReason.notUnderstood);
      return;
    }
    try {
      handler.handle(readWhole(handler.definition, reader), identifier);
    } catch (error) {
      if (!(error instanceof MalformedPacketError)) throw error;
      this.options.report(`a ${handler.definition.name} was not understood: ${error.message}`);
      this.reject(identifier, RejectReason.notUnderstood);
    }
  }

  /**
   * A frame over the signalling MTU: one reject that names its first request; nothing when it has responses only (4.1).
   */
  private tooLong(bytes: Uint8Array, start: number, end: number): void {
    this.options.report(`a signalling frame of ${end - start} octets is longer than ${SIGNALLING_MTU}`);
    let at = start;
    while (at + HEADER <= end && responses.has(bytes[at]!)) at += HEADER + u16At(bytes, at + 2);
    if (at + HEADER > end) return;
    const identifier = bytes[at + 1]!;
    if (identifier !== 0) this.reject(identifier, RejectReason.mtuExceeded, Uint8Array.of(SIGNALLING_MTU, 0));
  }

  private answered(code: number, identifier: number, reader: ByteReader): void {
    const pending = this.pending.get(identifier);
    const isReject = code === pdus.commandReject.code;
    if (!pending || (!isReject && pending.response.code !== code)) {
      this.options.report(
        isReject
          ? 'a Command Reject came that answers nothing'
          : `a signalling response ${hexCode(code)} came that answers nothing`,
      );
      return;
    }
    try {
      if (isReject) this.rejected(identifier, pending, pdus.commandReject.parameters.read(reader).reason);
      else this.responded(identifier, pending, readWhole(pending.response, reader));
    } catch (error) {
      if (!(error instanceof MalformedPacketError)) throw error;
      this.options.report(`a response to a ${pending.request.name} was dropped: ${error.message}`);
    }
  }

  private responded(identifier: number, pending: Pending, response: unknown): void {
    const { transaction, complete } = pending;
    let result: unknown;
    try {
      result = complete(response, transaction.abandoned);
    } catch (error) {
      if (error instanceof MalformedPacketError) throw error;
      this.pending.delete(identifier);
      pending.failed?.();
      transaction.reject(error);
      return;
    }
    if (result === stillPending) {
      transaction.extend(ERTX_MS);
      return;
    }
    this.pending.delete(identifier);
    transaction.resolve(result);
  }

  private rejected(identifier: number, pending: Pending, reason: number): void {
    this.pending.delete(identifier);
    pending.failed?.();
    const why =
      ['command not understood', 'signalling MTU exceeded', 'invalid CID'][reason] ?? hexCode(reason, 4);
    const message = `the peer rejected the ${pending.request.name}: ${why}`;
    pending.transaction.reject(new L2capError(message, reason));
  }

  /** The next identifier that is not in use; 0 is never one (4). */
  private nextIdentifier(): number | undefined {
    for (let tries = 0; tries < 255; tries++) {
      this.lastIdentifier = (this.lastIdentifier % 255) + 1;
      if (!this.pending.has(this.lastIdentifier)) return this.lastIdentifier;
    }
    return undefined;
  }

  private write<P>(
    definition: SignallingDefinition<P>,
    identifier: number,
    parameters: P,
    send?: (frame: Uint8Array) => void,
  ): void {
    const body = definition.parameters.encode(parameters);
    const pdu = this.writer.clear().u8(definition.code).u8(identifier).u16(body.length).bytes(body).finish();
    if (send) send(frameOf(pdu));
    else this.channel.send(frameOf(pdu));
  }
}

/** All of a command's parameters: one that is longer than its code says is no more understood than a shorter one. */
function readWhole<P>(definition: SignallingDefinition<P>, reader: ByteReader): P {
  const parameters = definition.parameters.read(reader);
  if (reader.remaining > 0) throw new MalformedPacketError(`${reader.remaining} octets too many`);
  return parameters;
}
