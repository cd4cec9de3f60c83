import { copyOctets, u16At } from '../../core/bytes.js';
import type { BleError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import type { DataSigning } from '../../core/security.js';
import { Uuid } from '../../core/uuid.js';
import type { AttBearer, AttRequestReceiver } from '../att/bearer.js';
import { AttErrorCode as E } from '../att/error-codes.js';
import { AttOpcode as Op } from '../att/opcodes.js';
import { errorResponse, handlePdu } from '../att/requests.js';
import type { Answer, Refusal } from './answer.js';
import { AttRefusal } from './attribute.js';
import type { ServerClient } from './client.js';
import type { AttributeDatabase } from './database.js';
import type { ServerLimits } from './limits.js';
import { read, readBlob, readMultiple } from './reads.js';
import { RobustCaching } from './robust-caching.js';
import { findByTypeValue, findInformation, readByGroupType, readByType } from './searches.js';
import { Writes } from './writes.js';

/** PDUs that may wait while a handler is at work: one request is all that a client may send, the rest are commands. */
const WAITING_LIMIT = 64;

/** What a {@link ServerSession} needs. */
export interface SessionOptions {
  readonly database: AttributeDatabase;
  readonly bearer: AttBearer;
  readonly client: ServerClient;
  readonly signing: Pick<DataSigning, 'verify'> | undefined;
  readonly report: (message: string) => void;
  readonly limits: ServerLimits;
}

/** A request that a handler is at work for. */
interface Turn {
  /** It has been answered. */
  over: boolean;
}

type LateAnswer = Answer | undefined | Promise<Answer | undefined>;

/** Answers the requests of one client on one bearer: Core Vol 3, Part F, 3.4. */
export class ServerSession implements AttRequestReceiver {
  private readonly options: SessionOptions;
  private readonly caching: RobustCaching;
  private readonly writes: Writes;
  private readonly waiting: Uint8Array[] = [];
  private busy = false;

  constructor(options: SessionOptions) {
    this.options = options;
    const { database, bearer, client, signing, report, limits } = options;
    const { failed: failure } = this;
    const { preparedWrites } = limits;
    this.caching = new RobustCaching(client.known);
    this.writes = new Writes({ database, bearer, client, signing, failure, report, preparedWrites });
  }

  /** For the bearer: a request or a command. One that comes while a handler is at work waits, so that answers keep their order. */
  request(bytes: Uint8Array, start: number, end: number): void {
    const { settling } = this.options.client;
    if (settling && !this.busy) {
      this.busy = true;
      void settling.then(() => this.goOn());
    }
    if (!this.busy) {
      this.handle(bytes, start, end);
      return;
    }
    if (this.waiting.length >= WAITING_LIMIT) {
      this.options.report(`${WAITING_LIMIT} ATT PDUs wait for a handler already: another was dropped`);
      return;
    }
    this.waiting.push(copyOctets(bytes, start, end));
  }

  closed(_reason: BleError): void {
    this.waiting.length = 0;
    this.writes.clear();
  }

  private handle(bytes: Uint8Array, start: number, end: number): void {
    const opcode = bytes[start]!;
    const unaware = this.caching.check(bytes, start, end);
    if (unaware === 'silence') return;
    const turn: Turn = { over: false };
    const handle = end - start >= 3 ? u16At(bytes, start + 1) : 0;
    let answer: LateAnswer;
    try {
      answer = unaware ?? this.answer(opcode, bytes, start, end, turn);
    } catch (error) {
      const refusal = this.failed(error, handle);
      answer = (opcode & 0x40) !== 0 ? undefined : refusal;
    }
    if (answer instanceof Promise) this.wait(answer, opcode, handle, turn);
    else this.respond(opcode, answer);
  }

  /** Answers when a handler has, or when it has taken too long. */
  private wait(answer: Promise<Answer | undefined>, opcode: number, handle: number, turn: Turn): void {
    const { bearer, limits, report } = this.options;
    this.busy = true;
    const finish = (late: Answer | undefined): void => {
      if (turn.over) return;
      turn.over = true;
      bearer.clock.clearTimeout(timer);
      this.respond(opcode, late);
      this.goOn();
    };
    const timer = bearer.clock.setTimeout(() => {
      report(
        `the handler of attribute ${hexCode(handle, 4)} took more than ${limits.handlerDeadlineMs} ms: ` +
          'the client got Unlikely Error',
      );
      finish({ handle, error: E.unlikelyError });
    }, limits.handlerDeadlineMs);
    answer.catch((error: unknown) => this.failed(error, handle)).then(finish);
  }

  private goOn(): void {
    this.busy = false;
    while (!this.busy && this.waiting.length > 0) {
      const pdu = this.waiting.shift()!;
      this.handle(pdu, 0, pdu.length);
    }
  }

  private answer(opcode: number, bytes: Uint8Array, start: number, end: number, turn: Turn): LateAnswer {
    const size = end - start;
    const { database, client, bearer } = this.options;
    // Of this bearer: a client's bearers may differ.
    const { mtu } = bearer;
    switch (opcode) {
      case Op.readReq:
        return size === 3 ? read(database, client, mtu, u16At(bytes, start + 1)) : invalid;
      case Op.writeReq:
        return size >= 3 ? this.writes.write(bytes, start, end) : invalid;
      case Op.writeCmd:
        this.writes.command(bytes, start, end);
        return undefined;
      case Op.readBlobReq:
        return size === 5
          ? readBlob(database, client, mtu, u16At(bytes, start + 1), u16At(bytes, start + 3))
          : invalid;
      case Op.exchangeMtuReq:
        // An enhanced bearer has the MTU of its channel (3.2.8): the request has no place there.
        if (bearer.enhanced) return { handle: 0, error: E.requestNotSupported };
        return size === 3 ? this.exchangeMtu(u16At(bytes, start + 1)) : invalid;
      case Op.findInformationReq:
        if (size !== 5) return invalid;
        return (
          badRange(bytes, start) ??
          findInformation(database, u16At(bytes, start + 1), u16At(bytes, start + 3), mtu)
        );
      case Op.findByTypeValueReq: {
        if (size < 7) return invalid;
        const value = bytes.subarray(start + 7, end);
        const type = Uuid.fromWire(bytes, start + 5, start + 7);
        return (
          badRange(bytes, start) ??
          findByTypeValue(
            database,
            client,
            mtu,
            u16At(bytes, start + 1),
            u16At(bytes, start + 3),
            type,
            value,
          )
        );
      }
      case Op.readByTypeReq:
      case Op.readByGroupTypeReq: {
        if (size !== 7 && size !== 21) return invalid;
        const type = Uuid.fromWire(bytes, start + 5, end);
        const search = opcode === Op.readByTypeReq ? readByType : readByGroupType;
        return (
          badRange(bytes, start) ??
          search(database, client, mtu, u16At(bytes, start + 1), u16At(bytes, start + 3), type, this.failed)
        );
      }
      case Op.readMultipleReq:
      case Op.readMultipleVariableReq:
        // Two handles at least (3.4.4.7, 3.4.4.11).
        return size >= 5 && size % 2 === 1
          ? readMultiple(database, client, mtu, opcode, handles(bytes, start, end), this.failed)
          : invalid;
      case Op.prepareWriteReq:
        return size >= 5 ? this.writes.prepare(bytes, start, end) : invalid;
      case Op.executeWriteReq:
        return size === 2 && bytes[start + 1]! <= 1
          ? this.writes.execute(bytes[start + 1] === 1, () => turn.over)
          : invalid;
      case Op.signedWriteCmd:
        // Nor has a signature, on a link that is encrypted in any case (3.4.5.4).
        return bearer.enhanced ? undefined : this.writes.signed(copyOctets(bytes, start, end));
      default:
        // Commands that are not known are passed over, requests are refused (3.3.1, 3.4.1.1).
        return (opcode & 0x40) !== 0 ? undefined : { handle: 0, error: E.requestNotSupported };
    }
  }

  private exchangeMtu(peerMtu: number): Answer {
    // The response leaves at the old MTU, which it fits in any case; the new one holds from then on (3.4.2.2).
    const { bearer } = this.options;
    const response = handlePdu(Op.exchangeMtuRsp, bearer.offeredMtu);
    bearer.agreeMtu(peerMtu);
    return response;
  }

  private respond(opcode: number, answer: Answer | undefined): void {
    if (!answer) return;
    const { bearer } = this.options;
    if (answer instanceof Uint8Array) bearer.send(answer);
    else bearer.send(errorResponse(opcode, answer.handle, answer.error));
  }

  /** A handler refused or failed: the first is the application's answer, the second is told. */
  private readonly failed = (error: unknown, handle: number): Refusal => {
    if (error instanceof AttRefusal) return { handle, error: error.error };
    const why = error instanceof Error ? error.message : String(error);
    this.options.report(`the handler of attribute ${hexCode(handle, 4)} failed: ${why}`);
    return { handle, error: E.unlikelyError };
  };
}

/** A PDU of the wrong length: the handle in error is 0 (3.4.1.1). */
const invalid: Refusal = { handle: 0, error: E.invalidPdu };

function handles(bytes: Uint8Array, start: number, end: number): number[] {
  const found: number[] = [];
  for (let at = start + 1; at < end; at += 2) found.push(u16At(bytes, at));
  return found;
}

/** A range that begins at 0 or ends before it begins (3.4.3.1 and others). */
function badRange(bytes: Uint8Array, start: number): Refusal | undefined {
  const first = u16At(bytes, start + 1);
  return first === 0 || first > u16At(bytes, start + 3)
    ? { handle: first, error: E.invalidHandle }
    : undefined;
}
