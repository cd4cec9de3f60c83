/** The bits of the LE features, over all pages: Core Vol 6, Part B, 4.6. */
export const LeFeature = {
  leEncryption: 0,
  connectionParametersRequestProcedure: 1,
  extendedRejectIndication: 2,
  peripheralInitiatedFeaturesExchange: 3,
  lePing: 4,
  leDataPacketLengthExtension: 5,
  llPrivacy: 6,
  extendedScanningFilterPolicies: 7,
  le2MPhy: 8,
  stableModulationIndexTransmitter: 9,
  stableModulationIndexReceiver: 10,
  leCodedPhy: 11,
  leExtendedAdvertising: 12,
  lePeriodicAdvertising: 13,
  channelSelectionAlgorithm2: 14,
  lePowerClass1: 15,
  minimumNumberOfUsedChannelsProcedure: 16,
  connectionCteRequest: 17,
  connectionCteResponse: 18,
  connectionlessCteTransmitter: 19,
  connectionlessCteReceiver: 20,
  antennaSwitchingDuringCteTransmission: 21,
  antennaSwitchingDuringCteReception: 22,
  receivingConstantToneExtensions: 23,
  periodicAdvertisingSyncTransferSender: 24,
  periodicAdvertisingSyncTransferRecipient: 25,
  sleepClockAccuracyUpdates: 26,
  remotePublicKeyValidation: 27,
  connectedIsochronousStreamCentral: 28,
  connectedIsochronousStreamPeripheral: 29,
  isochronousBroadcaster: 30,
  synchronizedReceiver: 31,
  /** Set by the host. */
  connectedIsochronousStreamHostSupport: 32,
  lePowerControlRequest: 33,
  /** The same feature as bit 33: both are set, or neither. */
  lePowerControlRequestDuplicate: 34,
  lePathLossMonitoring: 35,
  periodicAdvertisingAdiSupport: 36,
  connectionSubrating: 37,
  /** Set by the host. */
  connectionSubratingHostSupport: 38,
  channelClassification: 39,
  advertisingCodingSelection: 40,
  /** Set by the host. */
  advertisingCodingSelectionHostSupport: 41,
  decisionBasedAdvertisingFiltering: 42,
  periodicAdvertisingWithResponsesAdvertiser: 43,
  periodicAdvertisingWithResponsesScanner: 44,
  unsegmentedFramedMode: 45,
  channelSounding: 46,
  /** Set by the host. */
  channelSoundingHostSupport: 47,
  channelSoundingToneQualityIndication: 48,
  llExtendedFeatureSet: 63,
  monitoringAdvertisers: 64,
  frameSpaceUpdate: 65,
  utpOtaMode: 66,
  utpHciMode: 67,
  llOtaUtpIndMaximumLengthBit0: 68,
  llOtaUtpIndMaximumLengthBit1: 69,
  shorterConnectionIntervals: 72,
  /** Set by the host. */
  shorterConnectionIntervalsHostSupport: 73,
  leFlushableAclData: 74,
} as const;

/** The name of a bit of the LE features. */
export type LeFeatureName = keyof typeof LeFeature;

/** The name of a bit of the LE features; `undefined` for one that has none. */
export function leFeatureName(bit: number): LeFeatureName | undefined {
  return (Object.keys(LeFeature) as LeFeatureName[]).find((name) => LeFeature[name] === bit);
}

/**
 * Whether a feature is there.
 * @param features the octets of the feature set as they travel, least significant first: 8 of page 0, or all pages
 * @param feature a name or a bit; one beyond the octets is not there
 */
export function hasLeFeature(features: Uint8Array, feature: LeFeatureName | number): boolean {
  const bit = typeof feature === 'number' ? feature : LeFeature[feature];
  return ((features[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
}

/** The names of the features that are there, in the order of their bits. */
export function leFeatureNames(features: Uint8Array): LeFeatureName[] {
  return (Object.keys(LeFeature) as LeFeatureName[]).filter((name) => hasLeFeature(features, name));
}
