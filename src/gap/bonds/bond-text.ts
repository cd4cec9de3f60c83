import type { Bond } from './bond.js';

/**
 * A bond as JSON text, with its keys: for a {@link BondStore} of one's own, over IndexedDB for example. It is as secret as they
 * are.
 */
export async function bondToText(bond: Bond): Promise<string> {
  const { bondRecord } = await import('./record.js');
  return JSON.stringify(bondRecord(bond));
}

/**
 * The bond that {@link bondToText} made into text.
 * @throws {BondStoreError} `BONDS_DAMAGED` with what is wrong and the line; no key is told
 */
export async function bondFromText(text: string): Promise<Bond> {
  // zod is loaded with the first one.
  return (await import('./record-schema.js')).parseBond(text);
}
