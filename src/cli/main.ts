#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { systemClock } from '../core/clock.js';
import { systemRandom } from '../core/random.js';
import { OutputClosed } from './errors.js';
import { run } from './program.js';
import { watchSignals } from './signals.js';
import { streamSink } from './stream-sink.js';
import { askAtTerminal } from './terminal.js';

const ending = new AbortController();
const closed = () => ending.abort(new OutputClosed());
const unwatch = watchSignals(process, (reason) => ending.abort(reason));
// A defect of the stack is told like any other error, and the controller is left clean.
process.on('uncaughtException', (error) => ending.abort(error));

process.exitCode = await run(process.argv.slice(2), {
  stdout: streamSink(process.stdout, closed),
  stderr: streamSink(process.stderr, () => {}),
  ask: askAtTerminal(process.stdin, process.stderr),
  env: process.env,
  clock: systemClock,
  random: systemRandom,
  version: packageVersion(),
  signal: ending.signal,
});
unwatch();
// What failed does not wait for what may still be half open: a connection attempt to a silent host.
if (process.exitCode !== 0) process.exit();

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
