import { defineConfig, mergeConfig } from 'vitest/config';
import { shared } from './vitest.shared.js';

/** `npm run coverage:smp`: how much of pairing and of the security of links is exercised by the tests that are about it. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      include: ['test/smp/**/*.test.ts', 'test/gap/security/**/*.test.ts'],
      testTimeout: 60_000,
      pool: 'threads',
      isolate: false,
      coverage: {
        provider: 'v8',
        include: ['src/smp/**/*.ts', 'src/gap/security/**/*.ts'],
        reporter: [['text', { skipFull: true }]],
        thresholds: { 'src/smp/**': { branches: 95 }, 'src/gap/security/**': { branches: 95 } },
      },
    },
  }),
);
