/** A small world of simulated devices, and `virtual:`, the port to it. */
export { decodeFloat, encodeFloat } from '../../gatt/values/float.js';
export { nordicUart } from '../../gatt/values/uart.js';
export { type IBeacon, iBeacon } from './beacon.js';
export { beacon, heartRateSensor, lock, neighbours, thermometer } from './catalogue.js';
export { type DescribedDeviceOptions, describedDevice } from './described-device.js';
export type * from './description.js';
export { DescriptionError } from './description-error.js';
export {
  type EddystoneTlm,
  type EddystoneUid,
  eddystoneTlm,
  eddystoneUid,
  eddystoneUrl,
} from './eddystone.js';
export type { Wearer } from './heart-rate-monitor.js';
export { Inhabitant } from './inhabitant.js';
export { type KeyboardOptions, keyboardService, keyReports } from './keyboard.js';
export {
  type DeviceBasics,
  type DeviceKind,
  type DeviceSpec,
  type Octets,
  simulatedDevice,
} from './kinds.js';
export { LOCK_PIN, type LockOptions, lockService, lockUuids, pinSecurity } from './lock.js';
export { type Misbehaviour, type MisbehaviourName, misbehaviours } from './misbehaviour.js';
export type { Presence } from './presence.js';
export {
  batteryService,
  deviceInformationService,
  healthThermometerService,
  heartRateService,
  wearerService,
} from './services.js';
export type { SimulatedDevice, SimulatedService, Surroundings } from './simulated-device.js';
export { type UartLine, type UartOptions, uartService } from './uart.js';
export { createWorld, World, type WorldDeviceOptions, type WorldOptions } from './world.js';
export { worldFromJson } from './world-json.js';

import './register.js';
