import { defineConfig, mergeConfig } from 'vitest/config';
import { shared } from './vitest.shared.js';

/** `npm run test:browser`: tests in headless Chromium. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      include: ['test/browser/**/*.test.ts'],
      testTimeout: 60_000,
      hookTimeout: 120_000,
      pool: 'forks',
      fileParallelism: false,
    },
  }),
);
