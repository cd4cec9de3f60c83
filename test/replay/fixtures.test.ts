import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCapture } from '../../src/hci/capture/index.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const page = readFileSync(fixture('README.md'), 'utf8');
const listed = [...page.matchAll(/^\| `([\w.-]+\.(?:btsnoop|pcapng))`/gm)].map(([, name]) => name!);

describe('the fixtures', () => {
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
