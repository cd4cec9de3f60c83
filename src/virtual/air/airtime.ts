/** The PHYs as HCI numbers them: Core Vol 4, Part E, 7.8.47. */
export const Phy = { le1M: 1, le2M: 2, leCoded: 3 } as const;

/** One of {@link Phy}. */
export type PhyCode = number;

/** The inter-frame space in µs: Core Vol 6, Part B, 4.1.1. */
export const T_IFS = 150;

/** transmitWindowDelay after a CONNECT_IND in µs: Core Vol 6, Part B, 4.5.3. */
export const TRANSMIT_WINDOW_DELAY = 1250;

/** LE Coded with S=2, where it has to be told from S=8, which {@link Phy.leCoded} stands for: Core Vol 4, Part E, 7.7.65.13. */
export const CODED_S2 = 4;

/** Preamble 80, access address 256, CI 16 and TERM1 24 µs: Core Vol 6, Part B, 2.2. */
const CODED_START = 376;

/** Preamble, access address, header and CRC, in octets, and µs for an octet, on the uncoded PHYs. */
const frameOctets = (phy: number): number => (phy === Phy.le2M ? 11 : 10);
const octetTime = (phy: number): number => (phy === Phy.le2M ? 4 : 8);

/** µs for a bit on LE Coded. */
function symbols(phy: number): number {
  return phy === CODED_S2 ? 2 : 8;
}

/**
 * µs on the air of a PDU with `payload` octets behind its two-octet header, MIC included, from the preamble to the CRC:
 * Core Vol 6, Part B, 2.1 and 2.2.
 * @param phy one of {@link Phy}, or {@link CODED_S2}
 */
export function airtime(payload: number, phy: PhyCode): number {
  if (phy < Phy.leCoded) return (frameOctets(phy) + payload) * octetTime(phy);
  // header 2, CRC 3, and the three bits of TERM2
  return CODED_START + ((5 + payload) * 8 + 3) * symbols(phy);
}

/**
 * How many octets of payload fit into `time` µs when room for a MIC is kept, as TX_Time and RX_Time are counted; negative
 * when not even an empty PDU fits. Core Vol 6, Part B, 4.5.10.
 * @param phy one of {@link Phy}, or {@link CODED_S2}
 */
export function octetsInTime(time: number, phy: PhyCode): number {
  if (phy < Phy.leCoded) return Math.floor(time / octetTime(phy)) - frameOctets(phy) - 4;
  return Math.floor(((time - CODED_START) / symbols(phy) - 3) / 8) - 9;
}
