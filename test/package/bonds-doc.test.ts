import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/bonds-and-privacy.md', 1);
