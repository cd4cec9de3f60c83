import type { Address } from '../../core/address.js';
import type { ConnectIndication } from '../air/advertising-pdu.js';
import type { Air } from '../air/air.js';
import type { Radio } from '../air/propagation.js';
import { decodeTiming } from '../air/subevent-structure.js';
import { type BigInfo, decodeAcad } from './iso/big-info.js';
import { PeriodicAdvertiserList } from './periodic-advertiser-list.js';
import { type PeriodicReport, PeriodicSync, type SyncHost, type SyncOptions } from './periodic-sync.js';
import type { TrainSighting } from './scan-parameters.js';
import { HciStatus } from './status.js';

/** Trains that are received at once, at most. */
const MAX_SYNCS = 16;

/** Sync_CTE_Type: do not synchronise with packets without a Constant Tone Extension. None here has one. */
const NOT_WITHOUT_CTE = 0x10;

/** What LE Periodic Advertising Create Sync asks for. */
export interface SyncRequest {
  /** Whom to synchronise with; without it, whoever of the Periodic Advertiser List is seen first. */
  readonly advertiser: { readonly address: Address; readonly sid: number } | undefined;
  readonly skip: number;
  /** Units of 10 ms. */
  readonly timeout: number;
  readonly cteType: number;
  readonly reports: boolean;
  readonly filterDuplicates: boolean;
}

/** A train that a peer told of, and what to do with it. */
export type Transfer = Omit<SyncOptions, 'handle' | 'train'> & {
  readonly accessAddress: number;
  readonly cteType: number;
};

/** What a {@link Synchroniser} tells the host. */
export interface SyncEvents {
  /** LE Periodic Advertising Sync Established; without `sync`, nothing is known of it. */
  periodicSyncEstablished(status: number, sync: PeriodicSync | undefined): void;
  /** LE Periodic Advertising Sync Transfer Received. */
  periodicSyncTransferred(status: number, sync: SyncOptions): void;
  periodicSyncLost(handle: number): void;
  periodicReport(handle: number, report: PeriodicReport): void;
  /** BIGInfo was received in a train whose events are reported. */
  bigInfoReport(handle: number, info: BigInfo): void;
}

/** Who makes connections of receivers. */
export interface SyncLinks {
  /** Whether a connection is taken. */
  accepts(request: ConnectIndication): boolean;
  connectedBySync(request: ConnectIndication, syncHandle: number): void;
}

/** Who a controller receives periodic advertising from, and whom it seeks to receive it from. */
export class Synchroniser implements SyncHost {
  readonly air: Air;
  readonly radio: Radio;
  readonly list: PeriodicAdvertiserList;
  /** Is told of the groups that trains tell of. */
  onBigInfo: ((sync: PeriodicSync, info: BigInfo) => void) | undefined;
  /** Is told of a train that is lost. */
  onLost: ((handle: number) => void) | undefined;
  /** Takes connections that advertisers ask for in subevents. */
  links: SyncLinks | undefined;
  private readonly events: SyncEvents;
  private readonly syncs = new Map<number, PeriodicSync>();
  private readonly knowsSubevents: boolean;
  private request: SyncRequest | undefined;
  /** The train that the request has led to, until its first packet is received. */
  private attempt: PeriodicSync | undefined;

  /** @param knowsSubevents whether it takes part in Periodic Advertising with Responses */
  constructor(air: Air, radio: Radio, events: SyncEvents, listSize: number, knowsSubevents: boolean) {
    this.air = air;
    this.radio = radio;
    this.events = events;
    this.list = new PeriodicAdvertiserList(listSize);
    this.knowsSubevents = knowsSubevents;
  }

  /** Whether the host waits for a train. */
  get pending(): boolean {
    return this.request !== undefined;
  }

  /** Whether an AUX_ADV_IND may have the train that is wanted. */
  get seeks(): boolean {
    return this.request !== undefined && this.attempt === undefined;
  }

  get isFull(): boolean {
    return this.syncs.size >= MAX_SYNCS;
  }

  /** The established reception of a Sync_Handle. */
  get(handle: number): PeriodicSync | undefined {
    const sync = this.syncs.get(handle);
    return sync?.established ? sync : undefined;
  }

  /** Whether an advertiser's train is received. */
  receives(address: Address, sid: number): boolean {
    for (const { options, established } of this.syncs.values()) {
      if (established && options.sid === sid && options.address.equals(address)) return true;
    }
    return false;
  }

  /** Seeks a train. */
  create(request: SyncRequest): void {
    this.request = request;
  }

