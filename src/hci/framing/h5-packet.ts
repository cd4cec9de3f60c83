import type { SlipEncoder } from './slip.js';

/** Packets of the three-wire UART transport layer: Core Vol 4, Part D, 4 and 5. */

/** Packet types beyond those of H4, which are the same in both layers: Core Vol 4, Part D, 4.5. */
export const H5Type = { ack: 0, vendor: 14, linkControl: 15 } as const;

const HEADER = 4;
const CRC = 2;
/** The longest payload in octets: its length has 12 bits (4.6). */
export const H5_MAX_PAYLOAD = 0xfff;
/** The longest packet in octets, without SLIP. */
export const H5_MAX_PACKET = HEADER + H5_MAX_PAYLOAD + CRC;

const ALL_ONES = 0xffff;
const CRC_PRESENT = 0x40;
/** The bit of the first octet of a header that says that the packet is numbered, acknowledged and sent again (4.4). */
export const H5_RELIABLE = 0x80;

/** What the header of a packet tells. */
export interface H5Header {
  /** Sequence number of a reliable packet, 0–7. */
  seq: number;
  /** The sequence number that the sender expects next. */
  ack: number;
  reliable: boolean;
  type: number;
  /** Where the payload begins and ends in the frame. */
  start: number;
  end: number;
}

/** CRC-CCITT, D^16 + D^12 + D^5 + 1, least significant bit of each octet first (5.1), by octets. */
const table = /* @__PURE__ */ Uint16Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0x8408 : value >> 1;
  return value;
});

function crcOver(crc: number, bytes: Uint8Array, start: number, end: number): number {
  let value = crc;
  for (let i = start; i < end; i++) value = (value >> 8) ^ table[(value ^ bytes[i]!) & 0xff]!;
  return value;
}

/** The register holds the check with its bits the other way round than they are sent. */
function reversed(crc: number): number {
  let value = crc;
  value = ((value & 0x5555) << 1) | ((value >> 1) & 0x5555);
  value = ((value & 0x3333) << 2) | ((value >> 2) & 0x3333);
  value = ((value & 0x0f0f) << 4) | ((value >> 4) & 0x0f0f);
  return ((value & 0xff) << 8) | (value >> 8);
}

/**
 * The data integrity check over `bytes[start, end)`, a header and its payload: 16 bits, the octet that is sent first in
 * the upper half. The shift register begins with all ones (5.1).
 */
export function h5Crc(bytes: Uint8Array, start: number, end: number): number {
  return reversed(crcOver(ALL_ONES, bytes, start, end));
}

const header = /* @__PURE__ */ new Uint8Array(HEADER);
const check = /* @__PURE__ */ new Uint8Array(CRC);

/**
 * Writes a packet as a frame.
 * @param first {@link H5_RELIABLE} or not, with acknowledgement and sequence number: the first octet without the CRC's bit
 * @param payload has what the packet carries at `[start, end)`, at most {@link H5_MAX_PAYLOAD} octets
 */
export function writeH5Packet(
  encoder: SlipEncoder,
  first: number,
  type: number,
  crc: boolean,
  payload: Uint8Array,
  start: number,
  end: number,
): void {
  const length = end - start;
  header[0] = first | (crc ? CRC_PRESENT : 0);
  header[1] = type | ((length & 0xf) << 4);
  header[2] = length >> 4;
  header[3] = ~(header[0] + header[1] + header[2]);
  encoder.delimit();
  encoder.add(header, 0, HEADER);
  encoder.add(payload, start, end);
  if (crc) {
    const value = reversed(crcOver(crcOver(ALL_ONES, header, 0, HEADER), payload, start, end));
    check[0] = value >> 8;
    check[1] = value;
    encoder.add(check, 0, CRC);
  }
  encoder.delimit();
}

/** Reads the header of the frame `bytes[start, end)` and checks it; gives what is wrong with it, or `undefined`. */
export function readH5Header(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: H5Header,
): string | undefined {
  if (end - start < HEADER) return 'a frame is shorter than a header';
  const first = bytes[start]!;
  const second = bytes[start + 1]!;
  const third = bytes[start + 2]!;
  if (((first + second + third + bytes[start + 3]!) & 0xff) !== 0xff)
    return 'the checksum of a header is wrong';
  const hasCrc = (first & CRC_PRESENT) !== 0;
  const payloadEnd = start + HEADER + ((second >> 4) | (third << 4));
  if (end !== payloadEnd + (hasCrc ? CRC : 0)) return 'a packet has not the length that it says';
  if (hasCrc && h5Crc(bytes, start, payloadEnd) !== ((bytes[end - 2]! << 8) | bytes[end - 1]!))
    return 'the CRC of a packet is wrong';
  into.seq = first & 7;
  into.ack = (first >> 3) & 7;
  into.reliable = (first & H5_RELIABLE) !== 0;
  into.type = second & 0x0f;
  into.start = start + HEADER;
  into.end = payloadEnd;
  return undefined;
}
