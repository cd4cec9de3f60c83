import { u16At } from '../core/bytes.js';
import { decode } from '../decode/index.js';
import type { CaptureRecord } from '../hci/capture/index.js';
import { decodePacket } from '../hci/decode.js';
import { LE_META } from '../hci/definition.js';
import { PacketType } from '../hci/packet-type.js';
import { commandByOpcode } from '../hci/registry.js';
import { FrameAssembler } from './frames.js';
import { LinkBook } from './links.js';
import { CREATE_CONNECTION_CANCEL, isSuperseded, onAir } from './policy.js';
import type { CapturedPacket, Exchange, Script, ScriptItem } from './script.js';

/** What {@link makeScript} does with a capture. */
export interface ScriptOptions {
  /** Whether all packets of the host have to come as they are, one by one. */
  readonly isStrict: boolean;
  /** Whether commands for connection parameters have to come. */
  readonly ownConnectionParameters: boolean;
  /** Commands that need not come though they do something on the air. */
  readonly ignored: (opcode: number, frame: number) => boolean;
  /** Whether the capture goes on behind these packets. */
  readonly isCut: boolean;
}

const COMMAND_COMPLETE = 0x0e;
const COMMAND_STATUS = 0x0f;
const COMPLETED_PACKETS = 0x13;

/** The HCI packets of a capture, numbered, up to the frame `until`. */
export function capturedPackets(
  records: readonly CaptureRecord[],
  until = Number.POSITIVE_INFINITY,
): CapturedPacket[] {
  const epoch = records.find(({ type }) => type !== 0)?.time ?? 0;
  const packets: CapturedPacket[] = [];
  for (const [index, { time, type, sent, packet }] of records.entries()) {
    if (index >= until) break;
    if (type === 0) continue;
    packets.push({ frame: index + 1, at: (time - epoch) / 1000, sent, type, bytes: packet });
  }
  return packets;
}

/** Sorts the packets of a capture into what has to come, what may come, and what is given. */
export function makeScript(packets: readonly CapturedPacket[], options: ScriptOptions): Script {
  const exchanges = pairCommands(packets);
  const { isCut } = options;
  if (options.isStrict) return { ...strictScript(packets, exchanges), isCut };
  const optional = exchanges.filter((exchange) => isOptional(exchange, exchanges, options));
  // What an optional command brought about comes only when the host sends it.
  const apart = new Set<CapturedPacket | undefined>(
    optional.flatMap(({ command, answer, finish }) => [command, answer, finish]),
  );
  const byPacket = new Map<CapturedPacket | undefined, Exchange>();
  for (const exchange of exchanges) {
    byPacket.set(exchange.command, exchange);
    byPacket.set(exchange.answer, exchange);
  }
  const links = new LinkBook();
  const assembler = new FrameAssembler();
  const items: ScriptItem[] = [];
  const foreign: { frame: number; what: string }[] = [];
  for (const packet of packets) {
    if (apart.has(packet)) continue;
    const { type, sent, bytes } = packet;
    const exchange = byPacket.get(packet);
    if (exchange?.command === packet && exchange.handle !== undefined && !links.isLe(exchange.handle)) {
      for (const one of [exchange.answer, exchange.finish]) apart.add(one);
      foreign.push({ frame: packet.frame, what: decode(type, bytes).name });
      continue;
    }
    const isForeign = type === PacketType.event ? links.isForeignEvent(bytes) : links.isForeign(bytes, sent);
    if (type === PacketType.event) links.event(bytes);
    if (isForeign && (type === PacketType.event || type === PacketType.acl)) {
      foreign.push({ frame: packet.frame, what: decode(type, bytes).line.split(':')[0]! });
    } else if (type === PacketType.acl && sent) {
      const frame = assembler.receive(bytes).frame;
      if (frame) items.push({ of: 'frame', frame, packet, done: false });
    } else items.push(itemOf(packet, exchange));
  }
  return { items, optional, exchanges, foreign, packets, isCut };
}

