import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/gatt-server.md', 2);
