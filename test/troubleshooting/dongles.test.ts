import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.js';
import { seededRandom } from '../../src/core/random.js';
import { createTransport } from '../../src/hci/transport/registry.js';

const folder = fileURLToPath(new URL('../../docs/dongles/', import.meta.url));
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));

/** The port strings that a page names, in code. */
function portsIn(text: string): string[] {
  return [...text.matchAll(/(?:serial|usb|tcp|unix|ws):[^\s'"`)|]+/g)].map(([port]) => port);
}

describe('docs/dongles', () => {
  it.each(pages)('%s names ports that can be opened as they stand there', async (page) => {
    const ports = portsIn(readFileSync(folder + page, 'utf8'));
    if (page !== 'softdevice-controller.md') expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) {
      const transport = await createTransport(port, { clock: new SimulatedClock(), random: seededRandom(1) });
      expect(transport.name).toBe(port);
    }
  });

  it('has a page for every row of its index, and a row for every page', () => {
    const index = readFileSync(`${folder}README.md`, 'utf8');
    const linked = [...index.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, name]) => name);
    expect([...new Set(linked)].sort()).toEqual(pages.filter((name) => name !== 'README.md').sort());
  });

  it.each(pages)('%s quotes messages that the page of troubleshooting has, from its tests', (page) => {
    const known = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');
    const [, wrong = ''] = readFileSync(folder + page, 'utf8').split('## When it goes wrong');
    // An ellipsis, and the place of an assertion, stand for what differs from case to case.
    const parts = [...wrong.matchAll(/`((?:an?|this is) [^`]+)`/g)].flatMap(([, text]) =>
      text!.split(/ … | at file:line/).filter((part) => part !== ''),
    );
    for (const part of parts) expect(known).toContain(part);
  });

  it.each(pages)('%s says that it was not tried on hardware', (page) => {
    expect(readFileSync(folder + page, 'utf8')).toMatch(
      /[Nn]ot tried on hardware|None of it was tried on hardware/,
    );
  });
});
