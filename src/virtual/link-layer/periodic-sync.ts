import type { Address } from '../../core/address.js';
import { Appointment } from '../air/agenda.js';
import type { Air } from '../air/air.js';
import type { ExtendedPdu } from '../air/extended-pdu.js';
import type { PeriodicListener, PeriodicTrain } from '../air/periodic-train.js';
import type { Radio } from '../air/propagation.js';

/** How many events it may take to hear a train for the first time: Core Vol 6, Part B, 4.4.5.1. */
const ESTABLISH_EVENTS = 6;

const DataStatus = { complete: 0, moreToCome: 1, truncated: 2 } as const;
const NOT_AVAILABLE = 127;
const EMPTY = new Uint8Array(0);

/** What tells a train from others, and how to receive it. */
export interface SyncOptions {
  readonly handle: number;
  readonly address: Address;
  readonly sid: number;
  /** The train, where it is on the air. */
  readonly train: PeriodicTrain | undefined;
  /** A code of `AdvertisingPhy`. */
  readonly phy: number;
  /** Units of 1.25 ms. */
  readonly interval: number;
  readonly sca: number;
  /** Events that may be passed over after one that was received. */
  readonly skip: number;
  /** Units of 10 ms. */
  readonly timeout: number;
  readonly reports: boolean;
  readonly filterDuplicates: boolean;
  /** The connection and the service data that it was learned from; `undefined` when the scanner found it. */
  readonly transfer: { readonly connection: number; readonly serviceData: number } | undefined;
}

/** The controller around a {@link PeriodicSync}. */
export interface SyncHost {
  readonly air: Air;
  readonly radio: Radio;
  /** Its first packet was received. */
  syncEstablished(sync: PeriodicSync): void;
  /** None of the first packets was received: it is no more. */
  syncFailed(sync: PeriodicSync): void;
  /** Nothing was received for its timeout: it is no more. */
  syncLost(sync: PeriodicSync): void;
  /** Data, or a part of it. */
  periodicReport(
    sync: PeriodicSync,
    txPower: number,
    rssi: number,
    dataStatus: number,
    data: Uint8Array,
  ): void;
  /** An AUX_SYNC_IND had an ACAD; `reports` says whether the event is reported. */
  acadReceived(sync: PeriodicSync, acad: Uint8Array, reports: boolean): void;
}

/** The reception of a periodic advertising train: Core Vol 6, Part B, 4.4.5. */
export class PeriodicSync implements PeriodicListener {
  readonly radio: Radio;
  readonly options: SyncOptions;
  /** Whether the host wants reports. */
  reports: boolean;
  filterDuplicates: boolean;
  private readonly host: SyncHost;
  private readonly deadline = new Appointment((now) => this.onDeadline(now));
  private heard = false;
  private lastHeard: number;
  private toSkip = 0;
  private lastAdi: number | undefined;
  /** TxPower of the event that is being received; `undefined` when it is not reported. */
  private txPower: number | undefined;

  constructor(host: SyncHost, options: SyncOptions) {
    this.host = host;
    this.radio = host.radio;
    this.options = options;
    this.reports = options.reports;
    this.filterDuplicates = options.filterDuplicates;
    this.lastHeard = host.air.agenda.now;
    options.train?.join(this);
    const period = options.interval * 1250;
    host.air.agenda.set(this.deadline, this.lastHeard + ESTABLISH_EVENTS * period + period);
  }

  get handle(): number {
    return this.options.handle;
  }

  /** Whether a packet has been received. */
  get established(): boolean {
    return this.heard;
  }

  /** Stops, without a word to the host. */
  stop(): void {
    this.options.train?.leave(this);
    this.host.air.agenda.cancel(this.deadline);
  }

  private onDeadline(now: number): void {
    if (!this.heard) {
      this.stop();
      this.host.syncFailed(this);
      return;
    }
    // Set anew only when it comes due: cheaper than at every packet.
    const deadline = this.lastHeard + this.options.timeout * 10_000;
    if (now < deadline) {
      this.host.air.agenda.set(this.deadline, deadline, true);
      return;
    }
    this.stop();
    this.host.syncLost(this);
  }

  listens(): boolean {
    return this.toSkip-- <= 0;
  }

  received(pdu: ExtendedPdu, rssi: number, _counter: number, nextStart: number): boolean {
    const { agenda } = this.host.air;
    this.lastHeard = agenda.now;
    this.toSkip = this.options.skip;
    if (!this.heard) {
      this.heard = true;
      agenda.set(this.deadline, this.lastHeard + this.options.timeout * 10_000, true);
      this.host.syncEstablished(this);
    }
    const isFirst = this.txPower === undefined;
    if (isFirst) {
      if (!this.isWanted(pdu)) {
        if (pdu.acad) this.host.acadReceived(this, pdu.acad, false);
        return false;
      }
      this.txPower = pdu.txPower ?? NOT_AVAILABLE;
    }
    const more = pdu.auxPtr !== undefined && nextStart > 0;
    const { txPower } = this;
    if (!more) this.txPower = undefined;
    const status = more ? DataStatus.moreToCome : DataStatus.complete;
    this.host.periodicReport(this, txPower!, rssi, status, pdu.data);
    if (isFirst && pdu.acad) this.host.acadReceived(this, pdu.acad, true);
    return more;
  }

  /** Whether the event that begins with this AUX_SYNC_IND is to be reported. */
  private isWanted(pdu: ExtendedPdu): boolean {
    const { lastAdi } = this;
    this.lastAdi = pdu.adi;
    if (!this.reports) return false;
    return !this.filterDuplicates || pdu.adi === undefined || pdu.adi !== lastAdi;
  }

  missed(first: boolean): void {
    if (first || this.txPower === undefined) return;
    const { txPower } = this;
    this.txPower = undefined;
    // What was lost may come again with the same DID.
    this.lastAdi = undefined;
    this.host.periodicReport(this, txPower, NOT_AVAILABLE, DataStatus.truncated, EMPTY);
  }

  /** Turns its reports on or off. */
  setReports(on: boolean, filterDuplicates: boolean): void {
    if (on && !this.reports) this.lastAdi = undefined;
    this.reports = on;
    this.filterDuplicates = filterDuplicates;
  }
}
