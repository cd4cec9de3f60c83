import { u16At } from '../core/bytes.js';
import type { RandomSource } from '../core/random.js';
import { PacketType } from '../hci/packet-type.js';
import type { CapturedPacket } from './script.js';

const LE_SET_RANDOM_ADDRESS = 0x2005;
const SMP = 6;
const PAIRING_RANDOM = 0x04;

/**
 * Randomness that a capture shows: a host that draws as many octets as something random in the capture has, gets that. Random
 * addresses (6 octets) come from LE_Set_Random_Address, nonces (16 octets) from the Pairing Random that the captured host sent
 * (Core Vol 3, Part H, 3.5.4), each once, in the order of the capture. All else comes from `fallback`.
 *
 * What no packet shows, private keys above all, a caller puts before it: a source that gives those first, and asks this one then.
 */
export class CapturedRandom implements RandomSource {
  private readonly fallback: RandomSource;
  /** Octets to be drawn, by their number. */
  private readonly shown = new Map<number, Uint8Array[]>();

  constructor(packets: readonly CapturedPacket[], fallback: RandomSource) {
    this.fallback = fallback;
    for (const packet of packets) {
      const octets = packet.sent ? randomIn(packet) : undefined;
      if (octets) this.shown.set(octets.length, [...(this.shown.get(octets.length) ?? []), octets]);
    }
  }

  fill(target: Uint8Array): Uint8Array {
    const octets = this.shown.get(target.length)?.shift();
    if (!octets) return this.fallback.fill(target);
    target.set(octets);
    return target;
  }
}

/** What a packet of a host has that it drew at random. */
function randomIn({ type, bytes }: CapturedPacket): Uint8Array | undefined {
  if (type === PacketType.command) {
    return bytes.length === 9 && u16At(bytes, 0) === LE_SET_RANDOM_ADDRESS ? bytes.slice(3) : undefined;
  }
  const isNonce = type === PacketType.acl && bytes.length === 25 && u16At(bytes, 6) === SMP;
  return isNonce && bytes[8] === PAIRING_RANDOM ? bytes.slice(9) : undefined;
}
