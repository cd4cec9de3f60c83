import type { Address, BdAddr } from '../../core/address.js';
import { Appointment } from '../air/agenda.js';
import { CODED_S2, Phy, type PhyCode } from '../air/airtime.js';
import { type DataPdu, type Link, type LinkEnd, Llid } from '../air/link.js';
import type { Radio } from '../air/propagation.js';
import {
  type ConnectionHost,
  type ConnectionParameters,
  type ConnectionState,
  Role,
  type RoleCode,
  type Subrating,
} from './connection-state.js';
import { controlHandlers } from './control-handlers.js';
import { DataLength, type PacketLengths } from './data-length.js';
import { EventPace } from './event-pace.js';
import { LinkControl } from './link-control.js';
import { LinkPower } from './link-power.js';
import { Outgoing } from './outgoing.js';
import type { PathLossMonitor, PathLossParameters } from './path-loss.js';
import { PayloadTimeout } from './payload-timeout.js';
import { Ping } from './peer-queries.js';
import { PowerRequest, watchPower } from './power-control.js';
import { HciStatus } from './status.js';

/** What a connection begins with. */
export interface ConnectionOptions {
  readonly handle: number;
  readonly role: RoleCode;
  readonly own: Address;
  readonly peer: Address;
  readonly localRpa: BdAddr;
  readonly peerRpa: BdAddr;
  readonly link: Link;
  readonly parameters: ConnectionParameters;
  readonly channelMap: Uint8Array;
  /** The central's sleep clock accuracy, 0–7. */
  readonly sca: number;
  /** The PHY that it begins on, in both directions. */
  readonly phy: PhyCode;
  readonly lengths: PacketLengths;
  /** The PHYs that the host prefers, as masks; 0 when it has none. */
  readonly preferredTxPhys: number;
  readonly preferredRxPhys: number;
}

const EMPTY = new Uint8Array(0);
/** Until the first packet, a connection lives for six intervals: Core Vol 6, Part B, 4.5.2. */
const ESTABLISH_EVENTS = 6;

/** One end of a connection: its events, acknowledgements, supervision. What it sends is in {@link Outgoing}, its procedures in {@link LinkControl}. */
export class Connection implements ConnectionState, LinkEnd {
  readonly handle: number;
  readonly role: RoleCode;
  readonly own: Address;
  readonly peer: Address;
  readonly localRpa: BdAddr;
  readonly peerRpa: BdAddr;
  readonly sca: number;
  readonly radio: Radio;
  readonly link: Link;
  readonly dataLength: DataLength;
  readonly control: LinkControl;
  channelMap: Uint8Array;
  txPhy: PhyCode;
  rxPhy: PhyCode;
  preferredTxPhys: number;
  preferredRxPhys: number;
  prefersS2 = false;
  readonly power: LinkPower;
  /** Path loss monitoring, where the host turned it on. */
  pathLoss: PathLossMonitor | undefined;
  pathLossParameters: PathLossParameters | undefined;
  readonly payloadTimeout: PayloadTimeout;
  private readonly pace = new EventPace();
  private parametersNow: ConnectionParameters;
  private readonly host: ConnectionHost;
  private readonly outgoing: Outgoing;
  private readonly pdu: DataPdu = { llid: Llid.continuation, sn: 0, nesn: 0, md: false, payload: EMPTY };
  private nesn = 0;
  private open = true;
  private established = false;
  private lastHeard: number;
  private lastAttended = 0;
  private lastRssi = 127;
  private readonly supervision = new Appointment((now) => this.supervise(now));
  /** The error code of a received LL_TERMINATE_IND; the link ends when its acknowledgement has been sent. */
  private terminatedBy: number | undefined;

  constructor(host: ConnectionHost, options: ConnectionOptions) {
    this.host = host;
    this.radio = host.radio;
    this.handle = options.handle;
    this.role = options.role;
    this.own = options.own;
    this.peer = options.peer;
    this.localRpa = options.localRpa;
    this.peerRpa = options.peerRpa;
    this.sca = options.sca;
    this.link = options.link;
    this.channelMap = options.channelMap;
    this.txPhy = options.phy;
    this.rxPhy = options.phy;
    this.parametersNow = options.parameters;
    this.preferredTxPhys = options.preferredTxPhys;
    this.preferredRxPhys = options.preferredRxPhys;
    this.dataLength = new DataLength(options.lengths);
    this.dataLength.setPhys(options.phy, options.phy);
    this.power = new LinkPower(this.radio.txPower, host.txPowerRange, host.goldenRange);
    this.control = new LinkControl(this, host, controlHandlers);
    this.outgoing = new Outgoing(this.control, this.dataLength);
    this.payloadTimeout = new PayloadTimeout(
      host.air.agenda,
      () => this.control.ping(new Ping()),
      () => host.events.payloadTimeoutExpired(this),
    );
    this.radio.time?.add(this);
    this.lastHeard = host.air.agenda.now;
    host.air.agenda.set(this.supervision, this.deadline, true);
  }

  get eventCounter(): number {
    return this.link.eventCounter;
  }

  get nextAnchor(): number {
    return this.link.nextEventAt;
  }

  get parameters(): ConnectionParameters {
    return this.parametersNow;
  }

  /** How strongly the peer was heard last, in dBm; 127 before that (Core Vol 4, Part E, 7.5.4). */
  get rssi(): number {
    return this.lastRssi;
  }

  get interval(): number {
    return this.parametersNow.interval * 1250;
  }

  get airPhy(): PhyCode {
    return this.txPhy === Phy.leCoded && this.prefersS2 ? CODED_S2 : this.txPhy;
  }

  get attenuation(): number {
    return this.power.attenuation;
  }

  get idle(): boolean {
    return this.outgoing.isIdle;
  }

