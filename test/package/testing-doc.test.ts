import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/testing-without-hardware.md', 8);
