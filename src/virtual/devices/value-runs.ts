import type { Clock, Timer } from '../../core/clock.js';
import { ClientConfiguration, type LocalCharacteristic, type ServerClient } from '../../gatt/index.js';

/** A value to be told at its time. */
export interface TimedValue {
  /** Milliseconds since the value before. */
  readonly afterMs: number;
  readonly value: Uint8Array;
  /** The characteristic whose value it is; nothing is told where there is none. */
  readonly target: LocalCharacteristic | undefined;
}

/** Runs of one client: answers to writes that came faster than they are answered are bounded by it. */
const RUN_LIMIT = 64;

/** Tells clients values, one after the other at their times. Without a run there is no timer. */
export class ValueRuns {
  private readonly clock: Clock;
  private readonly runs = new Map<ServerClient, Set<() => void>>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Begins a run, and gives what ends it. A client's oldest run ends when it has too many. */
  start(client: ServerClient, values: readonly TimedValue[], repeat: boolean): () => void {
    if (values.length === 0) return () => {};
    const all = this.of(client);
    if (all.size >= RUN_LIMIT) for (const oldest of [...all].slice(0, 1)) oldest();
    const { clock } = this;
    let timer: Timer | undefined;
    let due = clock.now();
    let next = 0;
    const stop = () => {
      clock.clearTimeout(timer);
      all.delete(stop);
    };
    const schedule = () => {
      if (next === values.length && repeat) next = 0;
      const one = values[next++];
      if (!one) {
        stop();
        return;
      }
      due += one.afterMs;
      timer = clock.setTimeout(() => {
        tell(one, client)
          // What cannot be told to a client ends its bearer, and with that its runs.
          .catch(() => {})
          // The next one waits for the one before: a client that is slow has one value under way, not many.
          .finally(() => {
            if (all.has(stop)) schedule();
          });
      }, due - clock.now());
    };
    all.add(stop);
    schedule();
    return stop;
  }

  private of(client: ServerClient): Set<() => void> {
    const known = this.runs.get(client);
    if (known) return known;
    const all = new Set<() => void>();
    this.runs.set(client, all);
    client.onClosed(() => {
      for (const stop of [...all]) stop();
      this.runs.delete(client);
    });
    return all;
  }
}

async function tell({ target, value }: TimedValue, client: ServerClient): Promise<void> {
  if (!target) return;
  const configuration = target.configuration(client);
  if ((configuration & ClientConfiguration.notify) !== 0) await target.notify(value, client);
  else if ((configuration & ClientConfiguration.indicate) !== 0) await target.indicate(value, client);
}
