import { Phy, type PhyCode } from '../air/airtime.js';
import { LeFeature, supports } from './features.js';

const MASK_1M = 1;
const MASK_2M = 2;
const MASK_CODED = 4;

/** The mask of the PHYs that a controller of these features can use. */
export function supportedPhys(features: bigint): number {
  const le2M = supports(features, LeFeature.le2MPhy) ? MASK_2M : 0;
  const coded = supports(features, LeFeature.leCodedPhy) ? MASK_CODED : 0;
  return MASK_1M | le2M | coded;
}

/** The PHY that a mask names, the fastest of several; `undefined` for none. */
export function phyOfMask(mask: number): PhyCode | undefined {
  if (mask & MASK_2M) return Phy.le2M;
  if (mask & MASK_1M) return Phy.le1M;
  return mask & MASK_CODED ? Phy.leCoded : undefined;
}

/**
 * Chooses from a mask of permitted PHYs, the faster rather than the slower. `mask` is what LL_PHY_UPDATE_IND says of
 * it: 0 when nothing changes.
 */
export function choosePhy(permitted: number, current: PhyCode): { mask: number; phy: PhyCode } {
  const phy = phyOfMask(permitted);
  if (phy === undefined || phy === current) return { mask: 0, phy: current };
  return { mask: 1 << (phy - 1), phy };
}
