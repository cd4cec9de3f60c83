import { airtime, Phy } from './airtime.js';

/**
 * The PHYs of advertising as reports name them (Core Vol 4, Part E, 7.7.65.13): those of {@link Phy}, where LE Coded is
 * with S=8, and LE Coded with S=2.
 */
export const AdvertisingPhy = { le1M: 1, le2M: 2, leCodedS8: 3, leCodedS2: 4 } as const;

/** T_MAFS, the least time in µs between a PDU and the one that its AuxPtr points to: Core Vol 6, Part B, 4.1.2. */
export const T_MAFS = 300;

/** Preamble 80, access address 256, CI 16, TERM1 24 µs: Core Vol 6, Part B, 2.2. */
const CODED_START = 376;

/** µs on the air of a PDU with `payload` octets behind its header, on a code of {@link AdvertisingPhy}. */
export function advertisingAirtime(payload: number, phy: number): number {
  if (phy < AdvertisingPhy.leCodedS8) return airtime(payload, phy);
  const symbols = phy === AdvertisingPhy.leCodedS8 ? 8 : 2;
  // header 2, CRC 3, and the three bits of TERM2
  return CODED_START + ((5 + payload) * 8 + 3) * symbols;
}

/** The PHY as HCI numbers it, without the coding. */
export function basePhy(phy: number): number {
  return Math.min(phy, Phy.leCoded);
}
