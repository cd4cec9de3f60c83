import { airtime, CODED_S2, Phy } from './airtime.js';

/**
 * The PHYs of advertising as reports name them (Core Vol 4, Part E, 7.7.65.13): those of {@link Phy}, where LE Coded is
 * with S=8, and LE Coded with S=2.
 */
export const AdvertisingPhy = { le1M: 1, le2M: 2, leCodedS8: 3, leCodedS2: CODED_S2 } as const;

/** T_MAFS, the least time in µs between a PDU and the one that its AuxPtr points to: Core Vol 6, Part B, 4.1.2. */
export const T_MAFS = 300;

/** µs on the air of a PDU with `payload` octets behind its header, on a code of {@link AdvertisingPhy}. */
export const advertisingAirtime: (payload: number, phy: number) => number = airtime;

/** The PHY as HCI numbers it, without the coding. */
export function basePhy(phy: number): number {
  return Math.min(phy, Phy.leCoded);
}
