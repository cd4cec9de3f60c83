import { fromHex, toHex } from '../../core/hex.js';
import type { CaptureFormat, RecordParser, RecordWriter } from './format.js';
import { CaptureError, type CaptureRecord, hciRecord } from './record.js';

const LINE = /^\s*(?:(\d+(?:\.\d+)?)\s+)?([<>])\s*((?:[0-9a-f]{2}\s*)+)(?:\s*[;#].*)?$/i;
const MAX_LINE = 0x40000;
const NEWLINE = 0x0a;

/** Whether a file is H4 hex text: its first line that is neither empty nor a comment has a direction and octets. */
export function isHexText(bytes: Uint8Array): boolean {
  const text = String.fromCharCode(...bytes.subarray(0, 4096));
  const line = text.split('\n').find((one) => one.trim() !== '' && !/^\s*[;#]/.test(one));
  return line !== undefined && /^\s*(?:\d+(?:\.\d+)?\s+)?[<>]\s*0[1-5]/.test(line);
}

/**
 * Reads H4 hex text: a packet a line, microseconds (or seconds with a decimal point), `>` to the controller or `<` from it,
 * the octets with the H4 indicator first. Empty lines and those that begin with `#` or `;` are passed over.
 */
export class HexTextParser implements RecordParser {
  readonly format: CaptureFormat = { container: 'hex', encapsulation: 'h4' };
  private line = 0;
  private last = 0;

  parse(bytes: Uint8Array, start: number, end: number, emit: (record: CaptureRecord) => void): number {
    let at = start;
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, at);
      if (newline < 0 || newline >= end) {
        if (end - at > MAX_LINE) throw new CaptureError('a line has no end', 'CAPTURE_DAMAGED', at - start);
        return at;
      }
      this.take(bytes, at, newline, emit, at - start);
      at = newline + 1;
    }
  }

  private take(
    bytes: Uint8Array,
    at: number,
    end: number,
    emit: (record: CaptureRecord) => void,
    offset: number,
  ): void {
    this.line++;
    let text = '';
    for (let i = at; i < end; i++) text += String.fromCharCode(bytes[i]!);
    if (text.trim() === '' || /^\s*[;#]/.test(text)) return;
    const match = LINE.exec(text);
    const octets = match ? fromHex(match[3]!.replace(/\s/g, '')) : undefined;
    if (!match || !octets || octets[0]! < 1 || octets[0]! > 5) {
      throw new CaptureError(
        `line ${this.line} is no packet: [microseconds] > or <, then octets from the H4 indicator on`,
        'CAPTURE_DAMAGED',
        offset,
      );
    }
    const stamp = match[1];
    if (stamp !== undefined)
      this.last = stamp.includes('.') ? Math.round(Number(stamp) * 1e6) : Number(stamp);
    emit(hciRecord(this.last, match[2] === '>', octets[0]!, octets.slice(1)));
  }
}

/** Writes H4 hex text, with comments above their packets. */
export class HexTextWriter implements RecordWriter {
  header(): Uint8Array {
    return new Uint8Array(0);
  }

  record({ time, type, sent, packet, note, index, comments = [] }: CaptureRecord): Uint8Array {
    if (type === 0 || index !== 0) {
      throw new CaptureError(
        `hex text has packets of one controller only, no ${note ? `record of ${note.source}` : `controller ${index}`}`,
        'CAPTURE_UNFIT',
      );
    }
    const lines = comments.flatMap((comment) => comment.split('\n').map((line) => `# ${line}\n`));
    lines.push(`${time} ${sent ? '>' : '<'} ${toHex(Uint8Array.of(type))}${toHex(packet)}\n`);
    return new TextEncoder().encode(lines.join(''));
  }
}
