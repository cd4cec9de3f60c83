import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('examples/11-pairing.mjs opens the lock of its simulated world, and is encrypted at once the next time', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['examples/11-pairing.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual([
    'connected: security level 1',
    'paired by passkey: security level 4',
    'locked',
    'open',
    'connected again: security level 4',
    '',
  ]);
});
