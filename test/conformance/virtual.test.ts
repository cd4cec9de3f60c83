import { describe, expect, it } from 'vitest';
import { SimulatedClock, seededRandom } from '../../src/core/index.js';
import {
  Air,
  PathLoss,
  type Personality,
  personalities,
  VirtualController,
} from '../../src/virtual/index.js';
import { addressOf } from '../virtual/world.js';
import type { Case } from './bench.js';
import { cases } from './cases/index.js';
import { type Outcome, runCase, simulatedPace } from './run.js';

async function onVirtual(one: Case, personality: Personality): Promise<Outcome> {
  const clock = new SimulatedClock();
  const air = new Air({ clock, random: seededRandom(1), propagation: new PathLoss() });
  const transports = Array.from({ length: one.controllers }, (_, i) =>
    new VirtualController(air, { address: addressOf(i + 1), personality }).transport(),
  );
  return runCase(one, simulatedPace(clock), transports);
}

it('each case has a name of its own', () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe('the full virtual controller', () => {
  it.each(cases)('$name', async (one) => {
    expect(await onVirtual(one, personalities['full']!)).toBe('passed');
  });
});

const others = Object.values(personalities).filter(({ name }) => name !== 'full');

describe.each(others)('the virtual controller as $name', (personality) => {
  it.each(cases)('$name', async (one) => {
    const outcome = await onVirtual(one, personality);
    // What it does not say that it can is nothing to be tested; the full one has it all.
    if (outcome !== 'passed') expect(outcome.lacks.length).toBeGreaterThan(0);
  });
});
