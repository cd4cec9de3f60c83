import type { Duplex } from 'node:stream';
import { type Clock, sleep } from '../../../core/clock.js';
import { TransportError } from '../../../core/errors.js';
import { ResetHunt } from '../../bringup/reset-hunt.js';
import type { ByteStream, ByteStreamSink } from '../../framing/byte-stream.js';
import { type BoardProfile, boardOf, type PortInfo } from '../boards.js';
import type { TransportOpened } from '../transport.js';
import { ChunkedWriter } from './chunked-writer.js';
import { type Machine, portInfoOf, thisMachine } from './port-list.js';
import { load } from './require.js';
import { openingError } from './serial-errors.js';
import {
  ioUringTrap,
  type SerialOptions,
  type SerialSettings,
  settingsOf,
  settingsText,
} from './serial-settings.js';

type SerialPortModule = typeof import('serialport');
type ParserModule = typeof import('@serialport/parser-byte-length');

/** What of serialport's `SerialPort` is used. */
export interface SerialPortLike extends Duplex {
  readonly isOpen: boolean;
  open(callback: (error: Error | null) => void): void;
  set(lines: { dtr: boolean; rts: boolean }, callback: (error: Error | null) => void): void;
  drain(callback: (error: Error | null) => void): void;
  close(callback?: (error: Error | null) => void): void;
}

/** What a {@link SerialStream} takes from outside; tests put a scripted port and a recorded machine there. */
export interface SerialSurroundings {
  readonly clock: Clock;
  readonly machine?: Machine;
  /** Makes a port, not opened. */
  readonly makePort?: (path: string, settings: SerialSettings) => SerialPortLike;
  /** The version of Node, for a known trap. */
  readonly nodeVersion?: string;
}

function realPort(path: string, { baudRate, rtscts, hupcl, parity }: SerialSettings): SerialPortLike {
  const { SerialPort } = load<SerialPortModule>('serialport');
  return new SerialPort({ path, baudRate, rtscts, hupcl, parity, autoOpen: false });
}

/** How often HCI_Reset is sent, 200 ms apart: to a port as it was asked for, and to one whose settings are being found out. */
const ATTEMPTS = 10;
const PROBE_ATTEMPTS = 3;
/** Milliseconds between a raised DTR and the first octet (zephyr#27160). */
const LINES_SETTLE_MS = 2;
/** Boards that are known not to be controllers as they are: there is no use in trying. */
const hopeless: readonly string[] = ['nordic-connectivity', 'nordic-bootloader'];

/** A serial port, by the `serialport` package, which is loaded here and not before. */
export class SerialStream implements ByteStream {
  readonly name: string;
  private readonly options: SerialOptions;
  private readonly clock: Clock;
  private readonly machine: Machine;
  private readonly surroundings: SerialSurroundings;
  private port: SerialPortLike | undefined;
  private writer: ChunkedWriter | undefined;
  private hunt: ResetHunt | undefined;
  private closing = false;

  constructor(name: string, options: SerialOptions, surroundings: SerialSurroundings) {
    this.name = name;
    this.options = options;
    this.surroundings = surroundings;
    this.clock = surroundings.clock;
    this.machine = surroundings.machine ?? thisMachine;
  }

  get writeBacklog(): number {
    return this.writer ? this.writer.backlog : (this.port?.writableLength ?? 0);
  }

  async open(sink: ByteStreamSink): Promise<TransportOpened> {
    const info = portInfoOf(this.options.path, this.machine);
    const board = boardOf(info);
    if (hopeless.includes(board.id))
      throw new TransportError(`${this.name}: this is a ${board.name}. ${board.note}`, 'NO_HCI');
    const ways = settingsOf(this.options, board);
    const probing = ways.length > 1;
    let failure: TransportError | undefined;
    for (const settings of ways) {
      try {
        const opened = await this.openBy(settings, board, sink, probing ? PROBE_ATTEMPTS : ATTEMPTS);
        return {
          ...opened,
          ...(probing ? { settings: settingsText(settings) } : {}),
          ...identityOf(info),
        };
      } catch (error) {
        if (!(error instanceof TransportError) || error.code !== 'NO_HCI' || this.closing) throw error;
        failure = tellsMore(error, failure);
      }
    }
    throw this.explained(failure!, board, probing ? ways : []);
  }

  write(bytes: Uint8Array): void {
    if (this.writer) this.writer.push(bytes);
    else this.port?.write(bytes);
  }

  close(): Promise<void> {
    this.closing = true;
    return this.closePort();
  }

