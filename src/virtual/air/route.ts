import { checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import type { Position } from './propagation.js';

/** A point on a way, in metres. */
export interface WayPoint {
  readonly x: number;
  readonly y: number;
  readonly z?: number;
  /** How long it stays there, in milliseconds; 0. */
  readonly pauseMs?: number;
}

/** What {@link Route} takes. */
export interface RouteOptions {
  /** Where it goes, in straight lines; at least one point. */
  readonly points: readonly WayPoint[];
  /** Metres a second; 1.4, as people walk. */
  readonly speed?: number;
  /** What it does at the last point: stays, turns back, or goes on to the first in a straight line; stays without. */
  readonly end?: 'stop' | 'return' | 'repeat';
  /** When it sets out, in milliseconds since the air began; 0. */
  readonly startMs?: number;
}

interface Leg {
  /** ms since it set out. */
  readonly begin: number;
  readonly duration: number;
  readonly from: Position;
  readonly to: Position;
}

/** A position that moves: along way points, at one speed. */
export class Route implements Position {
  private readonly now: () => number;
  private readonly legs: readonly Leg[];
  private readonly length: number;
  private readonly repeats: boolean;
  private readonly startMs: number;
  private readonly last: Position;
  private readAt = -1;
  private place: Position;

  /**
   * @param now gives the time in µs since the air began
   * @throws {RangeError | TypeError} naming the option that is wrong
   */
  constructor(now: () => number, options: RouteOptions) {
    checkKeys('route', options, ['points', 'speed', 'end', 'startMs']);
    const { speed = 1.4, end = 'stop', startMs = 0 } = options;
    checkNumber('speed', speed, 0.001, 1000, 'm/s');
    checkOneOf('end', end, ['stop', 'return', 'repeat']);
    this.startMs = checkNumber('startMs', startMs, 0, 1e12, 'ms');
    if (!Array.isArray(options.points) || options.points.length === 0) {
      throw new RangeError('points: none are not permitted; at least one is');
    }
    const points = options.points.map(checkPoint);
    if (end === 'return') points.push(...points.slice(0, -1).reverse());
    if (end === 'repeat') points.push(points[0]!);
    const { legs, length } = legsOf(points, speed);
    this.now = now;
    this.legs = legs;
    this.length = length;
    this.repeats = end !== 'stop' && length > 0;
    this.last = points.at(-1)!;
    this.place = points[0]!;
  }

  get x(): number {
    return this.here().x;
  }

  get y(): number {
    return this.here().y;
  }

  get z(): number {
    return this.here().z;
  }

  private here(): Position {
    const now = this.now();
    if (now !== this.readAt) {
      this.readAt = now;
      this.place = this.placeAt(now / 1000 - this.startMs);
    }
    return this.place;
  }

  private placeAt(sinceStart: number): Position {
    if (sinceStart <= 0) return this.legs[0]?.from ?? this.last;
    if (sinceStart >= this.length && !this.repeats) return this.last;
    const time = this.repeats ? sinceStart % this.length : sinceStart;
    // Routes are short; the last leg that has begun is the one.
    let i = this.legs.length - 1;
    while (i > 0 && this.legs[i]!.begin > time) i--;
    const leg = this.legs[i];
    if (!leg) return this.last;
    const part = leg.duration === 0 ? 0 : (time - leg.begin) / leg.duration;
    const between = (a: number, b: number) => a + (b - a) * part;
    return {
      x: between(leg.from.x, leg.to.x),
      y: between(leg.from.y, leg.to.y),
      z: between(leg.from.z, leg.to.z),
    };
  }
}

type Stop = Position & { readonly pauseMs: number };

function checkPoint(point: WayPoint, index: number): Stop {
  const name = `points.${index}`;
  checkKeys(name, point, ['x', 'y', 'z', 'pauseMs']);
  const axis = (which: 'x' | 'y' | 'z', value: unknown) =>
    checkNumber(`${name}.${which}`, value, -1e6, 1e6, 'm');
  return {
    x: axis('x', point.x),
    y: axis('y', point.y),
    z: axis('z', point.z ?? 0),
    pauseMs: checkNumber(`${name}.pauseMs`, point.pauseMs ?? 0, 0, 1e12, 'ms'),
  };
}

function legsOf(points: readonly Stop[], speed: number): { legs: Leg[]; length: number } {
  const legs: Leg[] = [];
  let length = 0;
  const add = (from: Stop, to: Stop, duration: number) => {
    if (duration > 0) legs.push({ begin: length, duration, from, to });
    length += duration;
  };
  for (const [i, from] of points.entries()) {
    const to = points[i + 1];
    // Where the way ends it stays, or begins anew with the pause of the first point.
    if (!to) break;
    add(from, from, from.pauseMs);
    const [x, y, z] = [to.x - from.x, to.y - from.y, to.z - from.z];
    add(from, to, (Math.sqrt(x * x + y * y + z * z) / speed) * 1000);
  }
  return { legs, length };
}
