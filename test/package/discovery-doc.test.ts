import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocPrograms } from '../support/doc-programs.js';

const page = new DocPrograms('docs/discovery.md');

beforeAll(() => page.write());
afterAll(() => page.remove());

describe('the programs of docs/discovery.md', () => {
  it('have the types they use', () => {
    expect(page.programs.length).toBe(1);
    expect(page.check()).toBe('');
  });

  it.each(page.programs.map((_, index) => index))('print what the page says: %i', (index) => {
    const { printed } = page.programs[index]!;
    expect(printed).toBeDefined();
    expect(page.run(index)).toBe(printed);
  });
});
