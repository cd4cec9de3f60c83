import { Phy, type PhyCode } from './airtime.js';
import { exp, ln, ratio } from './exact-math.js';

/** What becomes of a PDU at a receiver: it arrived whole, with a wrong CRC, or nothing was noticed of it. */
export type Fate = 'received' | 'corrupt' | 'missed';

/** Where the sensitivity is measured, one bit in a thousand is wrong: Core Vol 6, Part A, 4.1. */
const REFERENCE_BER = 0.001;
/** Bits of an access address: with one of them wrong, a receiver does not notice the packet. */
const ACCESS_ADDRESS_BITS = 32;
/** Header and CRC, in bits. */
const FRAME_BITS = (2 + 3) * 8;

/** The Eb/N0 at the sensitivity, when half of e to the power of −γ/2 is the error rate (incoherent FSK). */
const REFERENCE_GAMMA = -2 * ln(2 * REFERENCE_BER);

/**
 * How many dB weaker or stronger than on LE 1M a signal may be on a PHY: LE 2M hears twice the noise; the coding of LE
 * Coded gains what receivers of today have it gain (S=8).
 */
export function sensitivityGain(phy: PhyCode): number {
  if (phy === Phy.le2M) return -3;
  return phy === Phy.leCoded ? 8 : 0;
}

/** The power of the noise that goes with a sensitivity, as a ratio to 1 mW. */
export function noisePower(sensitivity: number): number {
  return ratio(sensitivity) / REFERENCE_GAMMA;
}

/** The rate of wrong bits at a ratio of signal to noise and interference. */
export function bitErrorRate(gamma: number): number {
  return gamma > 12_000 ? 0 : 0.5 * exp(-gamma / 2);
}

/**
 * What becomes of a PDU, by one throw of the dice.
 * @param octets of payload
 * @param clean the rate of wrong bits where nothing interferes
 * @param disturbed the rate where something does
 * @param share the part of the packet that is disturbed, 0–1
 * @param chance a uniform number in [0, 1)
 */
export function fateOf(
  octets: number,
  clean: number,
  disturbed: number,
  share: number,
  chance: number,
): Fate {
  if (clean === 0 && (disturbed === 0 || share === 0)) return 'received';
  // The logarithm of the chance that a bit is right, on the mean over the packet.
  const perBit = (1 - share) * logRight(clean) + share * logRight(disturbed);
  const noticed = exp(ACCESS_ADDRESS_BITS * perBit);
  if (chance >= noticed) return 'missed';
  return chance < noticed * exp((FRAME_BITS + 8 * octets) * perBit) ? 'received' : 'corrupt';
}

function logRight(rate: number): number {
  return rate < 1e-15 ? -rate : ln(1 - rate);
}
