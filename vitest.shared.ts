import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** What every suite shares: the package under its own name is its source, and skipped tests are counted. */
export const shared: ViteUserConfig = {
  resolve: {
    conditions: ['bluewire-source'],
    alias: [
      { find: /^bluewire$/, replacement: source('index.ts') },
      { find: /^bluewire\/([\w/]+)$/, replacement: source('$1/index.ts') },
    ],
  },
  ssr: { resolve: { conditions: ['bluewire-source', 'node', 'import', 'module', 'default'] } },
  // No test may touch what a user keeps.
  test: {
    env: { XDG_STATE_HOME: join(tmpdir(), `bluewire-tests-${process.pid}`) },
    reporters: ['default', './scripts/skip-reporter.mjs'],
  },
};
