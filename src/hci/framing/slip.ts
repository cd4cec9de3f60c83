/** SLIP as the three-wire UART transport layer uses it: Core Vol 4, Part D, 3. */

const DELIMITER = 0xc0;
const ESCAPE = 0xdb;
const XON = 0x11;
const XOFF = 0x13;

/** By octet: what stands behind an escape in its place, 0 where it stands for itself (3.1). */
const escapes = /* @__PURE__ */ Uint8Array.from({ length: 256 }, (_, octet) =>
  octet === DELIMITER ? 0xdc : octet === ESCAPE ? 0xdd : 0,
);
/** With out-of-frame software flow control XON and XOFF must not appear in a frame either. */
const flowEscapes = /* @__PURE__ */ escapes.map((behind, octet) =>
  octet === XON ? 0xde : octet === XOFF ? 0xdf : behind,
);
const FIRST_BEHIND = 0xdc;
/** The octets that DB DC, DB DD, DB DE and DB DF stand for. */
const meant = [DELIMITER, ESCAPE, XON, XOFF] as const;

/** Puts frames together, several in one buffer, which is reused. */
export class SlipEncoder {
  /** Whether XON and XOFF are escaped. */
  flowControl = false;
  private buffer = new Uint8Array(512);
  private length = 0;

  /** Octets that wait to be taken. */
  get size(): number {
    return this.length;
  }

  /** Begins a frame, or ends it. */
  delimit(): void {
    this.room(1);
    this.buffer[this.length++] = DELIMITER;
  }

  /** Adds `bytes[start, end)` to the frame. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.room(2 * (end - start));
    const { buffer } = this;
    const table = this.flowControl ? flowEscapes : escapes;
    let at = this.length;
    for (let i = start; i < end; i++) {
      const octet = bytes[i]!;
      const behind = table[octet]!;
      if (behind === 0) buffer[at++] = octet;
      else {
        buffer[at++] = ESCAPE;
        buffer[at++] = behind;
      }
    }
    this.length = at;
  }

  /** The octets put together so far, which belong to the caller. */
  take(): Uint8Array {
    const bytes = this.buffer.slice(0, this.length);
    this.length = 0;
    return bytes;
  }

  private room(size: number): void {
    const needed = this.length + size;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}

/** Receives what a {@link SlipDecoder} finds. */
export interface SlipSink {
  /** The octets of one frame, `bytes[start, end)`: a view valid during the call. */
  frame(bytes: Uint8Array, start: number, end: number): void;
  /** A frame was thrown away, whose beginning is `bytes[start, end)`: an escape that there is not, or too many octets. */
  broken(why: string, bytes: Uint8Array, start: number, end: number): void;
  /** XON (true) or XOFF came outside of the coding. Called only where flow control was agreed on. */
  flow?(on: boolean): void;
}

/**
 * Takes a stream of octets apart into frames, whatever the split. A frame that lies whole in a chunk and has no escapes
 * is passed on where it lies; others are gathered in a buffer of the size of the longest frame.
 */
export class SlipDecoder {
  /** Whether XON and XOFF are flow control, and not part of frames. */
  flowControl = false;
  /** Octets outside of frames. */
  stray = 0;
  private readonly sink: SlipSink;
  private readonly buffer: Uint8Array;
  private length = 0;
  private inFrame = false;
  /** Up to the next delimiter is what belongs to a frame that was thrown away. */
  private skipping = false;
  private escaped = false;

  /** @param limit the most octets that a frame may have */
  constructor(sink: SlipSink, limit: number) {
    this.sink = sink;
    this.buffer = new Uint8Array(limit);
  }

  /** Takes the next octets; the chunk may be reused after the call. */
  push(chunk: Uint8Array): void {
    const size = chunk.length;
    for (let at = 0; at < size; ) {
      const start = at;
      if (this.inFrame && !this.escaped) {
        const table = this.flowControl ? flowEscapes : escapes;
        while (at < size && table[chunk[at]!] === 0) at++;
        if (at < size && this.length === 0 && at > start && chunk[at] === DELIMITER) {
          at++;
          this.whole(chunk, start, at - 1);
          continue;
        }
        if (at > start && !this.put(chunk, start, at)) continue;
      }
      if (at < size) this.special(chunk, at++);
    }
  }

  private special(chunk: Uint8Array, at: number): void {
    const octet = chunk[at]!;
    if (octet === DELIMITER) this.delimiter();
    else if (this.flowControl && (octet === XON || octet === XOFF)) this.sink.flow?.(octet === XON);
    else if (!this.inFrame) {
      if (!this.skipping) this.stray++;
    } else if (this.escaped) this.unescape(octet);
    else this.escaped = true;
  }

  /** A delimiter ends a frame and may begin the next at the same time: two frames can share one. */
  private delimiter(): void {
    const { length, escaped } = this;
    this.length = 0;
    this.escaped = false;
    this.inFrame = true;
    this.skipping = false;
    if (escaped) this.sink.broken('a frame ends in an escape', this.buffer, 0, length);
    else if (length > 0) this.sink.frame(this.buffer, 0, length);
  }

  private whole(chunk: Uint8Array, start: number, end: number): void {
    if (end - start <= this.buffer.length) this.sink.frame(chunk, start, end);
    else this.sink.broken(TOO_LONG, chunk, start, end);
  }

  private unescape(octet: number): void {
    this.escaped = false;
    const plain = meant[octet - FIRST_BEHIND];
    if (plain === undefined) this.throwAway(`DB ${octet.toString(16).padStart(2, '0')} is no escape`);
    else if (this.length === this.buffer.length) this.throwAway(TOO_LONG);
    else this.buffer[this.length++] = plain;
  }

  /** Adds octets to the frame; says whether they have room. */
  private put(chunk: Uint8Array, start: number, end: number): boolean {
    const { buffer, length } = this;
    if (length + end - start > buffer.length) {
      this.throwAway(TOO_LONG);
      return false;
    }
    for (let i = start; i < end; i++) buffer[length + i - start] = chunk[i]!;
    this.length += end - start;
    return true;
  }

  private throwAway(why: string): void {
    const { length } = this;
    this.length = 0;
    this.inFrame = false;
    this.skipping = true;
    this.sink.broken(why, this.buffer, 0, length);
  }
}

const TOO_LONG = 'a frame is longer than a packet can be';
