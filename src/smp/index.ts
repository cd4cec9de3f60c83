/** The Security Manager: Core Vol 3, Part H. */
export * from './crypto/index.js';
export * from './decode.js';
export type * from './keys.js';
export * from './pairing/index.js';
export * as smpPdus from './pdus.js';
export * from './refusal.js';
