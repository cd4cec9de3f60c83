// A vitest reporter that writes docs/conformance.md from the tests that ran: `npm run conformance`. With CI=true it
// only compares with the file that is there, and fails the run when they differ. What a test stands for is told by its
// name and by its meta, see test/support/vector-case.ts. Nothing here knows a result beforehand.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { table, worse } from './conformance-tables.mjs';
import { qualification, WRONG } from './qualification-page.mjs';
import { troubleshooting } from './troubleshooting-page.mjs';

const pageOf = (name) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
const reference = fileURLToPath(new URL('../../shared/', import.meta.url));
const json = (path) => JSON.parse(readFileSync(reference + path, 'utf8'));
const names = (folder, ending) =>
  readdirSync(reference + folder)
    .filter((name) => name.endsWith(ending))
    .sort();

/** The folders of test/ in the order of the layers; others follow by name. */
const AREAS = ['core', 'hci', 'l2cap', 'smp', 'gatt', 'gap', 'api', 'virtual', 'cli', 'replay'];

export default class ConformanceReporter {
  onInit(vitest) {
    this.vitest = vitest;
  }

  onTestRunEnd(modules, unhandledErrors, reason) {
    const refusal = this.refusal(reason);
    if (refusal) return fail(`docs/conformance.md was not written: ${refusal}`);
    const tests = modules.flatMap((module) => testsOf(module));
    for (const { where, name } of tests.filter(({ state }) => state === 'failed')) {
      process.stdout.write(`failed: ${where} > ${name}\n`);
    }
    for (const error of unhandledErrors) fail(String(error.stack ?? error.message));
    for (const [name, text] of [
      ['conformance.md', contents(tests)],
      ['troubleshooting.md', troubleshooting(tests)],
    ]) {
      if (text.includes(WRONG)) fail(`docs/${name}: ${text.slice(text.indexOf(WRONG)).split('\n')[0]}`);
      const page = pageOf(name);
      if (process.env.CI !== 'true') writeFileSync(page, text);
      else if (!sameAsWritten(page, text)) {
        return fail(`docs/${name} is not what the tests give: run npm run conformance`);
      }
    }
    process.stdout.write(`docs/conformance.md: ${tests.length} tests\n`);
  }

  /** Why this run says too little about the whole. */
  refusal(reason) {
    if (reason === 'interrupted') return 'the run was interrupted';
    if (this.vitest.filenamePattern?.length || this.vitest.config.testNamePattern) {
      return 'only a part of the tests was asked for';
    }
    try {
      json('spec/qualification-cases.json');
    } catch {
      return 'the reference material, ../shared, is absent';
    }
  }
}

function fail(message) {
  process.stdout.write(`${message}\n`);
  process.exitCode = 1;
}

function sameAsWritten(page, text) {
  const lines = text.split('\n');
  const written = readWritten(page).split('\n');
  for (let i = 0; i < Math.max(lines.length, written.length); i++) {
    if (lines[i] === written[i]) continue;
    fail(`line ${i + 1} is:        ${written[i] ?? '(no line)'}\nthe tests give: ${lines[i] ?? '(no line)'}`);
    return false;
  }
  return true;
}

function readWritten(page) {
  try {
    return readFileSync(page, 'utf8');
  } catch {
    return '';
  }
}

/** The tests of a file; one that fails when it does not load counts as a failed test. */
function testsOf(module) {
  const where = module.relativeModuleId.replaceAll('\\', '/');
  const area = where.split('/')[1];
  const tests = [...module.children.allTests()].map((test) => {
    const { state } = test.result();
    const suite = test.parent.type === 'suite' ? test.parent.fullName : '';
    return {
      where,
      area,
      suite,
      own: test.name,
      name: test.fullName,
      meta: test.meta(),
      state: state === 'passed' || state === 'failed' ? state : 'skipped',
    };
  });
  if (module.state() === 'failed' && !tests.some(({ state }) => state === 'failed')) {
    tests.push({ where, area, suite: '', own: '', name: 'could not be run', meta: {}, state: 'failed' });
  }
  return tests;
}

function contents(tests) {
  return `${[
    '# Conformance',
    'This page is written by `npm run conformance` from the tests of `npm test` as they ran, and CI fails when it is not ' +
      'what they give. It claims nothing that no test ran. The vectors, captures and lists of names are the reference ' +
      'material, `../shared`; the suites against other stacks, in a browser and of the packed package run apart and are ' +
      'not counted here.',
    ...summary(tests),
    ...vectors(tests),
    ...captures(tests),
    ...qualification(tests, json('spec/qualification-cases.json').cases),
  ].join('\n\n')}\n`;
}

const inOrder = (list, of) => [...list].sort((a, b) => (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0));

