import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, describe, it } from 'vitest';
import { sharedPresent } from '../../support/shared.js';
import { stopAll } from './child.js';
import { removeFolders } from './folders.js';
import { benchPeers, cli, python, shim, yardstickController } from './places.js';

function program(name: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const needs = {
  bluewire: { present: () => existsSync(cli), how: 'npm run build' },
  bumble: { present: () => existsSync(python), how: 'sh scripts/install-interop.sh' },
  btvirt: { present: () => program('btvirt') && existsSync(shim), how: 'sh scripts/install-interop.sh' },
  tshark: { present: () => program('tshark'), how: 'sh scripts/install-interop.sh' },
  noble: { present: () => existsSync(benchPeers), how: 'sh scripts/install-interop.sh' },
  shared: { present: () => sharedPresent, how: '../shared beside the project' },
  socat: { present: () => program('socat'), how: 'sh scripts/install-interop.sh' },
  yardstick: { present: () => existsSync(yardstickController), how: '../shared beside the project' },
} as const;

/** What a suite tests with. */
export type Need = keyof typeof needs;

/**
 * A suite against peers. Prints one line that says what runs. Where a peer is missing the suite is skipped with one
 * line that says what to do, and with CI=true it fails. Each test's processes are ended after it.
 */
export function describeInterop(name: string, wanted: readonly Need[], body: () => void): void {
  const missing = wanted.filter((need) => !needs[need].present());
  if (missing.length === 0) {
    process.stdout.write(`interop: ${name}\n`);
    describe(name, () => {
      afterEach(async () => {
        await stopAll();
        removeFolders();
      });
      body();
    });
    return;
  }
  const what = missing.map((need) => `${need} is missing (${needs[need].how})`).join(', ');
  if (process.env['CI'] === 'true') {
    describe(name, () => {
      it('has what it needs', () => {
        throw new Error(`${what}; with CI=true nothing may be skipped`);
      });
    });
    return;
  }
  process.stdout.write(`interop: skipped: ${name}: ${what}\n`);
  describe.skip(name, body);
}
