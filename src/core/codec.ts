/** How wire messages are declared: fields of one value, and fields made of others. */
export * from './codec-field.js';
export * from './codec-groups.js';
export * from './codec-simple.js';
