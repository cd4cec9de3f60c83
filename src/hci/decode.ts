import { u16At } from '../core/bytes.js';
import { type Field, struct } from '../core/codec.js';
import { hexCode } from '../core/hex.js';
import { type DecodedParameters, type Malformed, readParameters } from '../core/parameters.js';
import { aclPacket } from './acl-packet.js';
import { classicCommandName, classicEventName } from './classic-names.js';
import { type AnyCommand, type AnyEvent, LE_META, VENDOR_EVENT } from './definition.js';
import { commandComplete } from './events/controller.js';
import { status } from './fields/common.js';
import { isoPacket } from './iso-packet.js';
import { PacketType, type PacketTypeCode } from './packet-type.js';
import { commandByOpcode, eventByCode } from './registry.js';
import type { VendorPackets } from './vendor/registry.js';

/** An HCI packet taken apart by its declaration. */
export interface DecodedPacket extends DecodedParameters {
  /** The H4 packet indicator. */
  readonly type: PacketTypeCode;
  /** The specification's name, or what is known without one: `Unknown_Command 0xFC57`. */
  readonly name: string;
  /** Opcode of a command, code of an event, handle of a data packet; -1 where the packet ends before it. */
  readonly code: number;
  /** The subevent code of an LE Meta event, or the first octet of a vendor's event that is declared. */
  readonly subevent: number | undefined;
  /** Where the specification describes it, in Vol 4, Part E: `7.8.10`. */
  readonly section: string | undefined;
  /** The length of the parameters that the header says, where it is not the one they have. */
  readonly saidLength: number | undefined;
  /** Octets that a later version of the specification may have added behind the fields, or what stands behind the Status of a refusal. */
  readonly trailing: Uint8Array | undefined;
  readonly malformed: Malformed | undefined;
}

/** What decoders ask for a manufacturer's commands and events: see `vendorFor`. */
export type VendorDeclarations = Pick<VendorPackets, 'commandByOpcode' | 'eventByCode'>;

/** What a command or event packet is, before its parameters are read. */
export interface PacketHead {
  readonly name: string;
  readonly code: number;
  readonly subevent: number | undefined;
  readonly section: string | undefined;
  /** Where the parameters begin. */
  readonly start: number;
  /** What they are; `undefined` where nobody knows. */
  readonly parameters: Field<unknown> | undefined;
  readonly saidLength: number | undefined;
  readonly malformed: Malformed | undefined;
}

/** The opcode group of vendors' commands. */
const VENDOR = 0x3f;
const COMMAND_HEADER = 3;
const EVENT_HEADER = 2;
const DATA_HEADER = 4;

/** A Command Complete without the return parameters, which are laid out by the command. */
const completeHead = /* @__PURE__ */ (() => {
  const { returnParameters: _, ...head } = commandComplete.parameters.fields;
  return struct(head);
})();
/** How many octets of a Command Complete stand before the return parameters, code and length included. */
const RETURNS_AT = 5;
const statusOnly = /* @__PURE__ */ struct({ status });

/**
 * Takes a packet apart. Never throws: what is unknown is kept as octets, what is malformed says so.
 * @param type the H4 packet indicator
 * @param bytes the packet without it; the fields are views into it
 * @param vendor the packets of the controller's manufacturer: `vendorFor`
 */
export function decodePacket(
  type: PacketTypeCode,
  bytes: Uint8Array,
  vendor?: VendorDeclarations,
): DecodedPacket {
  switch (type) {
    case PacketType.command:
      return decodeHeaded(type, commandHead(bytes, vendor), bytes, vendor);
    case PacketType.event:
      return decodeHeaded(type, eventHead(bytes, vendor), bytes, vendor);
    case PacketType.acl:
      return decodeData(type, 'ACL_Data', aclPacket, bytes);
    case PacketType.iso:
      return decodeData(type, 'ISO_Data', isoPacket, bytes);
    case PacketType.sco:
      return packet(type, 'Synchronous_Data', bytes.length < 2 ? -1 : u16At(bytes, 0) & 0x0fff, {
        fields: { data: bytes },
      });
    default:
      return packet(type, `Unknown_Packet ${hexCode(type)}`, -1, { fields: { data: bytes } });
  }
}

/** What a command packet is; `undefined` where it ends before its header does. */
export function commandHead(bytes: Uint8Array, vendor?: VendorDeclarations): PacketHead | undefined {
  if (bytes.length < COMMAND_HEADER) return undefined;
  const opcode = u16At(bytes, 0);
  const isVendors = opcode >> 10 === VENDOR;
  const command = commandOf(opcode, vendor);
  return {
    name:
      command?.name ??
      classicCommandName(opcode) ??
      `${isVendors ? 'Vendor' : 'Unknown'}_Command ${hexCode(opcode, 4)}`,
    code: opcode,
    subevent: undefined,
    section: command?.section,
    start: COMMAND_HEADER,
    parameters: command?.parameters,
    ...lengthOf(bytes, COMMAND_HEADER),
  };
}

