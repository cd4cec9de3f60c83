/** Fields with their meanings, for declarations: those of this package, and those of vendors' packets. */
export * from './advertising.js';
export * from './common.js';
export * from './connection.js';
export * from './controller.js';
export * from './direction-finding.js';
export * from './extended-advertising.js';
export * from './isochronous.js';
export * from './power.js';
export * from './sounding.js';
