import type { PhyCode } from './airtime.js';

/** How a Broadcast Isochronous Group uses its ISO interval: Core Vol 6, Part B, 4.4.6.3. Times in µs. */
export interface BigStructure {
  /** 1–31. */
  readonly numBis: number;
  readonly isoInterval: number;
  /** Subevents of each stream in an event. */
  readonly nse: number;
  /** Burst number: new payloads in an event. */
  readonly bn: number;
  /** Immediate repetition count: groups of subevents with the payloads of the event itself. */
  readonly irc: number;
  /** Pre-transmission offset, in events. */
  readonly pto: number;
  readonly subInterval: number;
  readonly bisSpacing: number;
  readonly phy: PhyCode;
}

/** What the Access Addresses of a group differ in: Core Vol 6, Part B, 2.1.2. */
const FIXED_ZERO = 1 << 25;
const FIXED_ONE = 1 << 23;

/** A Seed Access Address made of a random word: Core Vol 6, Part B, 2.1.2. */
export function seedAccessAddress(word: number): number {
  const bit15 = (word >>> 15) & 1;
  const bit16 = bit15 ^ 1;
  const kept = word & ~((1 << 16) | (1 << 19) | (1 << 22) | FIXED_ZERO | FIXED_ONE);
  return (kept | (bit16 << 16) | (bit15 << 19) | (bit16 << 22) | FIXED_ONE) >>> 0;
}

/**
 * The access address of a stream of a group: Core Vol 6, Part B, 2.1.2.
 * @param bis its number, from 1; 0 is the control subevent
 */
export function bisAccessAddress(seed: number, bis: number): number {
  const d = (35 * bis + 42) & 0x7f;
  const bit = (n: number) => (d >> n) & 1;
  // From bit 31 down to bit 17: D0 six times, D1, D6, D1, 0, D5, D4, 0, D3, D2.
  let word = bit(0) === 1 ? 0xfc000000 : 0;
  word |= (bit(1) << 25) | (bit(6) << 24) | (bit(1) << 23);
  word |= (bit(5) << 21) | (bit(4) << 20) | (bit(3) << 18) | (bit(2) << 17);
  return (seed ^ word) >>> 0;
}

/** The number of the payload that a subevent (from 0) of an event carries: Core Vol 6, Part B, 4.4.6.6. */
export function payloadOf({ bn, irc, pto }: BigStructure, event: number, subevent: number): number {
  const group = Math.floor(subevent / bn);
  const ahead = group < irc ? 0 : pto * (group - irc + 1);
  return (event + ahead) * bn + (subevent % bn);
}

/** By how many events the payloads have to be there before their own. */
export function leadOf({ nse, bn, irc, pto }: BigStructure): number {
  return pto * (nse / bn - irc);
}

/** When the control subevent begins, from the anchor point: where the next subevent would be. Core Vol 6, Part B, 4.4.6.7. */
export function controlOffset({ numBis, nse, subInterval, bisSpacing }: BigStructure): number {
  return bisSpacing >= nse * subInterval ? numBis * bisSpacing : nse * subInterval;
}

/** A subevent of one stream. */
export interface BigSlot {
  /** From 1. */
  readonly bis: number;
  /** From 0. */
  readonly subevent: number;
  /** µs from the anchor point. */
  readonly offset: number;
}

/** The subevents of an event in the order of their times. */
export function slotsOf({ numBis, nse, subInterval, bisSpacing }: BigStructure): BigSlot[] {
  const slots: BigSlot[] = [];
  for (let bis = 1; bis <= numBis; bis++) {
    for (let subevent = 0; subevent < nse; subevent++) {
      slots.push({ bis, subevent, offset: (bis - 1) * bisSpacing + subevent * subInterval });
    }
  }
  return slots.sort((a, b) => a.offset - b.offset);
}
