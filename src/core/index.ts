/** What every layer stands on. */
export * from './address.js';
export * from './bytes.js';
export * from './check.js';
export * from './clock.js';
export * from './codec.js';
export * from './emitter.js';
export * from './errors.js';
export * from './frame.js';
export * from './hex.js';
export * from './meaning.js';
export * from './mutex.js';
export type { DecodedParameters, EncodableParameters, Malformed } from './parameters.js';
export * from './queue.js';
export * from './random.js';
export * from './security.js';
export * from './transaction.js';
export * from './uuid.js';
