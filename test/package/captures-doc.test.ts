import { expect, it } from 'vitest';
import { DocPrograms } from '../support/doc-programs.js';

it('the program of docs/captures.md has the types it uses', () => {
  const page = new DocPrograms('docs/captures.md');
  page.write();
  try {
    expect(page.programs.length).toBe(1);
    expect(page.check()).toBe('');
  } finally {
    page.remove();
  }
});
