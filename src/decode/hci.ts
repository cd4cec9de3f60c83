import { u16At } from '../core/bytes.js';
import { type Fields, meaning, octets, rest, u8, u16 } from '../core/codec.js';
import { hexCode } from '../core/hex.js';
import { commandHead, eventHead, type PacketHead, returnLayout } from '../hci/decode.js';
import { commandComplete, commandStatus } from '../hci/events/controller.js';
import { PacketType } from '../hci/packet-type.js';
import type { DecodeContext } from './context.js';
import { readablePacket, unreadable } from './render.js';
import { Span } from './span.js';
import type { ReadableField, ReadablePacket } from './tree.js';

const code = /* @__PURE__ */ meaning(u8, { hex: true });
const opcode = /* @__PURE__ */ meaning(u16, { refersTo: 'opcode' });
const commandHeader: Fields = { opcode, parameterTotalLength: u8 };
const eventHeader: Fields = { eventCode: code, parameterTotalLength: u8 };
const RETURNS_AT = 5;

/** A command packet for a reader. */
export function readableCommand(bytes: Uint8Array, context: DecodeContext): ReadablePacket {
  const { command: type } = PacketType;
  const head = commandHead(bytes, context.vendor);
  if (!head) return unreadable(type, 'Command', 'Command', bytes, 'a command has a header of 3 octets');
  const all = context.walk.fields({ ...commandHeader, ...parametersOf(head, bytes) }, new Span(bytes));
  const { name, section } = head;
  return readablePacket({ type, name, title: `Command ${name}`, fields: marked(all, 2, head), section });
}

/** An event packet for a reader. */
export function readableEvent(bytes: Uint8Array, context: DecodeContext): ReadablePacket {
  const { event: type } = PacketType;
  const head = eventHead(bytes, context.vendor);
  if (!head) return unreadable(type, 'Event', 'Event', bytes, 'an event has a header of 2 octets');
  const { name, section, subevent } = head;
  const header: Fields = subevent === undefined ? eventHeader : { ...eventHeader, subeventCode: code };
  const isComplete = head.code === commandComplete.code;
  const declared = isComplete ? completeFields(head, bytes, context) : parametersOf(head, bytes);
  const all = context.walk.fields({ ...header, ...declared }, new Span(bytes));
  const fields = marked(all, Object.keys(header).length, head);
  if (!isComplete && head.code !== commandStatus.code) {
    return readablePacket({ type, name, title: `Event ${name}`, fields, section });
  }
  // What these are about is in their opcode, which the title has.
  const about = fields.find(({ key }) => key === 'commandOpcode')?.value;
  const title = `Event ${name}${typeof about === 'number' ? ` ${commandTitle(about, context)}` : ''}`;
  return readablePacket({ type, name, title, fields: fields.map(withoutBookkeeping), section });
}

function commandTitle(about: number, context: DecodeContext): string {
  return context.names.command(about) ?? (about === 0 ? '(no command)' : hexCode(about, 4));
}

function withoutBookkeeping(field: ReadableField): ReadableField {
  const isBookkeeping = field.key === 'commandOpcode' || field.key === 'numHciCommandPackets';
  return isBookkeeping && !field.malformed ? { ...field, structural: true } : field;
}

function parametersOf({ parameters, malformed, start }: PacketHead, bytes: Uint8Array): Fields {
  if (parameters?.fields && !malformed) return parameters.fields;
  return bytes.length > start ? { parameters: rest } : {};
}

function completeFields(head: PacketHead, bytes: Uint8Array, context: DecodeContext): Fields {
  if (head.malformed || !head.parameters?.fields) return parametersOf(head, bytes);
  const { fields } = head.parameters;
  if (bytes.length < RETURNS_AT) return fields;
  const layout = returnLayout(context.command(u16At(bytes, 3)), bytes, RETURNS_AT);
  // Where nobody knows what there should be, nothing is missing.
  if (!layout && bytes.length === RETURNS_AT) return fields;
  return { ...fields, returnParameters: layout ?? octets(bytes.length - RETURNS_AT) };
}

/** Marks the fields of the header, which the title says, and the length where it is wrong. */
function marked(
  fields: readonly ReadableField[],
  count: number,
  { malformed }: PacketHead,
): readonly ReadableField[] {
  return fields.map((field, index) => {
    if (index >= count) return field;
    const isWrong = malformed !== undefined && field.key === 'parameterTotalLength';
    return { ...field, structural: true, ...(isWrong ? { malformed: malformed.message } : {}) };
  });
}
