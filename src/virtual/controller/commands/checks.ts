/** Checks of parameters that several commands have in common. */
import { LeFeature, supports } from '../../link-layer/features.js';

/** Own_Address_Type: 0 and 1 always; 2 and 3 are for controllers that resolve addresses. */
export function ownAddressTypeKnown(type: number): boolean {
  return type <= 3;
}

/** Whether an Own_Address_Type has the controller make a resolvable address, which without LL Privacy it cannot. */
export function needsPrivacy({ features }: { readonly features: bigint }, type: number): boolean {
  return type > 1 && !supports(features, LeFeature.llPrivacy);
}

/** An interval and a window in it, in units of 0.625 ms: Core Vol 4, Part E, 7.8.10 and 7.8.12. */
export function scanTimesValid(interval: number, window: number): boolean {
  return interval >= 0x0004 && interval <= 0x4000 && window >= 0x0004 && window <= interval;
}

/** An interval and a window in it, in units of 0.625 ms, of the extended commands: Core Vol 4, Part E, 7.8.64 and 7.8.66. */
export function extendedScanTimesValid(interval: number, window: number): boolean {
  return window >= 0x0004 && window <= interval;
}

/** Skip and Sync_Timeout, the latter in units of 10 ms: Core Vol 4, Part E, 7.8.67. */
export function syncTimesValid(skip: number, timeout: number): boolean {
  return skip <= 0x01f3 && timeout >= 0x000a && timeout <= 0x4000;
}

/** The parameters that LE Create Connection and LE Connection Update share: Core Vol 4, Part E, 7.8.12 and 7.8.18. */
export interface ConnectionRange {
  readonly connectionIntervalMin: number;
  readonly connectionIntervalMax: number;
  readonly maxLatency: number;
  readonly supervisionTimeout: number;
  readonly minCeLength: number;
  readonly maxCeLength: number;
}

/** Whether they are in range and the timeout is more than twice the longest silence. */
export function connectionRangeValid(range: ConnectionRange): boolean {
  const { connectionIntervalMin, connectionIntervalMax, maxLatency, supervisionTimeout } = range;
  if (connectionIntervalMin < 0x0006 || connectionIntervalMax > 0x0c80) return false;
  if (connectionIntervalMin > connectionIntervalMax || range.minCeLength > range.maxCeLength) return false;
  if (maxLatency > 0x01f3 || supervisionTimeout < 0x000a || supervisionTimeout > 0x0c80) return false;
  // (1 + latency) × interval × 2, in 1.25 ms against 10 ms
  return supervisionTimeout * 4 > (1 + maxLatency) * connectionIntervalMax;
}
