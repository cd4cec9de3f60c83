/** Connection events that are remembered; the longest PDU, 17 ms, overlaps fewer of the shortest. */
const REMEMBERED = 64;

/** A connection, as the plans of its radio have it. Times in µs. */
export interface RadioTenant {
  /** When its next event begins. */
  readonly nextAnchor: number;
  /** µs from one of its events to the next. */
  readonly interval: number;
}

interface Advertising {
  from: number;
  until: number;
}

/**
 * What the one radio of a controller is busy with. Connection events come before advertising, and advertising before scanning
 * and initiating:
 * - A connection event begins unless another is under way, or another begins within its first exchange that has been passed
 *   over more often; it is passed over then, for its supervision timeout as if nothing had been heard.
 * - It goes on beyond its first exchange as long as no other event of the radio begins, and nothing is advertised.
 * - Of an advertising event, and of what scanners and initiators hear, each PDU counts that no connection event overlaps.
 * - Scanners and initiators hear nothing either while their radio advertises.
 *
 * Periodic advertising and isochronous streams are not in its plans.
 */
export class RadioTime {
  private readonly tenants = new Map<RadioTenant, number>();
  private readonly starts = new Float64Array(REMEMBERED).fill(-1);
  private readonly ends = new Float64Array(REMEMBERED).fill(-1);
  /** Where the current or last connection event stands. */
  private last = 0;
  /** Whose it is. */
  private owner: RadioTenant | undefined;
  private readonly advertising = new Map<object, Advertising>();

  /** A connection begins. */
  add(tenant: RadioTenant): void {
    this.tenants.set(tenant, 0);
  }

  /** It is over. */
  remove(tenant: RadioTenant): void {
    this.tenants.delete(tenant);
    if (this.owner === tenant) this.owner = undefined;
  }

  /** Whether a connection's last event was passed over. */
  wasPassedOver(tenant: RadioTenant): boolean {
    return this.tenants.get(tenant)! > 0;
  }

  /** A connection event whose first exchange takes from `start` to `end` wants to begin; says whether it does. */
  claim(tenant: RadioTenant, start: number, end: number): boolean {
    const passedOver = this.tenants.get(tenant)!;
    let isFree = this.ends[this.last]! <= start;
    for (const [other, times] of this.tenants) {
      if (!isFree) break;
      if (times > passedOver && other.nextAnchor >= start && other.nextAnchor < end) isFree = false;
    }
    this.tenants.set(tenant, isFree ? 0 : passedOver + 1);
    if (!isFree) return false;
    this.last = (this.last + 1) % REMEMBERED;
    this.owner = tenant;
    this.starts[this.last] = start;
    this.ends[this.last] = end;
    return true;
  }

  /** The connection event under way wants to go on from `start` to `end`; says whether it does. */
  extend(tenant: RadioTenant, start: number, end: number): boolean {
    // Another may have begun in the space between two frames.
    if (this.owner !== tenant) return false;
    for (const other of this.tenants.keys()) {
      if (other !== tenant && other.nextAnchor >= start && other.nextAnchor < end) return false;
    }
    if (this.advertises(start, end)) return false;
    this.ends[this.last] = end;
    return true;
  }

  /** An advertising event, or a part of it, takes from `from` to `until`; it replaces what the same owner told before. */
  advertise(owner: object, from: number, until: number): void {
    const known = this.advertising.get(owner);
    if (!known) this.advertising.set(owner, { from, until });
    else {
      known.from = from;
      known.until = until;
    }
  }

  /** Whether no connection event overlaps what has just taken from `start` to `end`. */
  isFree(start: number, end: number): boolean {
    for (let i = 0, at = this.last; i < REMEMBERED; i++, at = (at + REMEMBERED - 1) % REMEMBERED) {
      if (this.ends[at]! <= start) return true;
      if (this.starts[at]! < end) return false;
    }
    return true;
  }

  /** Whether a receiver could have listened from `start` to `end`, which is now: neither connected nor advertising. */
  isIdle(start: number, end: number): boolean {
    return this.isFree(start, end) && !this.advertises(start, end);
  }

  /** Whether no connection event begins from `start` to `end`, which are to come. */
  hasRoom(start: number, end: number): boolean {
    for (const { nextAnchor } of this.tenants.keys()) {
      if (nextAnchor >= start && nextAnchor < end) return false;
    }
    return true;
  }

  /**
   * By how much later than `at` the first event of a new connection leaves the most room between its events and those of
   * the others, in units of 1.25 ms and less than `interval` (µs).
   */
  offsetFor(at: number, interval: number): number {
    let [best, most] = [0, -1];
    for (let offset = 0; offset * WINDOW_UNIT < interval; offset++) {
      const room = this.roomAt(at + offset * WINDOW_UNIT, interval);
      if (room > most) [best, most] = [offset, room];
    }
    return best;
  }

  /** How near, in µs, events at `anchor` and every `interval` behind it come to those of others. */
  private roomAt(anchor: number, interval: number): number {
    let least = interval;
    for (const { nextAnchor, interval: other } of this.tenants.keys()) {
      const common = greatestCommonDivisor(interval, other);
      const apart = (((anchor - nextAnchor) % common) + common) % common;
      least = Math.min(least, apart, common - apart);
    }
    return least;
  }

  private advertises(start: number, end: number): boolean {
    for (const { from, until } of this.advertising.values()) if (from < end && start < until) return true;
    return false;
  }
}

/** transmitWindowOffset is counted in these, in µs: Core Vol 6, Part B, 4.5.3. */
const WINDOW_UNIT = 1250;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
