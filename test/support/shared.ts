import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, it } from 'vitest';

const root = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Whether the reference material lies beside the project. */
export const sharedPresent = existsSync(root);

/** The absolute path of a file of the reference material. */
export function shared(path: string): string {
  return root + path;
}

/** A JSON file of the reference material. */
export function sharedJson<T>(path: string): T {
  return JSON.parse(readFileSync(shared(path), 'utf8')) as T;
}

/** A gzipped file of JSON lines of the reference material. */
export function sharedJsonLines<T>(path: string): T[] {
  const text = gunzipSync(readFileSync(shared(path))).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line.length > 0)
    .map((line) => JSON.parse(line) as T);
}

/**
 * A `describe` for tests that need the reference material in ../shared: skipped with one line where it is absent (a
 * user's clone), failing where `CI=true`.
 */
export function describeWithShared(name: string, body: () => void): void {
  if (sharedPresent) {
    describe(name, body);
    return;
  }
  if (process.env['CI'] === 'true') {
    describe(name, () => {
      throw new Error('../shared is absent, and with CI=true nothing may be skipped');
    });
    return;
  }
  console.warn(`skipped: ${name}: ../shared is absent`);
  // The body would read what is absent already while the tests are collected.
  describe.skip(name, () => {
    it('needs ../shared', () => {});
  });
}
