import { type DecodeOptions, Decoder } from './decoder.js';

/** A packet of a stream. */
export interface StreamPacket {
  /** Whether the host sent it. */
  readonly sent: boolean;
  /** The packet with its H4 indicator. */
  readonly bytes: Uint8Array;
}

/**
 * The packets of a stream as lines, `>` before what the host sent and `<` before what it got: for the report of a fault.
 *
 * ```ts
 * describePackets([{ sent: true, bytes: Uint8Array.of(0x01, 0x03, 0x0c, 0x00) }]); // ['> Command Reset']
 * ```
 */
export function describePackets(packets: Iterable<StreamPacket>, options?: DecodeOptions): string[] {
  const decoder = new Decoder(options);
  return Array.from(packets, ({ sent, bytes }) => `${sent ? '>' : '<'} ${decoder.decode(sent, bytes).line}`);
}
