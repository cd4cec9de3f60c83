/** Powers or signal strengths, in dBm. */
export interface PowerRange {
  readonly min: number;
  readonly max: number;
}

/** Bits of LL_POWER_CONTROL_RSP's and LE Transmit Power Reporting's flags: at the least, at the most. */
const AT_LEAST = 1;
const AT_MOST = 2;
/** Packets over which the strength of a signal is averaged before a peer is asked for another power. */
const AVERAGED = 8;
/** Acceptable Power Reduction: not known. */
const UNKNOWN_REDUCTION = 0xff;

/**
 * The transmit powers of one connection, seen from one end: its own, in steps of 1 dB and the same on all PHYs, and the
 * peer's as far as it is known (Core Vol 6, Part B, 4.5.16 and 5.1.17).
 */
export class LinkPower {
  readonly range: PowerRange;
  /** dBm. */
  current: number;
  /** dBm, as the peer told it last; `undefined` before that. */
  remote: number | undefined;
  /** Whether the host wants to hear of changes. */
  reportsLocal = false;
  reportsRemote = false;
  /** The peer does not take part in power control. */
  isRefused = false;
  /** The radio's own power, to which propagation refers. */
  private readonly ofRadio: number;
  /** How strongly it wants to hear the peer; without it, it never asks for another power. */
  private readonly golden: PowerRange | undefined;
  private remoteFlags = 0;
  private sum = 0;
  private count = 0;

  constructor(ofRadio: number, range: PowerRange, golden: PowerRange | undefined) {
    this.ofRadio = ofRadio;
    this.current = ofRadio;
    this.range = { min: Math.min(range.min, ofRadio), max: Math.max(range.max, ofRadio) };
    this.golden = golden;
  }

  /** How many dB less than the radio's power it sends with. */
  get attenuation(): number {
    return this.ofRadio - this.current;
  }

  /** By how much the power changes when the peer asks for `delta` dB. */
  possible(delta: number): number {
    return Math.max(this.range.min, Math.min(this.range.max, this.current + delta)) - this.current;
  }

  /** The flags of a power of this end. */
  flagsOf(power: number): number {
    return (power <= this.range.min ? AT_LEAST : 0) | (power >= this.range.max ? AT_MOST : 0);
  }

  /** The peer has told its power. */
  remoteTold(power: number, flags: number): void {
    this.remote = power;
    this.remoteFlags = flags;
    this.sum = 0;
    this.count = 0;
  }

  /** By how many dB the peer might be weaker and still be heard well. */
  acceptableReduction(rssi: number): number {
    if (!this.golden || rssi === NOT_HEARD) return UNKNOWN_REDUCTION;
    return Math.max(0, Math.min(UNKNOWN_REDUCTION - 1, rssi - this.golden.min));
  }

  /** A packet came at `rssi` dBm; gives the dB by which the peer should change its power, 0 for nothing. */
  measured(rssi: number): number {
    const { golden } = this;
    if (!golden || this.isRefused) return 0;
    this.sum += rssi;
    if (++this.count < AVERAGED) return 0;
    const mean = Math.round(this.sum / this.count);
    this.sum = 0;
    this.count = 0;
    if (mean >= golden.min && mean <= golden.max) return 0;
    const wish = Math.round((golden.min + golden.max) / 2) - mean;
    const isAtEnd = (this.remoteFlags & (wish > 0 ? AT_MOST : AT_LEAST)) !== 0;
    return isAtEnd ? 0 : Math.max(-127, Math.min(126, wish));
  }
}

/** RSSI before anything was heard. */
const NOT_HEARD = 127;
