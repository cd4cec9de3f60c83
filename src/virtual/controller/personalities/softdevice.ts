import { CoreVersion, type Personality } from '../personality.js';
import { zephyrPersonality } from './zephyr.js';

/**
 * An nRF52840 with Nordic's SoftDevice Controller: one command at a time and three ACL buffers of 27 octets, however long
 * the packets on the air are.
 */
export const softdevicePersonality: Personality = {
  ...zephyrPersonality,
  name: 'softdevice-controller',
  coreVersion: CoreVersion.v5_4,
  hciSubversion: 0x1069,
  manufacturer: 0x0059,
  lmpSubversion: 0x1069,
  vendorCommands: [0xfc01, 0xfc02, 0xfc06, 0xfc09, 0xfc0a, 0xfc0b],
  commandCredits: 1,
  aclDataLength: 27,
  aclDataPackets: 3,
  minHostAclDataLength: 27,
  maxConnections: 2,
};
