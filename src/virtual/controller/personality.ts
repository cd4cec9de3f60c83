import { featureSet, LeFeature } from '../link-layer/features.js';

/** HCI_Version and LMP_Version as assigned. */
export const CoreVersion = { v4_0: 0x06, v5_0: 0x09, v5_2: 0x0b, v5_4: 0x0d } as const;

/** What kind of controller it is: every figure that a host can read from it or run into. */
export interface Personality {
  readonly name: string;
  /** One of {@link CoreVersion}, or another assigned number. */
  readonly coreVersion: number;
  readonly hciSubversion: number;
  /** A company identifier. */
  readonly manufacturer: number;
  readonly lmpSubversion: number;
  /** LE FeatureSet, page 0. Commands that need an absent feature are unknown. */
  readonly leFeatures: bigint;
  /** Num_HCI_Command_Packets in every answer. */
  readonly commandCredits: number;
  /** LE_ACL_Data_Packet_Length, in octets. */
  readonly aclDataLength: number;
  /** Total_Num_LE_ACL_Data_Packets. */
  readonly aclDataPackets: number;
  /** The longest LL Data PDU payload, 27–251 octets. */
  readonly maxDataOctets: number;
  readonly maxConnections: number;
  readonly filterAcceptListSize: number;
  /** How many advertisers the duplicate filter remembers. */
  readonly duplicateFilterSize: number;
  /** dBm, of everything that it sends. */
  readonly txPower: number;
  /** dBm; what arrives weaker is not received. */
  readonly sensitivity: number;
  /** Sleep clock accuracy: 0 is 251–500 ppm, 7 is 0–20 ppm (Core Vol 6, Part B, 2.3.3.1). */
  readonly sleepClockAccuracy: number;
}

/** Everything that this version of the virtual controller can do. */
export const fullPersonality: Personality = {
  name: 'full',
  coreVersion: CoreVersion.v5_4,
  hciSubversion: 0x0001,
  // Reserved for tests: nobody's product.
  manufacturer: 0xffff,
  lmpSubversion: 0x0001,
  leFeatures: featureSet(
    LeFeature.extendedRejectIndication,
    LeFeature.peripheralInitiatedFeaturesExchange,
    LeFeature.dataPacketLengthExtension,
    LeFeature.le2MPhy,
    LeFeature.channelSelectionAlgorithm2,
  ),
  commandCredits: 1,
  aclDataLength: 251,
  aclDataPackets: 8,
  maxDataOctets: 251,
  maxConnections: 32,
  filterAcceptListSize: 16,
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

/** A Bluetooth 4.0 dongle: no data length extension, no 2M PHY, none of the later commands. */
export const bluetooth40Personality: Personality = {
  ...fullPersonality,
  name: 'bluetooth-4.0',
  coreVersion: CoreVersion.v4_0,
  leFeatures: 0n,
  aclDataLength: 27,
  aclDataPackets: 4,
  maxDataOctets: 27,
  maxConnections: 4,
  filterAcceptListSize: 8,
};

/** The personalities that come with it, by name. */
export const personalities: Readonly<Record<string, Personality>> = Object.fromEntries(
  [fullPersonality, smallBuffersPersonality, bluetooth40Personality].map((one) => [one.name, one]),
);
