import { type BleError, StateError } from '../core/errors.js';
import { allocateFrame, FRAME_HEADROOM } from '../core/frame.js';
import type { AclFlow } from '../hci/acl-flow.js';

/** Most credits that one side may ever hold: Core Vol 3, Part A, 4.24. */
export const MAX_CREDITS = 0xffff;
/** Octets of the L2CAP SDU Length field in the first K-frame of an SDU: 3.4.3. */
const SDU_LENGTH = 2;
/** Frames that wait in the channel's flow; more would be of no use, and could not be called back. */
const FRAMES_AHEAD = 1;
/** Octets of a K-frame at most, whatever the peer takes: other channels wait until a frame is through. */
const LONGEST_FRAME = 2048;
/** SDUs that may wait; beyond them somebody does not await what he sends. */
const SDU_LIMIT = 10_000;

interface Waiting {
  readonly sdu: Uint8Array;
  /** Octets that were cut into frames. */
  done: number;
  started: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  settled: boolean;
}

/** The sending half of a credit-based channel: cuts SDUs into K-frames, and sends as many as there are credits for (3.4.3). */
export class SduSender {
  /** The peer's CID: where frames go. */
  readonly cid: number;
  /** The largest SDU that the peer takes, in octets. */
  mtu: number;
  /** The largest payload of a K-frame that the peer takes, in octets. */
  mps: number;
  /** K-frames that the peer has room for. */
  credits: number;
  private readonly flow: AclFlow;
  private queue: Waiting[] = [];
  /** The SDU whose last frame is in the flow. */
  private leaving: Waiting | undefined;
  /** Frames in the flow, not handed to the controller. */
  private underWay = 0;
  private pumping = false;
  private end: BleError | undefined;
  private readonly sent = (): void => {
    this.underWay--;
    this.pump();
  };

  constructor(flow: AclFlow, peer: { cid: number; mtu: number; mps: number; credits: number }) {
    this.flow = flow;
    this.cid = peer.cid;
    this.mtu = peer.mtu;
    this.mps = peer.mps;
    this.credits = peer.credits;
  }

  /** SDUs that were not wholly handed to the controller. */
  get backlog(): number {
    return this.queue.length + (this.leaving ? 1 : 0);
  }

  /** Sends an SDU of up to the MTU's octets; resolves when the controller has all of it. */
  send(sdu: Uint8Array, signal?: AbortSignal): Promise<void> {
    if (this.end) return Promise.reject(this.end);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.queue.length >= SDU_LIMIT) {
      const text = `${SDU_LIMIT} SDUs wait on this channel already: await each one before the next`;
      return Promise.reject(new StateError(text));
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { sdu, done: 0, started: false, resolve, reject, settled: false };
      if (signal) this.watch(waiting, signal);
      this.queue.push(waiting);
      this.pump();
    });
  }

  /** The peer has room for more frames; says whether the sum is within what may be (4.24). */
  addCredits(count: number): boolean {
    if (this.credits + count > MAX_CREDITS) return false;
    this.credits += count;
    this.pump();
    return true;
  }

  /** The peer takes other sizes from the next frame on (4.27). */
  resize(mtu: number, mps: number): void {
    this.mtu = mtu;
    this.mps = mps;
  }

  /** Nothing more is sent: what waits fails with `reason`, but for an SDU whose last frame is on its way. */
  close(reason: BleError): void {
    if (this.end) return;
    this.end = reason;
    for (const waiting of this.queue.splice(0)) settle(waiting, () => waiting.reject(reason));
  }

  /** The channel is gone: what is on its way will not be told of any more. */
  gone(error: BleError | undefined): void {
    const { leaving, end } = this;
    if (leaving) settle(leaving, () => leaving.reject(error ?? end));
  }

  /** An SDU of which nothing has left can be taken back; one that is cut already has to be finished. */
  private watch(waiting: Waiting, signal: AbortSignal): void {
    const leave = () => {
      if (!waiting.started) this.queue.splice(this.queue.indexOf(waiting), 1);
      settle(waiting, () => waiting.reject(signal.reason));
    };
    signal.addEventListener('abort', leave, { once: true });
    const { resolve, reject } = waiting;
    const off = () => signal.removeEventListener('abort', leave);
    Object.assign(waiting, {
      resolve: () => {
        off();
        resolve();
      },
      reject: (error: unknown) => {
        off();
        reject(error);
      },
    });
  }

  private pump(): void {
    // A frame that leaves at once calls back at once: the loop below goes on by itself.
    if (this.pumping) return;
    this.pumping = true;
    while (this.credits > 0 && this.underWay < FRAMES_AHEAD && !this.end) {
      const waiting = this.queue[0];
      if (!waiting) break;
      this.credits--;
      this.underWay++;
      const frame = this.cut(waiting);
      if (waiting.done < waiting.sdu.length) this.flow.send(frame, this.sent);
      else {
        this.queue.shift();
        this.leaving = waiting;
        this.flow.send(frame, () => {
          this.leaving = undefined;
          settle(waiting, waiting.resolve);
          this.sent();
        });
      }
    }
    this.pumping = false;
  }

  /** The next K-frame of an SDU. */
  private cut(waiting: Waiting): Uint8Array {
    const { sdu, done } = waiting;
    const lead = waiting.started ? 0 : SDU_LENGTH;
    waiting.started = true;
    const size = Math.min(sdu.length - done, Math.min(this.mps, LONGEST_FRAME) - lead);
    const frame = allocateFrame(lead + size);
    frame[5] = (lead + size) & 0xff;
    frame[6] = (lead + size) >> 8;
    frame[7] = this.cid & 0xff;
    frame[8] = this.cid >> 8;
    if (lead > 0) {
      frame[FRAME_HEADROOM] = sdu.length & 0xff;
      frame[FRAME_HEADROOM + 1] = sdu.length >> 8;
    }
    frame.set(sdu.subarray(done, done + size), FRAME_HEADROOM + lead);
    waiting.done += size;
    return frame;
  }
}

function settle(waiting: Waiting, how: () => void): void {
  if (waiting.settled) return;
  waiting.settled = true;
  how();
}
