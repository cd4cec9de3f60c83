import type { Air } from '../../air/air.js';
import type { CisEnd, CisLink, StreamPayload } from '../../air/cis-link.js';
import type { Radio } from '../../air/propagation.js';
import { type ConnectionState, Role, type RoleCode } from '../connection-state.js';
import { HciStatus } from '../status.js';
import type { CisSchedule, StreamDirection } from './cig-schedule.js';
import { DataPaths } from './data-paths.js';
import { IsoReceiver } from './iso-receiver.js';
import type { ReceivedSdu } from './iso-sdu.js';
import { IsoSender, type OutgoingSdu } from './iso-sender.js';
import type { IsoStream, TxSync } from './iso-stream.js';
import { LinkQuality } from './link-quality.js';
import { type SessionKeys, StreamCipher } from './stream-cipher.js';

/** A stream as both ends have agreed on it. Intervals in µs. */
export interface CisPlan {
  readonly cigId: number;
  readonly isoInterval: number;
  readonly cigSyncDelay: number;
  readonly schedule: CisSchedule;
}

/** How far a stream is. */
export type CisState = 'configured' | 'pending' | 'connecting' | 'established';

/** What a stream tells: what the host has to hear. */
export interface CisEvents {
  cisEstablished(cis: Cis, status: number): void;
  cisDisconnected(cis: Cis, reason: number): void;
  /** An SDU for the host; the time stamp in µs of the controller's clock. */
  sduReceived(handle: number, sequenceNumber: number, timeStamp: number, sdu: ReceivedSdu): void;
  /** HCI ISO packets from the host have left their buffers. */
  isoPacketsCompleted(handle: number, packets: number): void;
}

/** The controller around a stream. */
export interface CisHost {
  readonly air: Air;
  readonly radio: Radio;
  readonly events: CisEvents;
}

/** Until the first packet, a stream lives for six intervals: Core Vol 6, Part B, 4.5.13.1. */
const ESTABLISH_EVENTS = 6;

/** One end of a connected isochronous stream: Core Vol 6, Part B, 4.5.13. */
export class Cis implements CisEnd, IsoStream {
  readonly handle: number;
  readonly role: RoleCode;
  readonly radio: Radio;
  plan: CisPlan;
  state: CisState = 'configured';
  /** The connection that it belongs to, once it is asked for. */
  connection: ConnectionState | undefined;
  /** The host has given it up before it was there. */
  cancelled = false;
  readonly paths = new DataPaths();
  quality = new LinkQuality();
  lastSent: TxSync | undefined;
  private readonly host: CisHost;
  private link: CisLink | undefined;
  private sender!: IsoSender;
  private receiver!: IsoReceiver;
  private lastHeard = 0;
  private quiet = false;
  private tx: StreamCipher | undefined;
  private rx: StreamCipher | undefined;

  constructor(host: CisHost, handle: number, role: RoleCode, plan: CisPlan) {
    this.host = host;
    this.radio = host.radio;
    this.handle = handle;
    this.role = role;
    this.plan = plan;
  }

  get cisId(): number {
    return this.plan.schedule.cisId;
  }

  get isUp(): boolean {
    return this.state === 'established';
  }

  get sends(): boolean {
    return this.outgoing.bn > 0;
  }

  get receives(): boolean {
    return this.incoming.bn > 0;
  }

  /** The longest SDU that it sends. */
  get maxSdu(): number {
    return this.outgoing.maxSdu;
  }

  /** The direction in which this end sends, and the other one. */
  get outgoing(): StreamDirection {
    const { cToP, pToC } = this.plan.schedule;
    return this.role === Role.central ? cToP : pToC;
  }

  get incoming(): StreamDirection {
    const { cToP, pToC } = this.plan.schedule;
    return this.role === Role.central ? pToC : cToP;
  }

