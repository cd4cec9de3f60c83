import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/security.md', 1);
