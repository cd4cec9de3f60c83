import { copyOctets, u16At } from '../core/bytes.js';
import { MAX_CREDITS } from './sdu-sender.js';

/** An SDU that came whole. */
export interface ReceivedSdu {
  /** Its octets, the reader's own. */
  readonly sdu: Uint8Array;
  /** The K-frames that it came in: so many credits its reading is worth. */
  readonly frames: number;
}

/** Octets of the L2CAP SDU Length field: Core Vol 3, Part A, 3.4.3. */
const SDU_LENGTH = 2;

/**
 * The receiving half of a credit-based channel: puts SDUs together, and gives credits back as they are read (Core Vol 3,
 * Part A, 3.4.3, 4.24). What is kept is bounded: SDUs of `window` K-frames unread, and one under way of up to the MTU.
 */
export class SduReceiver {
  /** The largest SDU that this side takes, in octets. */
  mtu: number;
  /** The largest payload of a K-frame that this side takes, in octets. */
  mps: number;
  /** K-frames that the peer may still send. */
  credits: number;
  private readonly window: number;
  private readonly give: (credits: number) => void;
  /** The SDU under way, in an array of its whole length. */
  private current: Uint8Array | undefined;
  private filled = 0;
  private frames = 0;
  /** SDUs that nobody has read, and the frames that they and those being read came in. */
  private inbox: ReceivedSdu[] = [];
  private head = 0;
  private held = 0;

  /** @param give sends credits to the peer */
  constructor(local: { mtu: number; mps: number; credits: number }, give: (credits: number) => void) {
    this.mtu = local.mtu;
    this.mps = local.mps;
    this.credits = local.credits;
    this.window = local.credits;
    this.give = give;
  }

  /** SDUs that nobody has read. */
  get unread(): number {
    return this.inbox.length - this.head;
  }

  /**
   * Takes one K-frame's payload, `bytes[start, end)`.
   * @returns what the peer did wrong, for which the channel has to be disconnected; `undefined` when nothing
   */
  frame(bytes: Uint8Array, start: number, end: number): string | undefined {
    if (this.credits === 0) return 'a K-frame came without a credit for it';
    this.credits--;
    // The SDU Length field is not counted: what is of the SDU may fill the MPS.
    const from = this.current ? start : start + SDU_LENGTH;
    if (end - from > this.mps) return `a K-frame has ${end - from} octets, over the MPS of ${this.mps}`;
    if (this.current) return this.next(bytes, start, end);
    if (end < from) return `a first K-frame of ${end - start} octets has no SDU length`;
    const length = u16At(bytes, start);
    if (length > this.mtu) return `an SDU of ${length} octets is over the MTU of ${this.mtu}`;
    if (end - from > length) return tooMuch(end - from, length);
    if (end - from === length) this.complete(copyOctets(bytes, from, end), 1);
    else {
      this.current = new Uint8Array(length);
      this.current.set(bytes.subarray(from, end));
      this.filled = end - from;
      this.frames = 1;
      this.giveBack();
    }
    return undefined;
  }

  /** The oldest SDU that nobody has read. Its room is given back by {@link release}. */
  take(): ReceivedSdu | undefined {
    if (this.unread === 0) return undefined;
    const one = this.inbox[this.head++]!;
    if (this.head > 32 && this.head * 2 > this.inbox.length) {
      this.inbox = this.inbox.slice(this.head);
      this.head = 0;
    }
    return one;
  }

  /** What {@link take} gave has been dealt with: its frames may be sent anew. */
  release({ frames }: ReceivedSdu): void {
    this.held -= frames;
    this.giveBack();
  }

  private next(bytes: Uint8Array, start: number, end: number): string | undefined {
    const current = this.current!;
    const filled = this.filled + end - start;
    if (filled > current.length) return tooMuch(filled, current.length);
    current.set(bytes.subarray(start, end), this.filled);
    this.filled = filled;
    this.frames++;
    if (filled < current.length) {
      this.giveBack();
      return undefined;
    }
    this.current = undefined;
    this.complete(current, this.frames);
    return undefined;
  }

  private complete(sdu: Uint8Array, frames: number): void {
    this.held += frames;
    this.inbox.push({ sdu, frames });
  }

  /**
   * Gives back what there is room for, when it is half of the window: an indication for each frame would cost as much as the
   * frames. The frames of an SDU under way need no room beyond it, or an SDU of more frames than the window would never end.
   */
  private giveBack(): void {
    const owed = Math.min(this.window - this.held, MAX_CREDITS) - this.credits;
    if (owed <= 0 || (owed * 2 < this.window && this.credits > 0)) return;
    this.credits += owed;
    this.give(owed);
  }
}

function tooMuch(sum: number, length: number): string {
  return `the K-frames of an SDU of ${length} octets have ${sum} at least`;
}
