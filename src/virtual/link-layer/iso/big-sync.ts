import { Appointment } from '../../air/agenda.js';
import type { Air } from '../../air/air.js';
import { type BigLink, type BigListener, type BisPdu, CONTROL } from '../../air/big-link.js';
import { payloadOf } from '../../air/big-structure.js';
import type { Radio } from '../../air/propagation.js';
import { MIC } from '../../crypto/packet-cipher.js';
import { HciStatus } from '../status.js';
import { BIG_CONTROL_LLID, type BigAnnouncement, decodeAnnouncement, hasCome } from './big-control.js';
import type { BigInfo } from './big-info.js';
import { bigSyncDelay } from './big-schedule.js';
import { BisSink } from './bis-sink.js';
import { GroupCipher } from './group-cipher.js';
import type { ReceivedSdu } from './iso-sdu.js';

/** Until the first PDU, there are six events' time: Core Vol 6, Part B, 4.4.6.12. */
const ESTABLISH_EVENTS = 6;

/** What LE BIG Create Sync asks for: Core Vol 4, Part E, 7.8.106. */
export interface BigSyncRequest {
  readonly bigHandle: number;
  readonly syncHandle: number;
  readonly encrypted: boolean;
  /** 16 octets, least significant first. */
  readonly broadcastCode: Uint8Array;
  /** How many subevents of an event may be used for a stream; 0 for all. */
  readonly mse: number;
  /** Units of 10 ms. */
  readonly timeout: number;
  /** Numbers of streams, from 1. */
  readonly bises: readonly number[];
}

/** The controller around a {@link BigSync}. */
export interface BigSyncHost {
  readonly air: Air;
  readonly radio: Radio;
  /** The first PDU was received. */
  bigSyncEstablished(sync: BigSync): void;
  /** No PDU was received. */
  bigSyncFailed(sync: BigSync): void;
  /** It has ended. */
  bigSyncLost(sync: BigSync, reason: number): void;
  sduReceived(handle: number, sequenceNumber: number, timeStamp: number, sdu: ReceivedSdu): void;
}

/** The reception of a Broadcast Isochronous Group: Core Vol 6, Part B, 4.4.6.12. */
export class BigSync implements BigListener {
  readonly request: BigSyncRequest;
  readonly info: BigInfo;
  readonly radio: Radio;
  channelMap: Uint8Array;
  /** In the order of the request. */
  readonly streams: readonly BisSink[];
  private readonly host: BigSyncHost;
  private readonly link: BigLink | undefined;
  private readonly cipher: GroupCipher | undefined;
  private readonly deadline = new Appointment((now) => this.onDeadline(now));
  private established = false;
  private lastHeard: number;
  /** Whether this event has a control subevent that is new. */
  private awaitsControl = false;
  /** CSSN of the control subevent that was received last. */
  private cssn: number | undefined;
  private announced: BigAnnouncement | undefined;

  /** @param handles one for each stream */
  constructor(host: BigSyncHost, request: BigSyncRequest, info: BigInfo, handles: readonly number[]) {
    this.host = host;
    this.request = request;
    this.info = info;
    this.radio = host.radio;
    this.channelMap = info.channelMap;
    const { schedule, secrets, seed } = info;
    this.streams = request.bises.map((bis, i) => new BisSink(bis, handles[i]!, schedule));
    this.cipher = secrets && new GroupCipher(request.broadcastCode, secrets, seed, schedule.numBis);
    this.link = host.air.bigs.get(seed);
    this.link?.join(this);
    this.lastHeard = host.air.agenda.now;
    const limit = info.offset + ESTABLISH_EVENTS * schedule.isoInterval;
    host.air.agenda.set(this.deadline, this.lastHeard + limit);
  }

  get handle(): number {
    return this.request.bigHandle;
  }

  /** Whether a PDU has been received. */
  get isEstablished(): boolean {
    return this.established;
  }

  /** Stops, without a word to the host. */
  stop(): void {
    this.link?.leave(this);
    this.host.air.agenda.cancel(this.deadline);
    for (const stream of this.streams) stream.isUp = false;
  }

  private onDeadline(now: number): void {
    if (!this.established) {
      this.stop();
      this.host.bigSyncFailed(this);
      return;
    }
    const deadline = this.lastHeard + this.request.timeout * 10_000;
    if (now < deadline) this.host.air.agenda.set(this.deadline, deadline, true);
    else this.lose(HciStatus.connectionTimeout);
  }

  private lose(reason: number): void {
    this.stop();
    this.host.bigSyncLost(this, reason);
  }

  beginEvent(event: number): boolean {
    this.awaitsControl = false;
    const { announced } = this;
    if (announced && hasCome(announced.instant, event)) {
      this.announced = undefined;
      if (announced.kind === 'terminate') {
        this.lose(announced.reason);
        return false;
      }
      this.channelMap = announced.channelMap;
    }
    for (const stream of this.streams) stream.beginEvent();
    return true;
  }

  wants(bis: number, subevent: number): boolean {
    if (bis === CONTROL) return this.awaitsControl;
    const stream = this.streamOf(bis);
    if (!stream) return false;
    const { schedule } = this.info;
    return stream.wants(payloadOf(schedule, this.eventNow, subevent), this.request.mse);
  }

  private streamOf(bis: number): BisSink | undefined {
    return this.streams.find((one) => one.bis === bis);
  }

  private get eventNow(): number {
    // The event that goes on: the link counts to the one that comes next.
    return this.link!.nextEvent - 1;
  }

  received(event: number, bis: number, subevent: number, pdu: BisPdu): void {
    const { agenda } = this.host.air;
    this.lastHeard = agenda.now;
    if (!this.established) {
      this.established = true;
      for (const stream of this.streams) stream.isUp = true;
      agenda.set(this.deadline, this.lastHeard + this.request.timeout * 10_000, true);
      this.host.bigSyncEstablished(this);
    }
    const { schedule } = this.info;
    const isControl = bis === CONTROL;
    const number = isControl ? event * schedule.bn : payloadOf(schedule, event, subevent);
    if (pdu.data.length > schedule.maxPdu + (this.cipher ? MIC : 0) && !isControl) return;
    const data = this.cipher ? this.cipher.open(bis, number, pdu.llid, pdu.data) : pdu.data;
    if (!data) {
      this.lose(HciStatus.micFailure);
      return;
    }
    if (isControl) {
      this.controlReceived(pdu, data);
      return;
    }
    if (pdu.cstf && pdu.cssn !== this.cssn) this.awaitsControl = true;
    this.streamOf(bis)!.receive(number, { llid: pdu.llid, data });
  }

  private controlReceived({ llid, cssn }: BisPdu, data: Uint8Array): void {
    if (llid !== BIG_CONTROL_LLID) return;
    this.cssn = cssn;
    this.awaitsControl = false;
    this.announced = decodeAnnouncement(data) ?? this.announced;
  }

  garbled(bis: number): void {
    const stream = this.streamOf(bis);
    if (stream) stream.quality.crcErrors++;
  }

  endEvent(event: number, anchor: number): void {
    if (!this.established) return;
    const reference = anchor + bigSyncDelay(this.info.schedule);
    for (const stream of this.streams) {
      for (const { sequenceNumber, timeStamp, sdu } of stream.endEvent(event, reference)) {
        if (stream.paths.output) this.host.sduReceived(stream.handle, sequenceNumber, timeStamp, sdu);
      }
    }
  }
}
