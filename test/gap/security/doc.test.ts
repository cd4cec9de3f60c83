import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const page = readFileSync(`${root}docs/security.md`, 'utf8');

it('docs/security.md names tests that there are, for each attack', () => {
  const rows = page.split('\n').filter((line) => /^\| .* \| .* \| .* \|$/.test(line));
  const attacks = rows
    .slice(rows.findIndex((row) => row.includes('played in')))
    .filter((row) => !/played in|---/.test(row));
  expect(attacks.length).toBeGreaterThan(25);
  for (const row of attacks) {
    const played = row.split('|').at(-2)!.trim();
    if (played === '–') continue;
    for (const [, name] of played.matchAll(/`([^`]+)`/g)) {
      const file = name!.endsWith('.ts')
        ? name!
        : `${name!.replace('smp/', 'smp/pairing/').replace('gap/', 'gap/security/')}.test.ts`;
      expect(existsSync(`${root}test/${file}`), file).toBe(true);
    }
  }
});
