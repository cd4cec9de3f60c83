import { u16At } from '../core/bytes.js';
import type { RandomSource } from '../core/random.js';
import { PacketType } from '../hci/packet-type.js';
import type { CapturedKeys, CurveOfHost, PairingValues } from './captured-keys.js';
import type { CapturedPairings } from './captured-pairings.js';
import type { CapturedPacket } from './script.js';

const LE_SET_RANDOM_ADDRESS = 0x2005;
const IDENTITY_INFORMATION = 0x08;
/** The random part of a resolvable private address: Core Vol 6, Part B, 1.3.2.2. */
const PRAND = 3;
const RESOLVABLE = 1;

/**
 * Randomness that a capture shows: a host that draws as many octets as something random in the capture has, gets that. Random
 * addresses (6 octets) and the random parts of resolvable ones (3) come from LE_Set_Random_Address, each once, in the order of
 * the capture, and the Identity Resolving Key (16) from the first Identity Information that the captured host sent (Core
 * Vol 3, Part H, 3.6.4). All else comes from `fallback`, but for the values of pairings, which say what they are:
 * {@link CapturedKeys}.
 */
export class CapturedRandom implements RandomSource {
  private readonly fallback: RandomSource;
  private readonly keys: CapturedKeys;
  /** Octets to be drawn, by their number. */
  private readonly shown = new Map<number, Uint8Array[]>();

  constructor(
    packets: readonly CapturedPacket[],
    { sent }: CapturedPairings,
    keys: CapturedKeys,
    fallback: RandomSource,
  ) {
    this.fallback = fallback;
    this.keys = keys;
    const addresses = packets.flatMap((packet) => randomAddress(packet) ?? []);
    this.shown.set(6, addresses);
    const resolvable = addresses.filter((address) => address[5]! >> 6 === RESOLVABLE);
    this.shown.set(
      PRAND,
      resolvable.map((address) => address.slice(PRAND)),
    );
    const identity = sent.find(({ pdu }) => pdu[0] === IDENTITY_INFORMATION);
    if (identity) this.shown.set(16, [identity.pdu.slice(1)]);
  }

  fill(target: Uint8Array): Uint8Array {
    const octets = this.shown.get(target.length)?.shift();
    if (!octets) return this.fallback.fill(target);
    target.set(octets);
    return target;
  }

  /** The values of pairings: a host that knows of this asks here for them. */
  pairingKeys(curve: CurveOfHost): PairingValues {
    return this.keys.source(curve);
  }
}

/** The address that a host made itself. */
function randomAddress({ sent, type, bytes }: CapturedPacket): Uint8Array | undefined {
  if (!sent || type !== PacketType.command) return undefined;
  return bytes.length === 9 && u16At(bytes, 0) === LE_SET_RANDOM_ADDRESS ? bytes.slice(3) : undefined;
}
