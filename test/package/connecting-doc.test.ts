import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocPrograms } from '../support/doc-programs.js';

const page = new DocPrograms('docs/connecting.md');

beforeAll(() => page.write());
afterAll(() => page.remove());

describe('the program of docs/connecting.md', () => {
  it('has the types it uses', () => {
    expect(page.programs.length).toBe(1);
    expect(page.check()).toBe('');
  });

  it('prints what the page says', () => {
    expect(page.programs[0]!.printed).toBeDefined();
    expect(page.run(0)).toBe(page.programs[0]!.printed);
  });
});
