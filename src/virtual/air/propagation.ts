import { checkNumber } from '../../core/check.js';

/** A place in the world, in metres. */
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
  /** The weakest signal, in dBm, that it still receives. */
  readonly sensitivity: number;
}

/** How strong a transmission arrives. */
export interface Propagation {
  /** dBm at `to` of what `from` sends. */
  rssi(from: Radio, to: Radio): number;
}

/** What {@link PathLoss} takes. */
export interface PathLossOptions {
  /** How fast the power falls with the distance: 2 in free space (the default), 3 to 4 indoors. */
  readonly exponent?: number;
  /** dB lost over the first metre; 40 at 2.4 GHz, the default. */
  readonly referenceLoss?: number;
}

/** Log-distance path loss, and a fixed figure for the pairs that {@link fix} names. */
export class PathLoss implements Propagation {
  private readonly exponent: number;
  private readonly referenceLoss: number;
  private readonly fixed = new WeakMap<Radio, WeakMap<Radio, number>>();

  constructor(options: PathLossOptions = {}) {
    this.exponent = checkNumber('exponent', options.exponent ?? 2, 0, 10);
    this.referenceLoss = checkNumber('referenceLoss', options.referenceLoss ?? 40, 0, 200, 'dB');
  }

  /** Makes both of a pair hear each other at `dbm`, wherever they are; `undefined` lets the positions count again. */
  fix(one: Radio, other: Radio, dbm: number | undefined): void {
    if (dbm !== undefined) checkNumber('dbm', dbm, -127, 20, 'dBm');
    this.fixOneWay(one, other, dbm);
    this.fixOneWay(other, one, dbm);
  }

  private fixOneWay(from: Radio, to: Radio, dbm: number | undefined): void {
    let row = this.fixed.get(from);
    if (!row) {
      row = new WeakMap();
      this.fixed.set(from, row);
    }
    if (dbm === undefined) row.delete(to);
    else row.set(to, dbm);
  }

  rssi(from: Radio, to: Radio): number {
    const fixed = this.fixed.get(from)?.get(to);
    if (fixed !== undefined) return fixed;
    const a = from.position;
    const b = to.position;
    // Nearer than a metre counts as a metre: the model does not hold in the near field.
    const distance = Math.max(1, Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z));
    const dbm = from.txPower - this.referenceLoss - 10 * this.exponent * Math.log10(distance);
    return Math.max(-127, Math.min(20, Math.round(dbm)));
  }
}
