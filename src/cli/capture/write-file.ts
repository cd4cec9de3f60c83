import { closeSync, openSync, writeSync } from 'node:fs';
import {
  CaptureError,
  type CaptureFormat,
  type CaptureRecord,
  CaptureWriter,
} from '../../hci/capture/index.js';

/** Octets that are gathered before they are written. */
const CHUNK = 0x40000;

/** A capture file that is written record by record. It is made with the first of them, for its owner only. */
export class CaptureFileWriter {
  /** Records written. */
  written = 0;
  /** Records that the format has no place for: how many, by the reason. */
  readonly left = new Map<string, number>();
  private readonly path: string;
  private readonly writer: CaptureWriter;
  private fd: number | undefined;
  private gathered: Uint8Array[] = [];
  private size = 0;

  constructor(path: string, format: CaptureFormat) {
    this.path = path;
    this.writer = new CaptureWriter(format);
  }

  /** @throws {Error} of the system when the file cannot be made or written */
  add(record: CaptureRecord): void {
    this.begin();
    try {
      this.put(this.writer.record(record));
      this.written++;
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.left.set(error.message, (this.left.get(error.message) ?? 0) + 1);
    }
  }

  /** Writes what is left; without any record, a capture of none. */
  finish(): void {
    this.begin();
    this.flush();
  }

  /** Closes the file, however far it is written; idempotent. */
  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private begin(): void {
    if (this.fd !== undefined) return;
    this.fd = openSync(this.path, 'w', 0o600);
    this.put(this.writer.header());
  }

  private put(octets: Uint8Array): void {
    this.gathered.push(octets);
    this.size += octets.length;
    if (this.size >= CHUNK) this.flush();
  }

  private flush(): void {
    const octets = Buffer.concat(this.gathered, this.size);
    this.gathered = [];
    this.size = 0;
    for (let at = 0; at < octets.length; ) at += writeSync(this.fd!, octets, at);
  }
}