function strictScript(
  packets: readonly CapturedPacket[],
  exchanges: readonly Exchange[],
): Omit<Script, 'isCut'> {
  const byPacket = new Map(exchanges.map((exchange) => [exchange.command, exchange]));
  const items = packets.map((packet): ScriptItem => {
    if (!packet.sent) return { of: 'event', packet, done: false };
    return itemOf(packet, byPacket.get(packet));
  });
  return { items, optional: [], exchanges, foreign: [], packets };
}

function itemOf(packet: CapturedPacket, exchange: Exchange | undefined): ScriptItem {
  const { sent, type, bytes } = packet;
  if (sent)
    return exchange
      ? { of: 'command', exchange, packet, done: false }
      : { of: 'packet', packet, done: false };
  if (type !== PacketType.event) return { of: 'event', packet, done: false };
  if (bytes[0] === COMMAND_COMPLETE || bytes[0] === COMMAND_STATUS) {
    return { of: 'answer', exchange, packet, done: false };
  }
  return { of: bytes[0] === COMPLETED_PACKETS ? 'credits' : 'event', packet, done: false };
}

function isOptional(exchange: Exchange, all: readonly Exchange[], options: ScriptOptions): boolean {
  const { opcode, command } = exchange;
  if (!onAir(opcode, options.ownConnectionParameters)) return true;
  return options.ignored(opcode, command.frame) || isSuperseded(exchange, all);
}

/** Finds for each command its answer, and the event that ended what it began. */
function pairCommands(packets: readonly CapturedPacket[]): Exchange[] {
  const taken = new Set<CapturedPacket>();
  const events = packets.filter(({ type, sent }) => type === PacketType.event && !sent);
  const exchanges: Exchange[] = [];
  let first = 0;
  for (const command of packets) {
    if (command.type !== PacketType.command || command.bytes.length < 3) continue;
    const opcode = u16At(command.bytes, 0);
    while (events[first] && events[first]!.frame < command.frame) first++;
    const answer = find(events, first, taken, ({ bytes }) => answeredOpcode(bytes) === opcode);
    if (answer) taken.add(answer);
    const handle = handleOf(command);
    const ending = opcode === CREATE_CONNECTION_CANCEL ? undefined : commandByOpcode(opcode)?.finishedBy;
    const wasRefused = answer?.bytes[0] === COMMAND_STATUS && answer.bytes[2] !== 0;
    const finish =
      ending && !wasRefused
        ? find(events, first, taken, (event) => {
            const { bytes } = event;
            const ends = ending.some(([code, subevent]) => bytes[0] === code && isSubevent(bytes, subevent));
            return ends && (handle === undefined || handleOf(event) === handle);
          })
        : undefined;
    if (finish) taken.add(finish);
    exchanges.push({ command, opcode, handle, answer, finish, usedAs: undefined });
  }
  return exchanges;
}

function isSubevent(bytes: Uint8Array, subevent: number | undefined): boolean {
  return bytes[0] !== LE_META || bytes[2] === subevent;
}

function find(
  events: readonly CapturedPacket[],
  from: number,
  taken: ReadonlySet<CapturedPacket>,
  matches: (event: CapturedPacket) => boolean,
): CapturedPacket | undefined {
  for (let i = from; i < events.length; i++) {
    if (!taken.has(events[i]!) && matches(events[i]!)) return events[i];
  }
  return undefined;
}

/** The opcode that a Command Complete or Command Status is about. */
export function answeredOpcode(event: Uint8Array): number | undefined {
  if (event[0] === COMMAND_COMPLETE && event.length >= 5) return u16At(event, 3);
  return event[0] === COMMAND_STATUS && event.length >= 6 ? u16At(event, 4) : undefined;
}

/** The connection that a command or event is about. */
export function handleOf({ type, bytes }: Pick<CapturedPacket, 'type' | 'bytes'>): number | undefined {
  const { fields } = decodePacket(type as 1 | 4, bytes);
  const handle = fields['connectionHandle'] ?? fields['handle'];
  return typeof handle === 'number' ? handle & 0xfff : undefined;
}
