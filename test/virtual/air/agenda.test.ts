import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, SimulatedClock } from '../../../src/core/index.js';
import { Agenda, Appointment } from '../../../src/virtual/air/agenda.js';

/** A clock whose timers come when the test says, late or early. */
class UnpunctualClock implements Clock {
  time = 0;
  set = 0;
  callback: (() => void) | undefined;

  now(): number {
    return this.time;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    this.set = this.time + delayMs;
    this.callback = callback;
    return callback;
  }

  clearTimeout(): void {
    this.callback = undefined;
  }

  fire(at: number): void {
    this.time = at;
    const { callback } = this;
    this.callback = undefined;
    callback?.();
  }
}

describe('the agenda of the air', () => {
  it('lets appointments happen at their moments, in µs', async () => {
    const clock = new SimulatedClock();
    const agenda = new Agenda(clock, 0);
    const happened: number[] = [];
    const one = new Appointment((now) => happened.push(now));
    const other = new Appointment((now) => happened.push(now));
    agenda.set(one, 1_250);
    agenda.set(other, 377);
    await clock.advance(1);
    expect(happened).toEqual([377]);
    expect(agenda.now).toBe(1_000);
    await clock.advance(1);
    expect(happened).toEqual([377, 1_250]);
  });

  it('keeps the order of setting for what falls on the same moment', async () => {
    const clock = new SimulatedClock();
    const agenda = new Agenda(clock, 0);
    const happened: string[] = [];
    const appointments = ['a', 'b', 'c'].map((name) => new Appointment(() => happened.push(name)));
    for (const appointment of appointments) agenda.set(appointment, 100);
    agenda.set(appointments[0]!, 100);
    await clock.advance(1);
    expect(happened).toEqual(['b', 'c', 'a']);
  });

  it('has no timer when nothing stands', async () => {
    const clock = new SimulatedClock();
    const agenda = new Agenda(clock, 0);
    const appointment = new Appointment(() => {});
    expect(clock.pending).toBe(0);
    agenda.set(appointment, 5_000);
    expect(clock.pending).toBe(1);
    agenda.cancel(appointment);
    expect(clock.pending).toBe(0);
    agenda.set(appointment, 5_000);
    await clock.advance(10);
    expect(clock.pending).toBe(0);
  });

  it('happens in the order of the moments, whatever was set, moved and called off', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(30), fc.nat(1000), fc.boolean()), { maxLength: 80 }),
        async (steps) => {
          const clock = new SimulatedClock();
          const agenda = new Agenda(clock, 0);
          const happened: number[] = [];
          const moments = new Map<number, number>();
          const all = Array.from({ length: 31 }, () => new Appointment((now) => happened.push(now)));
          for (const [which, at, off] of steps) {
            if (off) {
              agenda.cancel(all[which]!);
              moments.delete(which);
            } else {
              agenda.set(all[which]!, at);
              moments.set(which, at);
            }
          }
          expect(agenda.size).toBe(moments.size);
          await clock.advance(2);
          expect(happened).toEqual([...moments.values()].sort((a, b) => a - b));
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives late appointments their own moment, and goes on from there', () => {
    const clock = new UnpunctualClock();
    const agenda = new Agenda(clock, 0);
    const happened: number[] = [];
    const periodic = new Appointment((now) => {
      happened.push(now);
      agenda.set(periodic, now + 10_000);
    });
    agenda.set(periodic, 10_000);
    clock.fire(34.5);
    expect(happened).toEqual([10_000, 20_000, 30_000]);
    expect(clock.set).toBe(40);
  });

  it('takes a timer that comes a fraction early for the one it set', () => {
    const clock = new UnpunctualClock();
    const agenda = new Agenda(clock, 0);
    const happened: number[] = [];
    agenda.set(new Appointment((now) => happened.push(now)), 7_300);
    clock.fire(7);
    expect(happened).toEqual([7_300]);
    expect(clock.callback).toBeUndefined();
  });

  it('stands still while the process is stopped for more than a second', () => {
    const clock = new UnpunctualClock();
    const agenda = new Agenda(clock, 0);
    const happened: number[] = [];
    const periodic = new Appointment((now) => {
      happened.push(now);
      agenda.set(periodic, now + 10_000);
    });
    agenda.set(periodic, 10_000);
    clock.fire(60_000);
    expect(happened).toEqual([10_000]);
    expect(clock.set).toBe(60_010);
  });

  it('deals with what can wait in one go, in order and at its own moments', async () => {
    const clock = new SimulatedClock();
    const agenda = new Agenda(clock, 25_000);
    const happened: [string, number, number][] = [];
    const note = (name: string) =>
      new Appointment((now) => happened.push([name, now, Math.round(clock.now() * 1000)]));
    agenda.set(note('patient'), 1_000, true);
    agenda.set(note('later'), 9_000, true);
    agenda.set(note('urgent'), 12_000);
    await clock.advance(11);
    expect(happened).toEqual([]);
    await clock.advance(1);
    expect(happened).toEqual([
      ['patient', 1_000, 12_000],
      ['later', 9_000, 12_000],
      ['urgent', 12_000, 12_000],
    ]);
  });

  it('waits no longer than its slack', async () => {
    const clock = new SimulatedClock();
    const agenda = new Agenda(clock, 25_000);
    const happened: number[] = [];
    agenda.set(new Appointment(() => happened.push(clock.now())), 1_000, true);
    await clock.advance(100);
    expect(happened).toEqual([26]);
  });

  it('catches up before something comes from outside', async () => {
    const clock = new SimulatedClock();
    const agenda = new Agenda(clock, 25_000);
    const happened: number[] = [];
    agenda.set(new Appointment((now) => happened.push(now)), 1_000, true);
    agenda.set(new Appointment((now) => happened.push(now)), 6_000, true);
    await clock.advance(5);
    agenda.catchUp();
    expect(happened).toEqual([1_000]);
    expect(agenda.now).toBe(5_000);
  });
});
