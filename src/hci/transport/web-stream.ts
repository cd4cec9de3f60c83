import type { Clock } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import type { ByteStream, ByteStreamSink } from '../framing/byte-stream.js';
import { settlesWithin } from './settles-within.js';
import { WebWriter } from './web-writer.js';

/** A pair of Web streams of octets. */
export interface WebStreamPair {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** How long what was written last may take to go out at closing, in milliseconds. */
const LINGER_MS = 500;

/** Octets by a pair of Web streams. The next chunk is read when the sink has dealt with the one before. */
export class WebByteStream implements ByteStream {
  readonly name: string;
  private readonly pair: WebStreamPair;
  private readonly clock: Clock;
  private sink: ByteStreamSink | undefined;
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  private writer: WebWriter | undefined;
  private closing: Promise<void> | undefined;

  constructor(name: string, pair: WebStreamPair, clock: Clock) {
    this.name = name;
    this.pair = pair;
    this.clock = clock;
  }

  get writeBacklog(): number {
    return this.writer?.backlog ?? 0;
  }

  async open(sink: ByteStreamSink): Promise<undefined> {
    const { readable, writable } = this.pair;
    if (this.closing) throw new TransportError(`${this.name}: the port was closed`, 'PORT_CLOSED');
    if (readable.locked || writable.locked)
      throw new TransportError(
        `${this.name}: the stream is locked: another reader or writer has it. Release its lock first`,
        'PORT_BUSY',
      );
    this.sink = sink;
    this.reader = readable.getReader();
    this.writer = new WebWriter(writable, (cause) =>
      this.lost(`the stream takes no octets (${text(cause)})`, cause),
    );
    void this.read(this.reader);
    return undefined;
  }

  write(bytes: Uint8Array): void {
    this.writer?.write(bytes);
  }

  close(): Promise<void> {
    this.closing ??= this.release().then(() => this.end(undefined));
    return this.closing;
  }

  private async read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    for (;;) {
      let result: ReadableStreamReadResult<Uint8Array>;
      try {
        result = await reader.read();
      } catch (cause) {
        this.lost(`reading failed (${text(cause)})`, cause);
        return;
      }
      if (result.done) {
        this.lost('the other side ended the stream', undefined);
        return;
      }
      if (this.closing) continue;
      if (!(result.value instanceof Uint8Array)) {
        this.lost('the stream gives something else than octets (a Uint8Array is wanted)', undefined);
        return;
      }
      this.sink?.data(result.value);
    }
  }

  private lost(what: string, cause: unknown): void {
    if (this.closing) return;
    const error = new TransportError(
      `${this.name}: ${what}`,
      'PORT_LOST',
      cause === undefined ? {} : { cause },
    );
    this.closing = this.release();
    this.end(error);
  }

  /** Ends both directions and gives the locks back. */
  private async release(): Promise<void> {
    const { reader, writer } = this;
    await writer?.close(this.clock, LINGER_MS);
    if (!reader) return;
    await settlesWithin(this.clock, LINGER_MS, reader.cancel());
    reader.releaseLock();
  }

  private end(error: TransportError | undefined): void {
    const { sink } = this;
    this.sink = undefined;
    sink?.closed(error);
  }
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
