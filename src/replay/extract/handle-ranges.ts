/** A set of handles that is made of ranges. */
export class HandleRanges {
  private ranges: (readonly [start: number, end: number])[] = [];

  /** Adds the handles from `start` to `end`; none where that is below. */
  add(start: number, end: number): void {
    if (end < start) return;
    // What it touches becomes part of it.
    const [apart, touched] = [[] as typeof this.ranges, [[start, end] as const]];
    for (const range of this.ranges) {
      (range[1] < start - 1 || range[0] > end + 1 ? apart : touched).push(range);
    }
    const low = touched.reduce((least, [first]) => Math.min(least, first), start);
    const high = touched.reduce((most, [, last]) => Math.max(most, last), end);
    this.ranges = [...apart, [low, high]];
  }

  /** Whether all handles from `start` to `end` are in it. */
  covers(start: number, end: number): boolean {
    return end < start || this.ranges.some(([first, last]) => first <= start && end <= last);
  }
}
