/** Bits of FeatureSet page 0: Core Vol 6, Part B, 4.6. Those that this controller knows. */
export const LeFeature = {
  extendedRejectIndication: 2,
  peripheralInitiatedFeaturesExchange: 3,
  lePing: 4,
  dataPacketLengthExtension: 5,
  le2MPhy: 8,
  channelSelectionAlgorithm2: 14,
} as const;

/** A FeatureSet with the given bits. */
export function featureSet(...bits: readonly number[]): bigint {
  let set = 0n;
  for (const bit of bits) set |= 1n << BigInt(bit);
  return set;
}

/** Whether a FeatureSet has a bit. */
export function supports(features: bigint, bit: number): boolean {
  return ((features >> BigInt(bit)) & 1n) === 1n;
}
