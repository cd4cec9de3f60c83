import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/scanning.md', 3);
