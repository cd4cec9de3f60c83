import { airtime } from '../../air/airtime.js';
import type { StreamDirection } from './cig-schedule.js';
import type { CisPlan } from './cis.js';
import type { CisRequest } from './cis-pdus.js';

/** Whether the parameters of a request go together: Core Vol 6, Part B, 2.4.2.29. */
export function isPossible(request: CisRequest): boolean {
  const { isoInterval, nse, bn } = request;
  if (isoInterval < 0x0004 || isoInterval > 0x0c80 || nse < 1 || nse > 0x1f) return false;
  const directions = [
    [bn.bnCToP, request.ftCToP, request.maxPduCToP, request.sduIntervalCToP.sduInterval],
    [bn.bnPToC, request.ftPToC, request.maxPduPToC, request.sduIntervalPToC.sduInterval],
  ] as const;
  return directions.every(([payloads, ft, maxPdu, sduInterval]) => {
    if (payloads === 0) return true;
    const sdus = (isoInterval * 1250) / sduInterval;
    return payloads <= nse && ft >= 1 && maxPdu <= 251 && Number.isInteger(sdus) && payloads % sdus === 0;
  });
}

/** The plan that a request tells of, from the peripheral's side. */
export function planOf(request: CisRequest): CisPlan {
  const isoInterval = request.isoInterval * 1250;
  const phyOf = (mask: number) => (mask & 2 ? 2 : 1);
  const cToP: StreamDirection = {
    phy: phyOf(request.phyCToP),
    bn: request.bn.bnCToP,
    ft: request.ftCToP,
    maxPdu: request.maxPduCToP,
    maxSdu: request.maxSduCToP.maxSdu,
    sduInterval: request.sduIntervalCToP.sduInterval,
    transportLatency: 0,
  };
  const pToC: StreamDirection = {
    phy: phyOf(request.phyPToC),
    bn: request.bn.bnPToC,
    ft: request.ftPToC,
    maxPdu: request.maxPduPToC,
    maxSdu: request.maxSduPToC.maxSdu,
    sduInterval: request.sduIntervalPToC.sduInterval,
    transportLatency: 0,
  };
  const longest = (one: StreamDirection) => airtime(one.maxPdu, one.phy);
  return {
    cigId: request.cigId,
    isoInterval,
    cigSyncDelay: 0,
    schedule: {
      cisId: request.cisId,
      offset: 0,
      subInterval: request.subInterval || longest(cToP) + longest(pToC),
      nse: request.nse,
      cisSyncDelay: 0,
      cToP,
      pToC,
    },
  };
}

/** What LL_CIS_IND adds to a schedule: the delays of group and stream, in µs. */
export function withDelays(plan: CisPlan, cigSyncDelay: number, cisSyncDelay: number): CisPlan['schedule'] {
  const latency = (one: StreamDirection): StreamDirection => ({
    ...one,
    transportLatency: cigSyncDelay + one.ft * plan.isoInterval - one.sduInterval,
  });
  const { schedule } = plan;
  return { ...schedule, cisSyncDelay, cToP: latency(schedule.cToP), pToC: latency(schedule.pToC) };
}
