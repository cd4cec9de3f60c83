/** Where all of the stack's time comes from: the only file that may touch the platform's timers. */

/** A timer that was set; opaque. */
export type Timer = unknown;

/** Time and timers. Inject a {@link SimulatedClock} for tests. */
export interface Clock {
  /** Milliseconds since an arbitrary moment; never goes back. */
  now(): number;
  /** Calls `callback` once, after at least `delayMs` milliseconds. */
  setTimeout(callback: () => void, delayMs: number): Timer;
  /** Calls off a timer; one that has fired, or `undefined`, is passed over. */
  clearTimeout(timer: Timer | undefined): void;
  /**
   * Milliseconds by the calendar, since 1970. Unlike {@link now} it goes on while the machine sleeps, and it may jump.
   * Without it, nobody notices that the machine slept.
   */
  wallTime?(): number;
  /**
   * Goes on to `moment` at once, when nothing else falls due until then and whoever lets time pass wants to get so far;
   * says whether it did. For what has a timetable of its own, inside of one of its timers: it spares the way through a
   * timer and the event loop for each line of it. Only simulated time can.
   */
  skipTo?(moment: number): boolean;
  /**
   * Gives what `work` gives, which takes real time and nobody's simulated time, as the loading of a module does: simulated
   * time stands still until then. Where it is missing, time goes on by itself.
   */
  outside?<T>(work: Promise<T>): Promise<T>;
}

/** Loads a part of the program, or does other work that no simulated time is to pass for. */
export function outsideOf<T>(clock: Clock, work: Promise<T>): Promise<T> {
  return clock.outside ? clock.outside(work) : work;
}

/** The machine's own time. Its timers keep a Node process alive, as those of `setTimeout` do. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => {
    clearTimeout(timer as ReturnType<typeof setTimeout> | undefined);
  },
  wallTime: () => Date.now(),
};

/** Resolves after `delayMs` milliseconds of `clock`. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, delayMs));
}

interface SimulatedTimer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  live: boolean;
}

/**
 * Time that stands still until it is told to go on. Timers fire in order of their moment, then of their
 * setting; between two of them every promise that can settle does. The same program gives the same run each time.
 */
export class SimulatedClock implements Clock {
  private time = 0;
  private order = 0;
  private slept = 0;
  private readonly elsewhere = new Set<Promise<unknown>>();
  /** How far time may go on while a timer is being fired. */
  private horizon = Number.NEGATIVE_INFINITY;
  private heap: SimulatedTimer[] = [];

  now(): number {
    return this.time;
  }

  /** As if the clock had been started in 1970. */
  wallTime(): number {
    return this.time + this.slept;
  }

  /** As if the machine had slept for `ms` milliseconds: its timers stood still, the calendar went on. */
  sleepMachine(ms: number): void {
    this.slept += ms;
  }

  outside<T>(work: Promise<T>): Promise<T> {
    this.elsewhere.add(work);
    const over = () => void this.elsewhere.delete(work);
    work.then(over, over);
    return work;
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const delay = Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0;
    const timer: SimulatedTimer = { at: this.time + delay, order: this.order++, callback, live: true };
    push(this.heap, timer);
    return timer;
  }

  clearTimeout(timer: Timer | undefined): void {
    if (timer) (timer as SimulatedTimer).live = false;
  }

  /** Timers set and not fired. */
  get pending(): number {
    return this.heap.reduce((count, timer) => count + (timer.live ? 1 : 0), 0);
  }

  /** Lets `ms` milliseconds pass, firing what falls due, and settles all promises before and between. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms;
    await this.quiet();
    while (this.step(until)) await this.quiet();
    this.time = Math.max(this.time, until);
  }

  /**
   * Lets time pass until `promise` settles, and gives what it gives.
   * @throws {Error} when there is no timer left, or `limitMs` have passed, and it has still not settled
   */
  async run<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    promise.then(done, done);
    const until = this.time + limitMs;
    await this.quiet();
    while (!settled) {
      if (!this.step(until))
        throw new Error(`simulated time ran out at ${this.time} ms: the promise waits for nothing`);
      await this.quiet();
    }
    return promise;
  }

  /** When the next timer falls due, in milliseconds; `undefined` when there is none. */
  get next(): number | undefined {
    for (;;) {
      const next = this.heap[0];
      if (!next || next.live) return next?.at;
      pop(this.heap);
    }
  }

  skipTo(moment: number): boolean {
    if (moment > this.horizon) return false;
    const { next } = this;
    if (next !== undefined && next <= moment) return false;
    this.time = Math.max(this.time, moment);
    return true;
  }

  /**
   * Fires the next timer, after all promises that can settle have; says whether there was one that is due by `until`.
   * @param skip whether what has a timetable of its own may deal with more of it at once
   */
  async fireNext(until = Number.POSITIVE_INFINITY, skip = false): Promise<boolean> {
    await this.quiet();
    const fired = this.step(until, skip);
    await this.quiet();
    return fired;
  }

  /** Resolves when every promise that can settle has, and what takes real time has come to its end. */
  protected async quiet(): Promise<void> {
    await settle();
    while (this.elsewhere.size > 0) {
      await Promise.allSettled(this.elsewhere);
      await settle();
    }
  }

  /** Fires the next timer that is due by `until`; says whether there was one. */
  protected step(until: number, skip = true): boolean {
    const { next } = this;
    if (next === undefined || next > until) return false;
    const { callback } = this.heap[0]!;
    pop(this.heap);
    this.time = Math.max(this.time, next);
    this.horizon = skip ? until : Number.NEGATIVE_INFINITY;
    try {
      callback();
    } finally {
      this.horizon = Number.NEGATIVE_INFINITY;
    }
    return true;
  }
}

/** Resolves when every promise that could settle by itself has: one turn of the platform's event loop. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    const immediate = (globalThis as { setImmediate?: (callback: () => void) => void }).setImmediate;
    if (immediate) immediate(resolve);
    else setTimeout(resolve, 0);
  });
}

function earlier(a: SimulatedTimer, b: SimulatedTimer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: SimulatedTimer[], timer: SimulatedTimer): void {
  let i = heap.length;
  heap.push(timer);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!earlier(timer, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = timer;
}

function pop(heap: SimulatedTimer[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++;
    if (!earlier(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
}
