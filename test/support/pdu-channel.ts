import type { BleError } from '../../src/core/errors.js';
import { allocateFrame, FRAME_HEADROOM, type PduChannel, type PduReceiver } from '../../src/core/frame.js';
import { fromHex, toHex } from '../../src/core/hex.js';

/** The common part of the channels below: who receives, and what was sent. */
class MemoryChannel implements PduChannel {
  isOpen = true;
  /** What the channel says of its queue; tests set it to slow the sender down. */
  backlog = 0;
  /** Everything that was sent, in hexadecimal. */
  readonly sent: string[] = [];
  protected receiver: PduReceiver | undefined;

  attach(receiver: PduReceiver): void {
    this.receiver = receiver;
  }

  send(frame: Uint8Array, sent?: () => void): void {
    if (!this.isOpen) return;
    const pdu = frame.slice(FRAME_HEADROOM);
    this.sent.push(toHex(pdu));
    // The lower layers write their headers in front of the PDU: nobody above may rely on the frame any more.
    frame.fill(0xee);
    this.carry(pdu, sent);
  }

  /** Gives a PDU to the receiver at once, from within a larger buffer that is overwritten afterwards. */
  receive(pdu: Uint8Array): void {
    if (!this.isOpen) return;
    const buffer = allocateFrame(pdu.length + 5).fill(0xdd);
    buffer.set(pdu, FRAME_HEADROOM);
    this.receiver?.pdu(buffer, FRAME_HEADROOM, FRAME_HEADROOM + pdu.length);
    buffer.fill(0xdd);
  }

  /** The link goes. */
  close(reason: BleError): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.receiver?.closed(reason);
  }

  protected carry(_pdu: Uint8Array, sent: (() => void) | undefined): void {
    sent?.();
  }
}

/** A channel whose other end is the test. */
export class ScriptedChannel extends MemoryChannel {
  /** Answers to what is sent, given in a microtask; `undefined` for none. */
  onSend: ((pdu: string) => string | undefined) | undefined;
  private readonly held: (() => void)[] = [];

  /** Gives PDUs to the receiver at once. */
  give(...pdus: readonly string[]): void {
    for (const pdu of pdus) this.receive(fromHex(pdu));
  }

  /** Everything sent since the last call. */
  take(): string[] {
    return this.sent.splice(0);
  }

  /** The controller took everything that waited: calls the callbacks that the sender gave. */
  drain(backlog: number): void {
    this.backlog = backlog;
    for (const sent of this.held.splice(0)) sent();
  }

  protected override carry(pdu: Uint8Array, sent: (() => void) | undefined): void {
    if (this.backlog === 0) sent?.();
    else if (sent) this.held.push(sent);
    const answer = this.onSend?.(toHex(pdu));
    if (answer !== undefined) queueMicrotask(() => this.give(answer));
  }
}

/** One end of a pair: what it sends the other one receives, in order, each in a microtask of its own. */
class PairedChannel extends MemoryChannel {
  peer: PairedChannel | undefined;

  protected override carry(pdu: Uint8Array, sent: (() => void) | undefined): void {
    queueMicrotask(() => {
      sent?.();
      this.peer?.receive(pdu);
    });
  }
}

/** Two channels, each the other's end. */
export function channelPair(): [MemoryChannel, MemoryChannel] {
  const [a, b] = [new PairedChannel(), new PairedChannel()];
  a.peer = b;
  b.peer = a;
  return [a, b];
}
