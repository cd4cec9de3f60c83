import type { Encapsulation, Opened } from './encapsulation.js';
import type { CaptureFormat, RecordParser, RecordWriter } from './format.js';
import { putU16le, putU32le, u16be, u32be, u32le } from './octets.js';
import { emitPacket, linktypeOf, linktypes, MAX_LENGTH, packetHead, putHead } from './pcap.js';
import type { PutBuffer } from './put-buffer.js';
import { CaptureError, type CaptureRecord } from './record.js';

/** Block types (draft-ietf-opsawg-pcapng). */
const Block = { section: 0x0a0d0d0a, interface: 1, simple: 3, enhanced: 6 } as const;
const Option = { comment: 1, flags: 2, drops: 4, timeResolution: 9, timeOffset: 14 } as const;
const BYTE_ORDER = 0x1a2b3c4d;
/** Type, length, and the length again. */
const FRAME = 12;
const MAX_BLOCK = 0x100000;
/** What stands before the packet in a packet block. */
const PACKET_HEADER = 28;
/** The direction of a packet as an option, and the end of the options. */
const FLAGS = 12;

interface Interface {
  readonly encapsulation: Encapsulation | undefined;
  readonly linktype: number;
  /** Ticks in a second. */
  readonly ticks: bigint;
  /** Seconds to add to each time stamp. */
  readonly offset: number;
}

/** Whether a file begins as pcapng does. */
export function isPcapng(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 12 &&
    u32be(bytes, 0) === Block.section &&
    [u32be(bytes, 8), u32le(bytes, 8)].includes(BYTE_ORDER)
  );
}

/**
 * Reads pcapng: sections of either byte order, several interfaces, enhanced and simple packet blocks with their direction,
 * drops and comments. Packets of interfaces that are not Bluetooth HCI are passed over.
 */
export class PcapngParser implements RecordParser {
  format: CaptureFormat = { container: 'pcapng', encapsulation: 'phdr' };
  /** Packets of other interfaces that were passed over. */
  foreign = 0;
  private little = true;
  private interfaces: Interface[] = [];
  private drops = 0;
  private readonly opened: Opened = { type: 0, sent: true, start: 0, end: 0, index: 0, code: -1 };

  parse(bytes: Uint8Array, start: number, end: number, emit: (record: CaptureRecord) => void): number {
    let at = start;
    while (end - at >= FRAME) {
      const isSection = u32be(bytes, at) === Block.section;
      if (isSection && u32be(bytes, at + 8) !== BYTE_ORDER && u32le(bytes, at + 8) !== BYTE_ORDER)
        throw new CaptureError('a section has no byte order', 'CAPTURE_DAMAGED', at - start);
      if (isSection) this.little = u32le(bytes, at + 8) === BYTE_ORDER;
      const length = this.u32(bytes, at + 4);
      if (length < FRAME || length % 4 !== 0 || length > MAX_BLOCK) {
        throw new CaptureError(`a block says that it has ${length} octets`, 'CAPTURE_DAMAGED', at - start);
      }
      if (end - at < length) break;
      if (this.u32(bytes, at + length - 4) !== length)
        throw new CaptureError('a block has two different lengths', 'CAPTURE_DAMAGED', at - start);
      this.block(isSection ? Block.section : this.u32(bytes, at), bytes, at, at + length - 4, emit, start);
      at += length;
    }
    return at;
  }

  private block(
    type: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    emit: (record: CaptureRecord) => void,
    start: number,
  ): void {
    const body = at + 8;
    if (type === Block.section) this.interfaces = [];
    else if (type === Block.interface && end - body >= 8) this.describe(bytes, body, end);
    else if (type === Block.enhanced) this.enhanced(bytes, body, end, emit, at - start);
    else if (type === Block.simple) this.simple(bytes, body, end, emit, at - start);
  }

