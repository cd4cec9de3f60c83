import { checkBytes, checkInteger } from '../../core/check.js';
import { AttError, MalformedPacketError } from '../../core/errors.js';
import { FRAME_HEADROOM } from '../../core/frame.js';
import { concatBytes, equalBytes, hexCode } from '../../core/hex.js';
import { Mutex, raceAbort } from '../../core/mutex.js';
import type { AttBearer, ResponseParser } from '../att/bearer.js';
import { AttErrorCode } from '../att/error-codes.js';
import { AttOpcode } from '../att/opcodes.js';
import { executeWriteRequest, prepareWriteRequest, readBlobRequest, readRequest } from '../att/requests.js';
import { ReliableWriteError } from './errors.js';
import type { Requester } from './requester.js';
import { copyValue, nothing } from './responses.js';

/** The longest attribute value: Core Vol 3, Part F, 3.2.9. */
export const MAX_VALUE_LENGTH = 512;

/** A value to be written, or a part of it. */
export interface QueuedWrite {
  readonly handle: number;
  readonly value: Uint8Array;
  /** Where in the attribute's value it goes, in octets; 0. */
  readonly offset?: number | undefined;
}

/** How values are written together. */
export interface QueuedWriteOptions {
  /** Compare what the server echoes with what was sent. */
  readonly reliable: boolean;
  readonly signal: AbortSignal | undefined;
  /** What is being done, for a recording. */
  readonly call: string;
}

/** The long writes of one bearer, one after the other. */
interface WriteQueue {
  readonly turn: Mutex;
  /** How many there are, with that which is under way. */
  writes: number;
}

/** A part of a value, and whether there may be more behind it. */
interface Part {
  readonly octets: Uint8Array;
  readonly full: boolean;
}

/** Values that do not fit in one PDU: Core Vol 3, Part G, 4.8.3, 4.9.4 and 4.9.5. */
export class LongValues {
  private readonly requester: Requester;
  /** The server has one queue for each bearer (Part F, 3.4.6): two long writes at once would mix there. */
  private readonly queues = new WeakMap<AttBearer, WriteQueue>();

  constructor(requester: Requester) {
    this.requester = requester;
  }

  /** Reads a value, part by part. */
  async read(handle: number, signal?: AbortSignal): Promise<Uint8Array> {
    const { requester } = this;
    // All parts come by one bearer, as what is a whole part is measured by its MTU.
    const bearer = requester.pick();
    let part = await requester.request(
      readRequest(handle),
      handle,
      AttOpcode.readRsp,
      parsePart,
      signal,
      bearer,
    );
    const parts = [part.octets];
    let length = part.octets.length;
    // A part that fills the response may have more behind it; 512 octets is the end in any case.
    while (part.full && length < MAX_VALUE_LENGTH) {
      const frame = readBlobRequest(handle, length);
      try {
        part = await requester.request(frame, handle, AttOpcode.readBlobRsp, parsePart, signal, bearer);
      } catch (error) {
        const fitted =
          parts.length === 1 && error instanceof AttError && error.error === AttErrorCode.attributeNotLong;
        // The value fitted exactly, says a server that does not answer a blob request for it (Part F, 3.4.4.5).
        if (fitted) break;
        throw error;
      }
      parts.push(part.octets);
      length += part.octets.length;
    }
    if (length > MAX_VALUE_LENGTH) {
      throw new MalformedPacketError(
        `the value of handle ${hexCode(handle, 4)} goes on behind the ${MAX_VALUE_LENGTH} octets that a value may have`,
      );
    }
    return parts.length === 1 ? parts[0]! : concatBytes(...parts);
  }

  /** Prepares the values, and executes them together; on an error what was prepared is taken back. */
  async write(writes: readonly QueuedWrite[], options: QueuedWriteOptions): Promise<void> {
    const { signal } = options;
    const own = writes.map(({ handle, value, offset = 0 }) => {
      checkInteger('handle', handle, 0, 0xffff);
      checkInteger('offset', offset, 0, MAX_VALUE_LENGTH);
      checkBytes('value', value, 0, MAX_VALUE_LENGTH - offset);
      return { handle, offset, value: value.slice() };
    });
    const bearer = this.requester.pick(0, (one) => this.queues.get(one)?.writes ?? 0);
    const queue = this.queues.get(bearer) ?? { turn: new Mutex(), writes: 0 };
    this.queues.set(bearer, queue);
    queue.writes++;
    const written = queue.turn
      .run(() => this.prepareAndExecute(bearer, own, options), signal)
      .finally(() => queue.writes--);
    // Whoever leaves does not wait until all is taken back; the next long write does.
    await raceAbort(written, signal);
  }

  private async prepareAndExecute(
    bearer: AttBearer,
    writes: readonly { handle: number; offset: number; value: Uint8Array }[],
    { reliable, signal, call }: QueuedWriteOptions,
  ): Promise<void> {
    if (bearer.trace) bearer.announce(`${call} →`);
    const size = bearer.mtu - 5;
    try {
      for (const { handle, offset, value } of writes) {
        for (let at = 0; at === 0 || at < value.length; at += size) {
          signal?.throwIfAborted();
          await this.prepare(bearer, handle, offset + at, value.subarray(at, at + size), reliable, signal);
        }
      }
      signal?.throwIfAborted();
    } catch (error) {
      if (bearer.isOpen) await execute(bearer, false).catch(() => {});
      throw error;
    }
    // From here on it goes on whether the caller stays or not: parts left in the server's queue would be written with
    // those of the next.
    await execute(bearer, true);
  }

  private async prepare(
    bearer: AttBearer,
    handle: number,
    offset: number,
    part: Uint8Array,
    reliable: boolean,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const frame = prepareWriteRequest(handle, offset, part);
    const sent = frame.slice(FRAME_HEADROOM + 1);
    const { requester } = this;
    const response = AttOpcode.prepareWriteRsp;
    const echoed = await requester.request(frame, handle, response, parseEcho, signal, bearer);
    if (reliable && !equalBytes(echoed, sent)) {
      throw new ReliableWriteError(
        `the reliable write of handle ${hexCode(handle, 4)} was taken back: the server echoed other octets`,
        handle,
        sent,
        echoed,
      );
    }
  }
}

/** Never repeated: what a refusal left of the server's queue is not known. */
function execute(bearer: AttBearer, write: boolean): Promise<void> {
  const frame = executeWriteRequest(write);
  return bearer.request(frame, 0, AttOpcode.executeWriteRsp, nothing);
}

/** The ATT_MTU is that of the moment: it may be exchanged between the parts. */
const parsePart: ResponseParser<Part> = (bytes, start, end, mtu) => {
  // Octets beyond the ATT_MTU have no place in a response, and are asked for again.
  return { octets: copyValue(bytes, start, Math.min(end, start + mtu)), full: end - start >= mtu };
};

function parseEcho(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (end - start < 5) throw new MalformedPacketError('a Prepare Write Response has handle and offset');
  return copyValue(bytes, start, end);
}
