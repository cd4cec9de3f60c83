/** L2CAP: fixed channels and signalling of LE connections (Core Vol 3, Part A). */
export * from './decode.js';
export * from './fixed-channel.js';
export * from './link.js';
export * from './signalling.js';
export * from './signalling-pdus.js';
