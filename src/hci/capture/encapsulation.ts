import { PacketType } from '../packet-type.js';
import { putU16be, putU32be, u16be, u32be } from './octets.js';
import { CaptureError, type CaptureRecord } from './record.js';

/**
 * How a packet lies in the record of a container:
 * - `h4`: the H4 indicator before it; the direction stands elsewhere, or nowhere
 * - `phdr`: four octets of direction, then as `h4` (linktype 201)
 * - `h1`: nothing before it; flags tell direction, and command or event from data
 * - `h5`: a packet of the three-wire layer, header first, without SLIP
 * - `monitor`: with the opcode of the Linux Bluetooth monitor
 */
export type Encapsulation = 'h4' | 'phdr' | 'h1' | 'h5' | 'monitor';

/** What an encapsulation tells of a packet. */
export interface Opened {
  type: number;
  sent: boolean;
  /** Where the packet begins in the record. */
  start: number;
  /** Where it ends. */
  end: number;
  index: number;
  /** The code of a record that is no HCI packet; -1 for one that is. */
  code: number;
}

/** Monitor opcodes of HCI packets: the H4 indicator, and whether the host sent it. */
const monitorPackets: Readonly<Record<number, readonly [type: number, sent: boolean]>> = {
  2: [PacketType.command, true],
  3: [PacketType.event, false],
  4: [PacketType.acl, true],
  5: [PacketType.acl, false],
  6: [PacketType.sco, true],
  7: [PacketType.sco, false],
  18: [PacketType.iso, true],
  19: [PacketType.iso, false],
};

/** The monitor opcode of an HCI packet. */
export function monitorOpcode(type: number, sent: boolean): number {
  for (const [opcode, [packetType, packetSent]] of Object.entries(monitorPackets))
    if (packetType === type && packetSent === sent) return Number(opcode);
  throw new CaptureError(
    `a packet of type ${type} has no place in the Linux monitor format`,
    'CAPTURE_UNFIT',
  );
}

/**
 * The direction of an H4 packet whose container does not tell it: commands are the host's, events the controller's, and
 * LE data has a Packet_Boundary_Flag of 0 from the host and 2 from the controller (Core Vol 4, Part E, 5.4.2).
 */
export function guessSent(type: number, bytes: Uint8Array, start: number, before: boolean): boolean {
  if (type === PacketType.command) return true;
  if (type === PacketType.event) return false;
  if (type !== PacketType.acl || bytes.length < start + 2) return before;
  const boundary = (bytes[start + 1]! >> 4) & 3;
  return boundary === 0 ? true : boundary === 2 ? false : before;
}

/** H5 header length; the payload is followed by two octets of CRC when the header says so. */
const H5_HEADER = 4;

/**
 * Opens the record `bytes[start, end)`.
 * @param flags of btsnoop; or 0 and 1 for sent and received, where the container tells the direction; -1 where not
 * @param into filled in and given back
 */
export function openRecord(
  encapsulation: Encapsulation,
  bytes: Uint8Array,
  start: number,
  end: number,
  flags: number,
  into: Opened,
): Opened {
  into.index = 0;
  into.code = -1;
  into.end = end;
  switch (encapsulation) {
    case 'h4':
      into.type = end > start ? bytes[start]! : 0;
      into.start = Math.min(start + 1, end);
      into.sent = flags < 0 ? guessSent(into.type, bytes, into.start, into.sent) : (flags & 1) === 0;
      if (into.type < 1 || into.type > 5) noteOf(into, start, into.type);
      return into;
    case 'phdr':
      if (end - start < 5) return noteOf(into, start, 0);
      into.sent = u32be(bytes, start) === 0;
      into.type = bytes[start + 4]!;
      into.start = start + 5;
      if (into.type < 1 || into.type > 5) noteOf(into, start + 4, into.type);
      return into;
    case 'h1':
      into.sent = (flags & 1) === 0;
      into.start = start;
      into.type = flags & 2 ? (into.sent ? PacketType.command : PacketType.event) : PacketType.acl;
      return into;
    case 'h5':
      return openH5(bytes, start, end, flags, into);
    case 'monitor':
      into.start = start;
      openMonitor(flags & 0xffff, into);
      into.index = (flags >>> 16) & 0xffff;
      return into;
  }
}

function noteOf(into: Opened, start: number, code: number): Opened {
  into.type = 0;
  into.code = code;
  into.start = start;
  return into;
}

function openMonitor(opcode: number, into: Opened): void {
  const known = monitorPackets[opcode];
  into.type = known ? known[0] : 0;
  into.sent = known ? known[1] : false;
  into.code = known ? -1 : opcode;
}

function openH5(bytes: Uint8Array, start: number, end: number, flags: number, into: Opened): Opened {
  into.sent = (flags & 1) === 0;
  if (end - start < H5_HEADER) return noteOf(into, start, 0xff);
  const type = bytes[start + 1]! & 0x0f;
  const length = (bytes[start + 1]! >> 4) | (bytes[start + 2]! << 4);
  if (type < 1 || type > 5 || start + H5_HEADER + length > end) return noteOf(into, start, type);
  into.type = type;
  into.start = start + H5_HEADER;
  into.end = into.start + length;
  return into;
}

