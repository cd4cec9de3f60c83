/**
 * All that a device is made of, and a program that has only imported this package is not in need of: loaded by the first
 * `Device.open`. One list, so that it is one file for whoever bundles it.
 */
export { bringUp } from '../hci/bringup/bringup.js';
export { reset } from '../hci/commands/index.js';
export { HciHost } from '../hci/host.js';
export { ChannelServers } from '../l2cap/index.js';
export { Central } from './connecting/central.js';
export { ConnectionManager } from './connection-manager.js';
export { DeviceRecovery } from './device-recovery.js';
export { ownAddress } from './own-address.js';
export { plainAddresses } from './privacy/on-air.js';
export { openPrivacy } from './privacy/open-privacy.js';
export { RadioGate } from './privacy/radio-gate.js';
export { RadioParts } from './radio-parts.js';
