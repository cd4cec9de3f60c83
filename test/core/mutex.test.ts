import { describe, expect, it } from 'vitest';
import { settle } from '../../src/core/clock.js';
import { Mutex, raceAbort } from '../../src/core/mutex.js';

const enough = new Error('enough');

/** Failures that nobody took while `work` ran. */
async function unhandled(work: () => Promise<void>): Promise<unknown[]> {
  const failures: unknown[] = [];
  const note = (reason: unknown) => void failures.push(reason);
  process.on('unhandledRejection', note);
  try {
    await work();
    // Node tells of them when its queue of microtasks is empty.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('unhandledRejection', note);
  }
  return failures;
}

describe('a wait that its caller may leave', () => {
  it('gives what the promise gives, or rejects with the reason of the signal', async () => {
    const leaving = new AbortController();
    expect(await raceAbort(Promise.resolve(1), leaving.signal)).toBe(1);
    const left = raceAbort(new Promise(() => {}), leaving.signal);
    leaving.abort(enough);
    await expect(left).rejects.toBe(enough);
  });

  it('leaves no failure that nobody takes, whether the signal comes before or after', async () => {
    const failures = await unhandled(async () => {
      const before = AbortSignal.abort(enough);
      await expect(raceAbort(Promise.reject(new Error('late')), before)).rejects.toBe(enough);
      const leaving = new AbortController();
      let fail = (_error: Error) => {};
      const promise = new Promise((_, reject) => {
        fail = reject;
      });
      const left = raceAbort(promise, leaving.signal);
      leaving.abort(enough);
      fail(new Error('late'));
      await expect(left).rejects.toBe(enough);
    });
    expect(failures).toEqual([]);
  });
});

describe('one user at a time', () => {
  it('lets in whoever came first, and passes over whoever left', async () => {
    const mutex = new Mutex();
    const ran: number[] = [];
    let finish = () => {};
    const first = mutex.run(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
          ran.push(1);
        }),
    );
    await settle();
    const leaving = new AbortController();
    const second = mutex.run(async () => void ran.push(2), leaving.signal);
    const third = mutex.run(async () => void ran.push(3));
    leaving.abort(enough);
    await expect(second).rejects.toBe(enough);
    expect(ran).toEqual([1]);
    finish();
    await Promise.all([first, third]);
    expect(ran).toEqual([1, 3]);
  });
});
