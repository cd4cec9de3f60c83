/** Pycom's `network.Bluetooth` API. */
export { Advertisement } from './advertisement.js';
export type { AdvertisementParams, SetAdvertisementOptions } from './advertising.js';
export type { AdvertisementOptions } from './advertising-payload.js';
export { Bluetooth, type BluetoothEvents } from './bluetooth.js';
export type { CallbackOptions } from './callback.js';
export type { BluetoothClient } from './clients.js';
export type { BluetoothConnectOptions } from './connecting.js';
export { BluetoothTimeout, OSError, ValueError } from './errors.js';
export { GATTCConnection, GATTCService } from './gattc.js';
export { GATTCCharacteristic, type NotifyHandler } from './gattc-characteristic.js';
export { GATTSService, type ServiceOptions } from './gatts.js';
export {
  type CharacteristicHandler,
  type CharacteristicOptions,
  GATTSCharacteristic,
} from './gatts-characteristic.js';
export type { BluetoothOptions } from './options.js';
export type { MacLike, UuidValue, ValueLike } from './values.js';
