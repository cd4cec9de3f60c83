import {
  leBigSyncEstablished,
  leBigSyncLost,
  leCreateBigComplete,
  leTerminateBigComplete,
} from '../../hci/events/index.js';
import type { Big } from '../link-layer/iso/big.js';
import type { BigReceiverEvents } from '../link-layer/iso/big-receiver.js';
import { bigSyncDelay, bigTransportLatency } from '../link-layer/iso/big-schedule.js';
import type { BigSync } from '../link-layer/iso/big-sync.js';
import type { BroadcasterEvents } from '../link-layer/iso/broadcaster.js';
import type { ReceivedSdu } from '../link-layer/iso/iso-sdu.js';
import { HciStatus } from '../link-layer/status.js';
import type { EventPort } from './event-port.js';
import type { IsoBuffers } from './iso-buffers.js';

/** Tells the host, by events and ISO data, of Broadcast Isochronous Groups. */
export class BroadcastReporter implements BroadcasterEvents, BigReceiverEvents {
  private readonly port: EventPort;
  private readonly iso: IsoBuffers;

  constructor(port: EventPort, iso: IsoBuffers) {
    this.port = port;
    this.iso = iso;
  }

  bigCreated({ handle, options, streams }: Big): void {
    const { schedule } = options;
    const { phy, nse, bn, pto, irc, maxPdu, isoInterval } = schedule;
    this.port.event(leCreateBigComplete, {
      status: HciStatus.success,
      bigHandle: handle,
      bigSyncDelay: bigSyncDelay(schedule),
      transportLatencyBig: bigTransportLatency(schedule),
      phy,
      nse,
      bn,
      pto,
      irc,
      maxPdu,
      isoInterval: isoInterval / 1250,
      connectionHandles: streams.map((stream) => stream.handle),
    });
  }

  bigTerminated({ handle, streams }: Big, reason: number): void {
    for (const stream of streams) this.iso.release(stream.handle);
    this.port.event(leTerminateBigComplete, { bigHandle: handle, reason });
  }

  bigSyncEstablished(status: number, bigHandle: number, sync: BigSync | undefined): void {
    const schedule = sync?.info.schedule;
    this.port.event(leBigSyncEstablished, {
      status,
      bigHandle,
      transportLatencyBig: schedule ? bigTransportLatency(schedule) : 0,
      nse: schedule?.nse ?? 0,
      bn: schedule?.bn ?? 0,
      pto: schedule?.pto ?? 0,
      irc: schedule?.irc ?? 0,
      maxPdu: schedule?.maxPdu ?? 0,
      isoInterval: (schedule?.isoInterval ?? 0) / 1250,
      connectionHandles: sync?.streams.map((stream) => stream.handle) ?? [],
    });
  }

  bigSyncLost({ handle }: BigSync, reason: number): void {
    this.port.event(leBigSyncLost, { bigHandle: handle, reason });
  }

  sduReceived(handle: number, sequenceNumber: number, timeStamp: number, sdu: ReceivedSdu): void {
    this.iso.deliver(handle, sequenceNumber, timeStamp, sdu);
  }

  isoPacketsCompleted(handle: number, packets: number): void {
    this.iso.completed(handle, packets);
  }
}
