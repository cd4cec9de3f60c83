/**
 * When and where a receiver listens: for `window` in every `interval`, on the next advertising channel each time
 * (Core Vol 6, Part B, 4.4.3).
 */
export class ScanWindow {
  private readonly since: number;
  private readonly interval: number;
  private readonly window: number;

  /**
   * @param since when the first window opens, in µs
   * @param interval LE_Scan_Interval, in units of 0.625 ms
   * @param window LE_Scan_Window, likewise
   */
  constructor(since: number, interval: number, window: number) {
    this.since = since;
    this.interval = interval * 625;
    this.window = window * 625;
  }

  /** Whether it is open on `channel` from `start` to `end` (µs) without a break. */
  isOpen(channel: number, start: number, end: number): boolean {
    const elapsed = start - this.since;
    if (elapsed < 0) return false;
    const turn = Math.floor(elapsed / this.interval);
    return 37 + (turn % 3) === channel && elapsed - turn * this.interval + (end - start) <= this.window;
  }
}