/** What of a record goes into a container of octets. */
export interface Closed {
  /** The octets before the packet. */
  readonly head: Uint8Array;
  /** The flags of btsnoop. */
  readonly flags: number;
}

const NOTHING = new Uint8Array(0);

/**
 * How a record lies in a container.
 * @throws {CaptureError} `CAPTURE_UNFIT` when the encapsulation cannot hold it
 */
export function closeRecord(encapsulation: Encapsulation, record: CaptureRecord): Closed {
  const { type, sent, index } = record;
  const direction = sent ? 0 : 1;
  if (encapsulation === 'monitor') return closeMonitor(record);
  if (type === 0) return closeNote(encapsulation, record);
  if (index !== 0) {
    throw new CaptureError(`a packet of controller ${index} fits the monitor formats only`, 'CAPTURE_UNFIT');
  }
  const flags = direction | (type === PacketType.command || type === PacketType.event ? 2 : 0);
  switch (encapsulation) {
    case 'h4':
      return { head: Uint8Array.of(type), flags };
    case 'phdr': {
      const head = new Uint8Array(5);
      putU32be(head, 0, direction);
      head[4] = type;
      return { head, flags };
    }
    case 'h1': {
      const expected =
        type === PacketType.acl || (type === PacketType.command ? sent : type === PacketType.event && !sent);
      if (expected) return { head: NOTHING, flags };
      throw new CaptureError(
        `H1 has no place for a packet of type ${type} ${sent ? 'from the host' : 'from the controller'}: it tells commands, events and ACL data only`,
        'CAPTURE_UNFIT',
      );
    }
    case 'h5':
      return { head: h5Header(type, record.packet.length), flags };
  }
}

function closeMonitor({ type, sent, index, note }: CaptureRecord): Closed {
  if (type !== 0) return { head: NOTHING, flags: index * 0x10000 + monitorOpcode(type, sent) };
  if (note?.source === 'monitor') return { head: NOTHING, flags: index * 0x10000 + note.code };
  throw new CaptureError(
    `a record of ${note?.source ?? 'an unknown kind'} fits its own format only`,
    'CAPTURE_UNFIT',
  );
}

function closeNote(encapsulation: Encapsulation, { sent, note }: CaptureRecord): Closed {
  if (encapsulation === 'h5' && note?.source === 'h5') return { head: NOTHING, flags: sent ? 0 : 1 };
  throw new CaptureError(
    `a record that is no HCI packet (${note?.source ?? 'unknown'}) fits its own format only`,
    'CAPTURE_UNFIT',
  );
}

/** An H5 header without sequence numbers: the capture of another format has none. */
function h5Header(type: number, length: number): Uint8Array {
  if (length > 0xfff) throw new CaptureError('H5 packets hold 4095 octets at most', 'CAPTURE_UNFIT');
  const isReliable = type !== PacketType.sco;
  const header = Uint8Array.of(isReliable ? 0x80 : 0, type | ((length & 0xf) << 4), length >> 4, 0);
  header[3] = ~(header[0]! + header[1]! + header[2]!) & 0xff;
  return header;
}

/**
 * As {@link closeRecord} for an HCI packet of the one controller, without objects: the flags of btsnoop, or of the head of a
 * monitor record; -1 where the encapsulation has no place for the packet. Not for `h5`, whose header tells the length.
 */
export function packetFlags(encapsulation: Encapsulation, type: number, sent: boolean): number {
  if (type < PacketType.command || type > PacketType.iso) return -1;
  const direction = sent ? 0 : 1;
  // What comes by the million first.
  if (encapsulation === 'h4' || encapsulation === 'phdr')
    return direction | (type === PacketType.command || type === PacketType.event ? 2 : 0);
  switch (encapsulation) {
    case 'monitor':
      return monitorOpcodes[(type << 1) | direction]!;
    case 'h1':
      if (
        type !== PacketType.acl &&
        !(type === PacketType.command && sent) &&
        !(type === PacketType.event && !sent)
      )
        return -1;
      return direction | (type === PacketType.acl ? 0 : 2);
    default:
      return direction | (type === PacketType.command || type === PacketType.event ? 2 : 0);
  }
}

/** Monitor opcodes by twice the type, and one more for what was received; -1 where there is none. */
const monitorOpcodes: readonly number[] = Array.from({ length: 12 }, (_, at) => {
  const found = Object.entries(monitorPackets).find(
    ([, [type, sent]]) => ((type << 1) | (sent ? 0 : 1)) === at,
  );
  return found ? Number(found[0]) : -1;
});

/** The octets that stand before a monitor record in pcap (linktype 254): adapter and opcode. */
export function monitorHead(flags: number): Uint8Array {
  const head = new Uint8Array(4);
  putU16be(head, 0, flags >>> 16);
  putU16be(head, 2, flags & 0xffff);
  return head;
}

/** The flags of btsnoop from the head of a monitor record in pcap. */
export function monitorFlags(bytes: Uint8Array, at: number): number {
  return u16be(bytes, at) * 0x10000 + u16be(bytes, at + 2);
}
