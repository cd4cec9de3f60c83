import { AdvertisingFlags } from '../../gap/index.js';
import { iBeacon } from './beacon.js';
import { LOCK_PIN, lockService, pinSecurity } from './lock.js';
import {
  batteryService,
  deviceInformationService,
  healthThermometerService,
  heartRateService,
  wearerService,
} from './services.js';
import type { SimulatedDevice } from './simulated-device.js';

const flags = AdvertisingFlags.leGeneralDiscoverable | AdvertisingFlags.brEdrNotSupported;
const wearer = { age: 35, weight: 70 };
/** What is lost over the first metre, in dB: the air's own figure. */
const FIRST_METRE = 40;

/** A chest belt that measures a heart. */
export const heartRateSensor: SimulatedDevice = {
  name: 'Heart Rate',
  address: 'C0:DE:C0:00:00:01/random',
  position: { x: 1, y: 1, z: 0 },
  appearance: 0x0341,
  advertising: {
    data: { flags, serviceUuids: [0x180d, 0x180f], completeLocalName: 'Heart Rate', appearance: 0x0341 },
    restart: 'whenDisconnected',
  },
  services: [
    heartRateService({ location: 1, wearer }),
    batteryService({ level: 87 }),
    deviceInformationService({
      manufacturer: 'bluewire',
      model: 'Simulated heart rate belt',
      serialNumber: 'HR-0001',
      firmware: '1.0.0',
    }),
    wearerService(wearer),
  ],
};

/** A thermometer whose name is in the scan response only. */
export const thermometer: SimulatedDevice = {
  name: 'Thermometer',
  address: '00:00:5E:00:53:02/public',
  position: { x: -2, y: 3, z: 1 },
  appearance: 0x0300,
  advertising: {
    data: { flags, serviceUuids: [0x1809], appearance: 0x0300 },
    scanResponse: { completeLocalName: 'Thermometer' },
    intervalMinMs: 200,
    intervalMaxMs: 250,
    restart: 'whenDisconnected',
  },
  services: [
    healthThermometerService({ type: 2 }),
    batteryService({ level: 64, minutesPerPercent: 60 }),
    deviceInformationService({
      manufacturer: 'bluewire',
      model: 'Simulated thermometer',
      serialNumber: 'HT-0001',
      firmware: '1.0.0',
    }),
  ],
};

/** An iBeacon across the street, which takes no connections. */
export const beacon: SimulatedDevice = {
  name: 'Beacon',
  address: 'C0:DE:C0:00:00:03/random',
  position: { x: 12, y: -5, z: 2 },
  txPower: -12,
  advertising: {
    type: 'nonConnectable',
    data: {
      flags,
      manufacturerData: iBeacon({
        uuid: '2f234454-cf6d-4a0f-adf2-f4911ba9ffa6',
        major: 1,
        minor: 7,
        measuredPower: -12 - FIRST_METRE,
      }),
    },
  },
};

/** A lock with a PIN on it, 123456; not in range of `virtual:`, see {@link neighbours}. */
export const lock: SimulatedDevice = {
  name: 'Lock',
  address: 'C0:DE:C0:00:00:04/random',
  position: { x: 2, y: 0, z: 1 },
  appearance: 0x0708,
  advertising: {
    data: { flags, completeLocalName: 'Lock', appearance: 0x0708 },
    restart: 'whenDisconnected',
  },
  services: [lockService(), batteryService({ level: 92 })],
  security: pinSecurity(LOCK_PIN),
};

/** Who is in range of `virtual:`. */
export const neighbours: readonly SimulatedDevice[] = [heartRateSensor, thermometer, beacon];
