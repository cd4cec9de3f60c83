import type { Clock } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import type { ByteStream, ByteStreamSink } from '../framing/byte-stream.js';
import { settlesWithin } from './settles-within.js';

/** What is needed of a `stream.Readable` of Node. */
export interface NodeReadable {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** What is needed of a `stream.Writable` of Node. */
export interface NodeWritable {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  write(chunk: Uint8Array): boolean;
  end(callback: () => void): unknown;
  destroy(): unknown;
  readonly writableLength: number;
  readonly destroyed: boolean;
}

/** A pair of Node's streams; a Duplex is both. */
export interface NodeStreamPair {
  readonly readable: NodeReadable;
  readonly writable: NodeWritable;
}

/** How long what was written last may take to go out at closing, in milliseconds. */
const LINGER_MS = 500;

/** Octets by streams of Node's kind, wherever they come from. */
export class DuplexByteStream implements ByteStream {
  readonly name: string;
  private readonly pair: NodeStreamPair;
  private readonly clock: Clock;
  private sink: ByteStreamSink | undefined;
  private isOpen = false;
  private closing: Promise<void> | undefined;

  constructor(name: string, pair: NodeStreamPair, clock: Clock) {
    this.name = name;
    this.pair = pair;
    this.clock = clock;
  }

  /** As the stream counts it. */
  get writeBacklog(): number {
    return this.isOpen ? this.pair.writable.writableLength : 0;
  }

  async open(sink: ByteStreamSink): Promise<undefined> {
    const { readable, writable } = this.pair;
    if (this.closing) throw new TransportError(`${this.name}: the port was closed`, 'PORT_CLOSED');
    if (writable.destroyed)
      throw new TransportError(`${this.name}: the stream was destroyed before`, 'PORT_NOT_FOUND');
    this.sink = sink;
    this.isOpen = true;
    readable.on('data', this.data);
    readable.on('end', () => this.lost('the other side ended the stream'));
    readable.on('close', () => this.lost('the stream was closed'));
    readable.on('error', (cause: Error) => this.lost(`reading failed (${cause.message})`, cause));
    writable.on('close', () => this.lost('the stream was closed'));
    writable.on('error', (cause: Error) => this.lost(`the stream takes no octets (${cause.message})`, cause));
    readable.resume();
    return undefined;
  }

  write(bytes: Uint8Array): void {
    if (this.isOpen) this.pair.writable.write(bytes);
  }

  close(): Promise<void> {
    this.closing ??= this.release().then(() => this.end(undefined));
    return this.closing;
  }

  private readonly data = (chunk: unknown): void => {
    if (this.closing) return;
    if (chunk instanceof Uint8Array)
      this.sink?.data(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    else this.lost('the stream gives something else than octets (no encoding, no object mode)');
  };

  private lost(what: string, cause?: Error): void {
    if (this.closing) return;
    const error = new TransportError(`${this.name}: ${what}`, 'PORT_LOST', cause ? { cause } : {});
    this.closing = this.release();
    this.end(error);
  }

  /** What was written last still goes out, if it can; then the streams are destroyed. */
  private async release(): Promise<void> {
    const { readable, writable } = this.pair;
    const wasOpen = this.isOpen;
    this.isOpen = false;
    if (!wasOpen) return;
    if (!writable.destroyed) {
      const ended = new Promise<void>((resolve) => {
        writable.end(() => resolve());
        writable.on('close', () => resolve());
      });
      await settlesWithin(this.clock, LINGER_MS, ended);
    }
    readable.off('data', this.data);
    writable.destroy();
    readable.destroy();
  }

  private end(error: TransportError | undefined): void {
    const { sink } = this;
    this.sink = undefined;
    sink?.closed(error);
  }
}
