import { Phy, type PhyCode } from '../air/airtime.js';
import { LeFeature, supports } from './features.js';

const MASK_1M = 1;
const MASK_2M = 2;

/** The mask of the PHYs that a controller of these features can use. */
export function supportedPhys(features: bigint): number {
  return supports(features, LeFeature.le2MPhy) ? MASK_1M | MASK_2M : MASK_1M;
}

/** The PHY that a mask of one bit names, `undefined` for none. */
export function phyOfMask(mask: number): PhyCode | undefined {
  return mask & MASK_2M ? Phy.le2M : mask & MASK_1M ? Phy.le1M : undefined;
}

/**
 * Chooses from a mask of permitted PHYs, the faster rather than the slower. `mask` is what LL_PHY_UPDATE_IND says of
 * it: 0 when nothing changes.
 */
export function choosePhy(permitted: number, current: PhyCode): { mask: number; phy: PhyCode } {
  const phy = phyOfMask(permitted);
  if (phy === undefined || phy === current) return { mask: 0, phy: current };
  return { mask: phy === Phy.le2M ? MASK_2M : MASK_1M, phy };
}
