import type { Timer } from '../../core/clock.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import type { AcceptList } from '../connecting/accept-list.js';
import { Duplicates } from './duplicates.js';
import type { ScanWish } from './scan-options.js';

/** LE Coded as Primary_PHY (Core Vol 4, Part E, 7.7.65.13). */
const CODED = 3;

/** How one scan, or somebody inside the stack, uses the radio; and which of the reports are for it. */
export class ScanUser {
  readonly wish: ScanWish;
  /** Whether it wants the radio now: not between its periods. */
  listening = true;
  /** Whether it wants nothing any more, ever. */
  gone = false;
  /** Its next beginning or end. */
  timer: Timer | undefined;
  /** The program that scans is told of the end. */
  readonly end: (error?: Error) => void;
  private readonly acceptList: AcceptList;
  private readonly fits: ((report: AdvertisingReport) => boolean) | undefined;
  private readonly duplicates: Duplicates | undefined;
  private readonly take: (report: AdvertisingReport) => void;
  private readonly coded: boolean;
  private readonly uncoded: boolean;
  /** Whether scan responses that others ask for are kept from it, as none would come if it were alone. */
  private readonly passive: boolean;

  constructor(
    wish: ScanWish,
    parts: {
      readonly acceptList: AcceptList;
      readonly fits?: ((report: AdvertisingReport) => boolean) | undefined;
      readonly take: (report: AdvertisingReport) => void;
      readonly end?: (error?: Error) => void;
      /** Whether all reports are for it that there are, also those which others caused. */
      readonly everything?: boolean;
    },
  ) {
    this.wish = wish;
    this.acceptList = parts.acceptList;
    this.fits = parts.fits;
    this.take = parts.take;
    const { end } = parts;
    let told = false;
    this.end = (error) => {
      this.leave();
      if (told) return;
      told = true;
      end?.(error);
    };
    this.duplicates = wish.filterDuplicates ? new Duplicates() : undefined;
    const { everything = false } = parts;
    this.passive = !wish.active && !everything;
    this.coded = wish.phys.includes('coded') || everything;
    this.uncoded = wish.phys.includes('1M') || everything;
  }

  /** A report came, of any of the users. */
  came(report: AdvertisingReport): void {
    if (!this.listening) return;
    if (this.passive && report.scanResponse) return;
    if (!(report.primaryPhy === CODED ? this.coded : this.uncoded)) return;
    if (this.wish.acceptListOnly && !this.acceptList.admits(report.address)) return;
    if (this.fits && !this.fits(report)) return;
    if (this.duplicates && !this.duplicates.isNew(report)) return;
    this.take(report);
  }

  /** From now on no report is for it. */
  leave(): void {
    this.gone = true;
    this.listening = false;
  }

  /** A period begins. */
  forget(): void {
    this.duplicates?.clear();
  }
}
