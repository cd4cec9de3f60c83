import { checkInteger, checkKeys, checkNumber } from '../../core/check.js';
import { CHANNELS, frequency } from './channels.js';
import { hash3, unit } from './noise.js';
import type { Position, Propagation, Radio } from './propagation.js';

/** A Wi-Fi network: bursts over 20 MHz. */
export interface WifiInterferer {
  readonly kind: 'wifi';
  /** 1–13: 2412 MHz and 5 MHz more for each. */
  readonly channel: number;
  /** The part of the time that it sends, 0–1. */
  readonly dutyCycle: number;
  /** dBm over the whole 20 MHz; 15. */
  readonly power?: number;
  /** How long one burst takes, in milliseconds; 2. */
  readonly burstMs?: number;
  /** Where it stands, in metres; the origin. */
  readonly position?: Position;
}

/** A jammer: some channels are full of noise for some time. */
export interface Jammer {
  readonly kind: 'jammer';
  /** 0–39. */
  readonly channels: readonly number[];
  /** dBm in each channel; without it, nothing whatever comes through. */
  readonly power?: number;
  /** The part of the time that it sends, 0–1; all of it. */
  readonly dutyCycle?: number;
  /** How long one burst takes, in milliseconds; 2. Where the duty cycle is 1, it is one burst. */
  readonly burstMs?: number;
  /** Where it stands, in metres; the origin. */
  readonly position?: Position;
  /** From when to when it is there, in milliseconds since the air began; always. */
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/** What disturbs the air. */
export type Interferer = WifiInterferer | Jammer;

/** How much of a packet is disturbed, and by what. Reused from question to question. */
export interface Disturbance {
  /** mW at the receiver, of all that disturb. */
  power: number;
  /** The part of the packet that is disturbed, 0–1. */
  share: number;
  /** Nothing comes through. */
  blocked: boolean;
}

const ORIGIN: Position = { x: 0, y: 0, z: 0 };
/** 20 MHz of Wi-Fi in the 1 MHz of a Bluetooth channel. */
const WIFI_SPREAD = 13;
/** How far from the centre of a Wi-Fi channel its power reaches, in MHz. */
const WIFI_REACH = 10;

const permitted = {
  wifi: ['kind', 'channel', 'dutyCycle', 'power', 'burstMs', 'position'],
  jammer: ['kind', 'channels', 'power', 'dutyCycle', 'burstMs', 'position', 'fromMs', 'untilMs'],
};

/** One interferer at work. When its bursts come depends on its seed and the time alone. */
export class InterferenceSource {
  /** As a radio that sends and hears nothing; `undefined` when it blocks whatever the distance. */
  private readonly radio: Radio | undefined;
  private readonly concerns: Uint8Array;
  private readonly dutyCycle: number;
  /** µs of a burst, and from one frame with a burst in it to the next. */
  private readonly burst: number;
  private readonly period: number;
  private readonly from: number;
  private readonly until: number;
  private readonly seed: number;

  /**
   * @param name what messages call it
   * @throws {RangeError | TypeError} naming the option that is wrong
   */
  constructor(options: Interferer, seed: number, name: string) {
    if (options.kind !== 'wifi' && options.kind !== 'jammer') {
      throw new RangeError(
        `${name}.kind: ${JSON.stringify((options as { kind: unknown }).kind)} is not permitted; one of "wifi", "jammer" is`,
      );
    }
    checkKeys(name, options, permitted[options.kind]);
    this.concerns = new Uint8Array(CHANNELS);
    if (options.kind === 'wifi') {
      checkInteger(`${name}.channel`, options.channel, 1, 13);
      const centre = 2407 + 5 * options.channel;
      for (let channel = 0; channel < CHANNELS; channel++) {
        if (Math.abs(frequency(channel) - centre) <= WIFI_REACH) this.concerns[channel] = 1;
      }
    } else {
      if (!Array.isArray(options.channels))
        throw new TypeError(`${name}.channels: a list of channels is wanted`);
      for (const [i, channel] of options.channels.entries()) {
        this.concerns[checkInteger(`${name}.channels.${i}`, channel, 0, CHANNELS - 1)] = 1;
      }
    }
    const power = options.kind === 'wifi' ? (options.power ?? 15) - WIFI_SPREAD : options.power;
    if (power !== undefined) checkNumber(`${name}.power`, options.power ?? 15, -100, 60, 'dBm');
    this.dutyCycle = checkNumber(`${name}.dutyCycle`, options.dutyCycle ?? 1, 0, 1);
    this.burst = checkNumber(`${name}.burstMs`, options.burstMs ?? 2, 0.01, 1e6, 'ms') * 1000;
    this.period = this.dutyCycle > 0 ? this.burst / this.dutyCycle : 0;
    const { fromMs = 0, untilMs = Number.POSITIVE_INFINITY } = options.kind === 'jammer' ? options : {};
    this.from = checkNumber(`${name}.fromMs`, fromMs, 0, 1e12, 'ms') * 1000;
    this.until = checkNumber(`${name}.untilMs`, untilMs, fromMs, Number.POSITIVE_INFINITY, 'ms') * 1000;
    this.seed = seed;
    const position = options.position ?? ORIGIN;
    this.radio = power === undefined ? undefined : { name, position, txPower: power, sensitivity: 127 };
  }

  /**
   * Adds what it does to a packet on `channel` from `start` to `end` (µs).
   * @param ratios mW by dBm, as a function
   */
  disturb(
    into: Disturbance,
    to: Radio,
    channel: number,
    start: number,
    end: number,
    propagation: Propagation,
    milliwatt: (dbm: number) => number,
  ): void {
    if (this.concerns[channel] === 0 || this.dutyCycle === 0) return;
    const overlap = this.overlap(Math.max(start, this.from), Math.min(end, this.until));
    if (overlap <= 0) return;
    if (!this.radio) {
      into.blocked = true;
      return;
    }
    into.power += milliwatt(propagation.rssi(this.radio, to, start, channel));
    into.share = Math.max(into.share, overlap / (end - start));
  }

  /** How many µs of the time from `start` to `end` it sends in. */
  private overlap(start: number, end: number): number {
    if (end <= start) return 0;
    if (this.dutyCycle === 1) return end - start;
    let sum = 0;
    const last = Math.floor(end / this.period);
    for (let frame = Math.floor(start / this.period); frame <= last; frame++) {
      // Somewhere in each frame, by chance, lies one burst.
      const begin =
        frame * this.period + unit(hash3(this.seed, frame & 0xffffffff, 7)) * (this.period - this.burst);
      sum += Math.max(0, Math.min(end, begin + this.burst) - Math.max(start, begin));
    }
    return sum;
  }
}
