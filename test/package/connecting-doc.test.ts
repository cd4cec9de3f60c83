import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/connecting.md', 1);
