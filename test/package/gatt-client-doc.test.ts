import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { testPrograms } from '../support/page-programs.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

testPrograms('docs/gatt-client.md', 5);

/** What a bundle of a program has in it: modules of `dist/esm`, and its size when it is made short. */
async function bundle(contents: string) {
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    metafile: true,
    write: false,
    outdir: join(root, '.cache', 'shaken'),
    splitting: true,
    logLevel: 'silent',
  });
  const entry = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === '<stdin>')!;
  const modules = Object.entries(entry.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { modules: modules.map(([name]) => name), size: outputFiles[0]!.contents.length };
}

describe('typed values in a bundle', () => {
  const values = (modules: readonly string[]) =>
    modules.filter((name) => name.includes('gatt/values/')).map((name) => name.replace(/.*\/|\.[jt]s$/g, ''));

  it('are those that are used, and what they are made of', async () => {
    const one = await bundle(
      "import { batteryLevel } from 'bluewire/gatt/values'; console.log(batteryLevel);",
    );
    expect(values(one.modules).sort()).toEqual(['battery', 'codec', 'layout']);
    expect(one.size).toBeLessThan(20_000);
    const service = await bundle(
      "import { heartRate } from 'bluewire/services/heart-rate'; console.log(heartRate);",
    );
    expect(values(service.modules)).not.toContain('weight');
    expect(values(service.modules)).not.toContain('cycling-power');
  });

  it('are none where a program uses the root alone, nor is a database or a session', async () => {
    const { modules } = await bundle(
      "import { Device, GattClient } from 'bluewire'; console.log(Device, GattClient);",
    );
    expect(values(modules)).toEqual([]);
    expect(modules.filter((name) => /gatt\/(services|client\/(database|session|cache))/.test(name))).toEqual(
      [],
    );
  });
});
