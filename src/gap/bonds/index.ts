/** What is kept of peers that this device bonded with: Core Vol 3, Part C, 9.4 and Part H, 2.4. */
export * from './bond.js';
export * from './bond-store.js';
export { Bonds, type BondsEvents, type BondsOptions } from './bonds.js';
export * from './memory-store.js';
export type { Resolves } from './peer-resolver.js';
