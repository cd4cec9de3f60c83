import { u16At } from '../core/bytes.js';
import { PacketType } from '../hci/packet-type.js';
import { FrameAssembler } from './frames.js';
import type { CapturedPacket } from './script.js';
import { cidOf } from './streams.js';

const SMP = 6;
const L2CAP_HEADER = 4;
const DISCONNECTION_COMPLETE = 0x05;
const PAIRING_REQUEST = 0x01;
const PAIRING_FAILED = 0x05;
/** How many octets the packets have that show what a host drew, by code: Core Vol 3, Part H, 3.5 and 3.6. */
const lengths: Readonly<Record<number, number>> = { 4: 17, 6: 17, 7: 11, 8: 17, 10: 17, 12: 65 };

/** A pairing of a capture: from its Pairing Request to the Pairing Failed, the next request, or the end of the link. */
export interface CapturedPairing {
  readonly handle: number;
  /** The number of its first packet. */
  readonly start: number;
  /** That of its last one; infinite while nothing ends it. */
  end: number;
}

/** An SMP packet that the captured host sent. */
export interface SentSmp {
  /** The number of the packet that completes it. */
  readonly frame: number;
  readonly pairing: CapturedPairing;
  /** Its code first. */
  readonly pdu: Uint8Array;
}

/** The pairings of a capture, and what the host sent in them: Core Vol 3, Part H, 3. */
export interface CapturedPairings {
  readonly pairings: readonly CapturedPairing[];
  readonly sent: readonly SentSmp[];
}

/** Finds the pairings of a capture. */
export function capturedPairings(packets: readonly CapturedPacket[]): CapturedPairings {
  const pairings: CapturedPairing[] = [];
  const sent: SentSmp[] = [];
  /** The pairing under way of each link. */
  const current = new Map<number, CapturedPairing>();
  const assemblers = { sent: new FrameAssembler(), received: new FrameAssembler() };
  const ends = (handle: number, frame: number) => {
    const pairing = current.get(handle);
    if (pairing) pairing.end = frame;
    current.delete(handle);
  };
  for (const { frame, type, bytes, ...packet } of packets) {
    if (type === PacketType.event && bytes[0] === DISCONNECTION_COMPLETE && bytes.length >= 5) {
      ends(u16At(bytes, 3) & 0xfff, frame);
    }
    if (type !== PacketType.acl) continue;
    const { handle, frame: whole } = assemblers[packet.sent ? 'sent' : 'received'].receive(bytes);
    if (!whole || cidOf(whole.octets) !== SMP) continue;
    const pdu = whole.octets.slice(L2CAP_HEADER);
    if (pdu[0] === PAIRING_REQUEST) {
      ends(handle, frame);
      const pairing = { handle, start: frame, end: Number.POSITIVE_INFINITY };
      pairings.push(pairing);
      current.set(handle, pairing);
    }
    const pairing = current.get(handle);
    const isWhole = pdu.length === (lengths[pdu[0] ?? 0] ?? pdu.length);
    if (packet.sent && pairing && isWhole) sent.push({ frame, pairing, pdu });
    if (pdu[0] === PAIRING_FAILED) ends(handle, frame);
  }
  return { pairings, sent };
}
