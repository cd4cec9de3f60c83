import { airtime, Phy, type PhyCode, T_IFS } from '../../air/airtime.js';
import { HciStatus } from '../status.js';

/** What the host wants of one stream of a group: Core Vol 4, Part E, 7.8.97. */
export interface CisWish {
  readonly cisId: number;
  readonly maxSduCToP: number;
  readonly maxSduPToC: number;
  /** Masks of PHYs, at least one bit each. */
  readonly phyCToP: number;
  readonly phyPToC: number;
  /** How many times a payload shall be sent again where it is lost. */
  readonly rtnCToP: number;
  readonly rtnPToC: number;
}

/** What the host wants of a group: SDU intervals in µs, latencies in ms. */
export interface CigWish {
  readonly sduIntervalCToP: number;
  readonly sduIntervalPToC: number;
  /** 0 sequential, 1 interleaved. */
  readonly packing: number;
  readonly maxTransportLatencyCToP: number;
  readonly maxTransportLatencyPToC: number;
  readonly cises: readonly CisWish[];
}

/** One direction of a stream. */
export interface StreamDirection {
  readonly phy: PhyCode;
  /** Burst number: payloads for each ISO interval. */
  readonly bn: number;
  /** Flush timeout, in ISO intervals. */
  readonly ft: number;
  readonly maxPdu: number;
  readonly maxSdu: number;
  /** µs */
  readonly sduInterval: number;
  /** µs: Core Vol 6, Part G, 3.2.1. */
  readonly transportLatency: number;
}

/** How a stream uses its group's ISO interval: Core Vol 6, Part B, 4.5.13. Times in µs. */
export interface CisSchedule {
  readonly cisId: number;
  /** From the anchor point of the group to that of the stream. */
  readonly offset: number;
  readonly subInterval: number;
  readonly nse: number;
  readonly cisSyncDelay: number;
  readonly cToP: StreamDirection;
  readonly pToC: StreamDirection;
}

/** A group of streams as it is carried out. */
export interface CigSchedule {
  /** Units of 1.25 ms. */
  readonly isoInterval: number;
  /** µs */
  readonly cigSyncDelay: number;
  readonly cises: readonly CisSchedule[];
}

/** Octets of the MIC, for which time is kept whether the stream is encrypted or not. */
const MIC = 4;
/** T_MSS, between subevents: Core Vol 6, Part B, 4.1.2. */
const T_MSS = 150;
const LONGEST_PDU = 251;
const MOST_PAYLOADS = 15;
const MOST_SUBEVENTS = 31;
const UNIT = 1250;
/** ISO_Interval in µs: Core Vol 6, Part B, 4.5.13.1. */
const SHORTEST_INTERVAL = 5000;
const LONGEST_INTERVAL = 4_000_000;

