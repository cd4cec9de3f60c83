import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transformSync } from 'esbuild';
import { rollup } from 'rollup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
// Inside of the package, so that `bluewire` is the package itself, as built.
const folder = join(root, '.cache', 'hci-doc');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const page = readFileSync(join(root, 'docs', 'hci.md'), 'utf8');
const programs = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, text]) => text!);

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [i, text] of programs.entries()) {
    writeFileSync(join(folder, `program-${i}.ts`), text);
    const { code } = transformSync(text, { loader: 'ts', target: 'es2022' });
    writeFileSync(join(folder, `program-${i}.mjs`), code);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a program of the page prints. */
function run(index: number): string[] {
  const output = execFileSync(process.execPath, [join(folder, `program-${index}.mjs`)], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return output.trim().split('\n');
}

describe('the programs of docs/hci.md', () => {
  it('have the types they use', () => {
    const compilerOptions = {
      ...{ target: 'es2022', lib: ['es2023', 'dom', 'esnext.disposable'], module: 'nodenext' },
      ...{ types: ['node'], strict: true, noUncheckedIndexedAccess: true, skipLibCheck: true },
      ...{ exactOptionalPropertyTypes: true, noEmit: true },
    };
    const config = join(folder, 'tsconfig.json');
    writeFileSync(config, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' });
    expect(programs.length).toBe(3);
    expect(stdout).toBe('');
  });

  it('send a command', () => {
    expect(run(0)).toEqual([expect.stringMatching(/^status 0 from a controller of version \d+$/)]);
  });

  it('ask a declaration what it says', () => {
    expect(run(1)).toEqual([
      'LE_Set_PHY 2032 7.8.49 5.0',
      "status [ 35, 6 ] [ 'le2MPhy', 'leCodedPhy' ]",
      'LE_PHY_Update_Complete',
      "[ 1.25, 'ms' ]",
      'peripheral',
      'Connection Failed to be Established / Synchronization Timeout',
    ]);
  });

  it('declare a vendor, send its command and receive its event', () => {
    expect(run(2).sort()).toEqual(['Acme Read_Voltage', 'low: 3000 mV', 'now: 3200 mV']);
  });
});

describe('a bundle for a browser', () => {
  async function bundled(code: string) {
    const { outputFiles } = await build({
      stdin: { contents: code, resolveDir: folder },
      ...{ bundle: true, format: 'esm', platform: 'browser', minify: true, write: false },
    });
    return outputFiles[0]!.text;
  }

  /** The names of packets in a bundle. */
  const names = (text: string) => [...new Set([...text.matchAll(/"(LE_\w+)/g)].map(([, name]) => name!))];

  it('has the declarations that are used, and no others', async () => {
    const text = await bundled(`
      import { leSetPhy } from 'bluewire/hci/commands';
      import { lePhyUpdateComplete } from 'bluewire/hci/events';
      console.log(leSetPhy.parameters.encode, lePhyUpdateComplete.parameters.read);`);
    expect(names(text)).toEqual(['LE_Set_PHY', 'LE_PHY_Update_Complete']);
    expect(text).not.toMatch(/Zephyr|Espressif|initiator/);
    expect(text.length).toBeLessThan(8_000);
  });

  it('has no more than the host itself, where that is used too', async () => {
    const text = await bundled(`
      import { HciHost } from 'bluewire/hci';
      import { leSetPhy } from 'bluewire/hci/commands';
      console.log(HciHost, leSetPhy);`);
    expect(names(text)).toEqual(['LE_Set_PHY']);
    expect(text).not.toMatch(/Zephyr [A-Z]|Espressif/);
    expect(text.length).toBeLessThan(45_000);
  });

  it('can be made by rollup from the whole of HCI, all the same', async () => {
    const dist = join(root, 'dist', 'esm');
    const input = join(folder, 'whole.mjs');
    writeFileSync(
      input,
      "import { commands, events } from 'bluewire/hci'; console.log(commands.leSetPhy, events.lePhyUpdateComplete);",
    );
    const made = await rollup({
      input,
      external: ['zod/mini'],
      onwarn: () => {},
      plugins: [
        {
          name: 'the package, as a browser resolves it',
          resolveId(source) {
            if (source === 'bluewire/hci') return join(dist, 'hci', 'index.js');
            if (source !== '#transports') return null;
            return join(dist, 'hci', 'transport', 'browser', 'transports.js');
          },
        },
      ],
    });
    const { output } = await made.generate({ format: 'es' });
    const text = output.map((part) => (part.type === 'chunk' ? part.code : '')).join('\n');
    expect(names(text)).toEqual(['LE_Set_PHY', 'LE_PHY_Update_Complete']);
    expect(text).not.toMatch(/Zephyr|Espressif/);
  });
});
