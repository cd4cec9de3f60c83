import { copyOctets, u16At } from '../../core/bytes.js';
import type { BleError } from '../../core/errors.js';
import { allocateFrame, FRAME_HEADROOM } from '../../core/frame.js';
import { hexCode } from '../../core/hex.js';
import type { DataSigning } from '../../core/security.js';
import { Uuid } from '../../core/uuid.js';
import type { AttBearer, AttRequestReceiver } from '../att/bearer.js';
import { AttErrorCode as E } from '../att/error-codes.js';
import { AttOpcode as Op } from '../att/opcodes.js';
import { errorResponse, handlePdu } from '../att/requests.js';
import type { Answer, Refusal } from './answer.js';
import { AttRefusal, readError, signedWriteError, writeError } from './attribute.js';
import type { ServerClient } from './client.js';
import type { AttributeDatabase } from './database.js';
import { PrepareQueue } from './prepare-queue.js';
import { findByTypeValue, findInformation, readByGroupType, readByType } from './searches.js';

/** PDUs that may wait while a handler is at work: one request is all that a client may send, the rest are commands. */
const WAITING_LIMIT = 64;
const H = FRAME_HEADROOM;
/** Octets behind the value of a Signed Write Command: 3.4.5.4. */
const SIGNATURE_LENGTH = 12;

/** What a {@link ServerSession} needs of its link beside the bearer. */
export interface SessionOptions {
  readonly signing: Pick<DataSigning, 'verify'> | undefined;
  readonly report: (message: string) => void;
}

/** Answers the requests of one client: Core Vol 3, Part F, 3.4. */
export class ServerSession implements AttRequestReceiver {
  private readonly database: AttributeDatabase;
  private readonly bearer: AttBearer;
  private readonly client: ServerClient;
  private readonly report: (message: string) => void;
  private readonly signing: Pick<DataSigning, 'verify'> | undefined;
  private readonly prepared = new PrepareQueue();
  private readonly waiting: Uint8Array[] = [];
  private busy = false;

  constructor(
    database: AttributeDatabase,
    bearer: AttBearer,
    client: ServerClient,
    { signing, report }: SessionOptions,
  ) {
    this.database = database;
    this.bearer = bearer;
    this.client = client;
    this.signing = signing;
    this.report = report;
  }

  /** For the bearer: a request or a command. One that comes while a handler is at work waits, so that answers keep their order. */
  request(bytes: Uint8Array, start: number, end: number): void {
    if (!this.busy) {
      this.handle(bytes, start, end);
      return;
    }
    if (this.waiting.length >= WAITING_LIMIT) {
      this.report(`${WAITING_LIMIT} ATT PDUs wait for a handler already: another was dropped`);
      return;
    }
    this.waiting.push(copyOctets(bytes, start, end));
  }

  closed(_reason: BleError): void {
    this.waiting.length = 0;
    this.prepared.clear();
  }

  private handle(bytes: Uint8Array, start: number, end: number): void {
    const opcode = bytes[start]!;
    let answer: Answer | undefined | Promise<Answer | undefined>;
    try {
      answer = this.answer(opcode, bytes, start, end);
    } catch (error) {
      answer = this.failure(error, opcode, bytes, start, end);
    }
    if (!(answer instanceof Promise)) {
      this.respond(opcode, answer);
      return;
    }
    this.busy = true;
    const handle = end - start >= 3 ? u16At(bytes, start + 1) : 0;
    answer
      .catch((error: unknown) => this.failed(error, handle))
      .then((late) => {
        this.busy = false;
        this.respond(opcode, late);
        while (!this.busy && this.waiting.length > 0) {
          const pdu = this.waiting.shift()!;
          this.handle(pdu, 0, pdu.length);
        }
      });
  }

