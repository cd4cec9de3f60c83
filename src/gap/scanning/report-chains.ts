import { AdvertisingReport } from '../../hci/advertising-report.js';

/** Advertisements that may be coming in parts at the same time; the oldest is given up beyond it. */
const MOST = 64;
/** Octets of one advertisement: Core Vol 6, Part B, 2.3.4.9. */
const LONGEST = 1650;
const COMPLETE = 0;
const MORE_TO_COME = 1;

interface Chain {
  readonly parts: AdvertisingReport[];
  size: number;
}

/**
 * Puts advertisements together that come in several reports: Core Vol 4, Part E, 7.7.65.13. Parts follow each other, but those
 * of other advertisers may come between them.
 */
export class ReportChains {
  /** By advertiser, set and kind. */
  private readonly open = new Map<string, Chain>();
  private readonly lost: (why: string) => void;

  /** @param lost told of an advertisement that is given up */
  constructor(lost: (why: string) => void) {
    this.lost = lost;
  }

  /** @returns the whole advertisement that ends with a report; `undefined` while there is more to come */
  take(report: AdvertisingReport): AdvertisingReport | undefined {
    const { dataStatus } = report;
    // Nearly all: one report each.
    if (dataStatus === COMPLETE && (this.open.size === 0 || report.legacy)) return report;
    const key = keyOf(report);
    const chain = this.open.get(key);
    if (dataStatus !== MORE_TO_COME) {
      if (!chain) return report;
      this.open.delete(key);
      chain.parts.push(report);
      return AdvertisingReport.joined(chain.parts);
    }
    this.add(key, chain, report);
    return undefined;
  }

  /** Forgets what has begun: nothing more comes. */
  clear(): void {
    this.open.clear();
  }

  private add(key: string, chain: Chain | undefined, report: AdvertisingReport): void {
    if (!chain) {
      const [oldest] = this.open.keys();
      if (this.open.size >= MOST && oldest !== undefined) {
        this.open.delete(oldest);
        this.lost(`an advertisement was given up that did not end while ${MOST} others began`);
      }
      this.open.set(key, { parts: [report], size: report.dataLength });
      return;
    }
    chain.parts.push(report);
    chain.size += report.dataLength;
    if (chain.size <= LONGEST) return;
    this.open.delete(key);
    this.lost(`an advertisement of more than ${LONGEST} octets was given up`);
  }
}

function keyOf(report: AdvertisingReport): string {
  const who = report.anonymous ? 'anonymous' : report.key;
  return `${who}/${report.sid}/${report.scanResponse}`;
}
