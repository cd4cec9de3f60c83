/** The PHYs as HCI numbers them: Core Vol 4, Part E, 7.8.47. */
export const Phy = { le1M: 1, le2M: 2, leCoded: 3 } as const;

/** One of {@link Phy}. */
export type PhyCode = number;

/** The inter-frame space in µs: Core Vol 6, Part B, 4.1.1. */
export const T_IFS = 150;

/** transmitWindowDelay after a CONNECT_IND in µs: Core Vol 6, Part B, 4.5.3. */
export const TRANSMIT_WINDOW_DELAY = 1250;

/**
 * µs on the air of a PDU with `payload` octets behind its two-octet header, from the preamble to the CRC and without
 * MIC: Core Vol 6, Part B, 2.1. LE 1M and LE 2M; nothing here uses LE Coded.
 */
export function airtime(payload: number, phy: PhyCode): number {
  // preamble 1 (2M: 2), access address 4, header 2, CRC 3
  return phy === Phy.le2M ? (11 + payload) * 4 : (10 + payload) * 8;
}

/**
 * How many octets of payload fit into `time` µs when room for a MIC is kept, as TX_Time and RX_Time are counted:
 * Core Vol 6, Part B, 4.5.10.
 */
export function octetsInTime(time: number, phy: PhyCode): number {
  return phy === Phy.le2M ? Math.floor(time / 4) - 15 : Math.floor(time / 8) - 14;
}
