/** ATT and GATT, client and server: Core Vol 3, Parts F and G. */
export * from './att/bearer.js';
export * from './att/decode.js';
export * from './att/error-codes.js';
export * from './att/opcodes.js';
export * as attPdus from './att/pdus.js';
export * from './client/client.js';
export * from './client/discovery.js';
export * from './client/procedures.js';
export * from './client/remote.js';
export { ClientConfiguration, type ValueListener } from './client/subscriptions.js';
export * from './server/attribute.js';
export * from './server/client.js';
export * from './server/database.js';
export * from './server/definition.js';
export { LocalCharacteristic } from './server/local.js';
export * from './server/server.js';
