import type { Clock } from '../../core/clock.js';
import { settlesWithin } from './settles-within.js';

/** Writes octets to a Web stream, and counts those that it has not taken yet. */
export class WebWriter {
  /** Octets that the stream has not taken yet. */
  backlog = 0;
  private readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  private readonly failed: (cause: unknown) => void;
  /** Sizes of the chunks that are under way, oldest first. */
  private sizes: number[] = [];
  private over = false;

  /** @param failed told once when the stream takes nothing any more */
  constructor(writable: WritableStream<Uint8Array>, failed: (cause: unknown) => void) {
    this.writer = writable.getWriter();
    this.failed = failed;
    // It may break while nothing is being written.
    this.writer.closed.catch(this.broke);
  }

  write(bytes: Uint8Array): void {
    if (this.over) return;
    this.backlog += bytes.length;
    this.sizes.push(bytes.length);
    this.writer.write(bytes).then(this.taken, this.broke);
  }

  /**
   * Closes the stream when it has taken everything, and lets it go.
   * @param limitMs after so many milliseconds what has not been taken is thrown away
   */
  async close(clock: Clock, limitMs: number): Promise<void> {
    const { writer, over: wasOver } = this;
    this.over = true;
    // A sink that takes nothing may not even end an abort: that is not waited for.
    if (!wasOver && !(await settlesWithin(clock, limitMs, writer.close()))) writer.abort().catch(() => {});
    this.backlog = 0;
    writer.releaseLock();
  }

  private readonly taken = (): void => {
    this.backlog -= this.sizes.shift() ?? 0;
  };

  private readonly broke = (cause: unknown): void => {
    this.backlog = 0;
    this.sizes = [];
    if (this.over) return;
    this.over = true;
    this.failed(cause);
  };
}
