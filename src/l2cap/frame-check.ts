/** What the generator D¹⁶ + D¹⁵ + D² + 1 is when the least significant bit comes first. */
const GENERATOR = 0xa001;

/**
 * The Frame Check Sequence of the frames that channels of BR/EDR may have in retransmission, flow control and streaming mode (Core
 * Vol 3, Part A, 3.3.5): for who reads captures of them. Frames of LE have none.
 * @param bytes from `start` to `end`: the basic header, whose length counts the sequence itself, and what stands behind it
 * @returns 16 bits, which are sent least significant octet first
 */
export function frameCheckSequence(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let register = 0;
  for (let at = start; at < end; at++) {
    register ^= bytes[at]!;
    for (let bit = 0; bit < 8; bit++) register = (register >> 1) ^ (register & 1 ? GENERATOR : 0);
  }
  return register;
}
