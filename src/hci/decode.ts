import { ByteReader, u16At } from '../core/bytes.js';
import type { Field } from '../core/codec.js';
import { MalformedPacketError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import { aclPacket } from './acl-packet.js';
import { type AnyCommand, LE_META } from './definition.js';
import { isoPacket } from './iso-packet.js';
import { PacketType, type PacketTypeCode } from './packet-type.js';
import { commandByOpcode, eventByCode } from './registry.js';

/** What was wrong with a packet. */
export interface Malformed {
  readonly message: string;
  /** Where, in octets from the start of the packet (behind the H4 indicator). */
  readonly offset: number;
}

/** A packet, taken apart as far as it goes. */
export interface DecodedPacket {
  /** The H4 packet indicator, as it was given. */
  readonly type: PacketTypeCode;
  /** The specification's name; for what it does not know, the code: `Vendor_Command 0xFC57`, `Unknown_Event 0x42`. */
  readonly name: string;
  /** The opcode, the event code, or the connection handle of data; -1 when the packet ends before it. */
  readonly code: number;
  /** The subevent code of an LE Meta event. */
  readonly subevent: number | undefined;
  /** The section of Core Vol 4, Part E. */
  readonly section: string | undefined;
  /**
   * The fields by their names. Octets are views. The return parameters of a Command Complete are an object where the
   * command is known; those of a refusal have their Status only. What is unknown or malformed has one field:
   * `parameters`, or `data`, as it came.
   */
  readonly fields: Readonly<Record<string, unknown>>;
  /**
   * Octets behind the last field: a later version of the specification may have put something there, or a controller
   * something behind the Status of a refusal.
   */
  readonly trailing: Uint8Array | undefined;
  /** What was wrong; `undefined` when nothing was. */
  readonly malformed: Malformed | undefined;
}

/** The opcode group of vendors' commands. */
const VENDOR = 0x3f;
const COMMAND_COMPLETE = 0x0e;
const VENDOR_EVENT = 0xff;

/**
 * Takes a packet apart. Never throws: what is unknown is kept as octets, what is malformed says so.
 * @param type the H4 packet indicator
 * @param bytes the packet without it; the fields are views into it
 */
export function decodePacket(type: PacketTypeCode, bytes: Uint8Array): DecodedPacket {
  switch (type) {
    case PacketType.command:
      return decodeCommand(bytes);
    case PacketType.event:
      return decodeEvent(bytes);
    case PacketType.acl:
      return decodeAcl(bytes);
    case PacketType.iso:
      return decodeIso(bytes);
    case PacketType.sco:
      return packet(type, 'Synchronous_Data', bytes.length < 2 ? -1 : u16At(bytes, 0) & 0x0fff, {
        fields: { data: bytes },
      });
    default:
      return packet(type, `Unknown_Packet ${hexCode(type)}`, -1, { fields: { data: bytes } });
  }
}

function decodeCommand(bytes: Uint8Array): DecodedPacket {
  const type = PacketType.command;
  if (bytes.length < 3) return tooShort(type, 'Command', bytes, 3);
  const opcode = u16At(bytes, 0);
  const command = commandByOpcode(opcode);
  const name =
    command?.name ?? `${opcode >> 10 === VENDOR ? 'Vendor' : 'Unknown'}_Command ${hexCode(opcode, 4)}`;
  const parameters = bytes.subarray(3);
  const wrong = wrongLength(bytes[2]!, parameters.length, 2);
  if (!command || wrong) return packet(type, name, opcode, { fields: { parameters }, malformed: wrong });
  return packet(type, name, opcode, {
    section: command.section,
    ...readFields(command.parameters, bytes, 3),
  });
}

function decodeEvent(bytes: Uint8Array): DecodedPacket {
  const type = PacketType.event;
  if (bytes.length < 2) return tooShort(type, 'Event', bytes, 2);
  const code = bytes[0]!;
  const subevent = code === LE_META ? bytes[2] : undefined;
  const event = eventByCode(code, subevent);
  const start = subevent === undefined ? 2 : 3;
  const parameters = bytes.subarray(start);
  const name = event?.name ?? unknownEvent(code, subevent);
  const wrong = wrongLength(bytes[1]!, bytes.length - 2, 1);
  if (!event || wrong) {
    return packet(type, name, code, { subevent, fields: { parameters }, malformed: wrong });
  }
  const parts = readFields(event.parameters, bytes, start);
  return packet(type, name, code, {
    subevent,
    section: event.section,
    ...(code === COMMAND_COMPLETE && !parts.malformed ? withReturnParameters(parts.fields, bytes) : parts),
  });
}

function unknownEvent(code: number, subevent: number | undefined): string {
  if (subevent !== undefined) return `Unknown_LE_Event ${hexCode(subevent)}`;
  return code === VENDOR_EVENT ? 'Vendor_Specific' : `Unknown_Event ${hexCode(code)}`;
}

/** The fields of a Command Complete, with its return parameters taken apart where the command is known. */
function withReturnParameters(fields: Readonly<Record<string, unknown>>, bytes: Uint8Array): Parts {
  const command = commandByOpcode(u16At(bytes, 3));
  const start = 5;
  if (!command?.returns) return { fields: { ...fields, commandName: command?.name } };
  const parts = returnParameters(command, bytes, start);
  const returned = parts.malformed ? bytes.subarray(start) : parts.fields;
  return { ...parts, fields: { ...fields, commandName: command.name, returnParameters: returned } };
}

function returnParameters(command: AnyCommand, bytes: Uint8Array, start: number): Parts {
  const status = bytes[start];
  if (status === undefined || status === 0) return readFields(command.returns!, bytes, start);
  // What follows the Status of a refusal need not be there, be whole or mean anything (Vol 4, Part E, 4.5).
  const behind = start + 1;
  return { fields: { status }, trailing: bytes.length > behind ? bytes.subarray(behind) : undefined };
}

function decodeAcl(bytes: Uint8Array): DecodedPacket {
  const type = PacketType.acl;
  if (bytes.length < 4) return tooShort(type, 'ACL_Data', bytes, 4);
  const { fields, ...parts } = readFields(aclPacket, bytes, 0);
  const { header, data } = fields as { header?: Record<string, number>; data?: Uint8Array };
  return packet(type, 'ACL_Data', u16At(bytes, 0) & 0x0fff, {
    ...parts,
    fields: { ...header, data: data ?? bytes },
  });
}

function decodeIso(bytes: Uint8Array): DecodedPacket {
  const type = PacketType.iso;
  if (bytes.length < 4) return tooShort(type, 'ISO_Data', bytes, 4);
  const { fields, ...parts } = readFields(isoPacket, bytes, 0);
  return packet(type, 'ISO_Data', u16At(bytes, 0) & 0x0fff, {
    ...parts,
    fields: parts.malformed ? { data: bytes } : fields,
  });
}

interface Parts {
  readonly subevent?: number | undefined;
  readonly section?: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly trailing?: Uint8Array | undefined;
  readonly malformed?: Malformed | undefined;
}

function packet(type: number, name: string, code: number, parts: Parts): DecodedPacket {
  const { subevent, section, fields, trailing, malformed } = parts;
  return { type, name, code, subevent, section, fields, trailing, malformed };
}

/** Reads what `field` describes from `bytes[start, …)`; when that fails, gives all of it as `parameters`. */
function readFields(field: Field<unknown>, bytes: Uint8Array, start: number): Parts {
  const reader = new ByteReader().reset(bytes, start);
  try {
    const fields = field.read(reader) as Record<string, unknown>;
    return { fields, trailing: reader.remaining > 0 ? reader.rest() : undefined };
  } catch (error) {
    if (!(error instanceof MalformedPacketError)) throw error;
    const offset = error.offset === undefined ? reader.offset : start + error.offset;
    return { fields: { parameters: bytes.subarray(start) }, malformed: { message: error.message, offset } };
  }
}

function wrongLength(said: number, found: number, offset: number): Malformed | undefined {
  if (said === found) return undefined;
  return { message: `the packet says ${said} octets of parameters and has ${found}`, offset };
}

function tooShort(type: number, name: string, bytes: Uint8Array, wanted: number): DecodedPacket {
  return packet(type, name, -1, {
    fields: { data: bytes },
    malformed: {
      message: `packet too short: ${wanted} octets are its header, ${bytes.length} are there`,
      offset: bytes.length,
    },
  });
}
