import { closeSync, openSync, writeSync } from 'node:fs';
import type { Clock, Timer } from '../../../core/clock.js';
import { CaptureError, hciRecord } from '../record.js';
import type { CaptureSink } from '../tap.js';
import { blankKeys, mayHaveKeys } from '../without-keys.js';
import { CaptureWriter, captureFormats, formatOfName } from '../writer.js';

/** How a capture is recorded. */
export interface CaptureFileOptions {
  readonly clock: Clock;
  /** The name of a format (`btsnoop`, `pcapng`…); by the ending of the file without. */
  readonly format?: string | undefined;
  /** Whether keys are written: LTK, IRK and CSRK are zeroed without. */
  readonly keys?: boolean | undefined;
}

/** Octets that are gathered before they are written. */
const CHUNK = 0x10000;
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
  private readonly fd: number;
  private readonly writer: CaptureWriter;
  private readonly clock: Clock;
  private readonly keys: boolean;
  private gathered: Uint8Array[] = [];
  private gatheredSize = 0;
  private timer: Timer | undefined;
  private closed = false;

  /** @throws {CaptureError} when the format is unknown; {Error} of the system when the file cannot be made */
  constructor(path: string, { clock, format, keys = false }: CaptureFileOptions) {
    const found = format === undefined ? formatOfName(path) : captureFormats[format];
    if (!found) {
      throw new CaptureError(
        `${format ?? path}: no capture format; ${Object.keys(captureFormats).join(', ')} are known`,
        'CAPTURE_FORMAT',
      );
    }
    this.path = path;
    this.clock = clock;
    this.keys = keys;
    this.writer = new CaptureWriter(found);
    // Whoever may read it sees what was said over the air.
    this.fd = openSync(path, 'w', 0o600);
    const header = this.writer.header();
    if (header.length > 0) writeSync(this.fd, header);
  }

  packet(time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.closed || this.failure) return;
    const packet = Uint8Array.prototype.slice.call(bytes, start, end);
    if (!this.keys && mayHaveKeys(type, packet, 0, packet.length)) blankKeys(type, packet, 0, packet.length);
    const octets = this.record(time, sent, type, packet);
    if (!octets) return;
    this.gathered.push(octets);
    this.gatheredSize += octets.length;
    if (this.gatheredSize >= CHUNK) this.flush();
    else this.timer ??= this.clock.setTimeout(() => this.flush(), FLUSH_MS);
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

  /** A packet that the format has no place for (ISO data in PacketLogger's) is left out. */
  private record(time: number, sent: boolean, type: number, packet: Uint8Array): Uint8Array | undefined {
    try {
      return this.writer.record(hciRecord(time, sent, type, packet));
    } catch (error) {
      if (error instanceof CaptureError) return undefined;
      throw error;
    }
  }

  private flush(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
    if (this.gatheredSize === 0 || this.failure) return;
    const octets = Buffer.concat(this.gathered, this.gatheredSize);
    this.gathered = [];
    this.gatheredSize = 0;
    try {
      for (let at = 0; at < octets.length; ) at += writeSync(this.fd, octets, at);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
  }
}
