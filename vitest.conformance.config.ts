import { mergeConfig } from 'vitest/config';
import tests from './vitest.config.js';

/** `npm run conformance`: the tests of `npm test`, which write docs/conformance.md or, with CI=true, check it. */
export default mergeConfig(tests, { test: { reporters: ['./scripts/conformance-reporter.mjs'] } });