  /** Takes its place at the air. @param keys what encrypts it, if anything */
  join(link: CisLink, firstAnchor: number | undefined, keys: SessionKeys | undefined): void {
    const { isoInterval, schedule } = this.plan;
    const { nse } = schedule;
    const { outgoing, incoming } = this;
    this.link = link;
    this.state = 'connecting';
    this.quiet = false;
    const isCentral = this.role === Role.central;
    this.tx = keys && new StreamCipher(keys, link.accessAddress, isCentral);
    this.rx = keys && new StreamCipher(keys, link.accessAddress, !isCentral);
    this.quality = new LinkQuality();
    this.lastSent = undefined;
    this.lastHeard = this.host.air.agenda.now;
    this.sender = new IsoSender(
      { ...outgoing, nse, perSdu: perSdu(outgoing, isoInterval) },
      {
        sduDone: ({ packets }) => this.host.events.isoPacketsCompleted(this.handle, packets),
        flushed: (wasSent) => {
          this.quality.txFlushed++;
          if (wasSent) this.quality.txUnacked++;
        },
        sduTaken: ({ sequenceNumber }, _event, index) => {
          const txTimeStamp = link.lastAnchor + index * outgoing.sduInterval;
          this.lastSent = { packetSequenceNumber: sequenceNumber, txTimeStamp };
        },
      },
    );
    this.receiver = new IsoReceiver({ ...incoming, perSdu: perSdu(incoming, isoInterval) });
    if (firstAnchor === undefined) link.joinPeripheral(this);
    else link.joinCentral(this, firstAnchor);
  }

  /** Queues an SDU of the host. */
  send(sdu: OutgoingSdu): void {
    this.sender.send(sdu);
  }

  /** It is about to end: no payload goes out any more. */
  hush(): void {
    this.quiet = true;
  }

  beginEvent(event: number): boolean {
    const { now } = this.host.air.agenda;
    if (this.state === 'connecting') {
      if (event >= ESTABLISH_EVENTS) {
        this.vanish();
        this.host.events.cisEstablished(this, HciStatus.connectionFailedToBeEstablished);
        return false;
      }
    } else if (now - this.lastHeard > this.connection!.parameters.timeout * 10_000) {
      this.close(HciStatus.connectionTimeout);
      return false;
    }
    this.sender.beginEvent(event);
    return true;
  }

  hasPayload(event: number, subevent: number): boolean {
    return !this.quiet && this.sender.next(event, subevent) !== undefined;
  }

  transmit(event: number, subevent: number): StreamPayload | undefined {
    const payload = this.quiet ? undefined : this.sender.next(event, subevent);
    if (!payload) return undefined;
    this.sender.sent();
    this.quality.sent(payload.number, subevent === this.plan.schedule.nse - 1);
    const { number, llid, data } = payload;
    return this.tx ? { number, llid, data: this.tx.seal(number, llid, data) } : payload;
  }

  receive(payload: StreamPayload | undefined, now: number): void {
    this.lastHeard = now;
    if (this.state === 'connecting') {
      this.state = 'established';
      this.host.events.cisEstablished(this, HciStatus.success);
    }
    if (!payload) return;
    const { number, llid } = payload;
    if (this.receiver.has(number)) {
      this.quality.duplicates++;
      return;
    }
    const data = this.rx ? this.rx.open(number, llid, payload.data) : payload.data;
    if (data) this.receiver.receive({ number, llid, data });
    else this.close(HciStatus.micFailure);
  }

  garbled(): void {
    this.quality.crcErrors++;
  }

  acknowledged(number: number): void {
    this.sender.acknowledged(number);
  }

  endEvent(event: number, anchor: number): void {
    const { isoInterval, cigSyncDelay, schedule } = this.plan;
    const { ft, bn, sduInterval } = this.incoming;
    if (this.state !== 'established') return;
    // When all streams of the group are to be rendered: Core Vol 6, Part G, 3.2.2.
    const eventAnchor = anchor - (ft - 1) * isoInterval;
    const reference =
      this.role === Role.peripheral
        ? eventAnchor + schedule.cisSyncDelay + (ft - 1) * isoInterval
        : eventAnchor + schedule.cisSyncDelay - cigSyncDelay;
    const sdus = bn / perSdu(this.incoming, isoInterval);
    this.receiver.endEvent(event).forEach(({ sdu, missing }, index) => {
      this.quality.rxUnreceived += missing;
      if (!this.paths.output) return;
      const sequenceNumber = ((event - ft + 1) * sdus + index) & 0xffff;
      this.host.events.sduReceived(this.handle, sequenceNumber, reference + index * sduInterval, sdu);
    });
  }

  /** Ends it here and tells the host why. */
  close(reason: number): void {
    if (this.state !== 'established') return;
    this.vanish();
    this.host.events.cisDisconnected(this, reason);
  }

  /** Ends it without a word to anybody. */
  vanish(): void {
    this.link?.leave(this);
    this.link = undefined;
    this.state = 'configured';
    this.connection = undefined;
    this.cancelled = false;
    this.paths.clear();
  }
}

/** How many PDUs each SDU has, at most one event's payloads. */
function perSdu({ bn, sduInterval }: StreamDirection, isoInterval: number): number {
  return bn === 0 ? 1 : bn / Math.max(1, Math.round(isoInterval / sduInterval));
}
