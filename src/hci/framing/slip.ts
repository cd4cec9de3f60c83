/** SLIP as the three-wire UART transport layer uses it: Core Vol 4, Part D, 3. */

const DELIMITER = 0xc0;
const ESCAPE = 0xdb;
const XON = 0x11;
const XOFF = 0x13;

/** What stands behind an escape, for each octet that must not appear in a frame. */
const escapes: Readonly<Record<number, number>> = { [DELIMITER]: 0xdc, [ESCAPE]: 0xdd };
/** With out-of-frame software flow control XON and XOFF must not appear either. */
const flowEscapes: Readonly<Record<number, number>> = { ...escapes, [XON]: 0xde, [XOFF]: 0xdf };

/** The frame around `payload`, with a delimiter at both ends. */
export function slipEncode(payload: Uint8Array, flowControl = false): Uint8Array {
  const table = flowControl ? flowEscapes : escapes;
  let size = payload.length + 2;
  for (let i = 0; i < payload.length; i++) if (table[payload[i]!] !== undefined) size++;
  const frame = new Uint8Array(size);
  let at = 0;
  frame[at++] = DELIMITER;
  for (let i = 0; i < payload.length; i++) {
    const octet = payload[i]!;
    const behind = table[octet];
    if (behind === undefined) frame[at++] = octet;
    else {
      frame[at++] = ESCAPE;
      frame[at++] = behind;
    }
  }
  frame[at] = DELIMITER;
  return frame;
}

/** Receives what a {@link SlipDecoder} finds. */
export interface SlipSink {
  /** The octets of one frame, `bytes[0, length)`: a view valid during the call. */
  frame(bytes: Uint8Array, length: number): void;
  /** A frame was thrown away: an escape that there is not, or more octets than a packet can have. */
  broken(why: string): void;
  /** XON (true) or XOFF came outside of the coding. Called only where flow control was agreed on. */
  flow?(on: boolean): void;
}

/** Takes a stream of octets apart into frames, whatever the split. Memory is bounded by the longest frame. */
export class SlipDecoder {
  /** Whether XON and XOFF are flow control, and not part of frames. */
  flowControl = false;
  /** Octets outside of frames. */
  stray = 0;
  private readonly sink: SlipSink;
  private readonly buffer: Uint8Array;
  private length = 0;
  private inFrame = false;
  private escaped = false;

  /** @param limit the most octets that a frame may have */
  constructor(sink: SlipSink, limit: number) {
    this.sink = sink;
    this.buffer = new Uint8Array(limit);
  }

  /** Takes the next octets. */
  push(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length; i++) this.octet(chunk[i]!);
  }

  private octet(octet: number): void {
    if (octet === DELIMITER) this.delimiter();
    else if (this.flowControl && (octet === XON || octet === XOFF)) this.sink.flow?.(octet === XON);
    else if (!this.inFrame) this.stray++;
    else if (this.escaped) this.unescape(octet);
    else if (octet === ESCAPE) this.escaped = true;
    else this.put(octet);
  }

  /** A delimiter ends a frame and may begin the next at the same time: two frames can share one. */
  private delimiter(): void {
    const { length, escaped } = this;
    this.length = 0;
    this.escaped = false;
    this.inFrame = true;
    if (escaped) this.sink.broken('a frame ends in an escape');
    else if (length > 0) this.sink.frame(this.buffer, length);
  }

  private unescape(octet: number): void {
    this.escaped = false;
    if (octet === 0xdc) this.put(DELIMITER);
    else if (octet === 0xdd) this.put(ESCAPE);
    else if (octet === 0xde) this.put(XON);
    else if (octet === 0xdf) this.put(XOFF);
    else this.throwAway(`no octet is escaped by ${octet}`);
  }

  private put(octet: number): void {
    if (this.length === this.buffer.length) this.throwAway('a frame is longer than a packet can be');
    else this.buffer[this.length++] = octet;
  }

  private throwAway(why: string): void {
    this.length = 0;
    this.inFrame = false;
    this.sink.broken(why);
  }
}
