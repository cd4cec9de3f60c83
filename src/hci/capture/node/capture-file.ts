import { closeSync, openSync, writeSync } from 'node:fs';
import type { Clock, Timer } from '../../../core/clock.js';
import { CaptureError } from '../record.js';
import { PacketRecorder } from '../recorder.js';
import type { CaptureSink } from '../tap.js';
import { captureFormats, formatOfName } from '../writer.js';

/** How a capture is recorded. */
export interface CaptureFileOptions {
  readonly clock: Clock;
  /** The name of a format (`btsnoop`, `pcapng`…); by the ending of the file without. */
  readonly format?: string | undefined;
  /** Whether keys are written: LTK, IRK and CSRK are zeroed without. */
  readonly keys?: boolean | undefined;
}

/** What a crash may lose. */
const FLUSH_MS = 1000;

/**
 * Records packets to a file. They are gathered for a second at most, and written at once then: to the system's cache, which
 * takes microseconds, so that nothing has to wait and nothing can pile up. The file is there, with its header, when this is
 * made. When the disk fails, recording ends, and the device goes on.
 */
export class CaptureFile implements CaptureSink {
  readonly path: string;
  /** Why nothing is written any more. */
  failure: Error | undefined;
  /** Of a format that has a place for it: without, nobody makes the texts. */
  readonly note?: (text: string) => void;
  private readonly fd: number;
  private readonly recorder: PacketRecorder;
  private readonly clock: Clock;
  private timer: Timer | undefined;
  private closed = false;

  /** @throws {CaptureError} when the format is unknown; {Error} of the system when the file cannot be made */
  constructor(path: string, { clock, format, keys }: CaptureFileOptions) {
    const found = format === undefined ? formatOfName(path) : captureFormats[format];
    if (!found) {
      throw new CaptureError(
        `${format ?? path}: no capture format; ${Object.keys(captureFormats).join(', ')} are known`,
        'CAPTURE_FORMAT',
      );
    }
    this.path = path;
    this.clock = clock;
    this.recorder = new PacketRecorder({ format: found, keys, write: (octets) => this.write(octets) });
    if (this.recorder.takesNotes)
      this.note = (text) => {
        if (!this.closed && !this.failure) this.recorder.note(text);
      };
    // Whoever may read it sees what was said over the air.
    this.fd = openSync(path, 'w', 0o600);
    const header = this.recorder.header();
    if (header.length > 0) writeSync(this.fd, header);
  }

  packet(time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.closed || this.failure) return;
    this.recorder.packet(time, sent, type, bytes, start, end);
    this.timer ??= this.clock.setTimeout(() => this.flush(), FLUSH_MS);
  }

  /** Writes what is left, and closes the file; idempotent. */
  close(): Promise<void> {
    if (!this.closed) {
      this.flush();
      this.closed = true;
      closeSync(this.fd);
    }
    return Promise.resolve();
  }

  private flush(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.recorder.flush();
  }

  private write(octets: Uint8Array): void {
    if (this.failure) return;
    try {
      for (let at = 0; at < octets.length; ) at += writeSync(this.fd, octets, at);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
  }
}
