import { BleError, type BleErrorOptions } from '../../core/errors.js';

/**
 * Where a record comes from that is no HCI packet: `monitor` for those of the Linux Bluetooth monitor (index added, user
 * log, management…), `pklg` for PacketLogger's (notes, kernel, configuration…), `h5` for link control and acknowledgements
 * of the three-wire layer.
 */
export type NoteSource = 'monitor' | 'pklg' | 'h5';

/** One record of a capture. */
export interface CaptureRecord {
  /** Microseconds since 1970; a whole number. */
  readonly time: number;
  /** The H4 packet indicator, 1–5; 0 for a record that is no HCI packet, whose kind {@link note} tells. */
  readonly type: number;
  /** Whether the host sent it. */
  readonly sent: boolean;
  /** The packet without its indicator, or the octets of another record. Read records have their own copy. */
  readonly packet: Uint8Array;
  /** Octets of the packet that the capture left out at its end. */
  readonly missing: number;
  /** Packets lost before this one since the capture began, as far as the format counts them. */
  readonly drops: number;
  /** The number of the controller, where a capture has several; 0. */
  readonly index: number;
  /** What a record is that is no HCI packet: the format's own code. */
  readonly note: { readonly source: NoteSource; readonly code: number } | undefined;
  /** Comments, of formats that have them (pcapng). */
  readonly comments: readonly string[] | undefined;
}

/** A file is no capture, a capture is damaged, or a format cannot hold a record. */
export class CaptureError extends BleError {
  readonly code: string;
  /** Where in the file, in octets from its start; `undefined` where it is about no place. */
  readonly offset: number | undefined;

  /** @param code `CAPTURE_FORMAT` (unknown), `CAPTURE_DAMAGED`, or `CAPTURE_UNFIT` (the format cannot hold it) */
  constructor(message: string, code: string, offset?: number, options?: BleErrorOptions) {
    super(message, options);
    this.code = code;
    this.offset = offset;
  }
}

/** An HCI packet as a record. */
export function hciRecord(
  time: number,
  sent: boolean,
  type: number,
  packet: Uint8Array,
  comments?: readonly string[],
): CaptureRecord {
  return { time, type, sent, packet, missing: 0, drops: 0, index: 0, note: undefined, comments };
}
