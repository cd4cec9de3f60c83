import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/discovery.md', 1);
