import { concatBytes } from '../../core/hex.js';
import type { PeriodicOccasion } from './periodic-subevents.js';

/** What one periodic advertisement brought. */
export interface PeriodicReport extends PeriodicOccasion {
  /** The advertising data, the caller's own. */
  readonly data: Uint8Array;
  /** In dBm; `undefined` when the controller does not know it. */
  readonly rssi: number | undefined;
  /** The power that the advertiser says it sends with, in dBm. */
  readonly txPower: number | undefined;
  /** Whether the end of the data is missing: the controller could not receive it. */
  readonly truncated: boolean;
}

/** One report of the controller; the data of an event, or of a subevent, may come in several. @internal */
export interface ReportEvent {
  readonly rssi: number;
  readonly txPower: number;
  readonly dataStatus: number;
  readonly data: Uint8Array;
  readonly periodicEventCounter?: number;
  readonly subevent?: number;
}

/** What becomes of reports. */
interface Taker {
  report(report: PeriodicReport): void;
  /** Nothing was received in a subevent. */
  missed(occasion: PeriodicOccasion): void;
  /** Data was given up. */
  lost(message: string): void;
}

/** Octets that the data of one event may have: Core Vol 6, Part B, 2.3.4.9. */
const LONGEST = 1650;
const UNKNOWN = 127;
const MORE_TO_COME = 1;
const COMPLETE = 0;
const NOT_RECEIVED = 0xff;
/** Subevent of a train that has none: 7.7.65.15. */
const NO_SUBEVENT = 0xff;

/** Puts reports together that come in several: Core Vol 4, Part E, 7.7.65.15. @internal */
export class PeriodicReports {
  private readonly taker: Taker;
  private parts: Uint8Array[] = [];
  private size = 0;
  /** What the parts are of. */
  private partsOf: PeriodicOccasion | undefined;

  constructor(taker: Taker) {
    this.taker = taker;
  }

  came(event: ReportEvent): void {
    const { rssi, txPower, dataStatus, data, periodicEventCounter } = event;
    const subevent = event.subevent === NO_SUBEVENT ? undefined : event.subevent;
    const of = { periodicEventCounter, subevent };
    // The end of what was before did not come.
    if (this.parts.length > 0 && !isSame(this.partsOf!, of))
      this.deliver(this.partsOf!, UNKNOWN, UNKNOWN, true);
    if (dataStatus === NOT_RECEIVED && this.parts.length === 0) {
      this.taker.missed(of);
      return;
    }
    this.size += data.length;
    if (this.size > LONGEST) {
      this.forget();
      this.taker.lost(`periodic advertising of more than ${LONGEST} octets was given up`);
      return;
    }
    this.parts.push(data.slice());
    this.partsOf = of;
    if (dataStatus !== MORE_TO_COME) this.deliver(of, rssi, txPower, dataStatus !== COMPLETE);
  }

  /** Nothing more comes of what has begun. */
  forget(): void {
    this.parts = [];
    this.size = 0;
  }

  private deliver(of: PeriodicOccasion, rssi: number, txPower: number, truncated: boolean): void {
    const data = this.parts.length === 1 ? this.parts[0]! : concatBytes(...this.parts);
    this.forget();
    this.taker.report({
      data,
      rssi: rssi === UNKNOWN ? undefined : rssi,
      txPower: txPower === UNKNOWN ? undefined : txPower,
      truncated,
      ...of,
    });
  }
}

function isSame(one: PeriodicOccasion, other: PeriodicOccasion): boolean {
  return one.periodicEventCounter === other.periodicEventCounter && one.subevent === other.subevent;
}
