import { allocateFrame, FRAME_HEADROOM } from '../../core/frame.js';
import { AttErrorCode as E } from '../att/error-codes.js';
import { AttOpcode as Op } from '../att/opcodes.js';
import type { Answer, Failure } from './answer.js';
import { type Attribute, readError } from './attribute.js';
import type { ServerClient } from './client.js';
import type { AttributeDatabase } from './database.js';

const H = FRAME_HEADROOM;

/** Read: Core Vol 3, Part F, 3.4.4.3. */
export function read(
  database: AttributeDatabase,
  client: ServerClient,
  mtu: number,
  handle: number,
): Answer | Promise<Answer> {
  const answer = (value: Uint8Array): Answer => valueFrame(Op.readRsp, value, 0, mtu);
  return readWhole(database.get(handle), client, handle, undefined, answer);
}

/** Read Blob: 3.4.4.5. One at the end of the value gives nothing, also where the whole went into one PDU. */
export function readBlob(
  database: AttributeDatabase,
  client: ServerClient,
  mtu: number,
  handle: number,
  offset: number,
): Answer | Promise<Answer> {
  return readWhole(database.get(handle), client, handle, offset, (value) =>
    offset > value.length
      ? { handle, error: E.invalidOffset }
      : valueFrame(Op.readBlobRsp, value, offset, mtu),
  );
}

/** Read Multiple, and its variable form: 3.4.4.7, 3.4.4.11. What does not go into the response is cut off. */
export async function readMultiple(
  database: AttributeDatabase,
  client: ServerClient,
  mtu: number,
  opcode: number,
  wanted: readonly number[],
  failure: Failure,
): Promise<Answer> {
  const variable = opcode === Op.readMultipleVariableReq;
  const room = mtu - 1;
  const octets = new Uint8Array(room);
  // No value may be given before every handle was found sound (3.4.4.7).
  for (const handle of wanted) {
    const error = await readError(database.get(handle), client);
    if (error !== 0) return { handle, error };
  }
  let length = 0;
  for (const handle of wanted) {
    let value: Uint8Array | undefined;
    try {
      value = await database.get(handle)?.read(client);
    } catch (error) {
      return failure(error, handle);
    }
    if (!value) return { handle, error: E.invalidHandle };
    if (variable) {
      // A value may be cut off, its length may not.
      if (length + 2 > room) break;
      octets[length++] = value.length & 0xff;
      octets[length++] = value.length >> 8;
    }
    const part = value.subarray(0, room - length);
    octets.set(part, length);
    length += part.length;
  }
  const response = variable ? Op.readMultipleVariableRsp : Op.readMultipleRsp;
  return valueFrame(response, octets.subarray(0, length), 0, mtu);
}

function readWhole(
  attribute: Attribute | undefined,
  client: ServerClient,
  handle: number,
  offset: number | undefined,
  answer: (value: Uint8Array) => Answer,
): Answer | Promise<Answer> {
  const go = (error: number): Answer | Promise<Answer> => {
    if (error !== 0) return { handle, error };
    const value = attribute!.read(client, offset);
    return value instanceof Promise ? value.then(answer) : answer(value);
  };
  const error = readError(attribute, client);
  return typeof error === 'number' ? go(error) : error.then(go);
}

/** A response of an opcode and as much of a value, from `offset` on, as the MTU permits. */
function valueFrame(opcode: number, value: Uint8Array, offset: number, mtu: number): Uint8Array {
  const size = Math.min(value.length - offset, mtu - 1);
  const frame = allocateFrame(1 + size);
  frame[H] = opcode;
  for (let i = 0; i < size; i++) frame[H + 1 + i] = value[offset + i]!;
  return frame;
}