  /** Calls off what {@link create} began. */
  cancel(): void {
    this.request = undefined;
    if (this.attempt) this.drop(this.attempt);
    this.attempt = undefined;
    this.events.periodicSyncEstablished(HciStatus.operationCancelledByHost, undefined);
  }

  /** Ends the reception of a train. */
  terminate(sync: PeriodicSync): void {
    this.drop(sync);
  }

  private drop(sync: PeriodicSync): void {
    sync.stop();
    this.syncs.delete(sync.handle);
  }

  /** As after a power-on. */
  reset(): void {
    for (const sync of this.syncs.values()) sync.stop();
    this.syncs.clear();
    this.request = undefined;
    this.attempt = undefined;
    this.list.clear();
  }

  private freeHandle(): number {
    let handle = 0;
    while (this.syncs.has(handle)) handle++;
    return handle;
  }

  private start(options: Omit<SyncOptions, 'handle'>): PeriodicSync {
    const sync = new PeriodicSync(this, { ...options, handle: this.freeHandle() });
    this.syncs.set(sync.handle, sync);
    return sync;
  }

  /** The scanner has received SyncInfo. */
  trainSeen({ syncInfo, phy, address, sid, acad }: TrainSighting): void {
    const { request } = this;
    if (!request || this.attempt || !address) return;
    const { advertiser, skip, timeout, reports, filterDuplicates } = request;
    const wanted = advertiser
      ? advertiser.sid === sid && advertiser.address.equals(address)
      : this.list.has(address, sid) && !this.receives(address, sid);
    if (!wanted) return;
    const { accessAddress, interval, sca } = syncInfo;
    this.attempt = this.start({
      address,
      sid,
      phy,
      interval,
      sca,
      skip,
      timeout,
      reports,
      filterDuplicates,
      train: this.air.trains.get(accessAddress),
      subevents: this.knowsSubevents && acad ? decodeTiming(acad) : undefined,
      transfer: undefined,
    });
  }

  /** A peer has told of a train that it knows. */
  transferred({ accessAddress, cteType, ...offer }: Transfer): void {
    if (this.receives(offer.address, offer.sid)) return;
    const train = this.air.trains.get(accessAddress);
    const sync = { ...offer, train, handle: 0 };
    if (this.isFull) this.events.periodicSyncTransferred(HciStatus.memoryCapacityExceeded, sync);
    else if (cteType & NOT_WITHOUT_CTE) {
      this.events.periodicSyncTransferred(HciStatus.unsupportedRemoteFeature, sync);
    } else this.start(sync);
  }

  syncEstablished(sync: PeriodicSync): void {
    if (sync.options.transfer) {
      this.events.periodicSyncTransferred(HciStatus.success, sync.options);
      return;
    }
    const { request } = this;
    this.request = undefined;
    this.attempt = undefined;
    if (request && request.cteType & NOT_WITHOUT_CTE) {
      this.drop(sync);
      this.events.periodicSyncEstablished(HciStatus.unsupportedRemoteFeature, sync);
    } else this.events.periodicSyncEstablished(HciStatus.success, sync);
  }

  syncFailed(sync: PeriodicSync): void {
    this.syncs.delete(sync.handle);
    const status = HciStatus.connectionFailedToBeEstablished;
    if (sync.options.transfer) this.events.periodicSyncTransferred(status, sync.options);
    else {
      this.request = undefined;
      this.attempt = undefined;
      this.events.periodicSyncEstablished(status, sync);
    }
  }

  syncLost(sync: PeriodicSync): void {
    this.syncs.delete(sync.handle);
    this.events.periodicSyncLost(sync.handle);
    this.onLost?.(sync.handle);
  }

  accepts(request: ConnectIndication): boolean {
    return this.links?.accepts(request) ?? false;
  }

  connectedInSubevent({ handle }: PeriodicSync, request: ConnectIndication): void {
    this.links?.connectedBySync(request, handle);
  }

  periodicReport(sync: PeriodicSync, report: PeriodicReport): void {
    // Dropped while it was established: 7.8.67, Sync_CTE_Type.
    if (this.syncs.has(sync.handle)) this.events.periodicReport(sync.handle, report);
  }

  acadReceived(sync: PeriodicSync, acad: Uint8Array, reports: boolean): void {
    if (!this.syncs.has(sync.handle)) return;
    const info = decodeAcad(acad);
    if (!info) return;
    if (reports) this.events.bigInfoReport(sync.handle, info);
    this.onBigInfo?.(sync, info);
  }
}
