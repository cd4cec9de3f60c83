import { testPrograms } from '../support/page-programs.js';

testPrograms('docs/l2cap.md', 3);
