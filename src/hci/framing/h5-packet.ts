/** Packets of the three-wire UART transport layer: Core Vol 4, Part D, 4 and 5. */

/** Packet types beyond those of H4: Core Vol 4, Part D, 4.3. */
export const H5Type = { ack: 0, vendor: 14, linkControl: 15 } as const;

const HEADER = 4;
const CRC = 2;
/** The longest payload: its length has 12 bits. */
export const H5_MAX_PAYLOAD = 0xfff;
/** The longest packet, without SLIP. */
export const H5_MAX_PACKET = HEADER + H5_MAX_PAYLOAD + CRC;

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

/** CRC-CCITT, x^16 + x^12 + x^5 + 1, least significant bit of each octet first, beginning with all ones (5.1), by octets. */
const table = /* @__PURE__ */ Uint16Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0x8408 : value >> 1;
  return value;
});

/** The data integrity check over `bytes[start, end)`: its octets as they are sent, the first in the upper half. */
export function h5Crc(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffff;
  for (let i = start; i < end; i++) crc = (crc >> 8) ^ table[(crc ^ bytes[i]!) & 0xff]!;
  // It travels with its bits the other way round.
  let reversed = 0;
  for (let bit = 0; bit < 16; bit++) reversed |= ((crc >> bit) & 1) << (15 - bit);
  return reversed;
}

/** A packet without SLIP. `payload[start, …)` is what it carries. */
export function h5Encode(
  header: { readonly seq: number; readonly ack: number; readonly reliable: boolean; readonly type: number },
  payload: Uint8Array,
  start: number,
  crc: boolean,
): Uint8Array {
  const length = payload.length - start;
  const packet = new Uint8Array(HEADER + length + (crc ? CRC : 0));
  packet[0] = header.seq | (header.ack << 3) | (crc ? 0x40 : 0) | (header.reliable ? 0x80 : 0);
  packet[1] = header.type | ((length & 0xf) << 4);
  packet[2] = length >> 4;
  packet[3] = ~(packet[0]! + packet[1]! + packet[2]!);
  packet.set(start === 0 ? payload : payload.subarray(start), HEADER);
  if (crc) {
    const check = h5Crc(packet, 0, HEADER + length);
    packet[HEADER + length] = check >> 8;
    packet[HEADER + length + 1] = check;
  }
  return packet;
}

/** Reads the header of a frame; gives what is wrong with it, or `undefined`. */
export function h5Decode(bytes: Uint8Array, size: number, into: H5Header): string | undefined {
  if (size < HEADER) return 'a frame is shorter than a header';
  if (((bytes[0]! + bytes[1]! + bytes[2]! + bytes[3]!) & 0xff) !== 0xff)
    return 'the checksum of a header is wrong';
  const length = (bytes[1]! >> 4) | (bytes[2]! << 4);
  const hasCrc = (bytes[0]! & 0x40) !== 0;
  if (size !== HEADER + length + (hasCrc ? CRC : 0)) return 'a packet has not the length it says';
  if (hasCrc && h5Crc(bytes, 0, HEADER + length) !== ((bytes[size - 2]! << 8) | bytes[size - 1]!))
    return 'the CRC of a packet is wrong';
  into.seq = bytes[0]! & 7;
  into.ack = (bytes[0]! >> 3) & 7;
  into.reliable = (bytes[0]! & 0x80) !== 0;
  into.type = bytes[1]! & 0x0f;
  into.start = HEADER;
  into.end = HEADER + length;
  return undefined;
}
