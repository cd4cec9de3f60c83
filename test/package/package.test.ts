import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  exports: Record<string, unknown>;
  dependencies: Record<string, string>;
};
const subpaths = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace('.', manifest.name));
const externals = Object.keys(manifest.dependencies);

/** The folder of a user who has installed the packed package, and nothing else. */
const folder = mkdtempSync(join(tmpdir(), 'bluewire-package-'));
let packed: string[] = [];

function run(command: string, args: readonly string[], cwd = folder): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Bundles `code` in the user's folder. */
async function bundle(
  code: string,
  options: Pick<BuildOptions, 'platform' | 'splitting' | 'minify' | 'external'>,
) {
  const result = await build({
    stdin: { contents: code, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    format: 'esm',
    metafile: true,
    write: false,
    outdir: 'out',
    logLevel: 'silent',
    ...options,
  });
  return { ...result, text: result.outputFiles.map((file) => file.text).join('\n') };
}

beforeAll(() => {
  const npm = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts'];
  const listing = run('npm', ['pack', ...npm, '--json', '--pack-destination', folder], root);
  const [tarball] = JSON.parse(listing) as { filename: string; files: { path: string }[] }[];
  packed = tarball!.files.map(({ path }) => path);
  write('package.json', JSON.stringify({ name: 'a-user', private: true, type: 'module' }));
  run('npm', ['install', ...npm, '--prefer-offline', join(folder, tarball!.filename)]);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true }));

/** What a bundle of the standard input reads before it runs: its own files, and packages that stay outside. */
function loadedAtStart({ outputs }: Metafile): Set<string> {
  const loaded = new Set<string>();
  const load = (output: string) => {
    if (loaded.has(output)) return;
    loaded.add(output);
    for (const { path, kind } of outputs[output]?.imports ?? []) if (kind === 'import-statement') load(path);
  };
  load(Object.entries(outputs).find(([, output]) => output.entryPoint === '<stdin>')![0]);
  return loaded;
}

describe('the packed package', () => {
  it('holds the sources and what is built of them, and nothing else of the project', () => {
    const others = packed.filter((path) => !/^(dist|src)\//.test(path));
    const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
    expect(others.filter((path) => !documents.includes(path))).toEqual([]);
    expect(others).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(packed).not.toContain('dist/.built');
  });

  it.each(subpaths)('gives the same from import and from require(): %s', (path) => {
    const listed = 'console.log(Object.keys(x).sort().join())';
    const imported = run(process.execPath, [
      '--input-type=module',
      '-e',
      `import * as x from '${path}'; ${listed}`,
    ]);
    // Node 20 warns that require() of a module is experimental.
    const required = run(process.execPath, [
      '--no-warnings',
      '--input-type=commonjs',
      '-e',
      `const x = require('${path}'); ${listed}`,
    ]);
    expect(imported.trim()).not.toBe('');
    expect(required).toBe(imported);
  });

  it('loads neither zod nor serialport before they are needed', async () => {
    const code = subpaths.map((path, i) => `export * as x${i} from '${path}';`).join('\n');
    const { metafile } = await bundle(code, { platform: 'node', splitting: true, external: externals });
    const loaded = loadedAtStart(metafile);
    // The virtual controller encrypts on simulated time, which waits for no import.
    const packages = [...loaded].filter((path) => externals.some((name) => path.startsWith(name)));
    expect(packages.filter((path) => !path.startsWith('@noble/'))).toEqual([]);
    const inputs = [...loaded].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
    expect(inputs.length).toBeGreaterThan(1);
    expect(inputs.filter((path) => /zod|serial|socket/.test(path))).toEqual([]);
    // The ciphers are beside what pairs: `bluewire/smp`. The root has neither, as the next test says.
    expect([...loaded].filter((path) => path.startsWith('node:'))).toEqual(['node:crypto']);
  });

  it('loads no package at all with its root', async () => {
    const { metafile } = await bundle(`export * from '${manifest.name}';`, {
      platform: 'node',
      splitting: true,
      external: externals,
    });
    const loaded = [...loadedAtStart(metafile)];
    expect(loaded.filter((path) => externals.some((name) => path.startsWith(name)))).toEqual([]);
    expect(loaded.filter((path) => path.startsWith('node:'))).toEqual([]);
  });

  it('does without usb, an optional peer dependency, and names it when a usb: port is opened', () => {
    const cli = join(folder, 'node_modules', manifest.name, 'dist', 'cli', 'main.js');
    const { status, stderr } = spawnSync(process.execPath, [cli, 'info', '--port', 'usb:'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toMatch(process.platform === 'darwin' ? /macOS/ : /npm install usb@2/);
    expect(status).toBe(1);
  });

  it('bundles for Node, and the bundle runs', async () => {
    const code = subpaths.map((path, i) => `import * as x${i} from '${path}'; console.log(typeof x${i});`);
    const { text } = await bundle(code.join('\n'), { platform: 'node', external: externals });
    const output = run(process.execPath, [write('bundle/node.mjs', text)]);
    expect(output.trim().split('\n')).toEqual(subpaths.map(() => 'object'));
  });

  it('bundles for a browser without any module of Node or serialport', async () => {
    const code = subpaths.map((path, i) => `export * as x${i} from '${path}';`).join('\n');
    const { metafile, text } = await bundle(code, { platform: 'browser', splitting: true });
    const used = Object.keys(metafile.inputs).join('\n');
    expect(used).toContain('browser/transports');
    expect(used).not.toMatch(/serialport|node\/transports/);
    expect(text).not.toMatch(/from\s*["']node:|import\(["']node:/);
  });

  it('bundles no more than what is used', async () => {
    const options = { platform: 'browser', minify: true, splitting: true } as const;
    const { text } = await bundle("export { BdAddr } from 'bluewire/core';", options);
    expect(text.length).toBeLessThan(6_000);
  });

  it('has a command line that starts', () => {
    expect(run('npm', ['exec', '--offline', '--', 'bluewire', '--help'])).toContain('heart-rate');
  });
});

describe('the types of the packed package', () => {
  const consumer = [
    ...subpaths.map((path, i) => `import * as x${i} from '${path}';`),
    `export const all = [${subpaths.map((_, i) => `x${i}`).join(', ')}];`,
    "import { BdAddr } from 'bluewire/core';",
    "export const text: string = BdAddr.parse('00:11:22:33:44:55').toString();",
    '// @ts-expect-error an address is no number',
    "export const wrong: number = BdAddr.parse('00:11:22:33:44:55');",
  ].join('\n');

  /** Checks the consumer, with the library's declarations checked too and no other types at hand. */
  function check(file: string, module: string, moduleResolution: string): void {
    write(file, consumer);
    const settings = {
      module,
      moduleResolution,
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom'],
    };
    const config = {
      compilerOptions: { ...settings, types: [], strict: true, noEmit: true, skipLibCheck: false },
      files: [file],
    };
    const name = `tsconfig.${moduleResolution}.${file}.json`;
    write(name, JSON.stringify(config));
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', name]);
  }

  it('resolve in an ES module (nodenext)', () => check('module.mts', 'nodenext', 'nodenext'));
  it('resolve in a CommonJS module (nodenext)', () => check('common.cts', 'nodenext', 'nodenext'));
  it('resolve for a bundler', () => check('bundled.ts', 'esnext', 'bundler'));
});
