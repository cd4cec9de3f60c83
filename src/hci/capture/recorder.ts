import { PacketType } from '../packet-type.js';
import { type CaptureFormat, PUT_ROOM, type RecordWriter } from './format.js';
import { PutBuffer } from './put-buffer.js';
import { CaptureError, type CaptureRecord, hciRecord } from './record.js';
import { blankKeys, mayHaveKeys } from './without-keys.js';
import { recordWriter } from './writer.js';

/** How packets are recorded. */
export interface RecorderOptions {
  readonly format: CaptureFormat;
  /** Whether keys are written: LTK, IRK and CSRK are zeroed without. */
  readonly keys?: boolean | undefined;
  /** Takes octets of the file, in order: a view, valid during the call. */
  readonly write: (octets: Uint8Array) => void;
}

/** No event is so long: Core Vol 4, Part E, 5.4.4. */
const EVENT_LIMIT = 0x200;
/** Notes that may wait for a packet; more are passed over. */
const NOTE_LIMIT = 16;
/** Characters of a note. */
const NOTE_LENGTH = 200;
/** User Logging in the Linux Bluetooth monitor: priority, length of the name with its zero, name, text. */
const USER_LOGGING = 12;
const PRIORITY_INFO = 6;
const LOG_NAME = 'bluewire';

/**
 * Makes records of packets as they pass. They are gathered in one buffer: nothing is allocated for a packet. What is kept
 * back is written when the buffer is full, or by {@link flush}.
 */
export class PacketRecorder {
  private readonly format: CaptureFormat;
  private readonly writer: RecordWriter;
  private readonly keys: boolean;
  private readonly write: (octets: Uint8Array) => void;
  private readonly buffer = new PutBuffer();
  private readonly isQuick: boolean;
  /** Packets that were lost since the recording began: formats that count them say so with the next packet. */
  drops = 0;
  private notes: string[] | undefined;

  constructor({ format, keys = false, write }: RecorderOptions) {
    this.format = format;
    this.writer = recordWriter(format);
    this.isQuick = this.writer.put !== undefined && format.encapsulation !== 'h5';
    this.keys = keys;
    this.write = write;
  }

  /** What the file begins with. */
  header(): Uint8Array {
    return this.writer.header();
  }

  /** Whether the format has a place for {@link note}. */
  get takesNotes(): boolean {
    const { container, encapsulation } = this.format;
    return container === 'pcapng' || container === 'hex' || encapsulation === 'monitor';
  }

  /** Octets that are kept back. */
  get gathered(): number {
    return this.buffer.used;
  }

  /** As {@link CaptureSink.packet}. A packet that the format has no place for (ISO data in PacketLogger's) is left out. */
  packet(time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void {
    // Events come by the million, and have neither keys nor notes.
    if (type === PacketType.event && this.isQuick && end - start < EVENT_LIMIT && this.drops === 0) {
      const { buffer } = this;
      if (buffer.used + end - start + PUT_ROOM > buffer.octets.length) this.flush();
      this.writer.put!(buffer, time, sent, type, bytes, start, end);
    } else if (!this.keys && mayHaveKeys(type, bytes, start, end)) {
      const packet = Uint8Array.prototype.slice.call(bytes, start, end);
      blankKeys(type, packet, 0, packet.length);
      this.record(time, sent, type, packet, 0, packet.length);
    } else this.record(time, sent, type, bytes, start, end);
  }

  /** As {@link CaptureSink.note}; for the formats that have a place for it: pcapng, hex text, and the monitor's. */
  note(text: string): void {
    this.notes ??= [];
    if (this.notes.length < NOTE_LIMIT) this.notes.push(text.slice(0, NOTE_LENGTH));
  }

  /** Writes what is kept back. */
  flush(): void {
    const { buffer } = this;
    if (buffer.used === 0) return;
    const octets = buffer.octets.subarray(0, buffer.used);
    buffer.used = 0;
    this.write(octets);
  }

  private record(
    time: number,
    sent: boolean,
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const { buffer } = this;
    const room = end - start + PUT_ROOM;
    if (this.notes && sent) this.noted(time, type, bytes.subarray(start, end));
    else if (!this.isQuick || room > buffer.octets.length || this.drops > 0)
      this.whole(hciRecord(time, sent, type, bytes.subarray(start, end)));
    else {
      if (buffer.used + room > buffer.octets.length) this.flush();
      this.writer.put!(buffer, time, sent, type, bytes, start, end);
    }
  }

  /** A packet that calls were announced for. */
  private noted(time: number, type: number, packet: Uint8Array): void {
    const { notes = [] } = this;
    this.notes = undefined;
    const isMonitor = this.format.encapsulation === 'monitor';
    if (isMonitor) for (const text of notes) this.whole(userLogging(time, text));
    const hasComments = this.format.container === 'pcapng' || this.format.container === 'hex';
    this.whole(hciRecord(time, true, type, packet, hasComments && !isMonitor ? notes : undefined));
  }

  private whole(record: CaptureRecord): void {
    let octets: Uint8Array;
    try {
      octets = this.writer.record(this.drops > 0 ? { ...record, drops: this.drops } : record);
    } catch (error) {
      if (error instanceof CaptureError) return;
      throw error;
    }
    const { buffer } = this;
    if (buffer.used + octets.length > buffer.octets.length) this.flush();
    if (octets.length > buffer.octets.length) {
      this.write(octets);
      return;
    }
    buffer.octets.set(octets, buffer.used);
    buffer.used += octets.length;
  }
}

/** A text as the Linux Bluetooth monitor has those of programs. */
function userLogging(time: number, text: string): CaptureRecord {
  const name = new TextEncoder().encode(LOG_NAME);
  const octets = new TextEncoder().encode(text);
  const packet = new Uint8Array(2 + name.length + 1 + octets.length + 1);
  packet[0] = PRIORITY_INFO;
  packet[1] = name.length + 1;
  packet.set(name, 2);
  packet.set(octets, 3 + name.length);
  return {
    ...hciRecord(time, false, 0, packet),
    note: { source: 'monitor', code: USER_LOGGING },
  };
}
