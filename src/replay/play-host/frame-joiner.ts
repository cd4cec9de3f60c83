import { u16At } from '../../core/bytes.js';
import { AclReassembler } from '../../hci/acl-reassembler.js';

const HEADER = 8;

/** Puts the ACL fragments of links together: each frame becomes one ACL packet, whatever fragments it came in. */
export class FrameJoiner {
  private readonly links = new Map<number, AclReassembler>();
  private whole: Uint8Array | undefined;

  /** @returns the packet with the whole frame, when this fragment completes one; one that is malformed comes back as it is */
  add(packet: Uint8Array): Uint8Array | undefined {
    if (packet.length < 4 || u16At(packet, 2) !== packet.length - 4) return packet;
    const word = u16At(packet, 0);
    const handle = word & 0xfff;
    let link = this.links.get(handle);
    if (!link) {
      link = new AclReassembler({ frame: (...frame) => this.join(handle, ...frame) }, () => {});
      this.links.set(handle, link);
    }
    this.whole = undefined;
    link.receive((word >> 12) & 3, packet, 4, packet.length);
    return this.whole;
  }

  private join(handle: number, cid: number, bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    const joined = new Uint8Array(HEADER + size);
    const frame = size + 4;
    // Packet_Boundary_Flag 2: the first fragment of a frame from a controller (Core Vol 4, Part E, 5.4.2).
    joined.set([handle & 0xff, (handle >> 8) | 0x20, frame & 0xff, (frame >> 8) & 0xff]);
    joined.set([size & 0xff, size >> 8, cid & 0xff, cid >> 8], 4);
    joined.set(bytes.subarray(start, end), HEADER);
    this.whole = joined;
  }
}
