import { type ValueCodec, valueCodec } from './codec.js';
import { text } from './layout.js';

/** The UUIDs of the Nordic UART Service. */
export const nordicUart = {
  service: '6e400001-b5a3-f393-e0a9-e50e24dcca9e',
  /** What a central writes. */
  rx: '6e400002-b5a3-f393-e0a9-e50e24dcca9e',
  /** What the device notifies. */
  tx: '6e400003-b5a3-f393-e0a9-e50e24dcca9e',
} as const;

/** RX of the Nordic UART Service as text, where each value holds whole characters; else see {@link LineReader}. */
export const uartRx: ValueCodec<string> = /* @__PURE__ */ valueCodec(nordicUart.rx, 'UART RX', text);
/** TX of the Nordic UART Service, likewise. */
export const uartTx: ValueCodec<string> = /* @__PURE__ */ valueCodec(nordicUart.tx, 'UART TX', text);

/** Puts lines together from values that are cut anywhere, also within a character of UTF-8. */
export class LineReader {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private rest = '';
  private readonly limit: number;

  /** @param limit the longest line in characters; one that grows longer is given in parts of so many */
  constructor(limit = 65_536) {
    this.limit = limit;
  }

  /**
   * Takes a value, and gives the lines that it completes, without their ends (LF or CR LF). Octets that are no UTF-8 become
   * U+FFFD.
   */
  push(value: Uint8Array): string[] {
    this.rest += this.decoder.decode(value, { stream: true });
    const lines = this.rest.split('\n');
    this.rest = lines.pop()!;
    const complete = lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
    while (this.rest.length > this.limit) {
      complete.push(this.rest.slice(0, this.limit));
      this.rest = this.rest.slice(this.limit);
    }
    return complete;
  }

  /** What came behind the last end of a line. */
  get unfinished(): string {
    return this.rest;
  }
}
