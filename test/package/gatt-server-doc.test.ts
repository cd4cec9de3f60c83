import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocPrograms } from '../support/doc-programs.js';

const page = new DocPrograms('docs/gatt-server.md');

beforeAll(() => page.write());
afterAll(() => page.remove());

describe('the programs of docs/gatt-server.md', () => {
  it('have the types they use', () => {
    expect(page.programs.length).toBe(2);
    expect(page.check()).toBe('');
  });

  it.each([0, 1])('print what the page says: program %d', (index) => {
    expect(page.programs[index]!.printed).toBeDefined();
    expect(page.run(index)).toBe(page.programs[index]!.printed);
  });
});
