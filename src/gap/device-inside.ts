/**
 * All that a device is made of, and a program that has only imported this package is not in need of: loaded by the first
 * `Device.open`. One list, so that it is one file for whoever bundles it.
 */
export { bringUp } from '../hci/bringup/bringup.js';
export { HciHost } from '../hci/host.js';
export { DeviceWorks } from './device-works.js';
export { ownAddress } from './own-address.js';
export { openPrivacy } from './privacy/open-privacy.js';
export { RadioGate } from './privacy/radio-gate.js';
