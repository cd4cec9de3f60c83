/** Writes to a port in pieces, each behind the one before: some bridges corrupt longer writes, or stall on them. */
export class ChunkedWriter {
  private readonly write: (bytes: Uint8Array, done: () => void) => void;
  private readonly limit: number;
  private readonly queue: Uint8Array[] = [];
  private busy = false;
  /** Octets that were not written yet. */
  backlog = 0;

  /**
   * @param write writes octets, and calls back when the operating system has them
   * @param limit the most octets of one write
   */
  constructor(write: (bytes: Uint8Array, done: () => void) => void, limit: number) {
    this.write = write;
    this.limit = limit;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += this.limit)
      this.queue.push(bytes.subarray(at, at + this.limit));
    this.backlog += bytes.length;
    if (!this.busy) this.next();
  }

  private next(): void {
    const piece = this.queue.shift();
    this.busy = piece !== undefined;
    if (!piece) return;
    this.write(piece, () => {
      this.backlog -= piece.length;
      this.next();
    });
  }
}
