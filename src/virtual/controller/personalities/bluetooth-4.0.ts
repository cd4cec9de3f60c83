import { featureSet, LeFeature } from '../../link-layer/features.js';
import { CoreVersion, type Personality } from '../personality.js';
import { fullPersonality, offered } from './full.js';

/**
 * A Bluetooth 4.0 dongle without anything new: no data length extension, no 2M PHY, none of the later commands. In small
 * figures, for tests; {@link csr8510Personality} has those of a product.
 */
export const bluetooth40Personality: Personality = {
  ...fullPersonality,
  name: 'bluetooth-4.0',
  oneRadio: true,
  coreVersion: CoreVersion.v4_0,
  leFeatures: offered(featureSet(LeFeature.leEncryption)),
  aclDataLength: 27,
  aclDataPackets: 4,
  maxDataOctets: 27,
  maxConnections: 4,
  filterAcceptListSize: 8,
};

/**
 * The LE side of a CSR8510 A10, the USB dongle of the Bluetooth 4.0 years. LE has no buffers of its own: they are those of
 * BR/EDR, ten of 310 octets. Its BR/EDR side is not modelled.
 */
export const csr8510Personality: Personality = {
  ...bluetooth40Personality,
  name: 'csr8510',
  hciSubversion: 0x22bb,
  manufacturer: 0x000a,
  lmpSubversion: 0x22bb,
  aclDataLength: 310,
  aclDataPackets: 10,
  sharesAclBuffers: true,
  txPower: 8,
  sensitivity: -90,
};
