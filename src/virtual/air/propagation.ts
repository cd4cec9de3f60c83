import { checkInteger, checkKeys, checkNumber } from '../../core/check.js';
import { frequency } from './channels.js';
import { decibel, log10, ratio } from './exact-math.js';
import { hash3, hashText, wander } from './noise.js';
import type { RadioTime } from './radio-time.js';

/** A place in the world, in metres. A {@link Route} is one that moves. */
export interface Position {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** What the air knows of a station: where it is and how strong and how sensitive its radio is. */
export interface Radio {
  readonly name: string;
  readonly position: Position;
  /** dBm. */
  readonly txPower: number;
  /** The weakest signal, in dBm, that it still receives on LE 1M. */
  readonly sensitivity: number;
  /** What it is busy with, where all roles of a controller share one radio; without it they do not disturb each other. */
  readonly time?: RadioTime | undefined;
}

/** How strong a transmission arrives. */
export interface Propagation {
  /**
   * dBm at `to` of what `from` sends; whole ones.
   * @param at when, in µs since the air began; 0 without
   * @param channel on which channel, 0–39; 37 without
   */
  rssi(from: Radio, to: Radio, at?: number, channel?: number): number;
}

/** A wall from floor to ceiling: what crosses it is weaker by `loss` dB. */
export interface Wall {
  /** Its ends, in metres. */
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  /** dB; a plasterboard wall takes 3, brick 8, concrete 15. */
  readonly loss: number;
}

/** Slow changes of the signal, as of people who walk about: the same on all channels. */
export interface ShadowingOptions {
  /** Their standard deviation in dB; 3 to 6 indoors. */
  readonly deviation: number;
  /** Over how many milliseconds one value turns into another; 2000. */
  readonly coherenceMs?: number;
}

/** Fast changes of the signal from many paths at once (Rice): each band of 8 MHz fades by itself. */
export interface FadingOptions {
  /** How much stronger the direct path is than all others together, in dB: 10 in sight of each other, −20 for none (Rayleigh). */
  readonly k: number;
  /** Over how many milliseconds one value turns into another; 100, as at walking pace. */
  readonly coherenceMs?: number;
}

/** What {@link PathLoss} takes. */
export interface PathLossOptions {
  /** How fast the power falls with the distance: 2 in free space (the default), 3 to 4 indoors. */
  readonly exponent?: number;
  /** dB lost over the first metre; 40 at 2.4 GHz, the default. */
  readonly referenceLoss?: number;
  readonly walls?: readonly Wall[];
  readonly shadowing?: ShadowingOptions;
  readonly fading?: FadingOptions;
  /** Decides how shadowing and fading go, 0 to 0xFFFFFFFF; 0. */
  readonly seed?: number;
}

const known = ['exponent', 'referenceLoss', 'walls', 'shadowing', 'fading', 'seed'];
/** How wide a band fades as one, in MHz: the coherence bandwidth of rooms. */
const FADING_BAND = 8;

/**
 * Log-distance path loss with walls, shadowing and fading, and a fixed figure for the pairs that {@link fix} names. What
 * it gives depends on the seed, the names of the two radios, their places, the moment and the channel alone, and is the
 * same in both directions but for the power that each sends with.
 */
export class PathLoss implements Propagation {
  private readonly exponent: number;
  private readonly referenceLoss: number;
  private readonly walls: readonly Wall[];
  private readonly shadowing: Required<ShadowingOptions> | undefined;
  private readonly fading: (Required<FadingOptions> & Rice) | undefined;
  private readonly seed: number;
  private fixed: WeakMap<Radio, WeakMap<Radio, number>> | undefined;
  private readonly names = new WeakMap<Radio, number>();

  /** @throws {RangeError | TypeError} naming the option that is wrong */
  constructor(options: PathLossOptions = {}) {
    checkKeys('path loss', options, known);
    this.exponent = checkNumber('exponent', options.exponent ?? 2, 0, 10);
    this.referenceLoss = checkNumber('referenceLoss', options.referenceLoss ?? 40, 0, 200, 'dB');
    this.seed = checkInteger('seed', options.seed ?? 0, 0, 0xffffffff);
    this.walls = (options.walls ?? []).map(checkWall);
    const { shadowing, fading } = options;
    this.shadowing = shadowing && {
      deviation: checkNumber('shadowing.deviation', shadowing.deviation, 0, 30, 'dB'),
      coherenceMs: checkNumber('shadowing.coherenceMs', shadowing.coherenceMs ?? 2000, 1, 1e9, 'ms'),
    };
    this.fading = fading && {
      k: checkNumber('fading.k', fading.k, -40, 40, 'dB'),
      coherenceMs: checkNumber('fading.coherenceMs', fading.coherenceMs ?? 100, 1, 1e9, 'ms'),
      ...rice(fading.k),
    };
  }

