import type { Encapsulation } from './encapsulation.js';
import type { PutBuffer } from './put-buffer.js';
import type { CaptureRecord } from './record.js';

/** A kind of capture file. */
export type Container = 'btsnoop' | 'pklg' | 'pcap' | 'pcapng' | 'hex';

/** What a capture file is, in full. */
export interface CaptureFormat {
  readonly container: Container;
  readonly encapsulation: Encapsulation;
  /** Least significant octet first: PacketLogger and pcap come in both orders. */
  readonly littleEndian?: boolean;
}

/** Takes records out of octets. */
export interface RecordParser {
  /** What the file is, as far as it is known yet. */
  readonly format: CaptureFormat;
  /**
   * Takes as many whole records as `bytes[start, end)` has, and gives the index behind the last.
   * @throws {CaptureError} whose offset counts from `start`
   */
  parse(bytes: Uint8Array, start: number, end: number, emit: (record: CaptureRecord) => void): number;
}

/** Puts records into octets. */
export interface RecordWriter {
  /** What the file begins with. */
  header(): Uint8Array;
  /** @throws {CaptureError} `CAPTURE_UNFIT` when the format cannot hold it */
  record(record: CaptureRecord): Uint8Array;
  /**
   * The quick way for a packet that is being recorded, without an object for it: puts its record, {@link PUT_ROOM} octets
   * longer than the packet at most, behind what is in the buffer, where there must be room for it. Not for the encapsulation
   * `h5`. Formats without it have {@link record} alone. A packet that the format has no place for is left out.
   */
  put?(
    buffer: PutBuffer,
    time: number,
    sent: boolean,
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
}

/** How much longer than the packet a record of {@link RecordWriter.put} may be. */
export const PUT_ROOM = 64;
