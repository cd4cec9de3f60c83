import { ByteReader, ByteWriter } from '../core/bytes.js';
import type { Clock } from '../core/clock.js';
import { type BleError, L2capError, MalformedPacketError } from '../core/errors.js';
import { frameOf, type PduChannel, type PduReceiver } from '../core/frame.js';
import { hexCode } from '../core/hex.js';
import { Transaction } from '../core/transaction.js';
import * as pdus from './signalling-pdus.js';
import { RejectReason, type SignallingDefinition } from './signalling-pdus.js';

/** What a peripheral asks for: Core Vol 3, Part A, 4.20. */
export interface ConnectionParameterRequest {
  /** In units of 1.25 ms, 6–3200. */
  readonly intervalMin: number;
  /** In units of 1.25 ms, 6–3200. */
  readonly intervalMax: number;
  /** Connection events the peripheral may sleep through, 0–499. */
  readonly latency: number;
  /** Supervision timeout in units of 10 ms, 10–3200. */
  readonly timeout: number;
}

/** What {@link Signalling} needs. */
export interface SignallingOptions {
  readonly clock: Clock;
  readonly role: 'central' | 'peripheral';
  readonly report: (message: string) => void;
  readonly onParameterRequest: (request: ConnectionParameterRequest) => boolean;
}

interface Pending {
  readonly request: SignallingDefinition<unknown>;
  readonly response: SignallingDefinition<unknown>;
  readonly transaction: Transaction<unknown>;
}

/** The signalling MTU of an LE-U link that every device has: 4. */
const SIGNALLING_MTU = 23;
const HEADER = 4;
/** Response Timeout eXpired: 6.2.1 permits 1 to 60 s; peers that answer at all do so within seconds. */
const RTX_MS = 30_000;

/**
 * The LE signalling channel of one link (Core Vol 3, Part A, 4): parameter updates both ways, and an answer to
 * everything else. Credit-based channels are not built yet: requests for one are refused as the specification has it
 * for a PSM that nobody registered.
 */
export class Signalling implements PduReceiver {
  private readonly channel: PduChannel;
  private readonly options: SignallingOptions;
  private readonly reader = new ByteReader();
  private readonly writer = new ByteWriter();
  private readonly pending = new Map<number, Pending>();
  private lastIdentifier = 0;

  constructor(channel: PduChannel, options: SignallingOptions) {
    this.channel = channel;
    this.options = options;
    channel.attach(this);
  }

  /**
   * As a peripheral: asks the central for other connection parameters (4.20).
   * @returns whether the central accepts; the new parameters come with an event of the controller
   * @throws {L2capError} when the central rejects the command itself
   */
  async requestParameters(request: ConnectionParameterRequest, signal?: AbortSignal): Promise<boolean> {
    const response = await this.request(
      pdus.connectionParameterUpdateRequest,
      request,
      pdus.connectionParameterUpdateResponse,
      signal,
    );
    return response.result === 0;
  }

  /** For the channel: one C-frame, `bytes[start, end)`. On LE it holds one command (4). */
  pdu(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    const identifier = size > 1 ? bytes[start + 1]! : 0;
    if (size > SIGNALLING_MTU && identifier !== 0) {
      this.reject(identifier, RejectReason.mtuExceeded, Uint8Array.of(SIGNALLING_MTU, 0));
      return;
    }
    if (
      size < HEADER ||
      HEADER + (bytes[start + 2]! | (bytes[start + 3]! << 8)) !== size ||
      identifier === 0
    ) {
      // Without a sound header there is nothing that an answer could name.
      this.options.report('a malformed signalling command was dropped');
      return;
    }
    try {
      this.command(bytes[start]!, identifier, this.reader.reset(bytes, start + HEADER, end));
    } catch (error) {
      if (!(error instanceof MalformedPacketError)) throw error;
      this.reject(identifier, RejectReason.notUnderstood);
    }
  }

  closed(reason: BleError): void {
    for (const { transaction } of this.pending.values()) transaction.reject(reason);
    this.pending.clear();
  }

  private command(code: number, identifier: number, reader: ByteReader): void {
    switch (code) {
      case pdus.commandReject.code:
        this.rejected(identifier, reader);
        return;
      case pdus.connectionParameterUpdateRequest.code:
        this.parameterRequest(identifier, pdus.connectionParameterUpdateRequest.parameters.read(reader));
        return;
      case pdus.disconnectionRequest.code: {
        const { destinationCid, sourceCid } = pdus.disconnectionRequest.parameters.read(reader);
        this.rejectCid(identifier, destinationCid, sourceCid);
        return;
      }
      case pdus.leCreditBasedConnectionRequest.code:
        pdus.leCreditBasedConnectionRequest.parameters.read(reader);
        // 0x0002: SPSM not supported (4.23).
        this.send(pdus.leCreditBasedConnectionResponse, identifier, {
          destinationCid: 0,
          mtu: 0,
          mps: 0,
          initialCredits: 0,
          result: 2,
        });
        return;
      case pdus.creditBasedConnectionRequest.code:
        this.creditBasedRequest(
          identifier,
          pdus.creditBasedConnectionRequest.parameters.read(reader).sourceCids,
        );
        return;
      case pdus.creditBasedReconfigureRequest.code:
        pdus.creditBasedReconfigureRequest.parameters.read(reader);
        // 0x0003: one or more Destination CIDs invalid (4.28).
        this.send(pdus.creditBasedReconfigureResponse, identifier, { result: 3 });
        return;
      case pdus.connectionParameterUpdateResponse.code:
      case pdus.disconnectionResponse.code:
      case pdus.leCreditBasedConnectionResponse.code:
      case pdus.creditBasedConnectionResponse.code:
      case pdus.creditBasedReconfigureResponse.code:
        this.responded(code, identifier, reader);
        return;
      case pdus.flowControlCredit.code:
        // Credits for a channel that is not there have no answer (4.24).
        this.options.report('credits came for a channel that is not open');
        return;
      default:
        this.options.report(`signalling command ${hexCode(code)} is not known`);
        this.reject(identifier, RejectReason.notUnderstood);
    }
  }

