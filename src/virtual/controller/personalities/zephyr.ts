import { featureSet, LeFeature } from '../../link-layer/features.js';
import { CoreVersion, type Personality } from '../personality.js';
import { fullPersonality, offered } from './full.js';

/**
 * An nRF52840 with Zephyr's `hci_uart` and Zephyr's own link layer, as the sample is built by default with extended
 * advertising: LE features FF 59 01, three ACL buffers of 251 octets, sixteen connections, one command at a time. The chip
 * has no public address.
 */
export const zephyrPersonality: Personality = {
  ...fullPersonality,
  name: 'nrf52840-zephyr',
  oneRadio: true,
  coreVersion: CoreVersion.v5_4,
  hciSubversion: 0x0000,
  manufacturer: 0x05f1,
  lmpSubversion: 0xffff,
  leFeatures: offered(
    featureSet(
      LeFeature.leEncryption,
      LeFeature.connectionParametersRequestProcedure,
      LeFeature.extendedRejectIndication,
      LeFeature.peripheralInitiatedFeaturesExchange,
      LeFeature.lePing,
      LeFeature.dataPacketLengthExtension,
      LeFeature.llPrivacy,
      LeFeature.extendedScanningFilterPolicies,
      LeFeature.le2MPhy,
      LeFeature.leCodedPhy,
      LeFeature.leExtendedAdvertising,
      LeFeature.channelSelectionAlgorithm2,
      LeFeature.minimumNumberOfUsedChannelsProcedure,
    ),
  ),
  leStates: 0x000003ffff3fffffn,
  vendorCommands: [0xfc01, 0xfc02, 0xfc03, 0xfc06, 0xfc08, 0xfc09, 0xfc0a],
  zephyr: {
    hardwarePlatform: 2,
    hardwareVariant: 2,
    firmwareVariant: 0,
    firmwareVersion: 3,
    firmwareRevision: 7,
    firmwareBuild: 0,
    buildInformation: 'Zephyr OS v3.7.0 (NORDIC nRF52840 QIAA)',
    chipTemperature: 24,
  },
  answersUnknownBy: 'status',
  hasPublicAddress: false,
  commandCredits: 1,
  aclDataLength: 251,
  aclDataPackets: 3,
  minHostAclDataLength: 251,
  maxDataOctets: 251,
  maxConnections: 16,
  filterAcceptListSize: 8,
  resolvingListSize: 8,
  duplicateFilterSize: 16,
  txPower: 0,
  txPowerRange: { min: -40, max: 8 },
  sensitivity: -95,
  sleepClockAccuracy: 4,
};
