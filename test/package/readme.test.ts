import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
// Inside of the package, so that `bluewire` is the package itself, as built.
const folder = join(root, '.cache', 'readme');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, text]) => text!);

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

/** What a program of the README prints. */
function run(index: number): string {
  return execFileSync(process.execPath, [join(folder, `program-${index}.mjs`)], {
    encoding: 'utf8',
    timeout: 20_000,
  });
}

describe("the README's programs", () => {
  it('have the types they use', () => {
    const compilerOptions = {
      ...{
        target: 'es2022',
        lib: ['es2023', 'dom', 'esnext.disposable'],
        module: 'nodenext',
        types: ['node'],
      },
      ...{ strict: true, noUncheckedIndexedAccess: true, skipLibCheck: true, noEmit: true },
    };
    const config = join(folder, 'tsconfig.json');
    writeFileSync(config, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' });
    expect(programs.length).toBe(3);
    expect(stdout).toBe('');
  });

  it('the quick example prints the sensor', () => {
    const printed = run(0);
    expect(printed).toMatch(/Reading chars from service = 6157/);
    expect(printed).toMatch(/char 10753 value = /);
  });

  it('the one without names of Python finds the sensor, and counts its beats', async () => {
    const program = spawn(process.execPath, [join(folder, 'program-1.mjs')]);
    try {
      const printed = await new Promise<string>((resolve, reject) => {
        let text = '';
        const take = (part: Buffer) => {
          text += part;
          if (text.includes('\n')) resolve(text);
        };
        program.stdout.on('data', take);
        program.stderr.on('data', take);
        program.on('error', reject);
        program.on('exit', (code) => reject(new Error(`it ended with ${code}: ${text}`)));
      });
      expect(printed).toMatch(/^\d+ beats a minute\n/);
    } finally {
      program.kill();
    }
  });

  it('the one for tests connects on simulated time', () => {
    expect(run(2)).toMatch(/intervalMs: \d.*ms of simulated time/s);
  });
});
