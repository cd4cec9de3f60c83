import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocPrograms } from '../support/doc-programs.js';

const page = new DocPrograms('docs/extract.md');

beforeAll(() => page.write());
afterAll(() => page.remove());

describe('the programs of docs/extract.md', () => {
  it('have the types they use', () => {
    expect(page.programs.length).toBe(3);
    expect(page.check()).toBe('');
  });

  it.each(page.programs.map((_, index) => index))('print what the page says: %i', (index) => {
    expect(page.programs[index]!.printed).toBeDefined();
    expect(page.run(index)).toBe(page.programs[index]!.printed);
  });
});
