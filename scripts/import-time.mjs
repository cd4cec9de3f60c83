// How much `import('bluewire')` adds to the time of a bare Node: fresh processes, one without and one with, taken in
// turns; the median of the differences. Both run an ES module, so that Node's own module loader is in neither. Wants a
// built dist/.
//   --runs=15   pairs of processes
//   --max=MS    fail when the median is above it, three times over: other work on the machine can only add to it
//   --from=DIR  the folder from which bluewire is imported (this one)
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '15' },
    max: { type: 'string' },
    from: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
  },
});

/** What a bare Node takes on the machine that --max is meant for: on a slower one more is permitted, in proportion. */
const REFERENCE_MS = 40;

/** Milliseconds from start to end of a process that runs `code`. */
function processTime(code) {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: values.from,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`node -e "${code}" failed:\n${stderr}`);
  return performance.now() - began;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

function measure() {
  const bare = [];
  const added = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const without = processTime('');
    bare.push(without);
    added.push(processTime("await import('bluewire')") - without);
  }
  const result = median(added);
  const base = median(bare);
  const range = `${Math.min(...added).toFixed(1)} to ${Math.max(...added).toFixed(1)}`;
  const what = `import('bluewire') adds ${result.toFixed(1)} ms to a bare Node of ${base.toFixed(1)} ms`;
  console.log(`${what} (median of ${added.length}; ${range})`);
  return result / Math.max(1, base / REFERENCE_MS);
}

processTime("await import('bluewire')");
if (values.max === undefined) measure();
else {
  const max = Number(values.max);
  let attempts = 3;
  while (measure() > max && --attempts > 0);
  if (attempts === 0) {
    console.error(`that is more than ${max} ms on a machine on which a bare Node takes ${REFERENCE_MS} ms`);
    process.exitCode = 1;
  }
}
