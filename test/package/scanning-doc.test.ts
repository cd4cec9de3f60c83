import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocPrograms } from '../support/doc-programs.js';

const page = new DocPrograms('docs/scanning.md');

beforeAll(() => page.write());
afterAll(() => page.remove());

describe('the programs of docs/scanning.md', () => {
  it('have the types they use', () => {
    expect(page.programs.length).toBe(3);
    expect(page.check()).toBe('');
  });

  it.each([0, 1, 2])('program %i prints what the page says', (index) => {
    expect(page.programs[index]!.printed).toBeDefined();
    expect(page.run(index)).toBe(page.programs[index]!.printed);
  });
});
