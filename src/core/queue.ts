/**
 * A bounded queue with an async iterator at its end: how scans and notifications reach `for await`.
 * At the limit the newest value is dropped and counted.
 */
export class AsyncQueue<T> implements AsyncIterableIterator<T> {
  private values: T[] = [];
  private head = 0;
  private waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = [];
  private finished = false;
  private failure: unknown;
  private readonly limit: number;
  private readonly onReturn: (() => void) | undefined;
  /** Values that found no room. */
  dropped = 0;

  /** @param onReturn called once, when the reader stops (`break` out of the loop) */
  constructor(limit: number, onReturn?: () => void) {
    this.limit = limit;
    this.onReturn = onReturn;
  }

  /** Values that wait. */
  get size(): number {
    return this.values.length - this.head;
  }

  /** Adds a value; says whether there was room. */
  push(value: T): boolean {
    if (this.finished) return false;
    const reader = this.waiting.shift();
    if (reader) {
      reader.resolve({ value, done: false });
      return true;
    }
    if (this.size >= this.limit) {
      this.dropped++;
      return false;
    }
    this.values.push(value);
    return true;
  }

  /** Ends the iteration after what waits; with `error` it throws there. */
  end(error?: unknown): void {
    if (this.finished) return;
    this.finished = true;
    this.failure = error;
    for (const reader of this.waiting.splice(0)) {
      if (error !== undefined) {
        reader.reject(error);
        this.failure = undefined;
      } else reader.resolve({ value: undefined, done: true });
    }
  }

  next(): Promise<IteratorResult<T>> {
    if (this.size > 0) {
      const value = this.values[this.head++]!;
      if (this.head > 32 && this.head * 2 > this.values.length) {
        this.values = this.values.slice(this.head);
        this.head = 0;
      }
      return Promise.resolve({ value, done: false });
    }
    if (this.finished) {
      const failure = this.failure;
      this.failure = undefined;
      return failure === undefined
        ? Promise.resolve({ value: undefined, done: true })
        : Promise.reject(failure);
    }
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<T>> {
    if (!this.finished) {
      this.values = [];
      this.head = 0;
      this.end();
    }
    this.onReturn?.();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
