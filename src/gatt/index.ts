/** ATT and GATT, client and server: Core Vol 3, Parts F and G. */
export * from './att/bearer.js';
export * from './att/decode.js';
export * from './att/error-codes.js';
export * from './att/opcodes.js';
export * as attPdus from './att/pdus.js';
export { type CachedService, checkGattCache, type GattCache } from './client/cache.js';
export * from './client/client.js';
export {
  type DatabaseEvents,
  type DatabaseOptions,
  type GattDatabase,
  openDatabase,
} from './client/database.js';
export * from './client/declarations.js';
export * from './client/discovery.js';
export * from './client/errors.js';
export { MAX_VALUE_LENGTH, type QueuedWrite } from './client/long-values.js';
export * from './client/procedures.js';
export * from './client/remote.js';
export { type RefusalHandler, Requester } from './client/requester.js';
export * from './client/session.js';
export type { ClientLink } from './client/signed-writes.js';
export { ClientConfiguration, type ValueListener } from './client/subscriptions.js';
export { ServiceDescriptionError } from './described/error.js';
export * from './described/form.js';
export * from './described/services.js';
export * from './server/attribute.js';
export {
  type HandleAndValue,
  ServerClient,
} from './server/client.js';
export {
  ClientFeature,
  checkClientState,
  type ServerClientState,
  type StateListener,
} from './server/client-state.js';
export * from './server/database.js';
export * from './server/definition.js';
export * from './server/generic-attribute.js';
export type { GattServerOptions } from './server/limits.js';
export { LocalCharacteristic } from './server/local.js';
export * from './server/server.js';
export type { TypedValueOptions } from './server/typed.js';
export type { ValueCodec } from './values/codec.js';
