import type { WorldOptions } from './world.js';

/**
 * The options of the world that a world file declares (docs/testing-without-hardware.md says what may stand in it).
 * @param json its content: text, or what `JSON.parse` gave
 * @param name what messages call it
 * @param readFile gives the text of a file that the field `file` of a description names
 * @returns options for `createWorld`; rejects with a TypeError that has the path of the wrong field, and what is wanted there
 */
export async function worldFromJson(
  json: unknown,
  name?: string,
  readFile?: (path: string) => string,
): Promise<WorldOptions> {
  // zod is loaded with the first file.
  return (await import('./world-file.js')).worldFromJson(json, name, readFile);
}
