import type { Clock } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import type { ByteStream, ByteStreamSink } from '../framing/byte-stream.js';
import { settlesWithin } from './settles-within.js';
import type { WebSerialOpenOptions, WebSerialPort } from './web-serial-port.js';
import { WebWriter } from './web-writer.js';

/** How the control lines are set at opening, and how the port is opened. */
export interface WebSerialStreamOptions extends WebSerialOpenOptions {
  readonly dtr: 'on' | 'off' | 'keep';
  readonly rts: 'on' | 'off' | 'keep';
  /** The most octets of one write: some bridges corrupt longer ones, or stall on them. */
  readonly maxWrite?: number | undefined;
}

/** How long what was written last may take to go out at closing, in milliseconds: RTS/CTS may hold it up. */
const LINGER_MS = 500;
/** So many errors in a row without an octet between them, and the port is given up. */
const ERRORS = 100;

/** The errors after which a port goes on with a new stream, and what they mean (Web Serial, 4.5). */
const passing: Readonly<Record<string, string>> = {
  BufferOverrunError:
    'octets came faster than the page took them, and were lost (flow control: rtscts; a larger buffer)',
  FramingError: 'an octet without its stop bit came: the baud rate is wrong, or the line is disturbed',
  ParityError: 'an octet with wrong parity came: the parity is wrong, or the line is disturbed',
  BreakError: 'a break came on the line',
};

/** A serial port by Web Serial. */
export class WebSerialStream implements ByteStream {
  readonly name: string;
  private readonly port: WebSerialPort;
  private readonly options: WebSerialStreamOptions;
  private readonly clock: Clock;
  private sink: ByteStreamSink | undefined;
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  private writer: WebWriter | undefined;
  private reading: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;
  private errors = 0;
  private maxWrite = Number.POSITIVE_INFINITY;

  constructor(name: string, port: WebSerialPort, options: WebSerialStreamOptions, clock: Clock) {
    this.name = name;
    this.port = port;
    this.options = options;
    this.clock = clock;
  }

  get writeBacklog(): number {
    return this.writer?.backlog ?? 0;
  }

  async open(sink: ByteStreamSink): Promise<undefined> {
    const { dtr, rts, maxWrite, ...options } = this.options;
    this.maxWrite = maxWrite ?? Number.POSITIVE_INFINITY;
    try {
      await this.port.open(options);
    } catch (cause) {
      throw this.explain(cause);
    }
    if (this.closing || !this.port.writable || !this.port.readable) {
      await this.port.close().catch(() => {});
      if (this.closing) throw this.failure('the port was closed while it was being opened', 'PORT_CLOSED');
      throw this.failure('the device went while it was being opened', 'PORT_LOST');
    }
    await this.setLines(dtr, rts);
    this.sink = sink;
    this.writer = new WebWriter(this.port.writable, (cause) => this.lost(cause));
    this.reading = this.read();
    return undefined;
  }

  write(bytes: Uint8Array): void {
    const { writer, maxWrite } = this;
    if (bytes.length <= maxWrite) writer?.write(bytes);
    else for (let at = 0; at < bytes.length; at += maxWrite) writer?.write(bytes.subarray(at, at + maxWrite));
  }

  close(): Promise<void> {
    this.closing ??= this.release().then(() => this.end(undefined));
    return this.closing;
  }

  /** Reads to the end of the port: each stream breaks at an error of the line, and the port gives another. */
  private async read(): Promise<void> {
    while (this.port.readable && !this.closing) {
      const reader = this.port.readable.getReader();
      this.reader = reader;
      try {
        for (;;) {
          const { value, done } = await reader.read();
          if (done) break;
          this.errors = 0;
          if (!this.closing) this.sink?.data(value);
        }
      } catch (cause) {
        if (!this.isPassing(cause)) {
          this.lost(cause);
          return;
        }
      } finally {
        reader.releaseLock();
      }
      // A port that ends its streams again and again is as good as gone.
      if (++this.errors >= ERRORS) break;
    }
    this.lost(undefined);
  }

  /** Whether the port goes on after an error; tells it. */
  private isPassing(cause: unknown): boolean {
    const name = cause instanceof Error ? cause.name : '';
    const what = Object.hasOwn(passing, name) ? passing[name] : undefined;
    if (what === undefined) return false;
    this.sink?.diagnostic?.({
      kind: name === 'BreakError' ? 'warning' : 'lost-framing',
      message: `${this.name}: ${what}`,
    });
    return true;
  }

  private lost(cause: unknown): void {
    if (this.closing) return;
    const why = cause instanceof Error ? ` (${cause.message})` : '';
    const what =
      this.errors >= ERRORS
        ? `nothing but errors of the line come${why}. Is the baud rate right?`
        : `the port is gone${why}. Was the device unplugged?`;
    const error = this.failure(what, 'PORT_LOST', cause);
    this.closing = this.release();
    this.end(error);
  }

  /** Both streams have to be free before a port can be closed. */
  private async release(): Promise<void> {
    if (!this.writer) return;
    await this.writer.close(this.clock, LINGER_MS);
    // The reader's lock is given back by the loop, which this ends.
    this.reader?.cancel().catch(() => {});
    await settlesWithin(this.clock, LINGER_MS, this.reading);
    await settlesWithin(this.clock, LINGER_MS, this.port.close());
  }

  private end(error: TransportError | undefined): void {
    const { sink } = this;
    this.sink = undefined;
    sink?.closed(error);
  }

  private async setLines(dtr: 'on' | 'off' | 'keep', rts: 'on' | 'off' | 'keep'): Promise<void> {
    if (dtr === 'keep' && rts === 'keep') return;
    const signals = {
      ...(dtr === 'keep' ? {} : { dataTerminalReady: dtr === 'on' }),
      ...(rts === 'keep' ? {} : { requestToSend: rts === 'on' }),
    };
    // Not every port has these lines: that is no error.
    await this.port.setSignals(signals).catch(() => {});
  }

  private explain(cause: unknown): TransportError {
    const name = cause instanceof Error ? cause.name : '';
    const message = cause instanceof Error ? cause.message : String(cause);
    if (name === 'InvalidStateError')
      return this.failure('the page has this port open already', 'PORT_BUSY', cause);
    if (name === 'NetworkError')
      return this.failure(
        `the port cannot be opened (${message}). Is the device plugged in, and does no other program or tab use it? ` +
          'On Linux the user must be in the group dialout (or uucp)',
        'PORT_BUSY',
        cause,
      );
    if (name === 'TypeError' || name === 'NotSupportedError')
      return this.failure(`the browser does not take these settings (${message})`, 'PORT_SPEC', cause);
    return this.failure(`the port cannot be opened (${message})`, 'TRANSPORT_ERROR', cause);
  }

  private failure(what: string, code: string, cause?: unknown): TransportError {
    return new TransportError(`${this.name}: ${what}`, code, cause === undefined ? {} : { cause });
  }
}
