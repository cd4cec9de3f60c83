import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocPrograms } from '../support/doc-programs.js';

const page = new DocPrograms('docs/transports.md');

beforeAll(() => page.write());
afterAll(() => page.remove());

describe('the programs of docs/transports.md', () => {
  it('have the types they use', () => {
    expect(page.programs.length).toBe(3);
    expect(page.check()).toBe('');
  });

  const runnable = page.programs.flatMap(({ printed }, index) => (printed === undefined ? [] : [index]));

  it.each(runnable)('print what the page says: %i', (index) => {
    expect(page.run(index)).toBe(page.programs[index]!.printed);
  });

  it('are runnable but for the one of a page', () => {
    expect(runnable).toEqual([0, 2]);
  });
});
