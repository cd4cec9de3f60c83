import { expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../src/core/index.js';
import { createTransport } from '../../src/hci/index.js';
import type { Case } from '../conformance/bench.js';
import { cases } from '../conformance/cases/index.js';
import { type KnownDefects, knownDefects } from '../conformance/known-defects.js';
import { CaseFailure, realPace, runCase } from '../conformance/run.js';
import { btvirtControllers, bumbleControllers, type ControllerPort } from './support/peers.js';
import { describeInterop, type Need } from './support/present.js';

/** The cases that the virtual controller passes, on what others wrote. A defect that is known has to show: who mends it takes it from the list. */
function runsOn(
  name: string,
  needs: readonly Need[],
  make: (count: number) => Promise<ControllerPort[]>,
  defects: KnownDefects,
): void {
  describeInterop(`the conformance cases on ${name}`, needs, () => {
    const run = async (one: Case) => {
      const ports = await make(one.controllers);
      const transports = [];
      for (const { port } of ports)
        transports.push(await createTransport(port, { clock: systemClock, random: systemRandom }));
      return runCase(one, realPace(systemClock), transports);
    };
    it('whose defects are listed by names that there are', () => {
      const names = cases.map((one) => one.name);
      expect(Object.keys(defects).filter((defect) => !names.includes(defect))).toEqual([]);
    });
    for (const one of cases) {
      const defect = defects[one.name];
      if (defect === undefined) {
        it(one.name, async () => {
          const outcome = await run(one);
          if (outcome !== 'passed')
            process.stdout.write(`${name} has no ${outcome.lacks.join(', ')}: ${one.name}\n`);
        });
      } else {
        it(`${one.name}: not so (${defect})`, async () => {
          await expect(run(one)).rejects.toThrow(CaseFailure);
        });
      }
    }
  });
}

runsOn("btvirt's controllers", ['btvirt'], btvirtControllers, knownDefects.btvirt);
runsOn(
  "Bumble's controllers",
  ['bumble'],
  (count) => bumbleControllers(...Array.from({ length: count }, () => 'tcp')),
  knownDefects.bumble,
);
