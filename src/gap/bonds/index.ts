/** What is kept of peers that this device bonded with: Core Vol 3, Part C, 9.4 and Part H, 2.4. */
export {
  Bond,
  type BondChange,
  type BondContents,
  type ClientMemory,
  type JsonValue,
  type ServerMemory,
  type SignCounters,
} from './bond.js';
export { bondFile } from './bond-file.js';
export * from './bond-store.js';
export { bondFromText, bondToText } from './bond-text.js';
export type { Bonds, BondsEvents, BondsOptions } from './bonds.js';
export * from './memory-store.js';
export type { Resolves } from './peer-resolver.js';
