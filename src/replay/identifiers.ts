import { u16At } from '../core/bytes.js';
import { asOnePacket, type HostFrame } from './frames.js';
import { isRequest } from './matching.js';
import { cidOf } from './streams.js';

const SIGNALLING = 5;
const IDENTIFIER_AT = 5;
const ACL_HEADER = 4;

/** Remembers which identifiers a host gave to its signalling requests, and renames them in the captured responses. */
export class IdentifierNames {
  /** By handle and captured identifier. */
  private readonly names = new Map<string, number>();

  /** The host sent a frame for a captured one. */
  learn(captured: HostFrame, sent: HostFrame): void {
    if (!isRequest(captured.octets)) return;
    const [theirs, ours] = [captured.octets[IDENTIFIER_AT], sent.octets[IDENTIFIER_AT]];
    if (theirs !== undefined && ours !== undefined) this.names.set(`${captured.handle} ${theirs}`, ours);
  }

  /** A captured ACL packet of the controller's as the host has to get it. */
  renamed(packet: Uint8Array): Uint8Array {
    const frame = packet.subarray(ACL_HEADER);
    // Signalling commands of LE are never longer than a packet of 27 octets.
    if (cidOf(frame) !== SIGNALLING || isRequest(frame) || frame.length <= IDENTIFIER_AT) return packet;
    const handle = u16At(packet, 0) & 0xfff;
    const key = `${handle} ${frame[IDENTIFIER_AT]}`;
    const ours = this.names.get(key);
    if (ours === undefined) return packet;
    this.names.delete(key);
    const renamed = frame.slice();
    renamed[IDENTIFIER_AT] = ours;
    const whole = asOnePacket(handle, renamed);
    whole.set(packet.subarray(0, ACL_HEADER));
    return whole;
  }
}
