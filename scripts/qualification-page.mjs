// The chapter of docs/conformance.md on the qualification cases: which tests bear the name of one, and why the others have none.
import { readFileSync } from 'node:fs';
import { table, worse } from './conformance-tables.mjs';

/** What is left out, and why: patterns of names, `*` for anything, under a reason. */
export const leftOut = JSON.parse(
  readFileSync(new URL('../test/qualification/left-out.json', import.meta.url), 'utf8'),
);

/** What stands before a mistake in the list of what is left out. */
export const WRONG = '**Wrong in left-out.json:**';

/** The qualification case that a test's name tells: `GATT/SR/GAR/BV-01-C`, or `/TP/GAR/SR/BV-01-C/small`. */
export function caseOf(name) {
  const full = /\b(GAP|GATT|L2CAP|SM)\/[A-Z0-9/]+\/B[VI]-\d+-C/.exec(name);
  if (full) return full[0];
  const short = /\/TP\/([A-Z]+)\/(CL|SR)\/(B[VI]-\d+-C)/.exec(name);
  return short ? `GATT/${short[2]}/${short[1]}/${short[3]}` : undefined;
}

/**
 * Which of the names in the list are left out, and by which reason.
 * @returns the reasons by name, and what is wrong with the patterns
 */
export function reasonsFor(known, entries = leftOut) {
  const reasons = new Map();
  const wrong = [];
  for (const { names, reason } of entries) {
    for (const pattern of names) {
      const matching = new RegExp(
        `^${pattern
          .split('*')
          .map((part) => part.replaceAll(/[^\w/-]/g, '\\$&'))
          .join('.*')}$`,
      );
      const matched = known.filter((name) => matching.test(name));
      if (matched.length === 0) wrong.push(`${pattern}: there is no such case`);
      for (const name of new Set(matched)) {
        if (reasons.has(name)) wrong.push(`${name}: has two reasons`);
        reasons.set(name, reason);
      }
    }
  }
  return { reasons, wrong };
}

/** The chapter, from the tests that ran and the lists of names. */
export function qualification(tests, cases) {
  const found = new Map();
  for (const { name, state } of tests) {
    const one = caseOf(name);
    if (one === undefined || state === 'skipped') continue;
    const { result, count } = found.get(one) ?? { result: undefined, count: 0 };
    found.set(one, { result: worse(result, state), count: count + 1 });
  }
  const { reasons, wrong } = reasonsFor(Object.values(cases).flatMap((list) => list.map((one) => one.case)));
  wrong.push(
    ...[...reasons.keys()]
      .filter((name) => found.has(name))
      .map((name) => `${name}: has a test and a reason`),
  );
  const groups = Object.entries(cases).map(([group, list]) => {
    const known = list.map((one) => one.case);
    const ran = known.filter((name) => found.has(name)).sort();
    const passed = ran.filter((name) => found.get(name).result === 'passed').length;
    const out = known.filter((name) => reasons.has(name)).length;
    return { group: group.toUpperCase(), known, ran, passed, out };
  });
  const known = new Set(groups.flatMap((group) => group.known));
  const beside = [...found.keys()].filter((name) => !known.has(name)).sort();
  const missing = [...known].filter((name) => !found.has(name) && !reasons.has(name));
  const result = (name) => [name, found.get(name).count, found.get(name).result];
  return [
    '## Qualification cases',
    "Names of the Bluetooth SIG's test cases. A row says that tests of that name ran, with sequences of GATT procedures " +
      'published under it; it does not say that the SIG has qualified anything. Which cases do not apply, and why, is kept ' +
      'in test/qualification/left-out.json; a case cannot have a test and a reason.',
    ...wrong.map((text) => `${WRONG} ${text}.`),
    table(
      ['group', 'cases in the list', 'passed', 'failed', 'does not apply', 'no test yet'],
      groups.map(({ group, known: list, ran, passed, out }) => [
        group,
        list.length,
        passed,
        ran.length - passed,
        out,
        list.length - ran.length - out,
      ]),
    ),
    ...(missing.length > 0 ? [`No test yet: ${missing.join(', ')}.`] : []),
    '### Cases that do not apply',
    table(
      ['reason', 'cases', 'names'],
      leftOut.map(({ reason }) => {
        const names = [...reasons].filter(([, one]) => one === reason).map(([name]) => name);
        return [reason, names.length, names.sort().join(', ')];
      }),
    ),
    '### Cases with a test',
    table(['case', 'tests', 'result'], groups.flatMap(({ ran }) => ran).map(result)),
    ...(beside.length > 0
      ? [
          'Further tests bear the name of a case that the list does not have:',
          table(['case', 'tests', 'result'], beside.map(result)),
        ]
      : []),
  ];
}
