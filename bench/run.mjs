// `npm run bench`: this host beside the null host, noble, bleno and ble-host, on the yardstick, in one run. bench/README.md
// tells what is measured and how.
import { existsSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canPin, measure } from './measure.mjs';
import { rows } from './rows.mjs';
import { tables } from './table.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const list = (text) => text.split(',').filter((part) => part !== '');

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: rows.map(({ id }) => id).join(',') },
    hosts: { type: 'string', default: 'null-host,bluewire,noble,bleno,ble-host' },
    transports: { type: 'string', default: 'tcp,pty' },
    scale: { type: 'string', default: '1' },
    controller: { type: 'string', default: '' },
    yardstick: { type: 'string', default: here('../../shared/yardstick/controller.mjs') },
    before: { type: 'string' },
    json: { type: 'string' },
  },
});

if (!existsSync(values.yardstick)) {
  console.error(
    `bench: there is no yardstick at ${values.yardstick}: name its controller.mjs with --yardstick`,
  );
  process.exit(1);
}
if (!existsSync(here('peers/node_modules'))) {
  console.error('bench: the other stacks are not installed: npm ci --prefix bench/peers --ignore-scripts');
  process.exit(1);
}
if (!canPin)
  console.error('bench: taskset or a second core is missing: nothing is pinned, and the figures are rough');

if (values.before && !existsSync(`${values.before}/dist/index.js`)) {
  console.error(`bench: there is no build in ${values.before}: run npm ci && npm run build there`);
  process.exit(1);
}
const chosenHosts = list(values.hosts).filter((host) => {
  const present = existsSync(here(`hosts/${host}.mjs`));
  if (!present) console.error(`bench: there is no host ${host}`);
  return present;
});
const chosenRows = rows.filter(({ id }) => list(values.only).includes(id));

/** Every measurement of one turn: the hosts of a row come one after the other, so that a noisy moment hits all. */
function* turn() {
  for (const transport of list(values.transports)) {
    for (const row of chosenRows) {
      const full = row.count[transport];
      if (full === undefined) continue;
      const count = Math.max(1, Math.round(full * Number(values.scale)));
      for (const host of row.hosts) {
        if (!chosenHosts.includes(host)) continue;
        // Right beside each other: before and after.
        if (host === 'bluewire' && values.before) yield { transport, row, host: 'before', count };
        yield { transport, row, host, count };
      }
    }
  }
}

const samples = new Map();
const runs = Number(values.runs);
const planned = [...turn()];
for (let run = 1; run <= runs; run++) {
  for (const [at, { transport, row, host, count }] of planned.entries()) {
    const key = `${transport} ${row.id} ${host}`;
    process.stderr.write(`run ${run}/${runs}, ${at + 1}/${planned.length}: ${key}\n`);
    if (!samples.has(key))
      samples.set(key, { transport, row: row.id, title: row.title, host, count, runs: [], failures: 0 });
    const sample = samples.get(key);
    const settings = {
      transport,
      count,
      yardstick: values.yardstick,
      before: values.before && resolve(values.before, 'dist'),
      controllerFlags: values.controller.split(' ').filter((flag) => flag !== ''),
    };
    try {
      sample.runs.push(await measure(row, host, settings));
    } catch (error) {
      sample.failures++;
      console.error(`bench: ${key}: ${error.message}`);
    }
  }
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const fields = (sample) => [...new Set(sample.runs.flatMap((result) => Object.keys(result)))];
const over = (sample, pick) => {
  return Object.fromEntries(
    fields(sample).map((field) => [field, pick(sample.runs.map((result) => result[field] ?? 0))]),
  );
};
const results = [...samples.values()].map((sample) => {
  const rates = sample.runs.map(({ perSecond }) => perSecond).filter((rate) => rate !== undefined);
  return {
    ...sample,
    median: over(sample, median),
    worst: over(sample, (numbers) => Math.max(...numbers)),
    ...(rates.length > 0 ? { spread: [Math.min(...rates), Math.max(...rates)] } : {}),
  };
});

const machine = `Node ${process.versions.node}, ${platform()} ${arch()}, ${cpus()[0]?.model.trim()}, ${cpus().length} cores`;
console.log(`${machine}; medians of ${runs} interleaved runs`);
for (const transport of list(values.transports)) {
  const hot =
    transport === 'tcp'
      ? 'TCP, the controller spinning on its core'
      : 'pseudo-terminal, through the serialport package';
  console.log(`\n${hot}\n\n${tables(results, transport)}`);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ machine, runs, results }, null, 2)}\n`);
if (results.some(({ failures }) => failures > 0)) process.exitCode = 1;
