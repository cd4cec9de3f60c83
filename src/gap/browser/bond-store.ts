import { NotSupportedError } from '../../core/errors.js';
import type { ListingBondStore } from '../bonds/bond-store.js';

/** In a browser nothing is kept unless the page gives a store of its own. */
export function platformBondStore(): ListingBondStore | undefined {
  return undefined;
}

/** A browser has no files to keep bonds in. */
export function openBondFile(path: string): ListingBondStore {
  throw new NotSupportedError(
    `bondFile(${JSON.stringify(path)}): a browser has no files; give a BondStore of your own, over IndexedDB for example`,
  );
}
