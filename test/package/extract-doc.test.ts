import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/extract.md', 3);