/** The fastest PHY of a mask that is implemented: LE 2M rather than LE 1M. */
function choose(mask: number): PhyCode | undefined {
  return mask & 2 ? Phy.le2M : mask & 1 ? Phy.le1M : undefined;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

const lcm = (a: number, b: number) => (a / gcd(a, b)) * b;

/** The shortest ISO interval that both SDU intervals fit into without rest, in µs. Unframed streams need one. */
export function isoIntervalOf(sduIntervals: readonly number[]): number | undefined {
  const common = sduIntervals.reduce(lcm, UNIT);
  const interval = Math.ceil(SHORTEST_INTERVAL / common) * common;
  return interval <= LONGEST_INTERVAL ? interval : undefined;
}

/** The length of a subevent: the longest exchange that may take place in it, and T_MSS. */
export function subeventLength(cToP: StreamDirection, pToC: StreamDirection): number {
  return packetTime(cToP) + T_IFS + packetTime(pToC) + T_MSS;
}

function packetTime({ maxPdu, phy }: StreamDirection): number {
  return airtime(maxPdu === 0 ? 0 : maxPdu + MIC, phy);
}

interface Draft {
  readonly wish: CisWish;
  readonly cToP: StreamDirection;
  readonly pToC: StreamDirection;
  readonly length: number;
  readonly least: number;
  nse: number;
}

/**
 * Plans a group: every payload is sent once in any case, and as often again as the host wants and time and latency
 * permit. Unframed, and each payload within the ISO interval that it belongs to.
 * @returns the plan, or the status that refuses the wish
 */
export function planCig(wish: CigWish): CigSchedule | number {
  const intervals: number[] = [];
  if (wish.cises.some(({ maxSduCToP }) => maxSduCToP > 0)) intervals.push(wish.sduIntervalCToP);
  if (wish.cises.some(({ maxSduPToC }) => maxSduPToC > 0)) intervals.push(wish.sduIntervalPToC);
  if (intervals.length === 0) intervals.push(wish.sduIntervalCToP);
  const interval = isoIntervalOf(intervals);
  if (interval === undefined) return HciStatus.unsupportedFeatureOrParameterValue;
  const drafts: Draft[] = [];
  for (const one of wish.cises) {
    const draft = draftOf(one, wish, interval);
    if (typeof draft === 'number') return draft;
    drafts.push(draft);
  }
  const total = () => drafts.reduce((sum, { nse, length }) => sum + nse * length, 0);
  const latest = Math.min(
    ...(
      [
        [wish.maxTransportLatencyCToP, wish.sduIntervalCToP],
        [wish.maxTransportLatencyPToC, wish.sduIntervalPToC],
      ] as const
    ).map(([latency, sduInterval]) => latency * 1000 - interval + sduInterval),
  );
  while (total() > Math.min(interval, latest)) {
    const reducible = drafts.filter(({ nse, least }) => nse > least);
    if (reducible.length === 0) {
      return total() > interval
        ? HciStatus.connectionRejectedLimitedResources
        : HciStatus.unsupportedFeatureOrParameterValue;
    }
    reducible.reduce((a, b) => (b.nse - b.least > a.nse - a.least ? b : a)).nse--;
  }
  return arrange(drafts, interval, wish);
}

function draftOf(one: CisWish, wish: CigWish, interval: number): Draft | number {
  const cToP = direction(one.maxSduCToP, wish.sduIntervalCToP, one.phyCToP, interval);
  const pToC = direction(one.maxSduPToC, wish.sduIntervalPToC, one.phyPToC, interval);
  if (typeof cToP === 'number') return cToP;
  if (typeof pToC === 'number') return pToC;
  const least = Math.max(1, cToP.bn, pToC.bn);
  const wanted = Math.max(least, cToP.bn * (1 + one.rtnCToP), pToC.bn * (1 + one.rtnPToC));
  return {
    wish: one,
    cToP,
    pToC,
    length: subeventLength(cToP, pToC),
    least,
    nse: Math.min(MOST_SUBEVENTS, wanted),
  };
}

function direction(
  maxSdu: number,
  sduInterval: number,
  phys: number,
  interval: number,
): StreamDirection | number {
  const phy = choose(phys);
  if (phy === undefined) return HciStatus.unsupportedFeatureOrParameterValue;
  const perSdu = Math.ceil(maxSdu / LONGEST_PDU);
  const bn = (interval / sduInterval) * perSdu;
  if (bn > MOST_PAYLOADS) return HciStatus.unsupportedFeatureOrParameterValue;
  const maxPdu = Math.min(maxSdu, LONGEST_PDU);
  return { phy, bn: maxSdu === 0 ? 0 : bn, ft: 1, maxPdu, maxSdu, sduInterval, transportLatency: 0 };
}

function arrange(drafts: readonly Draft[], interval: number, { packing }: CigWish): CigSchedule {
  const all = drafts.reduce((sum, { length }) => sum + length, 0);
  const longest = Math.max(...drafts.map(({ nse }) => nse));
  const interleaved = packing === 1 && longest * all <= interval;
  let at = 0;
  const placed = drafts.map(({ wish, cToP, pToC, length, nse }) => {
    const offset = at;
    at += interleaved ? length : nse * length;
    const subInterval = interleaved ? all : length;
    // The end of the last subevent that it may use.
    return { wish, cToP, pToC, nse, offset, subInterval, end: offset + (nse - 1) * subInterval + length };
  });
  const cigSyncDelay = Math.max(...placed.map(({ end }) => end));
  const withLatency = (one: StreamDirection): StreamDirection => ({
    ...one,
    transportLatency: cigSyncDelay + one.ft * interval - one.sduInterval,
  });
  return {
    isoInterval: interval / UNIT,
    cigSyncDelay,
    cises: placed.map(({ wish, cToP, pToC, nse, offset, subInterval }) => ({
      cisId: wish.cisId,
      offset,
      subInterval,
      nse,
      cisSyncDelay: cigSyncDelay - offset,
      cToP: withLatency(cToP),
      pToC: withLatency(pToC),
    })),
  };
}
