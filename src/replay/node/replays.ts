import type { TestFunction } from '../runner.js';

// Modules of Node are loaded when they are used: whoever imports this may never read a file.

/** The octets of a capture's file. */
export async function readReplay(path: string | URL): Promise<Uint8Array> {
  return (await import('node:fs/promises')).readFile(path);
}

/** Writes a capture's file. */
export async function writeReplay(path: string | URL, octets: Uint8Array): Promise<void> {
  await (await import('node:fs/promises')).writeFile(path, octets);
}

/** Whether the environment asks for new captures. */
export function wantsUpdate(): boolean {
  return process.env['BLUEWIRE_UPDATE_CAPTURES'] === '1';
}

const runners: readonly string[] = ['vitest'];

/** What registers a test with the runner that is there: at once where it can be had at once. */
export function runnersTest(): TestFunction | Promise<TestFunction> {
  const { test } = globalThis as { test?: unknown };
  if (typeof test === 'function') return test as TestFunction;
  if (process.env['VITEST'] !== undefined) {
    // Not a dependency: it is there because it runs. No bundler may look for it, nor minify the name into the import.
    return import(runners[0]!).then((vitest: { test: TestFunction }) => vitest.test);
  }
  const builtIn = (process as { getBuiltinModule?: (name: string) => unknown }).getBuiltinModule;
  const found = builtIn?.('node:test') as { test: TestFunction } | undefined;
  return found?.test ?? import('node:test').then((nodes) => nodes.test as TestFunction);
}
