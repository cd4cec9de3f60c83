import { describe, expect, it, vi } from 'vitest';
import { SimulatedClock, sleep } from '../../src/core/clock.js';
import { Emitter } from '../../src/core/emitter.js';
import { TimeoutError } from '../../src/core/errors.js';
import { Mutex } from '../../src/core/mutex.js';
import { AsyncQueue } from '../../src/core/queue.js';
import { randomUnit, seededRandom } from '../../src/core/random.js';
import { Transaction } from '../../src/core/transaction.js';

describe('SimulatedClock', () => {
  it('fires timers by moment, then by the order of setting, and settles promises between', async () => {
    const clock = new SimulatedClock();
    const seen: string[] = [];
    clock.setTimeout(() => seen.push('b'), 20);
    clock.setTimeout(() => seen.push('a'), 10);
    clock.setTimeout(() => seen.push('c'), 20);
    const off = clock.setTimeout(() => seen.push('never'), 15);
    clock.clearTimeout(off);
    const later = sleep(clock, 10).then(() => {
      seen.push(`slept until ${clock.now()}`);
    });
    await clock.advance(30);
    await later;
    expect(seen).toEqual(['a', 'slept until 10', 'b', 'c']);
    expect(clock.now()).toBe(30);
    expect(clock.pending).toBe(0);
  });

  it('runs until a promise settles, and says when it never can', async () => {
    const clock = new SimulatedClock();
    await expect(clock.run(sleep(clock, 5000).then(() => 7))).resolves.toBe(7);
    expect(clock.now()).toBe(5000);
    await expect(clock.run(new Promise(() => {}))).rejects.toThrow(/waits for nothing/);
  });

  it('keeps its order with thousands of timers', async () => {
    const clock = new SimulatedClock();
    const random = seededRandom(1);
    const seen: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const at = Math.floor(randomUnit(random) * 500);
      clock.setTimeout(() => seen.push(at), at);
    }
    await clock.advance(500);
    expect(seen.length).toBe(2000);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });
});

describe('Transaction', () => {
  const clock = new SimulatedClock();

  it('settles once: what comes after the reply is passed over', async () => {
    const transaction = new Transaction<number>({ clock, what: 'test', timeoutMs: 10 });
    transaction.start();
    transaction.resolve(1);
    transaction.reject(new Error('late'));
    await expect(transaction.promise).resolves.toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('ends at its deadline, which begins with start()', async () => {
    const onTimeout = vi.fn();
    const transaction = new Transaction<number>({ clock, what: 'the thing', timeoutMs: 10, onTimeout });
    await clock.advance(50);
    expect(transaction.settled).toBe(false);
    transaction.start();
    const result = expect(transaction.promise).rejects.toEqual(new TimeoutError('the thing', 10));
    await clock.advance(10);
    await result;
    expect(onTimeout).toHaveBeenCalledOnce();
  });

  it('lets the caller leave and keeps the deadline running', async () => {
    const controller = new AbortController();
    const onTimeout = vi.fn();
    const transaction = new Transaction<number>({
      clock,
      what: 'test',
      timeoutMs: 10,
      signal: controller.signal,
      onTimeout,
    });
    transaction.start();
    controller.abort(new Error('enough'));
    await expect(transaction.promise).rejects.toThrow('enough');
    expect(transaction.abandoned).toBe(true);
    await clock.advance(10);
    expect(onTimeout).toHaveBeenCalledOnce();
    const late = new Transaction<number>({ clock, what: 'test', signal: controller.signal });
    await expect(late.promise).rejects.toThrow('enough');
  });
});

describe('Emitter', () => {
  it('calls listeners in order, over the list that a dispatch began with', () => {
    const emitter = new Emitter<{ tick: number }>();
    const seen: string[] = [];
    const off = emitter.on('tick', (n) => {
      seen.push(`a${n}`);
      off();
    });
    emitter.once('tick', (n) => void seen.push(`b${n}`));
    emitter.on('tick', (n) => void seen.push(`c${n}`));
    emitter.emit('tick', 1);
    emitter.emit('tick', 2);
    expect(seen).toEqual(['a1', 'b1', 'c1', 'c2']);
    expect(emitter.listenerCount('tick')).toBe(1);
  });
});

describe('AsyncQueue', () => {
  it('gives what was pushed, drops the newest at its limit and counts it', async () => {
    const queue = new AsyncQueue<number>(2);
    expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, false]);
    queue.end();
    const seen: number[] = [];
    for await (const value of queue) seen.push(value);
    expect(seen).toEqual([1, 2]);
    expect(queue.dropped).toBe(1);
    expect(queue.push(4)).toBe(false);
  });

  it('wakes a waiting reader, throws its error once, and tells when the reader leaves', async () => {
    const left = vi.fn();
    const queue = new AsyncQueue<number>(9, left);
    const waiting = queue.next();
    queue.push(5);
    await expect(waiting).resolves.toEqual({ value: 5, done: false });
    queue.end(new Error('gone'));
    await expect(queue.next()).rejects.toThrow('gone');
    await expect(queue.next()).resolves.toEqual({ value: undefined, done: true });
    const other = new AsyncQueue<number>(9, left);
    other.push(1);
    for await (const _ of other) break;
    expect(left).toHaveBeenCalledOnce();
  });
});

describe('Mutex', () => {
  it('lets one in at a time in order, and lets a waiter leave', async () => {
    const mutex = new Mutex();
    const clock = new SimulatedClock();
    const seen: string[] = [];
    const job = (name: string, ms: number, signal?: AbortSignal) =>
      mutex.run(async () => {
        seen.push(`${name} in`);
        await sleep(clock, ms);
        seen.push(`${name} out`);
      }, signal);
    const controller = new AbortController();
    const a = job('a', 10);
    const b = job('b', 10, controller.signal);
    const c = job('c', 10);
    controller.abort(new Error('left'));
    await expect(b).rejects.toThrow('left');
    await clock.advance(30);
    await Promise.all([a, c]);
    expect(seen).toEqual(['a in', 'a out', 'c in', 'c out']);
  });
});

describe('seededRandom', () => {
  it('gives the same octets for the same seed, and spreads them', () => {
    const draw = (seed: number) => seededRandom(seed).fill(new Uint8Array(4096));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    const mean = draw(7).reduce((sum, octet) => sum + octet, 0) / 4096;
    expect(mean).toBeGreaterThan(122);
    expect(mean).toBeLessThan(133);
  });
});
