import { checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import { CHANNELS } from './channels.js';
import { hash3, unit } from './noise.js';
import type { Fate } from './reception.js';

/**
 * What can go wrong with a packet on the air:
 *
 * - `drop`: it is not noticed.
 * - `corrupt`: it comes with a wrong CRC.
 * - `delay`: its sender is late by `us` microseconds, and misses the time at which it is waited for.
 * - `stall`: from this packet on, the radio of its sender neither sends nor hears anything for `ms`, while its time goes on.
 */
export const airFaultKinds = ['drop', 'corrupt', 'delay', 'stall'] as const;

/** One of {@link airFaultKinds}. */
export type AirFaultKind = (typeof airFaultKinds)[number];

/** How late a packet may be within a connection event or behind an advertisement, in µs: Core Vol 6, Part B, 4.2.1. */
const TOLERANCE = 2;

/** Something that goes wrong with packets on the air, ordered. All that it says of a packet must hold. */
export interface AirFault {
  readonly fault: AirFaultKind;
  /**
   * µs, of `delay`. A receiver waits for what is due for 2 µs more than its T_IFS (Core Vol 6, Part B, 4.2.1): what comes later
   * is not received, but is on the air and disturbs.
   */
  readonly us?: number;
  /** Milliseconds, of `stall`. */
  readonly ms?: number;
  /** Names of stations: who sends, who receives; everybody. */
  readonly from?: string;
  readonly to?: string;
  /** 0–39; all. */
  readonly channels?: readonly number[];
  /** From when to when, in milliseconds since the air began; always. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** How many packets of its kind are let through first; 0. */
  readonly after?: number;
  /** Of those behind, every how many it happens to; 1, which is each. */
  readonly every?: number;
  /** How often it happens at most; without limit, and once for `stall`. */
  readonly times?: number;
  /** How likely it happens to a packet that all else is true of, 0–1; 1. */
  readonly probability?: number;
}

const known = [
  ...['fault', 'us', 'ms', 'from', 'to', 'channels', 'fromMs', 'untilMs', 'after', 'every', 'times'],
  'probability',
];

/** One {@link AirFault} at work. */
export class AirFaultSource {
  private readonly options: AirFault;
  private readonly limit: number;
  private stalled: string | undefined;
  private stalledFrom = 0;
  private stalledUntil = 0;
  private readonly seed: number;
  private seen = 0;
  private happened = 0;

  /** @throws {RangeError | TypeError} naming the option that is wrong */
  constructor(options: AirFault, seed: number, name: string) {
    checkKeys(name, options, known);
    checkOneOf(`${name}.fault`, options.fault, airFaultKinds);
    checkTime(`${name}.us`, options.fault, 'delay', options.us);
    checkTime(`${name}.ms`, options.fault, 'stall', options.ms);
    for (const [i, channel] of (options.channels ?? []).entries()) {
      checkInteger(`${name}.channels.${i}`, channel, 0, CHANNELS - 1);
    }
    checkNumber(`${name}.fromMs`, options.fromMs ?? 0, 0, 1e12, 'ms');
    checkNumber(`${name}.untilMs`, options.untilMs ?? 1e12, options.fromMs ?? 0, 1e12, 'ms');
    checkInteger(`${name}.after`, options.after ?? 0, 0, 0xffffffff);
    checkInteger(`${name}.every`, options.every ?? 1, 1, 0xffffffff);
    checkInteger(`${name}.times`, options.times ?? 0, 0, 0xffffffff);
    checkNumber(`${name}.probability`, options.probability ?? 1, 0, 1);
    this.options = options;
    this.limit = options.times ?? (options.fault === 'stall' ? 1 : Number.POSITIVE_INFINITY);
    this.seed = seed;
  }

  /** How often it has happened. */
  get count(): number {
    return this.happened;
  }

  /** How much later than it should a packet was sent that this has just struck, in µs. */
  get delay(): number {
    return this.options.fault === 'delay' ? this.options.us! : 0;
  }

  /** Whether the radio of a station stood still at some time from `start` to `end` (µs). */
  isStalled(station: string, start: number, end: number): boolean {
    return this.stalled === station && start < this.stalledUntil && end > this.stalledFrom;
  }

  /** What becomes of a packet that would arrive; `undefined` when it is none of its business. Times in µs. */
  strike(from: string, to: string, channel: number, start: number, now: number): Fate | undefined {
    const { options } = this;
    if (this.happened >= this.limit) return undefined;
    if (options.from !== undefined && options.from !== from) return undefined;
    if (options.to !== undefined && options.to !== to) return undefined;
    if (options.channels && !options.channels.includes(channel)) return undefined;
    const ms = now / 1000;
    if (ms < (options.fromMs ?? 0) || ms >= (options.untilMs ?? Number.POSITIVE_INFINITY)) return undefined;
    const turn = this.seen++ - (options.after ?? 0);
    if (turn < 0 || turn % (options.every ?? 1) !== 0) return undefined;
    const { probability = 1 } = options;
    if (probability < 1 && unit(hash3(this.seed, this.seen, 11)) >= probability) return undefined;
    this.happened++;
    if (options.fault === 'stall') {
      this.stalled = from;
      this.stalledFrom = start;
      this.stalledUntil = start + options.ms! * 1000;
    }
    if (options.fault === 'delay' && options.us! <= TOLERANCE) return undefined;
    return options.fault === 'corrupt' ? 'corrupt' : 'missed';
  }
}

/** A fault that takes time says how long; the others do not. */
function checkTime(name: string, fault: AirFaultKind, ofKind: AirFaultKind, time: number | undefined): void {
  if (fault !== ofKind) {
    if (time !== undefined) throw new TypeError(`${name}: is not permitted; it belongs to ${ofKind}`);
  } else if (time === undefined)
    throw new TypeError(`${name}: missing; how long the ${fault} takes is wanted`);
  else checkNumber(name, time, 0, ofKind === 'delay' ? 1e6 : 1e12);
}
