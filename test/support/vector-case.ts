import { it } from 'vitest';

/** A case of a vector file of the reference material. */
export interface VectorCase {
  /** The file's name. */
  readonly file: string;
  /** The list in the file that the case stands in, and its place there, from 0. */
  readonly part: string;
  readonly index: number;
  /** Why the case is left out; absent for a case that the test runs. */
  readonly leftOut?: string;
}

declare module 'vitest' {
  interface TaskMeta {
    /** The cases that a test stands for: docs/conformance.md has the result of each. */
    vectors?: readonly VectorCase[];
    /** How many things of each kind a test compared with a capture's other decoding. */
    compared?: Readonly<Record<string, number>>;
  }
}

/** The options of a test that runs one case. */
export function runsVector(file: string, part: string, index: number) {
  return { meta: { vectors: [{ file, part, index }] } };
}

/** A skipped test in a case's place; `later` names the work that the case waits for, as `pairing`. */
export function leaveVectorOut(file: string, part: string, index: number, name: string, later: string): void {
  const vectors = [{ file, part, index, leftOut: `needs ${later}` }];
  it.skip(`${name} (later: ${later})`, { meta: { vectors } }, () => {});
}
