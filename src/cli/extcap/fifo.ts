import { closeSync, constants, createWriteStream, openSync, statSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { type Clock, sleep } from '../../core/clock.js';
import { TimeoutError } from '../../core/errors.js';
import { raceAbort } from '../../core/mutex.js';
import { type CaptureSink, captureFormats } from '../../hci/capture/index.js';
import { PacketRecorder } from '../../hci/capture/recorder.js';

/** How often it is looked whether the pipe has a reader, and how long. */
const AGAIN_MS = 20;
const READER_MS = 30_000;
/** Octets that may wait for a reader that does not read; packets are dropped beyond them, and counted. */
const BACKLOG = 0x800000;
/** How long the last packets may take. */
const CLOSE_MS = 1000;

/**
 * Opens the pipe that Wireshark made: a FIFO, or a named pipe of Windows. A FIFO is opened when it has a reader; anything else
 * is a file, which is made.
 * @throws {TimeoutError} when nobody opens the other end
 */
export async function openFifo(path: string, clock: Clock, signal: AbortSignal): Promise<Writable> {
  if (path.startsWith('\\\\')) return connect(path);
  if (!statSync(path, { throwIfNoEntry: false })?.isFIFO()) return createWriteStream(path, { mode: 0o600 });
  for (let waited = 0; ; waited += AGAIN_MS) {
    signal.throwIfAborted();
    try {
      // Waiting inside of open() could not be called off.
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      try {
        return new Socket({ fd, readable: false, writable: true });
      } catch (error) {
        closeSync(fd);
        throw error;
      }
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENXIO') throw error;
    }
    if (waited >= READER_MS) throw new TimeoutError(`${path}: nobody reads from this pipe`, READER_MS);
    await raceAbort(sleep(clock, AGAIN_MS), signal);
  }
}

/** Writes packets to a pipe as pcapng while they pass: those of one turn of the event loop together. */
export class PipeSink implements CaptureSink {
  private readonly stream: Writable;
  private readonly clock: Clock;
  private readonly recorder: PacketRecorder;
  private readonly gone: (error: Error | undefined) => void;
  private isOpen = true;
  private isAsked = false;
  private closing: Promise<void> | undefined;

  /** @param gone is called once when the reader has gone, with the error when it is another one */
  constructor(
    stream: Writable,
    { clock, keys, gone }: { clock: Clock; keys: boolean; gone: (error: Error | undefined) => void },
  ) {
    this.stream = stream;
    this.clock = clock;
    this.gone = gone;
    this.recorder = new PacketRecorder({
      format: captureFormats['pcapng']!,
      keys,
      // The stream keeps what it cannot write at once, and the buffer is used again.
      write: (octets) => void this.stream.write(octets.slice()),
    });
    stream.on('error', (error: NodeJS.ErrnoException) =>
      this.ended(error.code === 'EPIPE' || error.code === 'EOF' ? undefined : error),
    );
    stream.on('close', () => this.ended(undefined));
    stream.write(this.recorder.header());
  }

  packet(time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void {
    if (!this.isOpen) return;
    if (this.stream.writableLength > BACKLOG) {
      this.recorder.drops++;
      return;
    }
    this.recorder.packet(time, sent, type, bytes, start, end);
    if (this.isAsked) return;
    this.isAsked = true;
    queueMicrotask(() => {
      this.isAsked = false;
      if (this.isOpen) this.recorder.flush();
    });
  }

  note(text: string): void {
    if (this.isOpen) this.recorder.note(text);
  }

  /** Writes what is left, and closes the pipe; idempotent. A reader that does not read is not waited for. */
  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    if (!this.isOpen) return;
    this.recorder.flush();
    this.isOpen = false;
    const { stream, clock } = this;
    let timer: unknown;
    await new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, CLOSE_MS);
      stream.once('close', resolve);
      stream.end(() => resolve());
    });
    clock.clearTimeout(timer);
    stream.destroy();
  }

  private ended(error: Error | undefined): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.gone(error);
  }
}
