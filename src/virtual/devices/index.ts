/** A small world of simulated devices, and `virtual:`, the port to it. */
export { type IBeacon, iBeacon } from './beacon.js';
export { beacon, heartRateSensor, neighbours, thermometer } from './catalogue.js';
export { decodeFloat, encodeFloat } from './float.js';
export type { Wearer } from './heart-rate-monitor.js';
export { Inhabitant } from './inhabitant.js';
export type { Presence } from './presence.js';
export {
  batteryService,
  deviceInformationService,
  healthThermometerService,
  heartRateService,
  wearerService,
} from './services.js';
export type { SimulatedDevice, SimulatedService, Surroundings } from './simulated-device.js';
export { createWorld, World, type WorldDeviceOptions, type WorldOptions } from './world.js';

import './register.js';