  private describe(bytes: Uint8Array, body: number, end: number): void {
    const linktype = this.u16(bytes, body);
    let ticks = 1_000_000n;
    let offset = 0;
    for (const option of this.options(bytes, body + 8, end)) {
      if (option.code === Option.timeResolution && option.end > option.start) {
        const value = bytes[option.start]!;
        ticks = value & 0x80 ? 2n ** BigInt(value & 0x7f) : 10n ** BigInt(Math.min(value, 18));
      } else if (option.code === Option.timeOffset && option.end - option.start >= 8) {
        offset = this.u32(bytes, option.start + (this.little ? 0 : 4));
      }
    }
    const encapsulation = linktypes[linktype];
    if (encapsulation && this.interfaces.every((one) => !one.encapsulation)) {
      this.format = { container: 'pcapng', encapsulation, littleEndian: this.little };
    }
    this.interfaces.push({ encapsulation, linktype, ticks, offset });
  }

  private enhanced(
    bytes: Uint8Array,
    body: number,
    end: number,
    emit: (record: CaptureRecord) => void,
    offset: number,
  ): void {
    if (end - body < 20) throw new CaptureError('a packet block is too short', 'CAPTURE_DAMAGED', offset);
    const found = this.interfaces[this.u32(bytes, body)];
    if (!found)
      throw new CaptureError('a packet of an interface that is not described', 'CAPTURE_DAMAGED', offset);
    const included = this.u32(bytes, body + 12);
    const original = this.u32(bytes, body + 16);
    const data = body + 20;
    if (included > MAX_LENGTH || included > original || data + included > end)
      throw new CaptureError(
        `a packet says that ${included} of ${original} octets are there`,
        'CAPTURE_DAMAGED',
        offset,
      );
    if (!found.encapsulation) {
      this.foreign++;
      return;
    }
    const stamp = (BigInt(this.u32(bytes, body + 4)) << 32n) | BigInt(this.u32(bytes, body + 8));
    const time = Number((stamp * 1_000_000n) / found.ticks) + found.offset * 1_000_000;
    let direction = -1;
    let comments: string[] | undefined;
    for (const option of this.options(bytes, data + ((included + 3) & ~3), end)) {
      if (option.code === Option.comment)
        (comments ??= []).push(new TextDecoder().decode(bytes.subarray(option.start, option.end)));
      else if (option.code === Option.flags && option.end - option.start >= 4) {
        const bits = this.u32(bytes, option.start) & 3;
        if (bits === 1 || bits === 2) direction = bits === 2 ? 0 : 1;
      } else if (option.code === Option.drops && option.end - option.start >= 8)
        this.drops += this.u32(bytes, option.start + (this.little ? 0 : 4));
    }
    emitPacket(
      found.encapsulation,
      { bytes, start: data, end: data + included, direction },
      { time, missing: original - included, drops: this.drops, comments },
      this.opened,
      emit,
    );
  }

  private simple(
    bytes: Uint8Array,
    body: number,
    end: number,
    emit: (record: CaptureRecord) => void,
    offset: number,
  ): void {
    const found = this.interfaces[0];
    if (!found || end - body < 4)
      throw new CaptureError('a simple packet without interface', 'CAPTURE_DAMAGED', offset);
    const original = this.u32(bytes, body);
    const included = Math.min(original, end - body - 4);
    if (!found.encapsulation) {
      this.foreign++;
      return;
    }
    emitPacket(
      found.encapsulation,
      { bytes, start: body + 4, end: body + 4 + included, direction: -1 },
      { time: 0, missing: original - included, drops: this.drops },
      this.opened,
      emit,
    );
  }

  private *options(
    bytes: Uint8Array,
    from: number,
    end: number,
  ): Generator<{ code: number; start: number; end: number }> {
    for (let at = from; end - at >= 4; ) {
      const code = this.u16(bytes, at);
      const length = this.u16(bytes, at + 2);
      if (code === 0 || at + 4 + length > end) return;
      yield { code, start: at + 4, end: at + 4 + length };
      at += 4 + ((length + 3) & ~3);
    }
  }

  private u32(bytes: Uint8Array, at: number): number {
    return this.little ? u32le(bytes, at) : u32be(bytes, at);
  }

