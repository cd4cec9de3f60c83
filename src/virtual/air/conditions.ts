import { checkInteger, checkKeys, checkNumber } from '../../core/check.js';
import { type AirFault, AirFaultSource } from './air-fault.js';
import type { PhyCode } from './airtime.js';
import { ratio } from './exact-math.js';
import { type Disturbance, InterferenceSource, type Interferer } from './interference.js';
import { hash3, unit } from './noise.js';
import type { Propagation, Radio } from './propagation.js';
import { bitErrorRate, type Fate, fateOf, noisePower, sensitivityGain } from './reception.js';
import { Transmissions } from './transmissions.js';

/** What {@link Conditions} takes. Without any of it, what is strong enough arrives. */
export interface ConditionsOptions {
  /** Decides all that is chance in it, 0 to 0xFFFFFFFF; 0. */
  readonly seed?: number;
  /** How likely a packet is lost for no reason, 0–1; 0. */
  readonly loss?: number;
  /**
   * Whether weak signals lose bits: at the sensitivity one in a thousand (Core Vol 6, Part A, 4.1), more below, so that long
   * packets suffer first. Without it, everything down to the sensitivity arrives whole, and nothing below.
   */
  readonly bitErrors?: boolean;
  /** Whether transmissions on the same channel at the same time disturb each other; the stronger may still arrive. */
  readonly collisions?: boolean;
  readonly interferers?: readonly Interferer[];
  readonly faults?: readonly AirFault[];
}

const known = ['seed', 'loss', 'bitErrors', 'collisions', 'interferers', 'faults'];

const powers = new Map<number, number>();

/** mW of a whole number of dBm. */
function milliwatt(dbm: number): number {
  let power = powers.get(dbm);
  if (power === undefined) {
    power = ratio(dbm);
    // RSSI is whole and between −127 and 20: this has a bound.
    powers.set(dbm, power);
  }
  return power;
}

/** What becomes of packets on the air: bit errors, losses, interference, collisions, and faults to order. */
export class Conditions {
  private readonly loss: number;
  private readonly bitErrors: boolean;
  private readonly sources: readonly InterferenceSource[];
  private readonly faults: readonly AirFaultSource[];
  private readonly transmissions: Transmissions | undefined;
  private readonly seed: number;
  private packets = 0;
  private readonly disturbance: Disturbance = { power: 0, share: 0, blocked: false };

  /** @throws {RangeError | TypeError} naming the option that is wrong */
  constructor(options: ConditionsOptions = {}) {
    checkKeys('conditions', options, known);
    this.seed = checkInteger('seed', options.seed ?? 0, 0, 0xffffffff);
    this.loss = checkNumber('loss', options.loss ?? 0, 0, 1);
    this.bitErrors = options.bitErrors ?? false;
    this.transmissions = options.collisions ? new Transmissions() : undefined;
    this.sources = (options.interferers ?? []).map(
      (one, i) => new InterferenceSource(one, hash3(this.seed, i, 21), `interferers.${i}`),
    );
    this.faults = (options.faults ?? []).map(
      (one, i) => new AirFaultSource(one, hash3(this.seed, i, 22), `faults.${i}`),
    );
  }

  /** How often each of the faults has happened, in their order. */
  get faultCounts(): readonly number[] {
    return this.faults.map(({ count }) => count);
  }

  /** Something is sent on `channel` from `start` to `end` (µs): it disturbs what is sent beside it. */
  occupy(from: Radio, channel: number, start: number, end: number): void {
    this.transmissions?.add(from, channel, start, end);
  }

  /** What becomes of a PDU of `octets` octets of payload, which took from `start` to `end` (µs), at the receiver `to`. */
  fate(
    propagation: Propagation,
    from: Radio,
    to: Radio,
    channel: number,
    phy: PhyCode,
    octets: number,
    start: number,
    end: number,
    attenuation = 0,
  ): Fate {
    for (const fault of this.faults) {
      if (fault.isStalled(from.name, start, end) || fault.isStalled(to.name, start, end)) return 'missed';
    }
    const rssi = Math.max(-127, propagation.rssi(from, to, end, channel) - attenuation);
    const fate = this.byChance(propagation, rssi, from, to, channel, phy, octets, start, end);
    if (fate === 'missed') return fate;
    for (const fault of this.faults) {
      const struck = fault.strike(from.name, to.name, channel, start, end);
      if (!struck) continue;
      const { delay } = fault;
      if (delay > 0) this.occupy(from, channel, start + delay, end + delay);
      return struck;
    }
    return fate;
  }

  private byChance(
    propagation: Propagation,
    rssi: number,
    from: Radio,
    to: Radio,
    channel: number,
    phy: PhyCode,
    octets: number,
    start: number,
    end: number,
  ): Fate {
    const gain = sensitivityGain(phy);
    // 12 dB below the sensitivity nothing at all is left of a packet.
    if (rssi < to.sensitivity - gain - (this.bitErrors ? 12 : 0)) return 'missed';
    const { disturbance } = this;
    disturbance.power = 0;
    disturbance.share = 0;
    disturbance.blocked = false;
    for (const source of this.sources) {
      source.disturb(disturbance, to, channel, start, end, propagation, milliwatt);
    }
    this.transmissions?.disturb(disturbance, from, to, channel, start, end, propagation, milliwatt);
    if (disturbance.blocked) return 'missed';
    if (this.loss > 0 && this.chance(1) < this.loss) return 'missed';
    const signal = milliwatt(rssi) * ratioOf(gain);
    const noise = noisePower(to.sensitivity);
    const clean = this.bitErrors ? bitErrorRate(signal / noise) : 0;
    if (disturbance.power === 0 && clean === 0) return 'received';
    const disturbed = disturbance.power === 0 ? 0 : bitErrorRate(signal / (noise + disturbance.power));
    return fateOf(octets, clean, disturbed, disturbance.share, this.chance(2));
  }

  private chance(salt: number): number {
    return unit(hash3(this.seed, this.packets++, salt));
  }
}

function ratioOf(gain: number): number {
  return gain === 0 ? 1 : milliwatt(gain);
}
