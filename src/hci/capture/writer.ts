import { BtsnoopWriter } from './btsnoop.js';
import type { CaptureFormat, RecordWriter } from './format.js';
import { HexTextWriter } from './hex-text.js';
import { PcapWriter } from './pcap.js';
import { PcapngWriter } from './pcapng.js';
import { PklgWriter } from './pklg.js';
import { CaptureError, type CaptureRecord } from './record.js';

/** The formats by the names that users give them. */
export const captureFormats: Readonly<Record<string, CaptureFormat>> = {
  btsnoop: { container: 'btsnoop', encapsulation: 'h4' },
  'btsnoop-h1': { container: 'btsnoop', encapsulation: 'h1' },
  'btsnoop-h5': { container: 'btsnoop', encapsulation: 'h5' },
  'btsnoop-monitor': { container: 'btsnoop', encapsulation: 'monitor' },
  pklg: { container: 'pklg', encapsulation: 'h4', littleEndian: false },
  'pklg-le': { container: 'pklg', encapsulation: 'h4', littleEndian: true },
  pcap: { container: 'pcap', encapsulation: 'phdr' },
  'pcap-h4': { container: 'pcap', encapsulation: 'h4' },
  'pcap-monitor': { container: 'pcap', encapsulation: 'monitor' },
  pcapng: { container: 'pcapng', encapsulation: 'phdr' },
  'pcapng-h4': { container: 'pcapng', encapsulation: 'h4' },
  'pcapng-monitor': { container: 'pcapng', encapsulation: 'monitor' },
  hex: { container: 'hex', encapsulation: 'h4' },
};

/** The format that a file's name asks for by its ending; `undefined` for an ending that nobody knows. */
export function formatOfName(name: string): CaptureFormat | undefined {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase();
  const known: Readonly<Record<string, string>> = {
    btsnoop: 'btsnoop',
    snoop: 'btsnoop',
    log: 'btsnoop',
    cfa: 'btsnoop',
    pklg: 'pklg',
    pcap: 'pcap',
    pcapng: 'pcapng',
    hci: 'hex',
    hex: 'hex',
    txt: 'hex',
  };
  return ending === undefined ? undefined : captureFormats[known[ending] ?? ''];
}

/**
 * Writes a capture, record by record: what it gives is to be put one behind the other.
 *
 * ```ts
 * const writer = new CaptureWriter(captureFormats.btsnoop);
 * file.write(writer.header());
 * file.write(writer.record(record));
 * ```
 */
export class CaptureWriter {
  readonly format: CaptureFormat;
  private readonly writer: RecordWriter;

  constructor(format: CaptureFormat) {
    this.format = format;
    this.writer = recordWriter(format);
  }

  /** What the file begins with. */
  header(): Uint8Array {
    return this.writer.header();
  }

  /** @throws {CaptureError} `CAPTURE_UNFIT` when the format cannot hold the record: it is not written then */
  record(record: CaptureRecord): Uint8Array {
    return this.writer.record(record);
  }
}

/** What makes records of a format. */
export function recordWriter({ container, encapsulation, littleEndian }: CaptureFormat): RecordWriter {
  switch (container) {
    case 'btsnoop':
      return new BtsnoopWriter(encapsulation);
    case 'pklg':
      return new PklgWriter(littleEndian ?? false);
    case 'pcap':
      return new PcapWriter(encapsulation);
    case 'pcapng':
      return new PcapngWriter(encapsulation);
    case 'hex':
      return new HexTextWriter();
    default:
      throw new CaptureError(`${String(container)} is no format`, 'CAPTURE_FORMAT');
  }
}
