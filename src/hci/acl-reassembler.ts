/** Receives the L2CAP frames of one link. Must not throw. */
export interface AclLinkReceiver {
  /** One L2CAP frame of the channel `cid`; its payload is `bytes[start, end)`, a view valid during the call. */
  frame(cid: number, bytes: Uint8Array, start: number, end: number): void;
}

const L2CAP_HEADER = 4;
const CONTINUING = 1;

/** Puts the ACL fragments of one link together to L2CAP frames: Core Vol 4, Part E, 5.4.2; Vol 3, Part A, 7.2.1. */
export class AclReassembler {
  /** Frames that did not come whole. */
  broken = 0;
  private readonly receiver: AclLinkReceiver;
  private readonly report: (message: string) => void;
  private buffer = new Uint8Array(0);
  /** Octets gathered of the frame under way; 0 when there is none. */
  private gathered = 0;

  constructor(receiver: AclLinkReceiver, report: (message: string) => void) {
    this.receiver = receiver;
    this.report = report;
  }

  /** Takes the data of one ACL packet, `bytes[start, end)`, with its Packet_Boundary_Flag. */
  receive(boundary: number, bytes: Uint8Array, start: number, end: number): void {
    if (boundary === CONTINUING) {
      if (this.gathered === 0) {
        this.drop('a continuing fragment came without a start');
        return;
      }
      this.gather(bytes, start, end);
      return;
    }
    if (this.gathered > 0) this.drop('a frame began before the one before it was complete');
    const size = end - start;
    if (size >= L2CAP_HEADER) {
      const length = bytes[start]! | (bytes[start + 1]! << 8);
      if (size === L2CAP_HEADER + length) {
        this.receiver.frame(bytes[start + 2]! | (bytes[start + 3]! << 8), bytes, start + L2CAP_HEADER, end);
        return;
      }
    }
    if (size > 0) this.gather(bytes, start, end);
  }

  private gather(bytes: Uint8Array, start: number, end: number): void {
    const total = this.gathered + end - start;
    this.room(total);
    this.buffer.set(bytes.subarray(start, end), this.gathered);
    this.gathered = total;
    if (total < L2CAP_HEADER) return;
    const whole = L2CAP_HEADER + (this.buffer[0]! | (this.buffer[1]! << 8));
    if (total < whole) return;
    if (total > whole) {
      this.drop(`a frame of ${whole} octets came with ${total}`);
      return;
    }
    // Freed before it is passed on: the receiver may cause the next packet to come in.
    this.gathered = 0;
    this.receiver.frame(this.buffer[2]! | (this.buffer[3]! << 8), this.buffer, L2CAP_HEADER, whole);
  }

  private drop(message: string): void {
    this.gathered = 0;
    this.broken++;
    this.report(message);
  }

  private room(size: number): void {
    if (size <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(size, 2 * this.buffer.length, 512));
    grown.set(this.buffer.subarray(0, this.gathered));
    this.buffer = grown;
  }
}
