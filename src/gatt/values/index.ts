/**
 * Values of characteristics as objects: codecs for `characteristic.readAs(codec)`, `subscribeAs(codec, listener)` and, on
 * the server's side, `characteristic(codec, …)`. Each is a module of its own; a bundler keeps those that are used.
 */
export * from './alert.js';
export * from './battery.js';
export * from './blood-pressure.js';
export { type ValueCodec, valueCodec, withUuid } from './codec.js';
export * from './cycling-power.js';
export * from './device-information.js';
export * from './environment.js';
export * from './flagged.js';
export { decodeFloat, encodeFloat, float, floatWith, sfloat, sfloatWith } from './float.js';
export * from './generic-access.js';
export * from './heart-rate.js';
export {
  bits,
  bounded,
  type Layout,
  listOf,
  type Members,
  orUnknown,
  record,
  type Scale,
  scaled,
  text,
} from './layout.js';
export * from './presentation-format.js';
export * from './speed-and-cadence.js';
export * from './thermometer.js';
export * from './time.js';
export * from './uart.js';
export * from './weight.js';
