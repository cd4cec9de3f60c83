/** Octets that are gathered before they are written. */
const CHUNK = 0x10000;
/** What fits no 64-bit double but two words: 2 to the 32. */
const WORD = 0x100000000;

/**
 * A buffer that records are put into as packets pass, a million and more a second: words and not octets are copied, no view is
 * made for a packet, and a time stamp is taken apart once for all packets that have it.
 */
export class PutBuffer {
  readonly octets = new Uint8Array(CHUNK);
  readonly view = new DataView(this.octets.buffer);
  /** Octets in it. */
  used = 0;
  /** The time of the last {@link stamp} in two words, as signed integers. */
  high = 0;
  low = 0;
  private time = 0;
  /** What the last packet lies in: packets come many from one buffer. */
  private source: Uint8Array = this.octets;
  private sourceView: DataView | undefined = this.view;
  private sourceOffset = 0;

  /** Takes a time apart: see {@link high} and {@link low}. */
  stamp(time: number): void {
    if (time === this.time) return;
    this.time = time;
    const high = Math.floor(time / WORD);
    // As 32-bit integers: doubles are slower to write.
    this.high = high | 0;
    this.low = (time - high * WORD) | 0;
  }

  /** Copies `bytes[start, end)` to `at`. */
  copy(at: number, bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size > 256) {
      this.octets.set(bytes.subarray(start, end), at);
      return;
    }
    // Compared by the object: asking an array for its buffer takes longer than the copy. A view is made for a second packet
    // of the same octets: for one alone it does not pay.
    const isKnown = bytes === this.source;
    if (!isKnown || size < 4) {
      if (!isKnown) {
        this.source = bytes;
        this.sourceView = undefined;
      }
      const { octets } = this;
      for (let from = start, to = at; from < end; from++, to++) octets[to] = bytes[from]!;
      return;
    }
    if (!this.sourceView) {
      this.sourceView = new DataView(bytes.buffer);
      this.sourceOffset = bytes.byteOffset;
    }
    const { view, sourceView } = this;
    let from = this.sourceOffset + start;
    let to = at;
    // The last word may overlap the one before: quicker than octets.
    const last = from + size - 4;
    for (; from < last; from += 4, to += 4) view.setUint32(to, sourceView.getUint32(from));
    view.setUint32(at + size - 4, sourceView.getUint32(last));
  }
}
