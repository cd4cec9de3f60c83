import { PacketType } from '../packet-type.js';
import type { CaptureFormat, RecordParser, RecordWriter } from './format.js';
import { putU32be, putU32le, u32be, u32le } from './octets.js';
import { CaptureError, type CaptureRecord } from './record.js';

/** Types of PacketLogger's records that are HCI packets: the H4 indicator, and whether the host sent it. */
const packets: Readonly<Record<number, readonly [type: number, sent: boolean]>> = {
  0: [PacketType.command, true],
  1: [PacketType.event, false],
  2: [PacketType.acl, true],
  3: [PacketType.acl, false],
  8: [PacketType.sco, true],
  9: [PacketType.sco, false],
};

/** Types of records that are something else: LMP, system log, kernel, errors, power, notes, configuration, controllers. */
const notes: readonly number[] = [0x0a, 0x0b, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff];

/** Length, seconds, microseconds, type; the length counts what follows it. */
const HEADER = 13;
const LENGTH = 4;
const BEFORE_BODY = HEADER - LENGTH;
const MAX_LENGTH = 0x20000;

/** Whether a record of Apple's PacketLogger may begin here, in this byte order. */
function plausible(bytes: Uint8Array, at: number, u32: (bytes: Uint8Array, at: number) => number): boolean {
  if (bytes.length - at < HEADER) return false;
  const length = u32(bytes, at);
  const type = bytes[at + 12]!;
  return (
    length >= BEFORE_BODY &&
    length < MAX_LENGTH &&
    u32(bytes, at + 8) < 1_000_000 &&
    (packets[type] !== undefined || notes.includes(type))
  );
}

/**
 * Whether a file is one of Apple's PacketLogger, and in which byte order: the format has no magic number, so that the
 * first records have to make sense.
 */
export function pklgOrder(bytes: Uint8Array): 'big' | 'little' | undefined {
  for (const [order, u32] of [
    ['big', u32be],
    ['little', u32le],
  ] as const) {
    let at = 0;
    let records = 0;
    while (records < 4 && at < bytes.length && plausible(bytes, at, u32)) {
      at += LENGTH + u32(bytes, at);
      records++;
    }
    // What there is of the file holds: four records, or fewer that reach to its end or beyond what was given.
    if (records > 0 && (records === 4 || at >= bytes.length || bytes.length - at < HEADER)) return order;
  }
  return undefined;
}

/** Reads `.pklg` files of Apple's PacketLogger, of either byte order. */
export class PklgParser implements RecordParser {
  readonly format: CaptureFormat;
  private readonly u32: (bytes: Uint8Array, at: number) => number;

  constructor(littleEndian: boolean) {
    this.format = { container: 'pklg', encapsulation: 'h4', littleEndian };
    this.u32 = littleEndian ? u32le : u32be;
  }

  parse(bytes: Uint8Array, start: number, end: number, emit: (record: CaptureRecord) => void): number {
    const { u32 } = this;
    let at = start;
    while (end - at >= HEADER) {
      const length = u32(bytes, at);
      if (length < BEFORE_BODY || length > MAX_LENGTH) {
        throw new CaptureError(`a record says that it has ${length} octets`, 'CAPTURE_DAMAGED', at - start);
      }
      if (end - at - LENGTH < length) break;
      const code = bytes[at + 12]!;
      const known = packets[code];
      emit({
        time: u32(bytes, at + 4) * 1_000_000 + u32(bytes, at + 8),
        type: known ? known[0] : 0,
        sent: known ? known[1] : false,
        packet: bytes.slice(at + HEADER, at + LENGTH + length),
        missing: 0,
        drops: 0,
        index: 0,
        note: known ? undefined : { source: 'pklg', code },
        comments: undefined,
      });
      at += LENGTH + length;
    }
    return at;
  }
}

/** Writes `.pklg` files. They have no place for ISO data, drops, or octets left out. */
export class PklgWriter implements RecordWriter {
  private readonly putWord: (bytes: Uint8Array, at: number, value: number) => void;

  constructor(littleEndian: boolean) {
    this.putWord = littleEndian ? putU32le : putU32be;
  }

  header(): Uint8Array {
    return new Uint8Array(0);
  }

  record(record: CaptureRecord): Uint8Array {
    const { packet, time } = record;
    const bytes = new Uint8Array(HEADER + packet.length);
    this.putWord(bytes, 0, BEFORE_BODY + packet.length);
    this.putWord(bytes, 4, Math.floor(time / 1_000_000));
    this.putWord(bytes, 8, time % 1_000_000);
    bytes[12] = codeOf(record);
    bytes.set(packet, HEADER);
    return bytes;
  }
}

function codeOf({ type, sent, note, index }: CaptureRecord): number {
  if (type === 0 && note?.source === 'pklg') return note.code;
  for (const [code, [packetType, packetSent]] of Object.entries(packets))
    if (packetType === type && packetSent === sent && index === 0) return Number(code);
  throw new CaptureError(
    type === 0
      ? `a record that is no HCI packet (${note?.source ?? 'unknown'}) fits its own format only`
      : `PacketLogger has no place for a packet of type ${type}${index === 0 ? '' : ` of controller ${index}`}`,
    'CAPTURE_UNFIT',
  );
}
