import { airtime, type PhyCode } from '../../air/airtime.js';
import { type BigStructure, controlOffset } from '../../air/big-structure.js';
import { MIC } from '../../crypto/packet-cipher.js';
import { phyOfMask } from '../phys.js';
import { HciStatus } from '../status.js';
import { isoIntervalOf } from './cig-schedule.js';

/** What LE Create BIG wants: SDU interval in µs, latency in ms. Core Vol 4, Part E, 7.8.103. */
export interface BigWish {
  readonly numBis: number;
  readonly sduInterval: number;
  readonly maxSdu: number;
  readonly maxTransportLatency: number;
  /** How often a payload shall be sent again. */
  readonly rtn: number;
  /** A mask of PHYs. */
  readonly phy: number;
  /** 0 sequential, 1 interleaved. */
  readonly packing: number;
  readonly framing: number;
  readonly encrypted: boolean;
}

/** What LE Create BIG Test wants: ISO interval in units of 1.25 ms. Core Vol 4, Part E, 7.8.104. */
export interface BigTestWish extends Omit<BigWish, 'maxTransportLatency' | 'rtn'> {
  readonly isoInterval: number;
  readonly nse: number;
  readonly maxPdu: number;
  readonly bn: number;
  readonly irc: number;
  readonly pto: number;
}

/** A group as it is carried out. Times in µs. */
export interface BigSchedule extends BigStructure {
  readonly maxPdu: number;
  readonly maxSdu: number;
  readonly sduInterval: number;
  readonly encrypted: boolean;
}

/** T_MSS, between subevents: Core Vol 6, Part B, 4.1.2. */
const T_MSS = 150;
const UNIT = 1250;
const LONGEST_PDU = 251;
const MOST_PAYLOADS = 7;
const MOST_SUBEVENTS = 31;
const MOST_GROUPS = 15;
/** Opcode, channel map and instant: the longest BIG Control PDU. */
const CONTROL_PDU = 8;

/** MPT, the time of the longest PDU: Core Vol 6, Part B, 4.4.6.3. */
export function longestPduTime(maxPdu: number, encrypted: boolean, phy: PhyCode): number {
  return airtime(maxPdu + (encrypted ? MIC : 0), phy);
}

/** BIG_Sync_Delay: from the anchor point to the end of the last PDU (Core Vol 6, Part B, 4.4.6.4). */
export function bigSyncDelay(one: BigSchedule): number {
  const { numBis, nse, bisSpacing, subInterval, maxPdu, encrypted, phy } = one;
  return (numBis - 1) * bisSpacing + (nse - 1) * subInterval + longestPduTime(maxPdu, encrypted, phy);
}

/** Transport_Latency_BIG of unframed SDUs: Core Vol 6, Part G, 3.2.1.2. */
export function bigTransportLatency(one: BigSchedule): number {
  const { nse, bn, irc, pto, isoInterval, sduInterval } = one;
  return bigSyncDelay(one) + (pto * (nse / bn - irc) + 1) * isoInterval - sduInterval;
}

/** How many PDUs each SDU of a group has. */
export function pdusPerSdu({ bn, isoInterval, sduInterval }: BigSchedule): number {
  return bn / sdusPerEvent({ isoInterval, sduInterval });
}

/** How many SDUs each event brings. */
export function sdusPerEvent(one: Pick<BigSchedule, 'isoInterval' | 'sduInterval'>): number {
  return one.isoInterval / one.sduInterval;
}

function arranged(one: Omit<BigSchedule, 'subInterval' | 'bisSpacing'>, packing: number): BigSchedule {
  const slot = longestPduTime(one.maxPdu, one.encrypted, one.phy) + T_MSS;
  return packing === 1
    ? { ...one, bisSpacing: slot, subInterval: slot * one.numBis }
    : { ...one, subInterval: slot, bisSpacing: slot * one.nse };
}

/** Whether the subevents, and the control subevent behind them, have room in the ISO interval. */
function hasRoom(one: BigSchedule): boolean {
  const control = longestPduTime(CONTROL_PDU, one.encrypted, one.phy) + T_MSS;
  return controlOffset(one) + control <= one.isoInterval;
}

/**
 * Plans a group: unframed, every payload repeated at once as often as the host wants and time and latency permit; nothing
 * is sent ahead.
 * @param phys the PHYs that there are, as a mask
 * @returns the plan, or the status that refuses the wish
 */
export function planBig(wish: BigWish, phys: number): BigSchedule | number {
  const { numBis, sduInterval, maxSdu, encrypted } = wish;
  const phy = phyOfMask(wish.phy & phys);
  const isoInterval = isoIntervalOf([sduInterval]);
  if (phy === undefined || wish.framing !== 0 || isoInterval === undefined) {
    return HciStatus.unsupportedFeatureOrParameterValue;
  }
  const bn = (isoInterval / sduInterval) * Math.ceil(maxSdu / LONGEST_PDU);
  if (bn > MOST_PAYLOADS) return HciStatus.unsupportedFeatureOrParameterValue;
  const common = { numBis, isoInterval, bn, pto: 0, phy, maxSdu, sduInterval, encrypted };
  const maxPdu = Math.min(maxSdu, LONGEST_PDU);
  const latest = wish.maxTransportLatency * 1000;
  let refusal: number = HciStatus.connectionRejectedLimitedResources;
  for (let irc = Math.min(wish.rtn + 1, MOST_GROUPS, Math.floor(MOST_SUBEVENTS / bn)); irc > 0; irc--) {
    const plan = arranged({ ...common, maxPdu, nse: irc * bn, irc }, wish.packing);
    if (!hasRoom(plan)) continue;
    if (bigTransportLatency(plan) <= latest) return plan;
    refusal = HciStatus.unsupportedFeatureOrParameterValue;
  }
  return refusal;
}

/** The group that the host has worked out itself. @returns it, or the status that refuses it */
export function planBigTest(wish: BigTestWish, phys: number): BigSchedule | number {
  const { numBis, sduInterval, maxSdu, maxPdu, encrypted, nse, bn, irc, pto } = wish;
  const isoInterval = wish.isoInterval * UNIT;
  const phy = phyOfMask(wish.phy & phys);
  if (phy === undefined || wish.framing !== 0) return HciStatus.unsupportedFeatureOrParameterValue;
  if (nse % bn !== 0 || irc * bn > nse) return HciStatus.invalidParameters;
  const sdus = isoInterval / sduInterval;
  const perSdu = bn / sdus;
  if (!Number.isInteger(sdus) || !Number.isInteger(perSdu) || perSdu * maxPdu < maxSdu) {
    return HciStatus.unsupportedFeatureOrParameterValue;
  }
  const common = { numBis, isoInterval, nse, bn, irc, pto, phy, maxPdu, maxSdu, sduInterval, encrypted };
  const plan = arranged(common, wish.packing);
  return hasRoom(plan) ? plan : HciStatus.connectionRejectedLimitedResources;
}
