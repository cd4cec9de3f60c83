import { ByteWriter } from '../../core/bytes.js';
import { frameOf } from '../../core/frame.js';
import { equalBytes } from '../../core/hex.js';
import type { Uuid } from '../../core/uuid.js';
import { AttErrorCode as E } from '../att/error-codes.js';
import { AttOpcode as Op } from '../att/opcodes.js';
import type { Answer, Failure, Refusal } from './answer.js';
import { type Attribute, readError } from './attribute.js';
import type { ServerClient } from './client.js';
import type { AttributeDatabase } from './database.js';

/** Longest entry that the one octet of Length can say in Read By Type and Read By Group Type responses. */
const LONGEST_ENTRY = 255;

function notFound(handle: number): Refusal {
  return { handle, error: E.attributeNotFound };
}

/** Find Information: Core Vol 3, Part F, 3.4.3.2. All types of a response have one length. */
export function findInformation(
  database: AttributeDatabase,
  start: number,
  end: number,
  mtu: number,
): Answer {
  const writer = new ByteWriter(mtu);
  let width = 0;
  for (const { handle, type } of database.inRange(start, end)) {
    const wire = type.attWire;
    if (width === 0) {
      width = wire.length;
      writer.u8(Op.findInformationRsp).u8(width === 2 ? 1 : 2);
    }
    if (wire.length !== width || writer.size + 2 + width > mtu) break;
    writer.u16(handle).bytes(wire);
  }
  return width === 0 ? notFound(start) : frameOf(writer.finish());
}

/** Find By Type Value: 3.4.3.4. */
export async function findByTypeValue(
  database: AttributeDatabase,
  client: ServerClient,
  mtu: number,
  start: number,
  end: number,
  type: Uuid,
  value: Uint8Array,
): Promise<Answer> {
  const wanted = value.slice();
  const writer = new ByteWriter(mtu).u8(Op.findByTypeValueRsp);
  for (const attribute of database.candidates(type, wanted, start, end)) {
    if (writer.size + 4 > mtu) break;
    if ((await readError(attribute, client)) !== 0) continue;
    if (equalBytes(await readQuietly(attribute, client), wanted)) {
      writer.u16(attribute.handle).u16(attribute.endGroupHandle);
    }
  }
  return writer.size === 1 ? notFound(start) : frameOf(writer.finish());
}

/** Read By Type: 3.4.4.2. What stands in the way of the first hit refuses the request; of a later one, ends the list. */
export function readByType(
  database: AttributeDatabase,
  client: ServerClient,
  mtu: number,
  start: number,
  end: number,
  type: Uuid,
  failure: Failure,
): Promise<Answer> {
  return list(Op.readByTypeRsp, database.ofType(type, start, end), client, mtu, start, 2, failure);
}

/** Read By Group Type: 3.4.4.10. Services are the only groups (Vol 3, Part G, 2.5.3). */
export function readByGroupType(
  database: AttributeDatabase,
  client: ServerClient,
  mtu: number,
  start: number,
  end: number,
  type: Uuid,
  failure: Failure,
): Answer | Promise<Answer> {
  if (type.short !== 0x2800 && type.short !== 0x2801) return { handle: start, error: E.unsupportedGroupType };
  return list(Op.readByGroupTypeRsp, database.ofType(type, start, end), client, mtu, start, 4, failure);
}

async function list(
  opcode: number,
  attributes: Iterable<Attribute>,
  client: ServerClient,
  mtu: number,
  start: number,
  header: number,
  failure: Failure,
): Promise<Answer> {
  const writer = new ByteWriter(mtu);
  let length = 0;
  for (const attribute of attributes) {
    const error = await readError(attribute, client);
    if (error !== 0) {
      if (length === 0) return { handle: attribute.handle, error };
      break;
    }
    let value: Uint8Array;
    try {
      value = await attribute.read(client);
    } catch (error) {
      if (length > 0) break;
      return failure(error, attribute.handle);
    }
    const size = Math.min(value.length, mtu - 2 - header, LONGEST_ENTRY - header);
    if (length === 0) {
      length = header + size;
      writer.u8(opcode).u8(length);
    }
    // All entries have the same length, and only whole ones are given.
    if (header + size !== length || writer.size + length > mtu) break;
    writer.u16(attribute.handle);
    if (header === 4) writer.u16(attribute.endGroupHandle);
    writer.bytes(value.subarray(0, size));
  }
  return length === 0 ? notFound(start) : frameOf(writer.finish());
}

/** A value to compare with; one that cannot be had compares with nothing. */
async function readQuietly(attribute: Attribute, client: ServerClient): Promise<Uint8Array> {
  try {
    return await attribute.read(client);
  } catch {
    return new Uint8Array(0);
  }
}
