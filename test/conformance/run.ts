import { type Clock, type SimulatedClock, sleep } from '../../src/core/index.js';
import type { HciTransport } from '../../src/hci/transport/transport.js';
import type { Case, Pace } from './bench.js';
import { ScriptedController } from './script.js';

/** What running a case came to. */
export type Outcome = 'passed' | { readonly lacks: readonly string[] };

/** A controller did something else than a case demands: what, and all packets that passed. */
export class CaseFailure extends Error {
  constructor(cause: unknown, controllers: readonly ScriptedController[]) {
    const what = cause instanceof Error ? cause.message : String(cause);
    super([what, ...controllers.map(({ story }) => story)].join('\n'), { cause });
    this.name = 'CaseFailure';
  }
}

/**
 * Runs a case on controllers that are new or were reset, and closes their transports.
 * @throws {CaseFailure} when a controller does something else; what else goes wrong, as it is
 */
export async function runCase(one: Case, pace: Pace, transports: readonly HciTransport[]): Promise<Outcome> {
  const controllers: ScriptedController[] = [];
  try {
    for (const [index, transport] of transports.entries()) {
      controllers.push(await ScriptedController.open('ABCDEFGH'[index]!, pace, transport));
    }
    const lacks = new Set(
      controllers.flatMap((controller) => controller.lacks(one.needs ?? []).map(({ name }) => name)),
    );
    if (lacks.size > 0) return { lacks: [...lacks] };
    try {
      await one.run({ controllers, pace });
    } catch (error) {
      throw new CaseFailure(error, controllers);
    }
    return 'passed';
  } finally {
    await Promise.all(transports.map((transport) => transport.close().catch(() => undefined)));
  }
}

/** The time of a {@link SimulatedClock}, a millisecond at a time. */
export function simulatedPace(clock: SimulatedClock): Pace {
  return {
    now: () => clock.now(),
    wait: (ms) => clock.advance(ms),
    until: async (isSo, ms) => {
      await clock.advance(0);
      for (let waited = 0; !isSo(); waited++) {
        if (waited >= ms) return false;
        await clock.advance(1);
      }
      return true;
    },
  };
}

/** The machine's time. */
export function realPace(clock: Clock): Pace {
  const began = clock.now();
  return {
    now: () => clock.now() - began,
    wait: (ms) => sleep(clock, ms),
    until: async (isSo, ms) => {
      const end = clock.now() + ms;
      while (!isSo()) {
        if (clock.now() >= end) return false;
        await sleep(clock, 2);
      }
      return true;
    },
  };
}
