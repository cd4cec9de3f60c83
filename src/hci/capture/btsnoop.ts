import { closeRecord, type Encapsulation, type Opened, openRecord, packetFlags } from './encapsulation.js';
import type { CaptureFormat, RecordParser, RecordWriter } from './format.js';
import { putU32be, u32be } from './octets.js';
import type { PutBuffer } from './put-buffer.js';
import { CaptureError, type CaptureRecord, type NoteSource } from './record.js';

/** Encapsulations by datalink. */
const datalinks: Readonly<Record<number, Encapsulation>> = {
  1001: 'h1',
  1002: 'h4',
  1004: 'h5',
  2001: 'monitor',
};

const MAGIC = [0x62, 0x74, 0x73, 0x6e, 0x6f, 0x6f, 0x70, 0x00];
const FILE_HEADER = 16;
const RECORD_HEADER = 24;
/** Octets of a record beyond which a length is taken for damage: no HCI packet is longer than 65 kB. */
const MAX_LENGTH = 0x20000;

/** Microseconds from the year 0 to 1970, as two 32-bit halves: the whole does not fit a double. */
const EPOCH_HIGH = 0x00dcddb3;
const EPOCH_LOW = 0x0f2f8000;
const WORD = 0x100000000;

/** Where notes come from, by encapsulation. */
const noteSources: Readonly<Partial<Record<Encapsulation, NoteSource>>> = { monitor: 'monitor', h5: 'h5' };

/** Whether a file begins as btsnoop does. */
export function isBtsnoop(bytes: Uint8Array): boolean {
  return MAGIC.every((octet, i) => bytes[i] === octet);
}

/** Reads btsnoop (RFC 1761 with the datalinks of Bluetooth), version 1. */
export class BtsnoopParser implements RecordParser {
  format: CaptureFormat = { container: 'btsnoop', encapsulation: 'h4' };
  private encapsulation: Encapsulation | undefined;
  private readonly opened: Opened = { type: 0, sent: true, start: 0, end: 0, index: 0, code: -1 };

  parse(bytes: Uint8Array, start: number, end: number, emit: (record: CaptureRecord) => void): number {
    let at = start;
    if (!this.encapsulation) {
      if (end - at < FILE_HEADER) return at;
      this.encapsulation = this.header(bytes, at);
      at += FILE_HEADER;
    }
    const { encapsulation, opened } = this;
    const source = noteSources[encapsulation] ?? 'h5';
    while (end - at >= RECORD_HEADER) {
      const original = u32be(bytes, at);
      const included = u32be(bytes, at + 4);
      if (included > MAX_LENGTH || included > original) {
        throw new CaptureError(
          included > original
            ? `a record says that ${included} of ${original} octets are there`
            : `a record says that it has ${included} octets`,
          'CAPTURE_DAMAGED',
          at - start,
        );
      }
      const body = at + RECORD_HEADER;
      if (end - body < included) break;
      const flags = u32be(bytes, at + 8);
      openRecord(encapsulation, bytes, body, body + included, flags, opened);
      emit({
        time: (u32be(bytes, at + 16) - EPOCH_HIGH) * WORD + (u32be(bytes, at + 20) - EPOCH_LOW),
        type: opened.type,
        sent: opened.sent,
        packet: bytes.slice(opened.start, opened.end),
        missing: original - included,
        drops: u32be(bytes, at + 12),
        index: opened.index,
        note: opened.code < 0 ? undefined : { source, code: opened.code },
        comments: undefined,
      });
      at = body + included;
    }
    return at;
  }

  private header(bytes: Uint8Array, at: number): Encapsulation {
    const version = u32be(bytes, at + 8);
    const datalink = u32be(bytes, at + 12);
    const encapsulation = datalinks[datalink];
    if (version !== 1 || !encapsulation) {
      throw new CaptureError(
        version === 1
          ? `btsnoop of datalink ${datalink}: ${Object.keys(datalinks).join(', ')} are known`
          : `btsnoop of version ${version}: 1 is known`,
        'CAPTURE_FORMAT',
        at + (version === 1 ? 12 : 8),
      );
    }
    this.format = { container: 'btsnoop', encapsulation };
    return encapsulation;
  }
}

/** Writes btsnoop. */
export class BtsnoopWriter implements RecordWriter {
  private readonly encapsulation: Encapsulation;

  constructor(encapsulation: Encapsulation) {
    this.encapsulation = encapsulation;
  }

  header(): Uint8Array {
    const datalink = Object.keys(datalinks).find((key) => datalinks[Number(key)] === this.encapsulation);
    if (datalink === undefined)
      throw new CaptureError(`btsnoop has no ${this.encapsulation}`, 'CAPTURE_FORMAT');
    const bytes = new Uint8Array(FILE_HEADER);
    bytes.set(MAGIC);
    putU32be(bytes, 8, 1);
    putU32be(bytes, 12, Number(datalink));
    return bytes;
  }

  record(record: CaptureRecord): Uint8Array {
    const { head, flags } = closeRecord(this.encapsulation, record);
    const { packet, missing, drops, time } = record;
    const included = head.length + packet.length;
    const bytes = new Uint8Array(RECORD_HEADER + included);
    putU32be(bytes, 0, included + missing);
    putU32be(bytes, 4, included);
    putU32be(bytes, 8, flags);
    putU32be(bytes, 12, drops);
    const high = Math.floor(time / WORD);
    const low = time - high * WORD + EPOCH_LOW;
    putU32be(bytes, 16, high + EPOCH_HIGH + (low >= WORD ? 1 : 0));
    putU32be(bytes, 20, low % WORD);
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
    const { encapsulation } = this;
    const flags = packetFlags(encapsulation, type, sent);
    if (flags < 0) return;
    const { view, used: at } = buffer;
    const head = encapsulation === 'h4' ? 1 : 0;
    const included = head + end - start;
    view.setUint32(at, included);
    view.setUint32(at + 4, included);
    view.setUint32(at + 8, flags);
    view.setUint32(at + 12, 0);
    buffer.stamp(time);
    const low = (buffer.low + EPOCH_LOW) | 0;
    // What is smaller than one of its parts has a carry.
    const carry = low >>> 0 < EPOCH_LOW ? 1 : 0;
    view.setInt32(at + 16, (buffer.high + EPOCH_HIGH + carry) | 0);
    view.setInt32(at + 20, low);
    if (head === 1) view.setUint8(at + RECORD_HEADER, type);
    buffer.copy(at + RECORD_HEADER + head, bytes, start, end);
    buffer.used = at + RECORD_HEADER + included;
  }
}
