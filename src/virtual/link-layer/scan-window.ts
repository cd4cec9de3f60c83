/**
 * When and where a receiver listens: for `window` in every `interval`, on the next advertising channel each time
 * (Core Vol 6, Part B, 4.4.3).
 */
export class ScanWindow {
  private readonly since: number;
  private readonly window: number;
  /** µs from one window to the next: the interval, and that of the other PHY when they take turns. */
  private readonly cycle: number;

  /**
   * @param since when the first window opens, in µs
   * @param interval LE_Scan_Interval, in units of 0.625 ms
   * @param window LE_Scan_Window, likewise
   * @param pause how much later than the interval the next window opens, in units of 0.625 ms
   */
  constructor(since: number, interval: number, window: number, pause = 0) {
    this.since = since;
    this.window = window * 625;
    this.cycle = (interval + pause) * 625;
  }

  /** Whether it is open on `channel` from `start` to `end` (µs) without a break. */
  isOpen(channel: number, start: number, end: number): boolean {
    const elapsed = start - this.since;
    if (elapsed < 0) return false;
    const turn = Math.floor(elapsed / this.cycle);
    return 37 + (turn % 3) === channel && elapsed - turn * this.cycle + (end - start) <= this.window;
  }
}

/** How often and how long to listen on one PHY, in units of 0.625 ms. */
export interface PhyWindow {
  /** 1 or 3, as HCI numbers the PHYs. */
  readonly phy: number;
  readonly interval: number;
  readonly window: number;
}

/**
 * The windows of a receiver that listens on several PHYs. It has one receiver: where the windows find room beside each
 * other in equal intervals they do so, else the PHYs take turns, an interval each.
 */
export class ScanWindows {
  private readonly byPhy: (ScanWindow | undefined)[] = [];

  /** @param since when the first window opens, in µs */
  constructor(since: number, phys: readonly PhyWindow[]) {
    const [one, other] = phys;
    if (!other) {
      this.byPhy[one!.phy] = new ScanWindow(since, one!.interval, one!.window);
      return;
    }
    const beside = one!.interval === other.interval && one!.window + other.window <= one!.interval;
    const offset = beside ? one!.window : one!.interval;
    this.byPhy[one!.phy] = new ScanWindow(since, one!.interval, one!.window, beside ? 0 : other.interval);
    this.byPhy[other.phy] = new ScanWindow(
      since + offset * 625,
      other.interval,
      other.window,
      beside ? 0 : one!.interval,
    );
  }

  /** Whether the receiver is on `phy` and `channel` from `start` to `end` (µs) without a break. */
  isOpen(phy: number, channel: number, start: number, end: number): boolean {
    return this.byPhy[phy]?.isOpen(channel, start, end) ?? false;
  }
}