  get nextLength(): number {
    return this.outgoing.nextLength(this.airPhy, this.quiet);
  }

  /** Whether data is held back because the connection is ending, or its encryption starting. */
  private get quiet(): boolean {
    const { terminating, encryption } = this.control;
    return this.terminatedBy !== undefined || terminating || encryption.holdsData;
  }

  setParameters(parameters: ConnectionParameters): void {
    this.parametersNow = parameters;
    this.pace.reset();
    this.host.air.agenda.set(this.supervision, this.deadline, true);
  }

  /** Queues the data of one ACL packet from the host; `first` when an L2CAP PDU begins in it. The octets are kept. */
  sendData(payload: Uint8Array, first: boolean): void {
    // A data PDU that begins an L2CAP PDU may not be empty, and an empty continuation says nothing.
    if (payload.length === 0) this.host.events.packetCompleted(this);
    else if (this.outgoing.push(payload, first)) this.link.wake();
  }

  get subrating(): { factor: number; continuationNumber: number } {
    return this.pace;
  }

  subrate({ factor, latency, continuationNumber, timeout }: Subrating, baseEvent: number): boolean {
    const { parametersNow: before, pace } = this;
    const changes =
      pace.set(factor, continuationNumber, baseEvent) ||
      before.latency !== latency ||
      before.timeout !== timeout;
    this.parametersNow = { ...before, latency, timeout };
    this.host.air.agenda.set(this.supervision, this.deadline, true);
    return changes;
  }

  /** Learns the peer's transmit power, unless it is known. */
  queryPower(): void {
    if (this.power.remote !== undefined || this.control.has(PowerRequest) || this.control.full) return;
    this.control.start(new PowerRequest(this.rxPhy, 0, false));
  }

  wake(): void {
    this.link.wake();
  }

  beginEvent(counter: number): boolean {
    this.control.reachInstant(counter);
    if (this.pace.factor > 1 && !this.pace.uses(counter)) return false;
    if (this.role === Role.central) return true;
    const skipped = Math.floor((((counter - this.lastAttended) & 0xffff) - 1) / this.pace.factor);
    const awake =
      skipped >= this.parametersNow.latency ||
      !this.established ||
      !this.idle ||
      this.control.busy ||
      (this.radio.time?.wasPassedOver(this) ?? false);
    if (awake) this.lastAttended = counter;
    return awake;
  }

  transmit(room: number): DataPdu {
    const { pdu, outgoing, quiet } = this;
    const mute = this.terminatedBy !== undefined;
    outgoing.fill(pdu, room, this.airPhy, quiet, mute);
    pdu.nesn = this.nesn;
    pdu.md = this.control.hasPdu ? !mute : outgoing.hasData && !quiet;
    return pdu;
  }

  transmitted(): void {
    if (this.terminatedBy !== undefined) this.close(this.terminatedBy);
  }

  receive(pdu: DataPdu, now: number, rssi: number): void {
    this.heardEmpty(now, rssi);
    if (this.outgoing.isWaiting && pdu.nesn !== this.outgoing.sn) this.acknowledged();
    if (!this.open || pdu.sn !== this.nesn) return;
    const isData = pdu.llid !== Llid.control && pdu.payload.length > 0;
    if (isData && !this.host.events.hasRoomForData()) return;
    this.nesn ^= 1;
    if (this.terminatedBy !== undefined) return;
    const { encryption } = this.control;
    const payload =
      encryption.rx && pdu.payload.length > 0 ? encryption.rx.open(pdu.llid, pdu.payload) : pdu.payload;
    if (payload && payload.length > 0) {
      this.pace.dataIn();
      if (encryption.rx) this.payloadTimeout.authenticated(now);
    }
    if (!payload) this.close(HciStatus.micFailure);
    else if (pdu.llid === Llid.control) this.control.receive(payload);
    else if (!isData) return;
    else if (encryption.judge(undefined, payload) === 'take')
      this.host.events.dataReceived(this, pdu.llid, payload);
    else this.close(HciStatus.micFailure);
  }

  heardEmpty(now: number, rssi: number): void {
    this.lastHeard = now;
    this.lastRssi = rssi;
    if (this.pathLoss && this.power.remote !== undefined) {
      this.pathLoss.measured(Math.max(0, this.power.remote - rssi));
    }
    watchPower(this.control, this.rxPhy, rssi);
    if (!this.established) {
      this.established = true;
      this.host.air.agenda.set(this.supervision, this.deadline, true);
    }
  }

  private acknowledged(): void {
    const { isEmpty, control, completes } = this.outgoing.acknowledged();
    if (!isEmpty) this.pace.dataIn();
    if (control) this.control.acknowledged(control);
    else if (completes) this.host.events.packetCompleted(this);
  }

  terminatedByPeer(errorCode: number): void {
    this.terminatedBy = errorCode;
  }

  close(reason: number): void {
    if (!this.open) return;
    this.vanish();
    this.host.events.disconnected(this, reason);
  }

  /** Ends it without a word to anybody, as a Reset does. */
  vanish(): void {
    this.open = false;
    this.link.leave(this);
    this.radio.time?.remove(this);
    this.host.air.agenda.cancel(this.supervision);
    this.payloadTimeout.stop();
    this.control.dispose();
  }

  private get deadline(): number {
    return (
      this.lastHeard +
      (this.established ? this.parametersNow.timeout * 10_000 : ESTABLISH_EVENTS * this.interval)
    );
  }

  private supervise(now: number): void {
    // Set anew only when it comes due: cheaper than at every packet.
    if (now < this.deadline) this.host.air.agenda.set(this.supervision, this.deadline, true);
    else
      this.close(this.established ? HciStatus.connectionTimeout : HciStatus.connectionFailedToBeEstablished);
  }
}
