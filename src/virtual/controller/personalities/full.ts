import { featureSet, LeFeature } from '../../link-layer/features.js';
import { CoreVersion, type Personality } from '../personality.js';

/** Everything that this version of the virtual controller can do. */
export const fullPersonality: Personality = {
  name: 'full',
  coreVersion: CoreVersion.v5_4,
  hciSubversion: 0x0001,
  // Reserved for tests: nobody's product.
  manufacturer: 0xffff,
  lmpSubversion: 0x0001,
  leFeatures: featureSet(
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
    LeFeature.lePeriodicAdvertising,
    LeFeature.channelSelectionAlgorithm2,
    LeFeature.periodicAdvertisingSyncTransferSender,
    LeFeature.periodicAdvertisingSyncTransferRecipient,
    LeFeature.periodicAdvertisingAdiSupport,
    LeFeature.sleepClockAccuracyUpdates,
    LeFeature.lePowerControlRequest,
    LeFeature.lePowerControlRequestDuplicate,
    LeFeature.lePathLossMonitoring,
    LeFeature.connectionSubrating,
    LeFeature.advertisingCodingSelection,
    LeFeature.connectedIsochronousStreamCentral,
    LeFeature.connectedIsochronousStreamPeripheral,
    LeFeature.isochronousBroadcaster,
    LeFeature.synchronizedReceiver,
    LeFeature.periodicAdvertisingWithResponsesAdvertiser,
    LeFeature.periodicAdvertisingWithResponsesScanner,
  ),
  commandCredits: 1,
  aclDataLength: 251,
  aclDataPackets: 8,
  isoDataLength: 251,
  isoDataPackets: 8,
  maxDataOctets: 251,
  maxConnections: 32,
  filterAcceptListSize: 16,
  resolvingListSize: 16,
  duplicateFilterSize: 256,
  txPower: 0,
  sensitivity: -95,
  sleepClockAccuracy: 4,
};

/** A dongle with the buffers of Nordic's SoftDevice Controller as it is often built: three of 27 octets. */
export const smallBuffersPersonality: Personality = {
  ...fullPersonality,
  name: 'small-buffers',
  aclDataLength: 27,
  aclDataPackets: 3,
  filterAcceptListSize: 8,
  duplicateFilterSize: 16,
};

/** Of the features that a product has, those that this controller can do: nothing is announced that is not there. */
export function offered(productFeatures: bigint): bigint {
  return productFeatures & fullPersonality.leFeatures;
}