  private parameterRequest(identifier: number, request: ConnectionParameterRequest): void {
    // Only a peripheral may ask: a central does not understand it when it comes from a central (4.20).
    if (this.options.role === 'peripheral') {
      this.reject(identifier, RejectReason.notUnderstood);
      return;
    }
    const accepted = validParameters(request) && this.options.onParameterRequest(request);
    this.send(pdus.connectionParameterUpdateResponse, identifier, { result: accepted ? 0 : 1 });
  }

  private creditBasedRequest(identifier: number, sourceCids: readonly number[]): void {
    if (sourceCids.length < 1 || sourceCids.length > 5) {
      this.reject(identifier, RejectReason.notUnderstood);
      return;
    }
    // 0x0002: all connections refused, SPSM not supported (4.26); a Destination CID of 0 for each asked for.
    this.send(pdus.creditBasedConnectionResponse, identifier, {
      mtu: 0,
      mps: 0,
      initialCredits: 0,
      result: 2,
      destinationCids: sourceCids.map(() => 0),
    });
  }

  private responded(code: number, identifier: number, reader: ByteReader): void {
    const pending = this.pending.get(identifier);
    if (pending?.response.code !== code) {
      this.options.report(`a signalling response ${hexCode(code)} came that answers nothing`);
      return;
    }
    const parameters = pending.response.parameters.read(reader);
    this.pending.delete(identifier);
    pending.transaction.resolve(parameters);
  }

  private rejected(identifier: number, reader: ByteReader): void {
    const pending = this.pending.get(identifier);
    if (!pending) {
      this.options.report('a Command Reject came that answers nothing');
      return;
    }
    const { reason } = pdus.commandReject.parameters.read(reader);
    this.pending.delete(identifier);
    const why =
      ['command not understood', 'signalling MTU exceeded', 'invalid CID'][reason] ?? hexCode(reason, 4);
    pending.transaction.reject(
      new L2capError(`the peer rejected the ${pending.request.name}: ${why}`, reason),
    );
  }

  private request<P, R>(
    request: SignallingDefinition<P>,
    parameters: P,
    response: SignallingDefinition<R>,
    signal?: AbortSignal,
  ): Promise<R> {
    const identifier = this.nextIdentifier();
    if (identifier === undefined) {
      return Promise.reject(new L2capError(`${request.name}: every identifier is in use`));
    }
    const transaction = new Transaction<R>({
      clock: this.options.clock,
      what: `L2CAP ${request.name}`,
      timeoutMs: RTX_MS,
      onTimeout: () => this.pending.delete(identifier),
      signal,
    });
    if (transaction.settled) return transaction.promise;
    this.pending.set(identifier, {
      request: request as SignallingDefinition<unknown>,
      response: response as SignallingDefinition<unknown>,
      transaction: transaction as Transaction<unknown>,
    });
    transaction.start();
    this.send(request, identifier, parameters);
    return transaction.promise;
  }

  /** The next identifier that is not in use; 0 is never one (4). */
  private nextIdentifier(): number | undefined {
    for (let tries = 0; tries < 255; tries++) {
      this.lastIdentifier = (this.lastIdentifier % 255) + 1;
      if (!this.pending.has(this.lastIdentifier)) return this.lastIdentifier;
    }
    return undefined;
  }

  private rejectCid(identifier: number, destinationCid: number, sourceCid: number): void {
    const data = new ByteWriter(4).u16(destinationCid).u16(sourceCid).finish();
    this.reject(identifier, RejectReason.invalidCid, data);
  }

  private reject(identifier: number, reason: number, data: Uint8Array = new Uint8Array(0)): void {
    this.send(pdus.commandReject, identifier, { reason, data });
  }

  private send<P>(definition: SignallingDefinition<P>, identifier: number, parameters: P): void {
    const body = definition.parameters.encode(parameters);
    const pdu = this.writer.clear().u8(definition.code).u8(identifier).u16(body.length).bytes(body).finish();
    this.channel.send(frameOf(pdu));
  }
}

/** The ranges of 4.20, and a supervision timeout of more than twice the time between events (Vol 6, Part B, 4.5.2). */
function validParameters({
  intervalMin,
  intervalMax,
  latency,
  timeout,
}: ConnectionParameterRequest): boolean {
  return (
    intervalMin >= 6 &&
    intervalMin <= intervalMax &&
    intervalMax <= 3200 &&
    latency <= 499 &&
    timeout >= 10 &&
    timeout <= 3200 &&
    timeout * 4 > (1 + latency) * intervalMax
  );
}
