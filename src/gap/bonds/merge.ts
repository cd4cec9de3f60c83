import type { BondRecord } from './record.js';

/**
 * What a file is to have of a bond when this process changed it and others may have changed it as well.
 * @param mine the bond as this process wants it
 * @param base as this process loaded or saved it before; `undefined` when it is new to it
 * @param theirs as the file has it
 * @returns `undefined` when it is gone: somebody removed it, or put a bond with other keys in its place
 */
export function merged(
  mine: BondRecord,
  base: BondRecord | undefined,
  theirs: BondRecord | undefined,
): BondRecord | undefined {
  // Other keys are another pairing: it counts, whatever is there.
  if (!base || !same(mine.keys, base.keys)) return mine;
  if (!theirs || !same(theirs.keys, base.keys)) return undefined;
  const record = { ...theirs, ...changes(mine, base) };
  if (mine.name === undefined && base.name !== undefined) delete record.name;
  const { own, peer } = mine.signCounters;
  return {
    ...record,
    lastUsedAt: Math.max(mine.lastUsedAt, theirs.lastUsedAt),
    // Counters never go back.
    signCounters: {
      own: Math.max(own, theirs.signCounters.own),
      peer: Math.max(peer, theirs.signCounters.peer),
    },
  };
}

type Writable = { -readonly [K in keyof BondRecord]?: BondRecord[K] };

function changes(mine: BondRecord, base: BondRecord): Partial<BondRecord> {
  const changed: Writable = {};
  for (const field of Object.keys(mine) as (keyof BondRecord)[]) {
    if (!same(mine[field], base[field])) Object.assign(changed, { [field]: mine[field] });
  }
  return changed;
}

/** Records are made by the same code, field by field in the same order. */
function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
