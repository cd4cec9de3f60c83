import { concatBytes } from '../../core/hex.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import { AdvertisingData } from '../advertising-data.js';

/** Tells advertisements apart: an advertiser has one by legacy PDUs, and up to 16 by extended ones. Not for anonymous ones. */
export function advertisementKey({ key, sid }: AdvertisingReport): number {
  return sid === undefined ? -1 - key : key * 16 + sid;
}

/** What was last heard of one advertisement. */
export interface Heard {
  advertisement: AdvertisingReport | undefined;
  scanResponse: AdvertisingReport | undefined;
}

/** The last advertisement and scan response of each; the ones that came first are forgotten beyond a limit. */
export class Advertisers {
  private readonly heard = new Map<number, Heard>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** Takes a report in. @returns what is known with it */
  take(report: AdvertisingReport): Heard {
    const key = advertisementKey(report);
    let heard = this.heard.get(key);
    if (!heard) {
      if (this.heard.size >= this.most) this.heard.delete(this.heard.keys().next().value!);
      heard = { advertisement: undefined, scanResponse: undefined };
      this.heard.set(key, heard);
    }
    if (report.scanResponse) heard.scanResponse = report;
    else heard.advertisement = report;
    return heard;
  }
}

/** What advertisement and scan response say together. */
export function dataOf({ advertisement, scanResponse }: Heard): AdvertisingData {
  const parts = [advertisement?.data, scanResponse?.data].filter((data) => data !== undefined);
  return new AdvertisingData(concatBytes(...parts));
}
