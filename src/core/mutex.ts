/** Lets one user in at a time, in the order in which they came. */
export class Mutex {
  private tail: Promise<void> = Promise.resolve();

  /**
   * Runs `work` when everybody before has finished, and gives what it gives.
   * @param signal lets the caller leave while it waits; `work` is not run then
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.tail;
    let release!: () => void;
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Whoever comes next waits for all before it, also when this caller leaves early.
    this.tail = before.then(() => mine);
    try {
      await raceAbort(before, signal);
      return await work();
    } finally {
      release();
    }
  }
}

/** What `promise` gives, or a rejection with the signal's reason when that comes first. */
export function raceAbort<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      // Nobody waits for it any more, and it may fail for the same reason.
      promise.catch(() => {});
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
