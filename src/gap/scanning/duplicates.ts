import type { AdvertisingReport } from '../../hci/advertising-report.js';
import { advertisementKey } from './advertisers.js';
import { Marks } from './marks.js';

/** Advertisements that are remembered; the ones that came first are forgotten beyond it, and told again. */
const MOST = 16_384;

/**
 * The duplicates filter of one scan. The controller's is for all of them, and is empty after each change of what it scans for.
 * What a duplicate is: Core Vol 6, Part B, 4.4.3.5: of legacy advertisements any other with the same address, of extended ones
 * those of the same set with the same data.
 */
export class Duplicates {
  private advertisements = new Marks(MOST);
  private scanResponses = new Marks(MOST);

  /** Whether an advertisement is to be told. */
  isNew(report: AdvertisingReport): boolean {
    // Nobody knows whose it is.
    if (report.anonymous) return true;
    const seen = report.scanResponse ? this.scanResponses : this.advertisements;
    const key = advertisementKey(report);
    const mark = report.sid === undefined ? 0 : digest(report.data);
    const before = seen.get(key);
    if (before === mark) return false;
    seen.set(key, mark);
    return true;
  }

  clear(): void {
    this.advertisements = new Marks(MOST);
    this.scanResponses = new Marks(MOST);
  }
}

/** FNV-1a of 32 bits. */
function digest(octets: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < octets.length; i++) hash = Math.imul(hash ^ octets[i]!, 0x01000193);
  return hash >>> 0;
}
