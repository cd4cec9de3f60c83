import { concatBytes } from '../../core/hex.js';

/** What came in a response slot. */
export interface SubeventResponse {
  readonly subevent: number;
  readonly responseSlot: number;
  /** `truncated`: the end of the data is missing. `failed`: something was sent in the slot, or nothing, but not received. */
  readonly status: 'received' | 'truncated' | 'failed';
  /** The data, the caller's own. */
  readonly data: Uint8Array;
  /** In dBm; `undefined` when the controller does not know it. */
  readonly rssi: number | undefined;
  /** The power that the sender says it sends with, in dBm. */
  readonly txPower: number | undefined;
}

/** A response of LE Periodic Advertising Response Report, or a part of it: Core Vol 4, Part E, 7.7.65.37. */
interface Part {
  readonly txPower: number;
  readonly rssi: number;
  readonly responseSlot: number;
  readonly dataStatus: number;
  readonly data: Uint8Array;
}

const COMPLETE = 0;
const MORE_TO_COME = 1;
const FAILED = 0xff;
const UNKNOWN = 127;
/** Octets of an AUX_SYNC_SUBEVENT_RSP, which has no chain: Core Vol 6, Part B, 2.3.1. */
const LONGEST = 254;
/** As many as a subevent has slots. */
const MOST = 255;

interface Chain {
  readonly parts: Uint8Array[];
  size: number;
  readonly since: number;
}

/** Puts responses together that come in several reports. */
export class ResponseReports {
  private readonly open = new Map<number, Chain>();
  private readonly now: () => number;
  private readonly keepMs: number;
  private readonly lost: (why: string) => void;

  /**
   * @param keepMs how long the rest of a response may take: behind that, the same slot is of another event
   * @param lost told of a response that is given up
   */
  constructor(now: () => number, keepMs: number, lost: (why: string) => void) {
    this.now = now;
    this.keepMs = keepMs;
    this.lost = lost;
  }

  /** @returns the whole response that ends with a part; `undefined` while there is more to come */
  take(subevent: number, part: Part): SubeventResponse | undefined {
    const { dataStatus, responseSlot, rssi, txPower } = part;
    const key = (subevent << 8) | responseSlot;
    const chain = this.chainOf(key);
    if (dataStatus === MORE_TO_COME) {
      this.add(key, chain, part.data);
      return undefined;
    }
    this.open.delete(key);
    const known = dataStatus === COMPLETE ? 'received' : 'truncated';
    const failed = dataStatus === FAILED && !chain;
    return {
      subevent,
      responseSlot,
      status: failed ? 'failed' : known,
      data: chain ? concatBytes(...chain.parts, part.data) : part.data.slice(),
      rssi: rssi === UNKNOWN ? undefined : rssi,
      txPower: txPower === UNKNOWN ? undefined : txPower,
    };
  }

  private chainOf(key: number): Chain | undefined {
    const chain = this.open.get(key);
    if (!chain || this.now() - chain.since < this.keepMs) return chain;
    this.open.delete(key);
    this.lost('a response was given up whose end did not come');
    return undefined;
  }

  private add(key: number, chain: Chain | undefined, data: Uint8Array): void {
    if (!chain) {
      const [oldest] = this.open.keys();
      if (this.open.size >= MOST && oldest !== undefined) {
        this.open.delete(oldest);
        this.lost(`a response was given up that did not end while ${MOST} others began`);
      }
      this.open.set(key, { parts: [data.slice()], size: data.length, since: this.now() });
      return;
    }
    chain.parts.push(data.slice());
    chain.size += data.length;
    if (chain.size <= LONGEST) return;
    this.open.delete(key);
    this.lost(`a response of more than ${LONGEST} octets was given up`);
  }
}
