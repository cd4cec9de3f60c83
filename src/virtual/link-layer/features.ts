import { LeFeature as Bits } from '../../hci/features.js';

/** Bits of FeatureSet page 0: Core Vol 6, Part B, 4.6. */
export const LeFeature = {
  ...Bits,
  dataPacketLengthExtension: Bits.leDataPacketLengthExtension,
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
