import type { BondFileOptions, ListingBondStore } from './bond-store.js';

/**
 * Bonds in a JSON file, for Node. The file is replaced as a whole, so that a process that is killed at any moment leaves the
 * old one or the new one, and only its owner may read it. Several processes may use one file at the same time. A file that
 * is damaged is refused with its line and renamed, so that it is kept; one of a newer version is left as it is.
 * @param path where it is; its folder is made when there is none
 * @throws {NotSupportedError} in a browser
 */
export async function bondFile(path: string, options?: BondFileOptions): Promise<ListingBondStore> {
  return (await import('#bonds')).openBondFile(path, options);
}
