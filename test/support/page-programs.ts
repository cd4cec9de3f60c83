import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocPrograms } from './doc-programs.js';

/** Tests of the programs of a page of documentation: so many there are, and what the page says of them is so. */
export function testPrograms(path: string, count: number): void {
  const page = new DocPrograms(path);

  describe(`the programs of ${path}`, () => {
    beforeAll(() => page.write());
    afterAll(() => page.remove());

    it('have the types they use', () => {
      expect(page.programs.length).toBe(count);
      expect(page.check()).toBe('');
    });

    it.each(page.programs.map((_, index) => index))('print what the page says: %i', (index) => {
      const { printed } = page.programs[index]!;
      expect(printed).toBeDefined();
      expect(page.run(index)).toBe(printed);
    });
  });
}