/** What an event packet is; `undefined` where it ends before its header does. */
export function eventHead(bytes: Uint8Array, vendor?: VendorDeclarations): PacketHead | undefined {
  if (bytes.length < EVENT_HEADER) return undefined;
  const code = bytes[0]!;
  const first = bytes[EVENT_HEADER];
  const isVendors = code === VENDOR_EVENT && vendor?.eventByCode(code, first) !== undefined;
  const subevent = code === LE_META || isVendors ? first : undefined;
  const event = eventDefinition(code, subevent, vendor);
  return {
    name: event?.name ?? unknownEvent(code, subevent),
    code,
    subevent,
    section: event?.section,
    start: subevent === undefined ? EVENT_HEADER : EVENT_HEADER + 1,
    parameters: event === commandComplete ? completeHead : event?.parameters,
    ...lengthOf(bytes, EVENT_HEADER),
  };
}

/**
 * How the return parameters of a Command Complete are laid out, which begin at `bytes[start]`.
 * @param command the command that is complete; without one nobody knows
 */
export function returnLayout(
  command: AnyCommand | undefined,
  bytes: Uint8Array,
  start: number,
): Field<unknown> | undefined {
  const isRefusal = start < bytes.length && bytes[start] !== 0;
  // What follows the Status of a refusal need not be there, be whole or mean anything (Vol 4, Part E, 4.5).
  return command?.returns && isRefusal ? statusOnly : command?.returns;
}

/** The event of a code and subevent, the manufacturer's included. */
export function eventDefinition(
  code: number,
  subevent: number | undefined,
  vendor?: VendorDeclarations,
): AnyEvent | undefined {
  const isVendors = code === VENDOR_EVENT && subevent !== undefined;
  return (isVendors ? undefined : eventByCode(code, subevent)) ?? vendor?.eventByCode(code, subevent);
}

/** The command of an opcode, the manufacturer's included. */
export function commandOf(opcode: number, vendor?: VendorDeclarations): AnyCommand | undefined {
  return opcode >> 10 === VENDOR ? vendor?.commandByOpcode(opcode) : commandByOpcode(opcode);
}

function unknownEvent(code: number, subevent: number | undefined): string {
  if (subevent !== undefined) return `Unknown_LE_Event ${hexCode(subevent)}`;
  return classicEventName(code) ?? `Unknown_Event ${hexCode(code)}`;
}

function lengthOf(bytes: Uint8Array, header: number): Pick<PacketHead, 'saidLength' | 'malformed'> {
  const said = bytes[header - 1]!;
  const found = bytes.length - header;
  if (said === found) return { saidLength: undefined, malformed: undefined };
  const message = `the packet says ${said} octets of parameters and has ${found}`;
  return { saidLength: said, malformed: { message, offset: header - 1 } };
}

function decodeHeaded(
  type: number,
  head: PacketHead | undefined,
  bytes: Uint8Array,
  vendor: VendorDeclarations | undefined,
): DecodedPacket {
  if (!head) {
    return type === PacketType.command
      ? tooShort(type, 'Command', bytes, COMMAND_HEADER)
      : tooShort(type, 'Event', bytes, EVENT_HEADER);
  }
  const { name, code, subevent, section, start, saidLength, malformed } = head;
  if (malformed) {
    const fields = { parameters: bytes.subarray(start) };
    return packet(type, name, code, { subevent, saidLength, fields, malformed });
  }
  const isComplete = head.parameters === completeHead && bytes.length >= RETURNS_AT;
  const read = readParameters(head.parameters, bytes, start, isComplete ? RETURNS_AT : bytes.length);
  const parts = isComplete ? withReturnParameters(read.fields, bytes, vendor) : read;
  return packet(type, name, code, { subevent, section, ...parts });
}

/** The fields of a Command Complete, with its return parameters taken apart where the command is known. */
function withReturnParameters(
  head: Readonly<Record<string, unknown>>,
  bytes: Uint8Array,
  vendor: VendorDeclarations | undefined,
): DecodedParameters {
  const command = commandOf(u16At(bytes, EVENT_HEADER + 1), vendor);
  const returns = returnLayout(command, bytes, RETURNS_AT);
  const { fields, trailing, malformed } = readParameters(returns, bytes, RETURNS_AT);
  const returnParameters = returns && !malformed ? fields : fields['parameters'];
  return { fields: { ...head, commandName: command?.name, returnParameters }, trailing, malformed };
}

function decodeData(type: number, name: string, layout: Field<unknown>, bytes: Uint8Array): DecodedPacket {
  if (bytes.length < DATA_HEADER) return tooShort(type, name, bytes, DATA_HEADER);
  const { fields, trailing, malformed } = readParameters(layout, bytes, 0);
  const { header, ...others } = fields as { header?: Record<string, number> };
  return packet(type, name, u16At(bytes, 0) & 0x0fff, {
    fields: malformed ? { data: bytes } : { ...header, ...others },
    trailing,
    malformed,
  });
}

type Parts = Pick<DecodedPacket, 'fields'> & Partial<DecodedPacket>;

function packet(type: number, name: string, code: number, parts: Parts): DecodedPacket {
  const { subevent, section, saidLength, fields, trailing, malformed } = parts;
  return { type, name, code, subevent, section, saidLength, fields, trailing, malformed };
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
