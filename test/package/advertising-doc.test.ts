import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/advertising.md', 2);
