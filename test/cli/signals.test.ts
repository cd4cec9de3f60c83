import { describe, expect, it } from 'vitest';
import type { Interrupted } from '../../src/cli/errors.js';
import { type SignalSource, watchSignals } from '../../src/cli/signals.js';

class FakeProcess implements SignalSource {
  readonly listeners = new Map<string, () => void>();
  readonly exits: number[] = [];

  on(signal: string, listener: () => void): void {
    this.listeners.set(signal, listener);
  }

  off(signal: string, listener: () => void): void {
    if (this.listeners.get(signal) === listener) this.listeners.delete(signal);
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  send(signal: string): void {
    this.listeners.get(signal)?.();
  }
}

describe('signals', () => {
  it('asks for an orderly end at the first Ctrl-C and leaves at once at the second', () => {
    const process = new FakeProcess();
    const reasons: Interrupted[] = [];
    watchSignals(process, (reason) => reasons.push(reason));
    process.send('SIGINT');
    expect(reasons.map(({ exitCode }) => exitCode)).toEqual([130]);
    expect(process.exits).toEqual([]);
    process.send('SIGINT');
    expect(process.exits).toEqual([130]);
  });

  it('ends with 128 plus the number of other signals', () => {
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      const process = new FakeProcess();
      const reasons: Interrupted[] = [];
      watchSignals(process, (reason) => reasons.push(reason));
      process.send(signal);
      expect(reasons[0]?.exitCode).toBe(code);
    }
  });

  it('stops watching', () => {
    const process = new FakeProcess();
    watchSignals(process, () => {})();
    expect(process.listeners.size).toBe(0);
  });
});
