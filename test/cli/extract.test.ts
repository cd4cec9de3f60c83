import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { systemClock } from '../../src/core/clock.js';
import { systemRandom } from '../../src/core/random.js';
import { describedDevice } from '../../src/virtual/devices/index.js';
import { MemorySink } from './support.js';

const fixture = fileURLToPath(new URL('../../fixtures/central-bumble.btsnoop', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bluewire-extract-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function extract(...args: string[]) {
  const [stdout, stderr] = [new MemorySink(), new MemorySink()];
  const code = await run(['extract', ...args], {
    stdout,
    stderr,
    env: {},
    clock: systemClock,
    random: systemRandom,
    version: '1.2.3',
    signal: new AbortController().signal,
  });
  return { code, out: stdout.lines, err: stderr.text };
}

describe('bluewire extract', () => {
  it('writes a description that is a simulated device, and says what was not seen', async () => {
    const to = join(folder, 'device.json');
    const { code, out, err } = await extract(fixture, '-o', to, '--address', 'F0:00:5E:00:53:A0');
    expect(code).toBe(0);
    expect(out.join('\n')).toMatch(/^Heart Rate: \d+ services, \d+ characteristics written to /);
    expect(err).toMatch(/not seen: /);
    const device = await describedDevice(JSON.parse(readFileSync(to, 'utf8')));
    expect(device).toMatchObject({ name: 'Heart Rate', address: 'F0:00:5E:00:53:A0/random' });
  });

  it('prints the description where no file is named, and all that it knows with --json', async () => {
    const plain = await extract(fixture, '--repeat');
    const json = await extract(fixture, '--repeat', '--json');
    const told = JSON.parse(json.out.join('')) as { description: unknown; missing: string[]; links: number };
    expect(told.description).toEqual(JSON.parse(plain.out.join('\n')));
    expect(told.links).toBe(1);
    expect(JSON.stringify(told.description)).toContain('"repeat":true');
  });

  it('says what is wrong: an address that is none, nobody of that address, no capture', async () => {
    expect(await extract(fixture, '--address', 'there')).toMatchObject({ code: 2 });
    const nobody = await extract(fixture, '--address', '00:00:5E:00:53:77');
    expect(nobody.code).toBe(1);
    expect(nobody.err).toMatch(/those that did are:[\s\S]*F0:00:5E:00:53:A0\/random/);
    const text = join(folder, 'text');
    writeFileSync(text, 'no capture at all');
    expect((await extract(text)).err).toMatch(/text: /);
  });
});
