import { defineConfig, mergeConfig } from 'vitest/config';
import { shared } from './vitest.shared.js';

/** `npm run test:interop`: tests against stacks that others wrote; real time, real processes. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      include: ['test/interop/**/*.test.ts'],
      testTimeout: 60_000,
      hookTimeout: 120_000,
      pool: 'forks',
      // One test waits 30 s for a peer that never answers; the others run beside it.
      maxWorkers: 3,
    },
  }),
);
