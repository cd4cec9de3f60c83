import { createRequire } from 'node:module';
import type { Clock } from '../../../core/clock.js';
import { TransportError } from '../../../core/errors.js';
import { ResetHunt } from '../../bringup/reset-hunt.js';
import type { ByteStream, ByteStreamSink } from '../../framing/byte-stream.js';
import type { TransportOpened } from '../transport.js';

/** A control line at opening: raised, lowered, or left as the operating system sets it. */
export type Line = 'on' | 'off' | 'keep';

/** How a serial port is opened. */
export interface SerialOptions {
  readonly path: string;
  readonly baudRate: number;
  readonly rtscts: boolean;
  readonly dtr: Line;
  readonly rts: Line;
  readonly hupcl: boolean;
  readonly parity: 'none' | 'even' | 'odd';
  /** Whether HCI_Reset is sent at opening and its answer looked for, as H4 wants it. */
  readonly hunt: boolean;
}

type SerialPortModule = typeof import('serialport');
type ParserModule = typeof import('@serialport/parser-byte-length');
type Port = InstanceType<SerialPortModule['SerialPort']>;

/** Loads a CommonJS package by require: Node's loader of ES modules would take twice as long to look through its exports. */
function load<Module>(name: string): Module {
  return createRequire(import.meta.url)(name) as Module;
}

/** A serial port, by the `serialport` package, which is loaded here and not before. */
export class SerialStream implements ByteStream {
  readonly name: string;
  private readonly options: SerialOptions;
  private readonly clock: Clock;
  private port: Port | undefined;
  private hunt: ResetHunt | undefined;
  private closing = false;

  constructor(name: string, options: SerialOptions, clock: Clock) {
    this.name = name;
    this.options = options;
    this.clock = clock;
  }

  get writeBacklog(): number {
    return this.port?.writableLength ?? 0;
  }

  async open(sink: ByteStreamSink): Promise<TransportOpened> {
    const { SerialPort } = load<SerialPortModule>('serialport');
    const { path, baudRate, rtscts, hupcl, parity } = this.options;
    const port = new SerialPort({ path, baudRate, rtscts, hupcl, parity, autoOpen: false });
    await new Promise<void>((resolve, reject) => {
      port.open((error) => (error ? reject(this.explain(error)) : resolve()));
    });
    this.port = port;
    port.on('error', (error) => this.broke(sink, error));
    port.on('close', (error: Error | null) => this.closed(sink, error));
    await this.setLines(port);
    if (!this.options.hunt) {
      this.flowTo(port, sink);
      return { resetDone: false };
    }
    try {
      return await this.findController(port, sink);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  write(bytes: Uint8Array): void {
    this.port?.write(bytes);
  }

  close(): Promise<void> {
    this.closing = true;
    const { port } = this;
    if (!port?.isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => port.close(() => resolve());
      // What was written last still goes out, unless the line is held up for good.
      const timer = this.clock.setTimeout(finish, 500);
      port.drain(() => {
        this.clock.clearTimeout(timer);
        finish();
      });
    });
  }

  /** DTR and RTS as asked for. A pseudo-terminal has neither (ENOTTY): that is no error. */
  private setLines(port: Port): Promise<void> {
    const { dtr, rts } = this.options;
    if (dtr === 'keep' && rts === 'keep') return Promise.resolve();
    // serialport sets all the lines at once and would raise the one that is left out; Linux raises both at opening.
    return new Promise((resolve) => port.set({ dtr: dtr !== 'off', rts: rts !== 'off' }, () => resolve()));
  }

  /**
   * Hunts for the answer of HCI_Reset octet by octet, then hands the stream over to H4 framing. What the byte-length
   * parser still holds at that moment belongs to the first packets and goes before what the port brings next.
   */
  private async findController(port: Port, sink: ByteStreamSink): Promise<TransportOpened> {
    const { ByteLengthParser } = load<ParserModule>('@serialport/parser-byte-length');
    const hunt = new ResetHunt({
      clock: this.clock,
      name: this.name,
      write: (bytes) => void port.write(bytes),
    });
    this.hunt = hunt;
    const parser = new ByteLengthParser({ length: 1 });
    parser.on('data', (octet: Buffer) => {
      if (!hunt.active) sink.data(octet);
      else if (hunt.push(octet[0]!)) port.pause();
    });
    port.pipe(parser);
    hunt.start();
    const { bootText } = await hunt.result;
    port.unpipe(parser);
    await new Promise<void>((resolve) => {
      parser.once('end', () => resolve());
      parser.end();
    });
    this.flowTo(port, sink);
    port.resume();
    return { resetDone: true, ...(bootText === undefined ? {} : { bootText }) };
  }

  private flowTo(port: Port, sink: ByteStreamSink): void {
    port.on('data', (chunk: Buffer) =>
      sink.data(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)),
    );
  }

  private broke(sink: ByteStreamSink, cause: Error): void {
    const error = new TransportError(
      `${this.name}: the port failed (${cause.message}). Was the device unplugged?`,
      'PORT_LOST',
      { cause },
    );
    if (this.hunt?.active) this.hunt.abort(error);
    else this.end(sink, error);
  }

  private closed(sink: ByteStreamSink, cause: Error | null): void {
    if (this.closing) {
      this.end(sink, undefined);
      return;
    }
    const error = new TransportError(
      `${this.name}: the port is gone. Was the device unplugged?`,
      'PORT_LOST',
      { cause },
    );
    if (this.hunt?.active) this.hunt.abort(error);
    else this.end(sink, error);
  }

  private end(sink: ByteStreamSink, error: TransportError | undefined): void {
    if (!this.port) return;
    const { port } = this;
    this.port = undefined;
    if (port.isOpen) port.close(() => {});
    sink.closed(error);
  }

  private explain(cause: Error): TransportError {
    const text = cause.message;
    const failed = (what: string, code: string) =>
      new TransportError(`${this.name}: ${what}`, code, { cause });
    if (/ENOENT|no such file|file not found/i.test(text)) {
      return failed(`there is no port ${this.options.path}. Is the device plugged in?`, 'PORT_NOT_FOUND');
    }
    if (/EACCES|EPERM|permission|access denied/i.test(text)) {
      return failed(
        'no permission to open the port, or another program holds it. On Linux the user must be in the group dialout (or uucp)',
        'PORT_DENIED',
      );
    }
    if (/EBUSY|cannot lock|resource busy|temporarily unavailable/i.test(text)) {
      return failed(
        'the port is in use by another program. Close it (a serial monitor? ModemManager? another stack?)',
        'PORT_BUSY',
      );
    }
    if (/ENOTTY|inappropriate ioctl/i.test(text)) {
      return failed(`${this.options.path} is no serial port`, 'PORT_NOT_FOUND');
    }
    return failed(`cannot open the port (${text})`, 'TRANSPORT_ERROR');
  }
}
