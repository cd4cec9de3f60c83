import type { Encapsulation } from './encapsulation.js';
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
   * The quick way for a packet that is being recorded, without an object for it: writes its record, {@link PUT_ROOM} octets
   * longer than the packet at most, into `into` from `at` on, where there must be room for it. Not for the encapsulation `h5`.
   * Formats without it have {@link record} alone.
   * @returns how many octets were written; 0 when the format has no place for such a packet
   */
  put?(
    into: Uint8Array,
    at: number,
    time: number,
    sent: boolean,
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number;
}

/** How much longer than the packet a record of {@link RecordWriter.put} may be. */
export const PUT_ROOM = 64;

/** Copies `bytes[start, end)` to `into` from `at` on: short packets octet by octet, which is quicker than a view. */
export function putOctets(into: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): void {
  if (end - start > 64) {
    into.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), at);
    return;
  }
  for (let from = start, to = at; from < end; from++, to++) into[to] = bytes[from]!;
}
