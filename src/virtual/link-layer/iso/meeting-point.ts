import type { Air } from '../../air/air.js';
import type { CisLink } from '../../air/cis-link.js';

/** Where the access addresses of streams lead. */
const meetingPoints = new WeakMap<Air, Map<number, CisLink>>();

/** By the access address that LL_CIS_IND tells, of the streams that wait for their peripheral. */
export function meetingPoint(air: Air): Map<number, CisLink> {
  let map = meetingPoints.get(air);
  if (!map) {
    map = new Map();
    meetingPoints.set(air, map);
  }
  return map;
}