  private u16(bytes: Uint8Array, at: number): number {
    return this.little ? bytes[at]! | (bytes[at + 1]! << 8) : u16be(bytes, at);
  }
}

/** Writes pcapng with one interface, microseconds, and the direction, drops and comments of each packet. */
export class PcapngWriter implements RecordWriter {
  private readonly encapsulation: Encapsulation;
  private drops = 0;

  constructor(encapsulation: Encapsulation) {
    this.encapsulation = encapsulation;
  }

  header(): Uint8Array {
    const bytes = new Uint8Array(28 + 20);
    putU32le(bytes, 0, Block.section);
    putU32le(bytes, 4, 28);
    putU32le(bytes, 8, BYTE_ORDER);
    putU16le(bytes, 12, 1);
    bytes.fill(0xff, 16, 24);
    putU32le(bytes, 24, 28);
    putU32le(bytes, 28, Block.interface);
    putU32le(bytes, 32, 20);
    putU16le(bytes, 36, linktypeOf(this.encapsulation));
    putU32le(bytes, 40, 0x40000);
    putU32le(bytes, 44, 20);
    return bytes;
  }

  record(record: CaptureRecord): Uint8Array {
    const head = packetHead(this.encapsulation, record);
    const { packet, missing, time, sent, type, comments = [] } = record;
    const included = head.length + packet.length;
    const options: Uint8Array[] = comments.map((text) =>
      option(Option.comment, new TextEncoder().encode(text).subarray(0, 0xffff)),
    );
    if (type !== 0) options.push(option(Option.flags, Uint8Array.of(sent ? 2 : 1, 0, 0, 0)));
    if (record.drops > this.drops) {
      const count = new Uint8Array(8);
      putU32le(count, 0, record.drops - this.drops);
      options.push(option(Option.drops, count));
      this.drops = record.drops;
    }
    if (options.length > 0) options.push(new Uint8Array(4));
    const size = options.reduce((sum, one) => sum + one.length, 0);
    const data = 28;
    const behind = data + ((included + 3) & ~3);
    const bytes = new Uint8Array(behind + size + 4);
    putU32le(bytes, 0, Block.enhanced);
    putU32le(bytes, 4, bytes.length);
    putU32le(bytes, 12, Math.floor(time / 0x100000000));
    putU32le(bytes, 16, time % 0x100000000);
    putU32le(bytes, 20, included);
    putU32le(bytes, 24, included + missing);
    bytes.set(head, data);
    bytes.set(packet, data + head.length);
    let at = behind;
    for (const one of options) {
      bytes.set(one, at);
      at += one.length;
    }
    putU32le(bytes, bytes.length - 4, bytes.length);
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
    const data = at + PACKET_HEADER;
    const head = putHead(this.encapsulation, view, data, sent, type);
    if (head < 0) return;
    const included = head + end - start;
    const options = data + ((included + 3) & ~3);
    const size = options + FLAGS + 4 - at;
    view.setUint32(at, Block.enhanced, true);
    view.setUint32(at + 4, size, true);
    view.setUint32(at + 8, 0, true);
    buffer.stamp(time);
    view.setInt32(at + 12, buffer.high, true);
    view.setInt32(at + 16, buffer.low, true);
    view.setUint32(at + 20, included, true);
    view.setUint32(at + 24, included, true);
    buffer.copy(data + head, bytes, start, end);
    for (let pad = data + included; pad < options; pad++) view.setUint8(pad, 0);
    // The option's code and its length.
    view.setUint32(options, Option.flags | (4 << 16), true);
    view.setUint32(options + 4, sent ? 2 : 1, true);
    // No further options.
    view.setUint32(options + 8, 0, true);
    view.setUint32(at + size - 4, size, true);
    buffer.used = at + size;
  }
}

function option(code: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + ((value.length + 3) & ~3));
  putU16le(bytes, 0, code);
  putU16le(bytes, 2, value.length);
  bytes.set(value, 4);
  return bytes;
}