/** Without the numbers of passed tests: they change with each test that is added, and say nothing about conformance. */
function summary(tests) {
  const others = [...new Set(tests.map(({ area }) => area))].filter((area) => !AREAS.includes(area)).sort();
  const rows = [...AREAS, ...others].map((name) => {
    const some = tests.filter(({ area }) => area === name);
    const count = (state) => some.filter((test) => test.state === state).length;
    const failed = count('failed');
    return [
      name,
      failed > 0 ? `${failed} failed` : count('passed') > 0 ? 'passed' : 'no test',
      count('skipped'),
    ];
  });
  return ['## Tests', table(['area', 'result', 'skipped'], rows)];
}

/** The lists of cases in a vector file: those whose entries have a name. */
function partsOf(file) {
  const label = (one) => one.name ?? one.packet;
  return Object.entries(json(`vectors/${file}`))
    .map(([part, value]) => [part, Array.isArray(value) ? value : value?.items])
    .filter(([, list]) => Array.isArray(list) && list.every((one) => label(one) !== undefined))
    .map(([part, list]) => ({ part, cases: list.map(label) }));
}

function vectors(tests) {
  const results = new Map();
  for (const { meta, state } of tests) {
    for (const { file, part, index } of meta.vectors ?? []) {
      const key = `${file} ${part} ${index}`;
      results.set(key, worse(results.get(key), state));
    }
  }
  const sections = names('vectors', '.json').map((file) => {
    const rows = partsOf(file).flatMap(({ part, cases }) =>
      cases.map((name, index) => [part, index + 1, name, results.get(`${file} ${part} ${index}`)]),
    );
    return { file, rows, run: rows.some(([, , , result]) => result !== undefined) };
  });
  const counts = sections.map(({ file, rows, run }) => {
    const count = (wanted) => rows.filter(([, , , result]) => wanted(result)).length;
    return [
      file,
      rows.length,
      count((result) => result === 'passed'),
      count((result) => result === 'failed'),
      count((result) => result === 'skipped'),
      run ? count((result) => result === undefined) : `${rows.length}: not yet`,
    ];
  });
  return [
    '## Vectors',
    'Messages and exchanges with what they must give, as each file prescribes. In the client cases of ' +
      'gatt-sequences.json that begin with a whole discovery, the discovery is done in the order of this client: what it ' +
      'finds is compared, and octet for octet what follows it.',
    table(['file', 'cases', 'passed', 'failed', 'skipped', 'no test'], counts),
    ...sections
      .filter(({ run }) => run)
      .flatMap(({ file, rows }) => [
        `### ${file}`,
        table(
          ['list', 'case', 'name', 'result'],
          rows.map(([part, index, name, result]) => [part, index, name, result ?? 'no test yet']),
        ),
      ]),
  ];
}

function captures(tests) {
  const replayed = new Map();
  const kinds = [];
  for (const { area, suite, own, meta, state } of tests) {
    const name = /^capture (\S+),/.exec(suite)?.[1];
    if (area !== 'replay' || name === undefined) continue;
    const one = replayed.get(name) ?? { compared: {}, failed: [], result: undefined };
    replayed.set(name, one);
    one.result = worse(one.result, state);
    if (state === 'failed') one.failed.push(own);
    for (const [kind, count] of Object.entries(meta.compared ?? {})) {
      if (!kinds.includes(kind)) kinds.push(kind);
      if (state === 'passed') one.compared[kind] = (one.compared[kind] ?? 0) + count;
    }
  }
  const rows = inOrder(replayed, ([name]) => name).map(([name, { compared, failed, result }]) => [
    name,
    ...kinds.map((kind) => compared[kind] || ''),
    failed.length > 0 ? `failed: ${failed.join('; ')}` : result,
  ]);
  const all = ['captures', 'captures/emulated'].flatMap((folder) => names(folder, ''));
  const rest = all.filter(
    (name) => /\.(btsnoop|pcapng)$/.test(name) && !replayed.has(name.replace(/\.\w+$/, '')),
  );
  return [
    '## Captures',
    'Each packet is decoded here, none may be malformed, and what comes of it is compared with what another decoder ' +
      'made of it: type and direction of packets; opcodes of commands; code, handles and parameters of events as far as ' +
      'the other decoder tells them; event type, address, RSSI and length of advertising reports; handle, flags and length ' +
      'of ACL and ISO packets; the octets of L2CAP frames, ATT PDUs, SMP packets and signalling commands, and the fields of ' +
      'them. Each packet and each of these PDUs is written again and gives the same octets, and the form for readers has a ' +
      'field for every octet. What is not compared or differs, is listed by capture and frame in test/replay/exceptions.ts: ' +
      "the parameters of vendors and of BR/EDR, which this package does not declare, a vendor's trace on a handle that is " +
      'no connection, records that are no HCI packets, and packets that one decoder alone finds malformed; the test fails ' +
      'when an exception is missing there, and when one is not needed. The numbers say how many of each kind were compared.',
    table(['capture', ...kinds, 'result'], rows),
    ...(rest.length > 0 ? [`Not replayed yet: ${rest.join(', ')}.`] : []),
  ];
}
