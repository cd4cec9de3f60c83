import { copyOctets, u16At } from '../../core/bytes.js';
import { allocateFrame, FRAME_HEADROOM } from '../../core/frame.js';
import { hexCode } from '../../core/hex.js';
import type { DataSigning } from '../../core/security.js';
import type { AttBearer } from '../att/bearer.js';
import { AttErrorCode as E } from '../att/error-codes.js';
import { AttOpcode as Op } from '../att/opcodes.js';
import type { Answer, Failure } from './answer.js';
import { type Attribute, signedWriteError, writeError } from './attribute.js';
import type { ServerClient } from './client.js';
import type { AttributeDatabase } from './database.js';
import { PrepareQueue } from './prepare-queue.js';

/** Commands whose handlers may be at work at a time. */
const COMMAND_LIMIT = 64;
const H = FRAME_HEADROOM;

/** Octets behind the value of a Signed Write Command: 3.4.5.4. */
const SIGNATURE_LENGTH = 12;

/** What {@link Writes} needs. */
export interface WritesOptions {
  readonly database: AttributeDatabase;
  readonly bearer: AttBearer;
  readonly client: ServerClient;
  readonly signing: Pick<DataSigning, 'verify'> | undefined;
  readonly failure: Failure;
  readonly report: (message: string) => void;
  /** Parts that may be prepared. */
  readonly preparedWrites: number;
}

/** The writes of one client: Core Vol 3, Part F, 3.4.5 and 3.4.6. */
export class Writes {
  private readonly options: WritesOptions;
  private readonly prepared: PrepareQueue;
  private commands = 0;

  constructor(options: WritesOptions) {
    this.options = options;
    this.prepared = new PrepareQueue(options.preparedWrites);
  }

  /** Forgets what was prepared. */
  clear(): void {
    this.prepared.clear();
  }

  /** Write Request: 3.4.5.1. */
  write(bytes: Uint8Array, start: number, end: number): Answer | Promise<Answer> {
    const { database, client } = this.options;
    const handle = u16At(bytes, start + 1);
    const attribute = database.get(handle);
    // Before anything is waited for: the buffer is the transport's.
    const octets = copyOctets(bytes, start + 3, end);
    return permitted(attribute, client, (refused) => {
      const error = refused || tooLong(attribute!, octets.length);
      if (error !== 0) return { handle, error };
      const written = attribute!.write(client, octets);
      return written instanceof Promise ? written.then(writeResponse) : writeResponse();
    });
  }

  /** Write Command: 3.4.5.3. Whatever is wrong, it has no answer. */
  command(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 3) return;
    const attribute = this.options.database.get(u16At(bytes, start + 1));
    if (attribute?.writableByCommand) this.take(attribute, copyOctets(bytes, start + 3, end));
  }

  /** Writes an attribute for a command, if the client may. */
  private take(attribute: Attribute, octets: Uint8Array): void {
    const { client, failure, report } = this.options;
    if (this.commands >= COMMAND_LIMIT) {
      report(`the handlers of ${COMMAND_LIMIT} write commands are at work already: another was dropped`);
      return;
    }
    const written = permitted(attribute, client, (error) =>
      error !== 0 || tooLong(attribute, octets.length) !== 0 ? undefined : attribute.write(client, octets),
    );
    if (!(written instanceof Promise)) return;
    this.commands++;
    written
      .catch((error: unknown) => void failure(error, attribute.handle))
      .finally(() => {
        this.commands--;
      });
  }

  /** A signed write, its PDU copied; as a command it has no answer, whatever is wrong (3.4.5.4). */
  async signed(pdu: Uint8Array): Promise<undefined> {
    const { database, bearer, client, signing, failure, report } = this.options;
    const valueEnd = pdu.length - SIGNATURE_LENGTH;
    if (valueEnd < 3) return;
    const attribute = database.get(u16At(pdu, 1));
    // What cannot be written anyhow costs neither a cipher nor a counter.
    if (!attribute?.signedAccess || tooLong(attribute, valueEnd - 3) !== 0) return;
    const by = await signing?.verify(pdu);
    if (!by) {
      report(
        `a Signed Write Command of attribute ${hexCode(attribute.handle, 4)} was dropped: its signature is not one of this peer`,
      );
      return;
    }
    // The link may be gone, or the service: verifying took its time.
    if (!bearer.isOpen || database.get(attribute.handle) !== attribute) return;
    if ((await signedWriteError(attribute, client, by)) !== 0) return;
    try {
      await attribute.write(client, pdu.slice(3, valueEnd));
    } catch (error) {
      failure(error, attribute.handle);
    }
  }

  /** Prepare Write: 3.4.6.1. Offset and length are looked at when it is executed (3.4.6.3). */
  prepare(bytes: Uint8Array, start: number, end: number): Answer | Promise<Answer> {
    const { database, client } = this.options;
    const handle = u16At(bytes, start + 1);
    const offset = u16At(bytes, start + 3);
    const attribute = database.get(handle);
    const echo = allocateFrame(end - start);
    echo.set(bytes.subarray(start, end), H);
    echo[H] = Op.prepareWriteRsp;
    return permitted(attribute, client, (error) => {
      if (error !== 0) return { handle, error };
      if (this.prepared.isFull) return { handle, error: E.prepareQueueFull };
      this.prepared.add(attribute!, offset, echo.slice(H + 5));
      return echo;
    });
  }

  /** Execute Write: 3.4.6.3. */
  async execute(write: boolean, isOver: () => boolean): Promise<Answer> {
    const { database, client, failure } = this.options;
    if (!write) this.prepared.clear();
    const refusal = await this.prepared.execute({ database, client, failure, isOver });
    if (refusal) return refusal;
    const response = allocateFrame(1);
    response[H] = Op.executeWriteRsp;
    return response;
  }
}

/** Goes on with the error that stands in the way of a write, or 0; at once where nobody has to be asked. */
function permitted<T>(
  attribute: Attribute | undefined,
  client: ServerClient,
  then: (error: number) => T | Promise<T>,
): T | Promise<T> {
  const error = writeError(attribute, client);
  return typeof error === 'number' ? then(error) : error.then(then);
}

function tooLong(attribute: Attribute, length: number): number {
  return length > attribute.maxLength ? E.invalidAttributeValueLength : 0;
}

function writeResponse(): Uint8Array {
  const frame = allocateFrame(1);
  frame[H] = Op.writeRsp;
  return frame;
}
