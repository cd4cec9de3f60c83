// One measurement: a fresh yardstick controller on one core, a fresh host process on the other.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HOST_TIMEOUT_MS = 40_000;
const CONTROLLER_TIMEOUT_MS = 10_000;

const pinned = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;

/** Whether the processes can be pinned: without it the figures are of less worth. */
export const canPin = pinned;

function start(core, script, args, env = {}) {
  const command = pinned ? 'taskset' : process.execPath;
  const prefix = pinned ? ['-c', String(core), process.execPath] : [];
  const child = spawn(command, [...prefix, script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  child.errors = '';
  child.stderr.on('data', (chunk) => {
    child.errors = (child.errors + chunk).slice(-2000);
  });
  child.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  return child;
}

/** Settles with `promise`, or rejects after `ms`. */
async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The yardstick, with what it said. */
class Controller {
  constructor(script, transport, folder, flags) {
    this.path = join(folder, 'tty');
    this.transport = transport;
    const where = transport === 'pty' ? ['--pty', this.path] : ['--tcp', '127.0.0.1:0', '--once', '--spin'];
    this.child = start(1, script, [...where, ...flags]);
    this.waiting = new Map();
    this.events = [];
    createInterface({ input: this.child.stdout }).on('line', (line) => this.heard(JSON.parse(line)));
  }

  heard(event) {
    this.events.push(event);
    this.waiting.get(event.ev)?.(event);
  }

  event(name) {
    const before = this.events.find(({ ev }) => ev === name);
    if (before) return Promise.resolve(before);
    const coming = new Promise((resolve) => this.waiting.set(name, resolve));
    return within(CONTROLLER_TIMEOUT_MS, `the controller's "${name}"`, coming);
  }

  async port() {
    if (this.transport === 'pty') return (await this.event('ready')).path;
    return `tcp:127.0.0.1:${(await this.event('listening')).port}`;
  }

  async end() {
    this.child.kill();
    await this.child.exited;
  }
}

async function hostResult(host, args, before) {
  // `before` is this project's own host on another checkout's build.
  const isBefore = host === 'before';
  const script = fileURLToPath(new URL(`hosts/${isBefore ? 'bluewire' : host}.mjs`, import.meta.url));
  const child = start(0, script, args, isBefore ? { BLUEWIRE_DIST: before } : {});
  let result;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('RESULT ')) result = JSON.parse(line.slice('RESULT '.length));
  });
  try {
    const code = await within(HOST_TIMEOUT_MS, `the end of ${host}`, child.exited);
    if (!result) throw new Error(`${host} ended (${code}) without a result\n${child.errors}`);
    return result;
  } finally {
    child.kill('SIGKILL');
  }
}

const defects = ['cmdOverrun', 'aclOverrun', 'attOversize', 'framing'];

/** Measures one row on one host over one transport, once. */
export async function measure(row, host, { transport, count, yardstick, controllerFlags, before }) {
  const folder = mkdtempSync(join(tmpdir(), 'bluewire-bench-'));
  const controller = new Controller(yardstick, transport, folder, [
    ...row.controller(count),
    ...controllerFlags,
  ]);
  try {
    const port = await controller.port();
    const args = ['--port', port, '--workload', row.workload, '--count', String(count), ...(row.host ?? [])];
    const result = await hostResult(host, args, before);
    const { stats } = await controller.event('close');
    if (row.server) {
      const failed = controller.events.find(({ ev }) => ev === 'error');
      if (failed) throw new Error(`the emulated central failed: ${failed.m}`);
      result.perSecond = (await controller.event('op')).perSec;
    }
    for (const name of defects) result[name] = stats[name];
    return result;
  } finally {
    await controller.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
