/** The cryptographic toolbox of the Security Manager: Core Vol 3, Part H, 2.2. */
export * from './constant-time.js';
export * from './coordinated-set.js';
export * from './derivation.js';
export { nobleCrypto } from './noble.js';
export * from './private-address.js';
export * from './signing.js';
export type * from './smp-crypto.js';
export * from './toolbox.js';
