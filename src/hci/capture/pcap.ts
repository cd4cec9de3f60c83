import {
  closeRecord,
  type Encapsulation,
  monitorFlags,
  monitorHead,
  type Opened,
  openRecord,
  packetFlags,
} from './encapsulation.js';
import type { CaptureFormat, RecordParser, RecordWriter } from './format.js';
import { putU16le, putU32le, u32be, u32le } from './octets.js';
import type { PutBuffer } from './put-buffer.js';
import { CaptureError, type CaptureRecord } from './record.js';

/** Encapsulations by linktype (tcpdump.org/linktypes.html). */
export const linktypes: Readonly<Record<number, Encapsulation>> = { 187: 'h4', 201: 'phdr', 254: 'monitor' };

/** The linktype of an encapsulation. @throws {CaptureError} `CAPTURE_FORMAT` when there is none */
export function linktypeOf(encapsulation: Encapsulation): number {
  const found = Object.keys(linktypes).find((key) => linktypes[Number(key)] === encapsulation);
  if (found === undefined)
    throw new CaptureError(
      `pcap and pcapng have no ${encapsulation}: h4, phdr, monitor are there`,
      'CAPTURE_FORMAT',
    );
  return Number(found);
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
export const MAX_LENGTH = 0x20000;
/** Magic numbers as they read least significant octet first: what a tick is, and in which order the file is. */
const magics: Readonly<Record<number, { readonly nanoseconds: boolean; readonly little: boolean }>> = {
  [0xa1b2c3d4]: { nanoseconds: false, little: true },
  [0xd4c3b2a1]: { nanoseconds: false, little: false },
  [0xa1b23c4d]: { nanoseconds: true, little: true },
  [0x4d3cb2a1]: { nanoseconds: true, little: false },
};

/** Whether a file begins as pcap does. */
export function isPcap(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && magics[u32le(bytes, 0)] !== undefined;
}

/**
 * Opens a packet of a linktype and gives it out.
 * @param direction 0 sent, 1 received, as the container tells it; -1 where it does not
 */
export function emitPacket(
  encapsulation: Encapsulation,
  packet: {
    readonly bytes: Uint8Array;
    readonly start: number;
    readonly end: number;
    readonly direction: number;
  },
  rest: {
    readonly time: number;
    readonly missing: number;
    readonly drops: number;
    readonly comments?: readonly string[] | undefined;
  },
  opened: Opened,
  emit: (record: CaptureRecord) => void,
): void {
  const { bytes, end } = packet;
  let { start, direction } = packet;
  if (encapsulation === 'monitor') {
    if (end - start < 4) direction = 0xffff;
    else {
      direction = monitorFlags(bytes, start);
      start += 4;
    }
  }
  openRecord(encapsulation, bytes, start, end, direction, opened);
  emit({
    time: rest.time,
    type: opened.type,
    sent: opened.sent,
    packet: bytes.slice(opened.start, opened.end),
    missing: rest.missing,
    drops: rest.drops,
    index: opened.index,
    note:
      opened.code < 0
        ? undefined
        : { source: encapsulation === 'monitor' ? 'monitor' : 'h5', code: opened.code },
    comments: rest.comments,
  });
}

/** Reads pcap files of linktypes 187, 201 and 254, of either byte order, with micro- or nanoseconds. */
export class PcapParser implements RecordParser {
  format: CaptureFormat = { container: 'pcap', encapsulation: 'h4' };
  private u32: ((bytes: Uint8Array, at: number) => number) | undefined;
  private nanoseconds = false;
  private readonly opened: Opened = { type: 0, sent: true, start: 0, end: 0, index: 0, code: -1 };

  parse(bytes: Uint8Array, start: number, end: number, emit: (record: CaptureRecord) => void): number {
    let at = start;
    if (!this.u32) {
      if (end - at < FILE_HEADER) return at;
      this.header(bytes, at);
      at += FILE_HEADER;
    }
    const u32 = this.u32!;
    const { encapsulation } = this.format;
    while (end - at >= RECORD_HEADER) {
      const included = u32(bytes, at + 8);
      const original = u32(bytes, at + 12);
      if (included > MAX_LENGTH || included > original) {
        throw new CaptureError(
          `a record says that ${included} of ${original} octets are there`,
          'CAPTURE_DAMAGED',
          at - start,
        );
      }
      const body = at + RECORD_HEADER;
      if (end - body < included) break;
      const fraction = u32(bytes, at + 4);
      const time = u32(bytes, at) * 1_000_000 + (this.nanoseconds ? Math.floor(fraction / 1000) : fraction);
      emitPacket(
        encapsulation,
        { bytes, start: body, end: body + included, direction: -1 },
        { time, missing: original - included, drops: 0 },
        this.opened,
        emit,
      );
      at = body + included;
    }
    return at;
  }

  private header(bytes: Uint8Array, at: number): void {
    const { nanoseconds, little } = magics[u32le(bytes, at)]!;
    this.u32 = little ? u32le : u32be;
    this.nanoseconds = nanoseconds;
    const linktype = this.u32(bytes, at + 20) & 0xffff;
    const encapsulation = linktypes[linktype];
    if (!encapsulation) {
      throw new CaptureError(
        `pcap of linktype ${linktype}: ${Object.keys(linktypes).join(', ')} are Bluetooth HCI`,
        'CAPTURE_FORMAT',
        20,
      );
    }
    this.format = { container: 'pcap', encapsulation, littleEndian: little };
  }
}

/** Writes pcap files, least significant octet first, with microseconds. */
export class PcapWriter implements RecordWriter {
  private readonly encapsulation: Encapsulation;

  constructor(encapsulation: Encapsulation) {
    this.encapsulation = encapsulation;
  }

  header(): Uint8Array {
    const bytes = new Uint8Array(FILE_HEADER);
    putU32le(bytes, 0, 0xa1b2c3d4);
    putU16le(bytes, 4, 2);
    putU16le(bytes, 6, 4);
    putU32le(bytes, 16, 0x40000);
    putU32le(bytes, 20, linktypeOf(this.encapsulation));
    return bytes;
  }

  record(record: CaptureRecord): Uint8Array {
    const head = packetHead(this.encapsulation, record);
    const { packet, missing, time } = record;
    const included = head.length + packet.length;
    const bytes = new Uint8Array(RECORD_HEADER + included);
    putU32le(bytes, 0, Math.floor(time / 1_000_000));
    putU32le(bytes, 4, time % 1_000_000);
    putU32le(bytes, 8, included);
    putU32le(bytes, 12, included + missing);
    bytes.set(head, RECORD_HEADER);
    bytes.set(packet, RECORD_HEADER + head.length);
    return bytes;
  }

  put(
    buffer: PutBuffer,
    time: number,
    sent: boolean,
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const { view, used: at } = buffer;
    const head = putHead(this.encapsulation, view, at + RECORD_HEADER, sent, type);
    if (head < 0) return;
    const included = head + end - start;
    view.setUint32(at, Math.floor(time / 1_000_000), true);
    view.setUint32(at + 4, time % 1_000_000, true);
    view.setUint32(at + 8, included, true);
    view.setUint32(at + 12, included, true);
    buffer.copy(at + RECORD_HEADER + head, bytes, start, end);
    buffer.used = at + RECORD_HEADER + included;
  }
}

/** Writes what stands before a packet in pcap and pcapng; how many octets that is, -1 when it has no place. */
export function putHead(
  encapsulation: Encapsulation,
  view: DataView,
  at: number,
  sent: boolean,
  type: number,
): number {
  const flags = packetFlags(encapsulation, type, sent);
  if (flags < 0) return -1;
  if (encapsulation === 'monitor') {
    view.setUint32(at, flags);
    return 4;
  }
  if (encapsulation === 'phdr') {
    view.setUint32(at, flags & 1);
    view.setUint8(at + 4, type);
    return 5;
  }
  view.setUint8(at, type);
  return 1;
}

/** What stands before a packet in pcap and pcapng. */
export function packetHead(encapsulation: Encapsulation, record: CaptureRecord): Uint8Array {
  const { head, flags } = closeRecord(encapsulation, record);
  return encapsulation === 'monitor' ? monitorHead(flags) : head;
}
