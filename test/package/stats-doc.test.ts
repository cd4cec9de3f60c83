import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/stats.md', 1);
