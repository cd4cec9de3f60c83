import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/recovery.md', 1);
