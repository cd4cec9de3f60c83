import { NotSupportedError } from '../../core/errors.js';
import type { TestFunction } from '../runner.js';

/** A page has no files. @throws {NotSupportedError} */
export async function readReplay(path: string | URL): Promise<Uint8Array> {
  throw new NotSupportedError(`replayTest: ${path}: a page has no files; give the capture's octets`);
}

/** A page has no files. @throws {NotSupportedError} */
export async function writeReplay(path: string | URL, _octets: Uint8Array): Promise<void> {
  throw new NotSupportedError(`replayTest: ${path}: a page has no files, and cannot write a capture`);
}

/** Whether the environment asks for new captures: a page has none. */
export function wantsUpdate(): boolean {
  return false;
}

/** What registers a test. @throws {NotSupportedError} when there is no global `test` */
export function runnersTest(): TestFunction {
  const { test } = globalThis as { test?: unknown };
  if (typeof test === 'function') return test as TestFunction;
  throw new NotSupportedError('replayTest: there is no global test(); give it as an option');
}
