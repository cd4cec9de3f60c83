/** Sums by time in a bounded number of entries: when there are too many, two become one. */
export class Buckets {
  /** Seconds that an entry stands for. */
  width = 1;
  readonly entries: Float64Array[] = [];
  private readonly columns: number;
  private readonly limit: number;

  constructor(columns: number, limit: number, width = 1) {
    this.columns = columns;
    this.limit = limit;
    this.width = width;
  }

  /** Adds to a column at a time in seconds, 0 or more. */
  add(at: number, column: number, amount: number): void {
    let index = Math.floor(at / this.width);
    while (index >= this.limit) {
      this.halve();
      index = Math.floor(at / this.width);
    }
    while (this.entries.length <= index) this.entries.push(new Float64Array(this.columns));
    this.entries[index]![column]! += amount;
  }

  private halve(): void {
    this.width *= 2;
    const { entries } = this;
    for (let i = 0; 2 * i < entries.length; i++) {
      const sum = entries[2 * i]!;
      const other = entries[2 * i + 1];
      if (other) for (let column = 0; column < this.columns; column++) sum[column]! += other[column]!;
      entries[i] = sum;
    }
    entries.length = Math.ceil(entries.length / 2);
  }
}

/** Numbers for quantiles, of which a bounded number is kept: when there are too many, every second one goes, and only as many of the later ones are taken. */
export class Sample {
  /** How many were given. */
  count = 0;
  max = Number.NEGATIVE_INFINITY;
  private kept: number[] = [];
  private stride = 1;
  private readonly limit: number;

  constructor(limit = 20_000) {
    this.limit = limit;
  }

  add(value: number): void {
    if (value > this.max) this.max = value;
    if (this.count++ % this.stride !== 0) return;
    this.kept.push(value);
    if (this.kept.length < this.limit) return;
    this.kept = this.kept.filter((_, i) => i % 2 === 0);
    this.stride *= 2;
  }

  /** The value below which this share (0 to 1) lies; `undefined` without values. */
  quantile(share: number): number | undefined {
    if (this.kept.length === 0) return undefined;
    const sorted = [...this.kept].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }
}
