import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { caseOf, leftOut, reasonsFor } from '../../scripts/qualification-page.mjs';
import { describeWithShared, sharedJson } from '../support/shared.js';

const root = fileURLToPath(new URL('../', import.meta.url));

/** The cases that tests call by their full names, as they stand in the sources. */
function named(): Set<string> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^(gap|gatt|l2cap|smp)[\\/].*\.test\.ts$/.test(file),
  );
  const names = new Set<string>();
  for (const file of files) {
    for (const [whole] of readFileSync(root + file, 'utf8').matchAll(/['"`](GAP|GATT|L2CAP|SM)\/[^'"`]*/g)) {
      const one = caseOf(whole);
      if (one) names.add(one);
    }
  }
  return names;
}

describeWithShared('the names of qualification cases', () => {
  const { cases } = sharedJson<{ cases: Record<string, { case: string }[]> }>(
    'spec/qualification-cases.json',
  );
  const known = Object.values(cases).flatMap((list) => list.map((one) => one.case));
  const { reasons, wrong } = reasonsFor(known);

  it('are left out by patterns that match, each case once', () => {
    expect(wrong).toEqual([]);
    expect(reasonsFor(['A/BV-01-C'], [{ names: ['A/*', 'A/BV-01-C', 'B/*'], reason: 'r' }]).wrong).toEqual([
      'A/BV-01-C: has two reasons',
      'B/*: there is no such case',
    ]);
  });

  it('are not both tested and left out', () => {
    const tested = named();
    expect(tested.size).toBeGreaterThan(50);
    expect([...reasons.keys()].filter((name) => tested.has(name))).toEqual([]);
  });

  it('are left out for reasons that are sentences with a clause of the specification', () => {
    for (const { reason } of leftOut) expect(reason).toMatch(/Core Vol \d, Part [A-Z], [\d.]+.*\.$/);
    expect(new Set(leftOut.map(({ reason }) => reason)).size).toBe(leftOut.length);
  });

  it('of GAP all have a test or a reason', () => {
    const tested = named();
    const open = cases['gap']!.map((one) => one.case).filter(
      (name) => !tested.has(name) && !reasons.has(name),
    );
    expect(open).toEqual([]);
  });
});
