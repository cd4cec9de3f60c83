import type { BleError } from '../core/errors.js';
import { FRAME_HEADROOM, type PduChannel, type PduReceiver } from '../core/frame.js';
import type { AclFlow } from '../hci/acl-flow.js';

/** A fixed channel of one link: each PDU is one basic frame (Core Vol 3, Part A, 3.1). */
export class FixedChannel implements PduChannel {
  readonly cid: number;
  isOpen = true;
  private readonly flow: AclFlow;
  private receiver: PduReceiver | undefined;

  constructor(flow: AclFlow, cid: number) {
    this.flow = flow;
    this.cid = cid;
  }

  get backlog(): number {
    return this.flow.backlog;
  }

  attach(receiver: PduReceiver): void {
    this.receiver = receiver;
  }

  send(frame: Uint8Array, sent?: () => void): void {
    if (!this.isOpen) return;
    const length = frame.length - FRAME_HEADROOM;
    frame[5] = length & 0xff;
    frame[6] = length >> 8;
    frame[7] = this.cid & 0xff;
    frame[8] = this.cid >> 8;
    this.flow.send(frame, sent);
  }

  /** For the link: a PDU of this channel. */
  deliver(bytes: Uint8Array, start: number, end: number): void {
    this.receiver?.pdu(bytes, start, end);
  }

  /** For the link: it is gone. */
  close(reason: BleError): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.receiver?.closed(reason);
  }
}
