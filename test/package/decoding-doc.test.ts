import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { testPrograms } from '../support/page-programs.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

testPrograms('docs/decoding.md', 3);

describe('the names of assigned numbers', () => {
  /** The files that Node reads for a program. */
  function loaded(code: string): string[] {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', `${hook}${code}`],
      { cwd: root, encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return stdout.split('\n').filter((file) => file.startsWith('file:'));
  }

  // Node tells what it loads to a hook in a thread of its own, which writes it to the standard output.
  const listing = `
    import { writeSync } from 'node:fs';
    export async function load(url, context, next) { writeSync(1, url + '\\n'); return next(url, context); }`;
  const hook = `
    import { register } from 'node:module';
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(listing)}`)});
  `;
  const isList = (file: string) =>
    readFileSync(fileURLToPath(file), 'utf8').includes('Nordic Semiconductor ASA');

  it('are in a file of their own, which the root and the decoder do not load before they are asked', () => {
    const entry = loaded("await import('bluewire');");
    expect(entry.length).toBeGreaterThan(1);
    expect(entry.filter(isList)).toEqual([]);
    expect(entry.filter((file) => /\/decode\//.test(file))).toEqual([]);
    const decoder = loaded("await import('bluewire/decode');");
    expect(decoder.filter(isList)).toEqual([]);
    const asked = loaded("await (await import('bluewire/decode')).loadAssignedNumbers();");
    expect(asked.filter(isList).length).toBe(1);
  });

  it('are apart in a bundle for a browser, too', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: "export { Decoder, loadAssignedNumbers } from 'bluewire/decode';",
        resolveDir: root,
      },
      ...{ bundle: true, format: 'esm', platform: 'browser', splitting: true, write: false, outdir: 'out' },
      ...{ absWorkingDir: root, external: ['zod/mini'] },
    });
    const withNames = outputFiles.filter(({ text }) => text.includes('Nordic Semiconductor ASA'));
    expect(withNames.length).toBe(1);
    expect(withNames[0]!.text).not.toContain('loadAssignedNumbers');
  });

  it('have the notice of their licence beside them in the package', () => {
    const notice = readFileSync(join(root, 'dist', 'decode', 'assigned-numbers.LICENSE'), 'utf8');
    expect(notice).toBe(readFileSync(join(root, 'src', 'decode', 'assigned', 'LICENSE'), 'utf8'));
    expect(notice).toContain('Copyright (c) 2019 - 2020, Nordic Semiconductor ASA');
  });
});