  private answer(
    opcode: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Answer | undefined | Promise<Answer | undefined> {
    const size = end - start;
    const { database, client } = this;
    switch (opcode) {
      case Op.readReq:
        return size === 3 ? this.read(u16At(bytes, start + 1)) : invalid;
      case Op.writeReq:
        return size >= 3 ? this.write(bytes, start, end) : invalid;
      case Op.writeCmd:
        this.writeCommand(bytes, start, end);
        return undefined;
      case Op.readBlobReq:
        return size === 5 ? this.readBlob(u16At(bytes, start + 1), u16At(bytes, start + 3)) : invalid;
      case Op.exchangeMtuReq:
        return size === 3 ? this.exchangeMtu(u16At(bytes, start + 1)) : invalid;
      case Op.findInformationReq:
        if (size !== 5) return invalid;
        return (
          badRange(bytes, start) ??
          findInformation(database, u16At(bytes, start + 1), u16At(bytes, start + 3), client.mtu)
        );
      case Op.findByTypeValueReq: {
        if (size < 7) return invalid;
        const value = bytes.subarray(start + 7, end);
        const type = Uuid.fromWire(bytes, start + 5, start + 7);
        return (
          badRange(bytes, start) ??
          findByTypeValue(database, client, u16At(bytes, start + 1), u16At(bytes, start + 3), type, value)
        );
      }
      case Op.readByTypeReq:
      case Op.readByGroupTypeReq: {
        if (size !== 7 && size !== 21) return invalid;
        const type = Uuid.fromWire(bytes, start + 5, end);
        const search = opcode === Op.readByTypeReq ? readByType : readByGroupType;
        return (
          badRange(bytes, start) ??
          search(database, client, u16At(bytes, start + 1), u16At(bytes, start + 3), type, this.failed)
        );
      }
      case Op.readMultipleReq:
      case Op.readMultipleVariableReq:
        // Two handles at least (3.4.4.7, 3.4.4.11).
        return size >= 5 && size % 2 === 1 ? this.readMultiple(opcode, handles(bytes, start, end)) : invalid;
      case Op.prepareWriteReq:
        return size >= 5 ? this.prepareWrite(bytes, start, end) : invalid;
      case Op.executeWriteReq:
        return size === 2 && bytes[start + 1]! <= 1 ? this.executeWrite(bytes[start + 1] === 1) : invalid;
      case Op.signedWriteCmd:
        return this.signedWrite(copyOctets(bytes, start, end));
      default:
        // Commands that are not known are passed over, requests are refused (3.3.1, 3.4.1.1).
        return (opcode & 0x40) !== 0 ? undefined : { handle: 0, error: E.requestNotSupported };
    }
  }

  private exchangeMtu(peerMtu: number): Answer {
    // The response leaves at the old MTU, which it fits in any case; the new one holds from then on (3.4.2.2).
    const response = handlePdu(Op.exchangeMtuRsp, this.bearer.offeredMtu);
    this.bearer.agreeMtu(peerMtu);
    return response;
  }

  private read(handle: number): Answer | Promise<Answer> {
    const attribute = this.database.get(handle);
    const error = readError(attribute, this.client);
    if (error !== 0) return { handle, error };
    const value = attribute!.read(this.client);
    if (value instanceof Promise)
      return value.then((late) => valueFrame(Op.readRsp, late, 0, this.client.mtu));
    return valueFrame(Op.readRsp, value, 0, this.client.mtu);
  }

  private readBlob(handle: number, offset: number): Answer | Promise<Answer> {
    const attribute = this.database.get(handle);
    const error = readError(attribute, this.client);
    if (error !== 0) return { handle, error };
    const part = (value: Uint8Array): Answer =>
      offset > value.length
        ? { handle, error: E.invalidOffset }
        : valueFrame(Op.readBlobRsp, value, offset, this.client.mtu);
    const value = attribute!.read(this.client, offset);
    return value instanceof Promise ? value.then(part) : part(value);
  }

  private async readMultiple(opcode: number, wanted: readonly number[]): Promise<Answer> {
    const room = this.client.mtu - 1;
    const octets = new Uint8Array(room);
    const variable = opcode === Op.readMultipleVariableReq;
    // No value may be given before every handle was found sound (3.4.4.7).
    for (const handle of wanted) {
      const error = readError(this.database.get(handle), this.client);
      if (error !== 0) return { handle, error };
    }
    let length = 0;
    for (const handle of wanted) {
      let value: Uint8Array | undefined;
      try {
        value = await this.database.get(handle)?.read(this.client);
      } catch (error) {
        return this.failed(error, handle);
      }
      if (!value) return { handle, error: E.invalidHandle };
      if (variable) {
        if (length + 2 > room) break;
        octets[length++] = value.length & 0xff;
        octets[length++] = value.length >> 8;
      }
      const part = value.subarray(0, room - length);
      octets.set(part, length);
      length += part.length;
    }
    return valueFrame(
      variable ? Op.readMultipleVariableRsp : Op.readMultipleRsp,
      octets.subarray(0, length),
      0,
      this.client.mtu,
    );
  }

  private write(bytes: Uint8Array, start: number, end: number): Answer | Promise<Answer> {
    const handle = u16At(bytes, start + 1);
    const attribute = this.database.get(handle);
    const error =
      writeError(attribute, this.client) ||
      (end - start - 3 > attribute!.maxLength ? E.invalidAttributeValueLength : 0);
    if (error !== 0) return { handle, error };
    const written = attribute!.write(this.client, copyOctets(bytes, start + 3, end));
    return written instanceof Promise ? written.then(writeResponse) : writeResponse();
  }

  private writeCommand(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 3) return;
    const attribute = this.database.get(u16At(bytes, start + 1));
    // Whatever is wrong, a command has no answer (3.4.5.3).
    if (
      !attribute?.writableByCommand ||
      writeError(attribute, this.client) !== 0 ||
      end - start - 3 > attribute.maxLength
    )
      return;
    const written = attribute.write(this.client, copyOctets(bytes, start + 3, end));
    if (written instanceof Promise)
      written.catch((error: unknown) => void this.failed(error, attribute.handle));
  }

