/** The Security Manager: Core Vol 3, Part H. */
export * from './decode.js';
export type * from './keys.js';
export * as smpPdus from './pdus.js';
export * from './refusal.js';
