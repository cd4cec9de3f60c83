/** Handles that mean something else than before. */
export interface ChangedRange {
  readonly startHandle: number;
  readonly endHandle: number;
}

/** All handles, where nobody knows which. */
export const EVERYTHING: ChangedRange = { startHandle: 1, endHandle: 0xffff };

/**
 * What became of a database: which handles changed since a client knew them, and the Database Hash of each state that
 * somebody asked for. A revision is a number that grows by one with each change.
 */
export interface ChangeHistory {
  /** The revision that the database is at. */
  readonly revision: number;
  /** The Database Hash of the database as it is now, in the order in which it is sent: Core Vol 3, Part G, 7.3. */
  hash(): Promise<Uint8Array>;
  /** The last revision that had this hash, in hexadecimal; `undefined` when it was before this program, or long ago. */
  revisionOf(hash: string): number | undefined;
  /** The handles from the first to the last that changed after a revision; `undefined` when none did. */
  since(revision: number): ChangedRange | undefined;
}
