import type { Address } from '../../core/address.js';
import type { ConnectIndication } from '../air/advertising-pdu.js';
import { Appointment } from '../air/agenda.js';
import type { Air } from '../air/air.js';
import type { ExtendedPdu } from '../air/extended-pdu.js';
import { type PeriodicListener, PeriodicTrain } from '../air/periodic-train.js';
import type { Radio } from '../air/propagation.js';
import type { SubeventStructure } from '../air/subevent-structure.js';
import type { SubeventTrain } from '../air/subevent-train.js';
import { SubeventReception, type SubeventSync } from './subevent-reception.js';

/** How many events it may take to hear a train for the first time: Core Vol 6, Part B, 4.4.5.1. */
const ESTABLISH_EVENTS = 6;

const DataStatus = { complete: 0, moreToCome: 1, truncated: 2, notReceived: 0xff } as const;
/** Subevent of a train without. */
const NO_SUBEVENT = 0xff;
const NOT_AVAILABLE = 127;
const EMPTY = new Uint8Array(0);

/** What tells a train from others, and how to receive it. */
export interface SyncOptions {
  readonly handle: number;
  readonly address: Address;
  readonly sid: number;
  /** The train, where it is on the air. */
  readonly train: PeriodicTrain | SubeventTrain | undefined;
  /** Its subevents, where it has some, and this controller takes part in such. */
  readonly subevents: SubeventStructure | undefined;
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

/** What came in a train: LE Periodic Advertising Report. */
export interface PeriodicReport {
  /** dBm, 127 where it is not known. */
  readonly txPower: number;
  readonly rssi: number;
  readonly dataStatus: number;
  readonly data: Uint8Array;
  /** paEventCounter. */
  readonly counter: number;
  /** 0xFF in a train without subevents. */
  readonly subevent: number;
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
  /** Whether it takes a connection that an advertiser asks for in a subevent. */
  accepts(request: ConnectIndication): boolean;
  /** The AUX_CONNECT_RSP to such a request has been sent. */
  connectedInSubevent(sync: PeriodicSync, request: ConnectIndication): void;
  /** Data, or a part of it. */
  periodicReport(sync: PeriodicSync, report: PeriodicReport): void;
  /** An AUX_SYNC_IND had an ACAD; `reports` says whether the event is reported. */
  acadReceived(sync: PeriodicSync, acad: Uint8Array, reports: boolean): void;
}

/** The reception of a periodic advertising train: Core Vol 6, Part B, 4.4.5. */
export class PeriodicSync implements PeriodicListener, SubeventSync {
  readonly radio: Radio;
  readonly options: SyncOptions;
  /** Whether the host wants reports. */
  reports: boolean;
  filterDuplicates: boolean;
  /** The reception of its subevents, where it has some. */
  readonly subevents: SubeventReception | undefined;
  private readonly host: SyncHost;
  private readonly deadline = new Appointment((now) => this.onDeadline(now));
  private heard = false;
  private lastHeard: number;
  private toSkip = 0;
  private lastAdi: number | undefined;
  /** TxPower of the event that is being received; `undefined` when it is not reported. */
  private txPower: number | undefined;
  /** paEventCounter of that event. */
  private counter = 0;

  constructor(host: SyncHost, options: SyncOptions) {
    this.host = host;
    this.radio = host.radio;
    this.options = options;
    this.reports = options.reports;
    this.filterDuplicates = options.filterDuplicates;
    this.lastHeard = host.air.agenda.now;
    const { train, subevents } = options;
    if (train instanceof PeriodicTrain) train.join(this);
    else if (train && subevents) this.subevents = new SubeventReception(this, train, subevents);
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
    if (this.options.train instanceof PeriodicTrain) this.options.train.leave(this);
    this.subevents?.stop();
    this.host.air.agenda.cancel(this.deadline);
  }

  get skip(): number {
    return this.options.skip;
  }

  /** µs since the world began. */
  get now(): number {
    return this.host.air.agenda.now;
  }

  heardSubevent(): void {
    this.heardPacket();
  }

  accepts(request: ConnectIndication): boolean {
    return this.heard && this.host.accepts(request);
  }

  connectedInSubevent(request: ConnectIndication): void {
    this.host.connectedInSubevent(this, request);
  }

  subeventReport(counter: number, subevent: number, pdu: ExtendedPdu | undefined, rssi: number): void {
    if (!this.reports) return;
    this.host.periodicReport(this, {
      txPower: pdu?.txPower ?? NOT_AVAILABLE,
      rssi: pdu ? rssi : NOT_AVAILABLE,
      dataStatus: pdu ? DataStatus.complete : DataStatus.notReceived,
      data: pdu?.data ?? EMPTY,
      counter,
      subevent,
    });
  }

  private heardPacket(): void {
    const { agenda } = this.host.air;
    this.lastHeard = agenda.now;
    if (this.heard) return;
    this.heard = true;
    agenda.set(this.deadline, this.lastHeard + this.options.timeout * 10_000, true);
    this.host.syncEstablished(this);
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

  received(pdu: ExtendedPdu, rssi: number, counter: number, nextStart: number): boolean {
    this.toSkip = this.options.skip;
    this.heardPacket();
    this.counter = counter;
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
    this.report(txPower!, rssi, more ? DataStatus.moreToCome : DataStatus.complete, pdu.data);
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
    this.report(txPower, NOT_AVAILABLE, DataStatus.truncated, EMPTY);
  }

  private report(txPower: number, rssi: number, dataStatus: number, data: Uint8Array): void {
    const { counter } = this;
    this.host.periodicReport(this, { txPower, rssi, dataStatus, data, counter, subevent: NO_SUBEVENT });
  }

  /** Turns its reports on or off. */
  setReports(on: boolean, filterDuplicates: boolean): void {
    if (on && !this.reports) this.lastAdi = undefined;
    this.reports = on;
    this.filterDuplicates = filterDuplicates;
  }
}
