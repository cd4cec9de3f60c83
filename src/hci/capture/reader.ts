import { BtsnoopParser, isBtsnoop } from './btsnoop.js';
import type { CaptureFormat, RecordParser } from './format.js';
import { HexTextParser, isHexText } from './hex-text.js';
import { isPcap, PcapParser } from './pcap.js';
import { isPcapng, PcapngParser } from './pcapng.js';
import { PklgParser, pklgOrder } from './pklg.js';
import { CaptureError, type CaptureRecord } from './record.js';

/** How far a capture was read. */
export interface CaptureEnd {
  /** Records read. */
  readonly records: number;
  /** Octets of the file that belong to them. */
  readonly octets: number;
  /** Why reading stopped before the end of the file; `undefined` when it did not. Its offset counts from the file's start. */
  readonly stopped: CaptureError | undefined;
}

/** Octets that are enough to tell the formats apart. */
const ENOUGH = 4096;
const EMPTY = new Uint8Array(0);

/**
 * Reads captures chunk by chunk, of any format, told by their first octets. Memory does not grow with the file. A damaged
 * or truncated file is read as far as it is sound, and {@link end} says where that was.
 *
 * ```ts
 * const reader = new CaptureReader((record) => console.log(record.type));
 * reader.push(chunk);
 * const { records, stopped } = reader.end();
 * ```
 */
export class CaptureReader {
  private readonly emit: (record: CaptureRecord) => void;
  private parser: RecordParser | undefined;
  private rest: Uint8Array = EMPTY;
  /** Octets of the file before {@link rest}. */
  private position = 0;
  private records = 0;
  private stopped: CaptureError | undefined;

  /** @param emit takes each record; its octets are its own */
  constructor(emit: (record: CaptureRecord) => void) {
    this.emit = (record) => {
      this.records++;
      emit(record);
    };
  }

  /** What the file is; `undefined` until enough of it is there. */
  get format(): CaptureFormat | undefined {
    return this.parser?.format;
  }

  /** Takes the next octets of the file. What comes behind damage is passed over. */
  push(chunk: Uint8Array): void {
    if (this.stopped) return;
    // Of a Buffer of Node's, slice() gives a view and no copy.
    let bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.rest.length > 0) {
      bytes = new Uint8Array(this.rest.length + chunk.length);
      bytes.set(this.rest);
      bytes.set(chunk, this.rest.length);
    }
    if (!this.parser && bytes.length >= ENOUGH) this.recognise(bytes);
    this.take(bytes);
  }

  /** The file is at its end. */
  end(): CaptureEnd {
    if (!this.stopped && !this.parser && this.rest.length > 0) {
      this.recognise(this.rest);
      this.take(this.rest);
    }
    // The last line of a text may lack its end.
    if (!this.stopped && this.parser?.format.container === 'hex' && this.rest.length > 0) {
      this.push(Uint8Array.of(0x0a));
      if (!this.stopped) this.position--;
    }
    if (!this.stopped && this.rest.length > 0) {
      this.stopped = new CaptureError(
        `the file ends in the middle of a record, at ${this.position + this.rest.length}`,
        'CAPTURE_DAMAGED',
        this.position,
      );
    }
    return { records: this.records, octets: this.position, stopped: this.stopped };
  }

  private take(bytes: Uint8Array): void {
    if (this.stopped) return;
    if (!this.parser) {
      this.rest = bytes.slice();
      return;
    }
    let at = 0;
    try {
      at = this.parser.parse(bytes, 0, bytes.length, this.emit);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.position += error.offset ?? 0;
      this.rest = EMPTY;
      this.stopped = new CaptureError(`${error.message}, at ${this.position}`, error.code, this.position);
      return;
    }
    this.position += at;
    this.rest = at === bytes.length ? EMPTY : bytes.slice(at);
  }

  private recognise(bytes: Uint8Array): void {
    this.parser = parserOf(bytes);
    if (this.parser) return;
    this.rest = EMPTY;
    this.stopped = new CaptureError(
      'this is no capture: btsnoop, pklg, pcap, pcapng and H4 hex text are known',
      'CAPTURE_FORMAT',
      0,
    );
  }
}

function parserOf(bytes: Uint8Array): RecordParser | undefined {
  if (isBtsnoop(bytes)) return new BtsnoopParser();
  if (isPcapng(bytes)) return new PcapngParser();
  if (isPcap(bytes)) return new PcapParser();
  const order = pklgOrder(bytes);
  if (order) return new PklgParser(order === 'little');
  return isHexText(bytes) ? new HexTextParser() : undefined;
}

/** A whole capture, read. */
export interface Capture extends CaptureEnd {
  readonly format: CaptureFormat | undefined;
  readonly list: readonly CaptureRecord[];
}

/** Reads a capture that is in memory. Never throws: see `stopped`. */
export function readCapture(bytes: Uint8Array): Capture {
  const list: CaptureRecord[] = [];
  const reader = new CaptureReader((record) => list.push(record));
  reader.push(bytes);
  return { list, ...reader.end(), format: reader.format };
}

/**
 * The records of a capture that comes chunk by chunk: a file's stream, a socket.
 * @throws {CaptureError} behind the last sound record, when the capture is damaged
 */
export async function* captureRecords(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<CaptureRecord, CaptureEnd, undefined> {
  let records: CaptureRecord[] = [];
  const reader = new CaptureReader((record) => records.push(record));
  for await (const chunk of chunks) {
    reader.push(chunk);
    const ready = records;
    records = [];
    yield* ready;
  }
  const end = reader.end();
  yield* records;
  if (end.stopped) throw end.stopped;
  return end;
}
