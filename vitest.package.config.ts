import { defineConfig, mergeConfig } from 'vitest/config';
import { shared } from './vitest.shared.js';

/** `npm run test:package`: tests of the packed package, and of the lint rules. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      include: ['test/package/**/*.test.ts'],
      testTimeout: 60_000,
      hookTimeout: 120_000,
      pool: 'forks',
      fileParallelism: false,
    },
  }),
);
