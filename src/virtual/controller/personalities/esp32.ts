import { featureSet, LeFeature } from '../../link-layer/features.js';
import { CoreVersion, type Personality } from '../personality.js';
import { fullPersonality, offered } from './full.js';

/**
 * An ESP32 with Espressif's `controller_hci_uart_esp32`: Bluetooth 4.2, ten LE buffers of 251 octets, five commands at a
 * time. Its BR/EDR side is not modelled.
 */
export const esp32Personality: Personality = {
  ...fullPersonality,
  name: 'esp32',
  oneRadio: true,
  coreVersion: CoreVersion.v4_2,
  hciSubversion: 0x030e,
  manufacturer: 0x0060,
  lmpSubversion: 0x030e,
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
    ),
  ),
  commandCredits: 5,
  aclDataLength: 251,
  aclDataPackets: 10,
  maxDataOctets: 251,
  maxConnections: 9,
  filterAcceptListSize: 12,
  resolvingListSize: 8,
  duplicateFilterSize: 200,
  txPower: 3,
  txPowerRange: { min: -12, max: 9 },
  sensitivity: -97,
  sleepClockAccuracy: 0,
};
