import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocPrograms } from '../support/doc-programs.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = new DocPrograms('docs/replay.md');

beforeAll(() => page.write());
afterAll(() => page.remove());

describe('the programs of docs/replay.md', () => {
  it('have the types they use', () => {
    expect(page.programs.length).toBe(2);
    expect(page.check()).toBe('');
  });

  it('print what the page says', () => {
    for (const [i, { printed }] of page.programs.entries()) expect(page.run(i)).toBe(printed);
  });
});

describe('replayTest of the built package under node --test', () => {
  // Inside of the package, so that `bluewire` is the package itself.
  const folder = join(root, '.cache', 'replay-node-test');
  const fixture = JSON.stringify(join(root, 'fixtures', 'heart-rate-virtual.hci'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What `node --test` says of a file that replays the simulated sensor with these calls. */
  function nodeTest(name: string, calls: string): { status: number | null; stdout: string } {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.mjs`);
    writeFileSync(
      file,
      `import { replayTest } from 'bluewire/replay';
await replayTest(${fixture}, async ({ device }) => {
  for await (const report of device.scan({ filter: { services: [0x180d] } })) {
    if (!report.connectable) continue;
    const link = await device.connect(report);
    const services = await link.gatt.discoverAll();
    const sensor = services.find(({ uuid }) => uuid.short === 0x180d);
    if (sensor) { ${calls} }
    await link.disconnect();
    if (sensor) break;
  }
}, { permit: 'strict' });
`,
    );
    // A test runner in a test runner is told so by the environment.
    const { NODE_TEST_CONTEXT: _, VITEST: __, ...env } = process.env;
    const args = ['--test', '--test-reporter=tap', file];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
    return { status, stdout };
  }

  it('passes where the host does as in the capture', () => {
    const { status, stdout } = nodeTest(
      'same',
      'let count = 0; for await (const _ of sensor.characteristics[0].values()) if (++count === 3) break;',
    );
    expect(stdout).toMatch(/^ok 1|^ {4}ok 1/m);
    expect(stdout).toContain('# pass 1');
    expect(status).toBe(0);
  });

  it('fails with the field where it does not', () => {
    const { status, stdout } = nodeTest('other', 'await link.gatt.read(0x0001);');
    expect(stdout).toContain('# fail 1');
    expect(stdout).toContain('data.att.opcode');
    expect(status).toBe(1);
  });
});