  private async openBy(
    settings: SerialSettings,
    board: BoardProfile,
    sink: ByteStreamSink,
    attempts: number,
  ): Promise<TransportOpened> {
    const { path, hunt } = this.options;
    const port = (this.surroundings.makePort ?? realPort)(path, settings);
    await new Promise<void>((resolve, reject) => {
      port.open((error) => (error ? reject(openingError(this.name, path, error, this.machine)) : resolve()));
    });
    this.port = port;
    this.writer =
      board.maxWrite === undefined
        ? undefined
        : new ChunkedWriter((bytes, done) => void port.write(bytes, () => done()), board.maxWrite);
    port.on('error', (error: Error) => this.broke(port, sink, error));
    port.on('close', (error: Error | null) => this.closed(port, sink, error));
    await this.setLines(port, settings);
    if (!hunt) {
      this.flowTo(port, sink);
      return { resetDone: false };
    }
    try {
      return await this.findController(port, sink, attempts);
    } catch (error) {
      await this.closePort();
      throw error;
    }
  }

  private closePort(): Promise<void> {
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
  private async setLines(port: SerialPortLike, { dtr, rts, rtscts }: SerialSettings): Promise<void> {
    if (dtr === 'keep' && rts === 'keep') return;
    // serialport sets all the lines at once and would raise the one that is left out; Linux raises both at opening. With
    // RTS/CTS the driver has RTS.
    const lines = { dtr: dtr !== 'off', rts: rtscts || rts !== 'off' };
    await new Promise<void>((resolve) => port.set(lines, () => resolve()));
    await sleep(this.clock, LINES_SETTLE_MS);
  }

  /**
   * Hunts for the answer of HCI_Reset octet by octet, then hands the stream over to H4 framing. What the byte-length
   * parser still holds at that moment belongs to the first packets and goes before what the port brings next.
   */
  private async findController(
    port: SerialPortLike,
    sink: ByteStreamSink,
    attempts: number,
  ): Promise<TransportOpened> {
    const { ByteLengthParser } = load<ParserModule>('@serialport/parser-byte-length');
    const hunt = new ResetHunt({
      clock: this.clock,
      name: this.name,
      write: (bytes) => this.write(bytes),
      attempts,
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

  private flowTo(port: SerialPortLike, sink: ByteStreamSink): void {
    port.on('data', (chunk: Buffer) =>
      sink.data(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)),
    );
  }

  private broke(port: SerialPortLike, sink: ByteStreamSink, cause: Error): void {
    this.gone(port, sink, `the port failed (${cause.message}). Was the device unplugged?`, cause);
  }

  private closed(port: SerialPortLike, sink: ByteStreamSink, cause: Error | null): void {
    if (!this.closing) this.gone(port, sink, 'the port is gone. Was the device unplugged?', cause);
    else this.end(port, sink, undefined);
  }

  private gone(port: SerialPortLike, sink: ByteStreamSink, what: string, cause: Error | null): void {
    // A port whose settings were wrong is closed to be opened again with others.
    if (port !== this.port || (this.hunt && !this.hunt.active && !this.hunt.found)) return;
    const error = new TransportError(`${this.name}: ${what}`, 'PORT_LOST', { cause });
    if (this.hunt?.active) this.hunt.abort(error);
    else this.end(port, sink, error);
  }

  private end(port: SerialPortLike, sink: ByteStreamSink, error: TransportError | undefined): void {
    if (this.port !== port) return;
    this.port = undefined;
    if (port.isOpen) port.close(() => {});
    sink.closed(error);
  }

  /** The failure with what is known of the board, and of this machine. */
  private explained(
    error: TransportError,
    { id, name, note }: BoardProfile,
    tried: readonly SerialSettings[],
  ): TransportError {
    const parts = [error.message];
    if (tried.length > 0) parts.push(`Tried ${tried.map(settingsText).join(', ')}.`);
    if (id !== 'unknown') parts.push(`The port is known as: ${name}. ${note}`);
    const trap = ioUringTrap(
      this.surroundings.nodeVersion ?? process.version,
      this.machine.platform,
      process.env,
    );
    if (trap !== undefined) parts.push(trap);
    return new TransportError(parts.join(' '), error.code, { cause: error });
  }
}

/** What a port is known by wherever it is plugged in. */
function identityOf({ vendorId, productId, serialNumber }: PortInfo): { readonly identity?: string } {
  return vendorId !== undefined && serialNumber !== undefined && serialNumber.length > 4
    ? { identity: `usb:${vendorId}:${productId}:${serialNumber}` }
    : {};
}

/** Of two failures the one that says more: silence says least, garbage little. */
function tellsMore(error: TransportError, before: TransportError | undefined): TransportError {
  if (!before) return error;
  const weight = ({ message }: TransportError) =>
    /nothing answers HCI/.test(message) ? 0 : /make no sense/.test(message) ? 1 : 2;
  return weight(error) > weight(before) ? error : before;
}
