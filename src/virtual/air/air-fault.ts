import { checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import { CHANNELS } from './channels.js';
import { hash3, unit } from './noise.js';
import type { Fate } from './reception.js';

/** Something that goes wrong with packets on the air, ordered. All that it says of a packet must hold. */
export interface AirFault {
  /** The packet is not noticed, or comes with a wrong CRC. */
  readonly fault: 'drop' | 'corrupt';
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
  /** How often it happens at most; without limit. */
  readonly times?: number;
  /** How likely it happens to a packet that all else is true of, 0–1; 1. */
  readonly probability?: number;
}

const known = [
  ...['fault', 'from', 'to', 'channels', 'fromMs', 'untilMs', 'after', 'every', 'times'],
  'probability',
];

/** One {@link AirFault} at work. */
export class AirFaultSource {
  private readonly options: AirFault;
  private readonly fate: Fate;
  private readonly seed: number;
  private seen = 0;
  private happened = 0;

  /** @throws {RangeError | TypeError} naming the option that is wrong */
  constructor(options: AirFault, seed: number, name: string) {
    checkKeys(name, options, known);
    checkOneOf(`${name}.fault`, options.fault, ['drop', 'corrupt']);
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
    this.fate = options.fault === 'drop' ? 'missed' : 'corrupt';
    this.seed = seed;
  }

  /** How often it has happened. */
  get count(): number {
    return this.happened;
  }

  /** What becomes of a packet that would arrive; `undefined` when it is none of its business. */
  strike(from: string, to: string, channel: number, now: number): Fate | undefined {
    const { options } = this;
    if (options.times !== undefined && this.happened >= options.times) return undefined;
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
    return this.fate;
  }
}
