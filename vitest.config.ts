import { defineConfig, mergeConfig } from 'vitest/config';
import { shared } from './vitest.shared.js';

/** `npm test`: everything that needs nothing but Node. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      include: ['test/**/*.test.ts'],
      exclude: ['test/interop/**', 'test/browser/**', 'test/package/**', 'node_modules/**'],
      testTimeout: 60_000,
      pool: 'threads',
      isolate: false,
    },
  }),
);
