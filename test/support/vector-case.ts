import 'vitest';

/** A case of a vector file of the reference material. */
export interface VectorCase {
  /** The file's name. */
  readonly file: string;
  /** The list in the file that the case stands in, and its place there, from 0. */
  readonly part: string;
  readonly index: number;
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
