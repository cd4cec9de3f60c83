import { CHANNELS } from './channels.js';
import type { Disturbance } from './interference.js';
import type { Propagation, Radio } from './propagation.js';

/**
 * How many transmissions of a channel are remembered. None takes longer than 17 ms, and more than this many at a time
 * leave nothing that could be received.
 */
const REMEMBERED = 128;

/** What was and will be sent lately on one channel. */
class ChannelTransmissions {
  readonly from: (Radio | undefined)[] = new Array(REMEMBERED).fill(undefined);
  readonly start = new Float64Array(REMEMBERED);
  readonly end = new Float64Array(REMEMBERED);
  next = 0;
}

/** Who sends when on which channel, for transmissions that meet there. */
export class Transmissions {
  private readonly channels = Array.from({ length: CHANNELS }, () => new ChannelTransmissions());

  /** `from` sends on `channel` from `start` to `end` (µs). */
  add(from: Radio, channel: number, start: number, end: number): void {
    const all = this.channels[channel]!;
    const at = all.next;
    all.from[at] = from;
    all.start[at] = start;
    all.end[at] = end;
    all.next = (at + 1) % REMEMBERED;
  }

  /** Adds what others do to what `from` sends to `to`. */
  disturb(
    into: Disturbance,
    from: Radio,
    to: Radio,
    channel: number,
    start: number,
    end: number,
    propagation: Propagation,
    milliwatt: (dbm: number) => number,
  ): void {
    const all = this.channels[channel]!;
    for (let i = 0; i < REMEMBERED; i++) {
      const overlap = Math.min(end, all.end[i]!) - Math.max(start, all.start[i]!);
      if (overlap <= 0) continue;
      const other = all.from[i]!;
      if (other === from || other === to) continue;
      into.power += milliwatt(propagation.rssi(other, to, start, channel));
      into.share = Math.max(into.share, overlap / (end - start));
    }
  }
}