  /** Makes both of a pair hear each other at `dbm`, wherever they are; `undefined` lets the positions count again. */
  fix(one: Radio, other: Radio, dbm: number | undefined): void {
    if (dbm !== undefined) checkNumber('dbm', dbm, -127, 20, 'dBm');
    this.fixOneWay(one, other, dbm);
    this.fixOneWay(other, one, dbm);
  }

  private fixOneWay(from: Radio, to: Radio, dbm: number | undefined): void {
    this.fixed ??= new WeakMap();
    let row = this.fixed.get(from);
    if (!row) {
      row = new WeakMap();
      this.fixed.set(from, row);
    }
    if (dbm === undefined) row.delete(to);
    else row.set(to, dbm);
  }

  rssi(from: Radio, to: Radio, at = 0, channel = 37): number {
    const fixed = this.fixed?.get(from)?.get(to);
    if (fixed !== undefined) return fixed;
    const a = from.position;
    const b = to.position;
    const [x, y, z] = [a.x - b.x, a.y - b.y, a.z - b.z];
    // Nearer than a metre counts as a metre: the model does not hold in the near field.
    const distance = Math.max(1, Math.sqrt(x * x + y * y + z * z));
    let dbm = from.txPower - this.referenceLoss - 10 * this.exponent * log10(distance);
    for (const wall of this.walls) if (crosses(a, b, wall)) dbm -= wall.loss;
    if (this.shadowing || this.fading) dbm += this.fluctuation(this.pair(from, to), at, channel);
    return Math.max(-127, Math.min(20, Math.round(dbm)));
  }

  /** What names a pair in both directions, and this model. */
  private pair(one: Radio, other: Radio): number {
    const a = this.nameOf(one);
    const b = this.nameOf(other);
    return hash3(this.seed, Math.min(a, b), Math.max(a, b));
  }

  private nameOf(radio: Radio): number {
    let hash = this.names.get(radio);
    if (hash === undefined) {
      hash = hashText(radio.name);
      this.names.set(radio, hash);
    }
    return hash;
  }

  /** dB that are added to the mean. */
  private fluctuation(pair: number, at: number, channel: number): number {
    const { shadowing, fading } = this;
    let db = 0;
    if (shadowing) db += shadowing.deviation * wander(hash3(pair, 1, 0), at, shadowing.coherenceMs * 1000);
    if (fading) {
      const band = Math.floor(frequency(channel) / FADING_BAND);
      const coherence = fading.coherenceMs * 1000;
      const i = fading.direct + fading.scattered * wander(hash3(pair, 2, band), at, coherence);
      const q = fading.scattered * wander(hash3(pair, 3, band), at, coherence);
      // A fade is never deeper than 60 dB: some of the power always arrives.
      db += decibel(Math.max(1e-6, i * i + q * q));
    }
    return db;
  }
}

/** The amplitudes of the direct path and of each component of the others, for a mean power of 1. */
interface Rice {
  readonly direct: number;
  readonly scattered: number;
}

function rice(k: number): Rice {
  const factor = ratio(k);
  return { direct: Math.sqrt(factor / (factor + 1)), scattered: Math.sqrt(1 / (2 * (factor + 1))) };
}

function checkWall(wall: Wall, index: number): Wall {
  const name = `walls.${index}`;
  checkKeys(name, wall, ['from', 'to', 'loss']);
  for (const end of ['from', 'to'] as const) {
    checkNumber(`${name}.${end}.x`, wall[end]?.x, -1e6, 1e6, 'm');
    checkNumber(`${name}.${end}.y`, wall[end]?.y, -1e6, 1e6, 'm');
  }
  checkNumber(`${name}.loss`, wall.loss, 0, 200, 'dB');
  return wall;
}

/** Whether the straight way between two places goes through a wall, seen from above. */
function crosses(a: Position, b: Position, { from, to }: Wall): boolean {
  const side = (p: Point, q: Point, r: Point) => (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
  return side(from, to, a) > 0 !== side(from, to, b) > 0 && side(a, b, from) > 0 !== side(a, b, to) > 0;
}

interface Point {
  readonly x: number;
  readonly y: number;
}
