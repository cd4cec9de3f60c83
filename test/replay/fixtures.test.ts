import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readCapture } from '../../src/hci/capture/index.js';

type Recorder = (file: string) => Promise<void>;

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const { virtual } = (await import('../../fixtures/record/virtual.mjs' as string)) as {
  virtual: Readonly<Record<string, Recorder>>;
};
const page = readFileSync(fixture('README.md'), 'utf8');
const listed = [...page.matchAll(/^\| `([\w.-]+\.(?:btsnoop|pcapng))`/gm)].map(([, name]) => name!);

describe('the fixtures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bluewire-fixtures-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(Object.keys(virtual))(
    'have %s as its recorder makes it, to the octet (BLUEWIRE_GOLDEN=write writes it anew)',
    async (name) => {
      const [first, second] = [join(folder, `1-${name}`), join(folder, `2-${name}`)];
      await virtual[name]!(first);
      await virtual[name]!(second);
      const now = readFileSync(first);
      expect(readFileSync(second).equals(now)).toBe(true);
      if (process.env['BLUEWIRE_GOLDEN'] === 'write') writeFileSync(fixture(name), now);
      const same = readFileSync(fixture(name)).equals(now);
      expect(same, `${name} is not what its recorder makes: node fixtures/record.mjs ${name}`).toBe(true);
    },
  );

  it('are all read to their end, small, and named on the page', () => {
    expect(listed.length).toBeGreaterThanOrEqual(6);
    for (const name of listed) {
      const octets = readFileSync(fixture(name));
      expect(statSync(fixture(name)).size, name).toBeLessThan(100_000);
      const { records, stopped } = readCapture(octets);
      expect(stopped, name).toBeUndefined();
      expect(records, name).toBeGreaterThan(50);
      expect(page, name).toContain(`node fixtures/record.mjs ${name}`);
    }
  });
});
