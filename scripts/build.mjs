// Builds dist/: JavaScript by esbuild, type declarations by tsc. docs/adr/0001-build.md says why.
//   --no-types   JavaScript only
//   --if-stale   nothing, when no source is newer than the last build
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { MAIN_CHUNK, mainChunk } from './main-chunk.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, '.built');

/** What package.json points at, and what has side effects; the rest becomes chunks that these share. */
const entries = [
  'index',
  'core/index',
  'hci/index',
  'l2cap/index',
  'gatt/index',
  'gap/index',
  'api/index',
  'virtual/index',
  'virtual/devices/register',
  'cli/main',
  'hci/transport/node/transports',
  'hci/transport/browser/transports',
];

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The list of the sources is part of the stamp: a file that went makes the build stale too. */
function sources() {
  const inputs = [
    ...filesUnder(join(root, 'src')),
    ...filesUnder(join(root, 'scripts')),
    join(root, 'package.json'),
  ];
  return inputs.map((file) => relative(root, file)).sort();
}

function isStale(inputs) {
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== inputs.join('\n')) return true;
  const built = statSync(stamp).mtimeMs;
  return inputs.some((file) => statSync(join(root, file)).mtimeMs > built);
}

async function buildJavaScript() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [
      { in: MAIN_CHUNK, out: MAIN_CHUNK },
      ...entries.map((entry) => ({ in: `src/${entry}.ts`, out: entry })),
    ],
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    target: ['node20', 'es2023'],
    packages: 'external',
    external: ['#*', 'node:*'],
    sourcemap: true,
    write: false,
    logLevel: 'warning',
    plugins: [mainChunk({ root, standalone: ['virtual/devices/register'] })],
  });
  const outputs = result.outputFiles.filter(({ path }) => !relative(dist, path).startsWith(MAIN_CHUNK));
  // Only what changed is written, and what is left over goes last: a process that runs from dist/ meanwhile lives on.
  const written = new Set([stamp]);
  for (const { path, contents } of outputs) {
    written.add(path);
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
  for (const file of filesUnder(dist)) {
    if (!written.has(file) && !file.endsWith('.d.ts')) rmSync(file);
  }
  return outputs.filter(({ path }) => path.endsWith('.js')).length;
}

function buildTypes() {
  for (const file of filesUnder(dist)) if (file.endsWith('.d.ts')) rmSync(file);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('tsc reported errors');
}

const { values: options } = parseArgs({
  options: {
    'no-types': { type: 'boolean', default: false },
    'if-stale': { type: 'boolean', default: false },
  },
});
const inputs = sources();
if (!options['if-stale'] || isStale(inputs)) {
  const began = new Date();
  try {
    const count = await buildJavaScript();
    if (!options['no-types']) buildTypes();
    writeFileSync(stamp, inputs.join('\n'));
    // A source that was saved while the build ran is newer than the stamp.
    utimesSync(stamp, began, began);
    console.error(`build: ${count} JavaScript files in dist/, after ${Date.now() - began} ms`);
  } catch (error) {
    console.error(`build: ${error.message}`);
    process.exitCode = 1;
  }
}
