import type { Air } from '../../air/air.js';
import type { Radio } from '../../air/propagation.js';
import { HciStatus } from '../status.js';
import type { BigInfo } from './big-info.js';
import { BigSync, type BigSyncHost, type BigSyncRequest } from './big-sync.js';
import type { BisSink } from './bis-sink.js';
import type { ReceivedSdu } from './iso-sdu.js';
import type { StreamHandles } from './stream-handles.js';

/** Streams of all groups together. */
const MOST_STREAMS = 31;

/** What a {@link BigReceiver} tells the host. */
export interface BigReceiverEvents {
  /** LE BIG Sync Established; without `sync`, nothing is known of the group. */
  bigSyncEstablished(status: number, bigHandle: number, sync: BigSync | undefined): void;
  bigSyncLost(sync: BigSync, reason: number): void;
  /** An SDU for the host; the time stamp in µs of the controller's clock. */
  sduReceived(handle: number, sequenceNumber: number, timeStamp: number, sdu: ReceivedSdu): void;
}

/** The Broadcast Isochronous Groups that one controller receives, and the one that it seeks to receive. */
export class BigReceiver implements BigSyncHost {
  readonly air: Air;
  readonly radio: Radio;
  /** Their streams by Connection_Handle. */
  readonly streams = new Map<number, BisSink>();
  private readonly events: BigReceiverEvents;
  private readonly handles: StreamHandles;
  /** The mask of the PHYs that it can use. */
  private readonly phys: () => number;
  /** By BIG_Handle. */
  private readonly syncs = new Map<number, BigSync>();
  private request: BigSyncRequest | undefined;

  constructor(
    { air, radio, phys }: { readonly air: Air; readonly radio: Radio; readonly phys: () => number },
    events: BigReceiverEvents,
    handles: StreamHandles,
  ) {
    this.air = air;
    this.radio = radio;
    this.phys = phys;
    this.events = events;
    this.handles = handles;
  }

  /** Whether LE BIG Create Sync has still to come to its end. */
  get pending(): boolean {
    if (this.request) return true;
    for (const { isEstablished } of this.syncs.values()) if (!isEstablished) return true;
    return false;
  }

  /** Whether a BIG_Handle is in use. */
  has(bigHandle: number): boolean {
    return this.syncs.has(bigHandle) || this.request?.bigHandle === bigHandle;
  }

  /** Seeks to receive the group that a train tells of. */
  create(request: BigSyncRequest): void {
    this.request = request;
  }

  /** Ends a reception, or calls off what {@link create} began. */
  terminate(bigHandle: number): void {
    const sync = this.syncs.get(bigHandle);
    const wasPending = sync ? !sync.isEstablished : true;
    if (sync) this.drop(sync);
    else this.request = undefined;
    if (wasPending) {
      this.events.bigSyncEstablished(HciStatus.operationCancelledByHost, bigHandle, undefined);
    }
  }

  /** As after a power-on. */
  reset(): void {
    for (const sync of [...this.syncs.values()]) this.drop(sync);
    this.request = undefined;
  }

  /** BIGInfo was received in a train. */
  bigInfo(syncHandle: number, info: BigInfo): void {
    const { request } = this;
    if (request?.syncHandle !== syncHandle) return;
    this.request = undefined;
    const status = this.check(request, info);
    if (status !== HciStatus.success) {
      this.events.bigSyncEstablished(status, request.bigHandle, undefined);
      return;
    }
    const sync = new BigSync(
      this,
      request,
      info,
      request.bises.map(() => this.handles.take()),
    );
    this.syncs.set(sync.handle, sync);
    for (const stream of sync.streams) this.streams.set(stream.handle, stream);
  }

  /** The train is lost before it told of a group. */
  trainLost(syncHandle: number): void {
    const { request } = this;
    if (request?.syncHandle !== syncHandle) return;
    this.request = undefined;
    const status = HciStatus.connectionFailedToBeEstablished;
    this.events.bigSyncEstablished(status, request.bigHandle, undefined);
  }

  private check(request: BigSyncRequest, { schedule, secrets, framed }: BigInfo): number {
    const { numBis, phy, bn, isoInterval, sduInterval } = schedule;
    if (request.encrypted !== (secrets !== undefined)) return HciStatus.encryptionModeNotAcceptable;
    if (request.bises.some((bis) => bis > numBis)) return HciStatus.unsupportedFeatureOrParameterValue;
    if (((this.phys() >> (phy - 1)) & 1) === 0) return HciStatus.unsupportedFeatureOrParameterValue;
    const sdus = isoInterval / sduInterval;
    if (framed || !Number.isInteger(sdus) || !Number.isInteger(bn / sdus)) {
      return HciStatus.unsupportedFeatureOrParameterValue;
    }
    if (this.streams.size + request.bises.length > MOST_STREAMS) {
      return HciStatus.connectionRejectedLimitedResources;
    }
    return HciStatus.success;
  }

  bigSyncEstablished(sync: BigSync): void {
    this.events.bigSyncEstablished(HciStatus.success, sync.handle, sync);
  }

  bigSyncFailed(sync: BigSync): void {
    this.drop(sync);
    const status = HciStatus.connectionFailedToBeEstablished;
    this.events.bigSyncEstablished(status, sync.handle, undefined);
  }

  bigSyncLost(sync: BigSync, reason: number): void {
    this.drop(sync);
    this.events.bigSyncLost(sync, reason);
  }

  sduReceived(handle: number, sequenceNumber: number, timeStamp: number, sdu: ReceivedSdu): void {
    this.events.sduReceived(handle, sequenceNumber, timeStamp, sdu);
  }

  private drop(sync: BigSync): void {
    sync.stop();
    this.syncs.delete(sync.handle);
    for (const { handle } of sync.streams) {
      this.streams.delete(handle);
      this.handles.release(handle);
    }
  }
}