  /** A signed write, its PDU copied; as a command it has no answer, whatever is wrong (3.4.5.4). */
  private async signedWrite(pdu: Uint8Array): Promise<undefined> {
    const valueEnd = pdu.length - SIGNATURE_LENGTH;
    if (valueEnd < 3) return;
    const attribute = this.database.get(u16At(pdu, 1));
    // What cannot be written anyhow costs neither a cipher nor a counter.
    if (!attribute?.signedAccess || valueEnd - 3 > attribute.maxLength) return;
    const by = await this.signing?.verify(pdu);
    if (!by) {
      this.report(
        `a Signed Write Command of attribute ${hexCode(attribute.handle, 4)} was dropped: its signature is not one of this peer`,
      );
      return;
    }
    // The link may be gone, or the service: verifying took its time.
    if (!this.bearer.isOpen || this.database.get(attribute.handle) !== attribute) return;
    if (signedWriteError(attribute, this.client, by) !== 0) return;
    try {
      await attribute.write(this.client, pdu.slice(3, valueEnd));
    } catch (error) {
      this.failed(error, attribute.handle);
    }
  }

  private prepareWrite(bytes: Uint8Array, start: number, end: number): Answer {
    const handle = u16At(bytes, start + 1);
    const attribute = this.database.get(handle);
    const error = writeError(attribute, this.client);
    if (error !== 0) return { handle, error };
    const octets = copyOctets(bytes, start + 5, end);
    // Offset and length are looked at when it is executed (3.4.6.1, 3.4.6.3).
    if (!this.prepared.add(attribute!, u16At(bytes, start + 3), octets))
      return { handle, error: E.prepareQueueFull };
    const echo = allocateFrame(end - start);
    echo.set(bytes.subarray(start, end), H);
    echo[H] = Op.prepareWriteRsp;
    return echo;
  }

  private async executeWrite(write: boolean): Promise<Answer> {
    if (write) {
      const refusal = await this.prepared.execute(this.database, this.client, this.failed);
      if (refusal) return refusal;
    } else this.prepared.clear();
    const response = allocateFrame(1);
    response[H] = Op.executeWriteRsp;
    return response;
  }

  private respond(opcode: number, answer: Answer | undefined): void {
    if (!answer) return;
    if (answer instanceof Uint8Array) {
      this.bearer.send(answer);
      return;
    }
    this.bearer.send(errorResponse(opcode, answer.handle, answer.error));
  }

  private failure(
    error: unknown,
    opcode: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Answer | undefined {
    const refusal = this.failed(error, end - start >= 3 ? u16At(bytes, start + 1) : 0);
    return (opcode & 0x40) !== 0 ? undefined : refusal;
  }

  /** A handler refused or failed: the first is the application's answer, the second is told. */
  private readonly failed = (error: unknown, handle: number): Refusal => {
    if (error instanceof AttRefusal) return { handle, error: error.error };
    const why = error instanceof Error ? error.message : String(error);
    this.report(`the handler of attribute ${hexCode(handle, 4)} failed: ${why}`);
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

/** A response of an opcode and as much of a value, from `offset` on, as the MTU permits. */
function valueFrame(opcode: number, value: Uint8Array, offset: number, mtu: number): Uint8Array {
  const size = Math.min(value.length - offset, mtu - 1);
  const frame = allocateFrame(1 + size);
  frame[H] = opcode;
  for (let i = 0; i < size; i++) frame[H + 1 + i] = value[offset + i]!;
  return frame;
}

function writeResponse(): Uint8Array {
  const frame = allocateFrame(1);
  frame[H] = Op.writeRsp;
  return frame;
}
