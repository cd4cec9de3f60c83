import { L2capError } from '../../core/errors.js';
import { FRAME_HEADROOM, type PduChannel, type PduReceiver } from '../../core/frame.js';
import type { CreditChannel } from '../../l2cap/credit-channel.js';

/** An L2CAP channel as an enhanced ATT bearer uses it: each SDU is one PDU (Core Vol 3, Part F, 3.2.11). */
export class EnhancedChannel implements PduChannel {
  private readonly channel: CreditChannel;
  private receiver: PduReceiver | undefined;

  constructor(channel: CreditChannel) {
    this.channel = channel;
  }

  get isOpen(): boolean {
    return this.channel.isOpen;
  }

  get backlog(): number {
    return this.channel.backlog;
  }

  /** The ATT_MTU: the smaller of what the two sides take (3.2.8). */
  get mtu(): number {
    return Math.min(this.channel.localMtu, this.channel.mtu);
  }

  attach(receiver: PduReceiver): void {
    this.receiver = receiver;
  }

  /** From here on PDUs come: those first that came already. Whoever answers them has to be there. */
  start(): void {
    const { channel, receiver } = this;
    const gone = (error: Error | undefined) =>
      receiver?.closed(
        error instanceof L2capError ? error : new L2capError('the enhanced ATT bearer was closed'),
      );
    if (!channel.isOpen) {
      gone(channel.error);
      return;
    }
    channel.on('closed', gone);
    channel.onSdu((sdu) => receiver?.pdu(sdu, 0, sdu.length));
  }

  send(frame: Uint8Array, sent?: () => void): void {
    if (!this.isOpen) return;
    // One that is not sent ends with the channel, which tells everybody that waits.
    this.channel.send(frame.subarray(FRAME_HEADROOM)).then(sent, () => {});
  }
}
