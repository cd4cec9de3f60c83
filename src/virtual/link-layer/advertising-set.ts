import type { Address, BdAddr } from '../../core/address.js';
import {
  type AdvertisingAnswer,
  type AdvertisingPdu,
  AdvertisingPduType,
  type AdvertisingPduTypeCode,
  type ConnectIndication,
  type ScanRequest,
} from '../air/advertising-pdu.js';
import { type Agenda, Appointment } from '../air/agenda.js';
import type { Air } from '../air/air.js';
import type { ExtendedPdu, SyncInfo } from '../air/extended-pdu.js';
import { AdvertisingEvent, type AdvertisingOwner } from './advertising-event.js';
import type { AdvertisingLimits, AdvertisingSetHost, AdvertisingSetState } from './advertising-host.js';
import { type AdvertisingParameters, AdvertisingProperty } from './advertising-parameters.js';
import { ExtendedEvent } from './extended-event.js';
import { connectResponse, type ExtendedOwner } from './extended-owner.js';
import {
  chainFits,
  type ExtendedContents,
  extendedTransmission,
  scanResponseChain,
} from './extended-transmission.js';
import { FragmentedData } from './fragmented-data.js';
import type { PeriodicAdvertising } from './periodic-advertising.js';
import { HciStatus } from './status.js';

/** Longest time between two PDUs on the same channel in high duty cycle: Core Vol 6, Part B, 4.4.2.4.3. */
const HIGH_DUTY_CYCLE = 3_750;
/** advDelay is up to 10 ms: Core Vol 6, Part B, 4.4.2.2.1. */
const ADV_DELAY = 10_001;
const EMPTY = new Uint8Array(0);
const CHANNELS: readonly number[] = [37, 38, 39];

/** The legacy PDU of event properties: Core Vol 6, Part B, 4.4.2.1. */
function legacyPduType(properties: number): AdvertisingPduTypeCode {
  if (properties & AdvertisingProperty.directed) return AdvertisingPduType.advDirectInd;
  if (properties & AdvertisingProperty.connectable) return AdvertisingPduType.advInd;
  if (properties & AdvertisingProperty.scannable) return AdvertisingPduType.advScanInd;
  return AdvertisingPduType.advNonconnInd;
}

/** One advertising set: what is advertised and how, and the events in which it is (Core Vol 6, Part B, 4.4.2). */
export class AdvertisingSet implements AdvertisingOwner, ExtendedOwner, AdvertisingSetState {
  readonly handle: number | undefined;
  parameters: AdvertisingParameters;
  /** Call {@link refresh} after a change. */
  readonly data = new FragmentedData();
  readonly response = new FragmentedData();
  /** What LE Set Advertising Set Random Address set. */
  randomAddress: BdAddr | undefined;
  /** The address in use while it advertises, else `undefined`. */
  own: Address | undefined;
  /** Its periodic advertising, once it has been configured. */
  periodic: PeriodicAdvertising | undefined;
  completedEvents = 0;
  private readonly host: AdvertisingSetHost;
  private readonly agenda: Agenda;
  private readonly air: Air;
  private readonly legacyEvent: AdvertisingEvent;
  private extendedEvent: ExtendedEvent | undefined;
  private readonly nextEvent = new Appointment((now) => this.beginEvent(now));
  private readonly timeIsUp = new Appointment(() => this.end(HciStatus.advertisingTimeout));
  private readonly lastEventOver = new Appointment(() => this.end(HciStatus.limitReached));
  private maxEvents = 0;
  /** Whom directed PDUs name. */
  private target: Address;
  private pdu!: AdvertisingPdu;
  private channels: readonly number[] = [];
  private did: number;

  constructor(
    air: Air,
    host: AdvertisingSetHost,
    handle: number | undefined,
    parameters: AdvertisingParameters,
  ) {
    this.air = air;
    this.host = host;
    this.agenda = air.agenda;
    this.handle = handle;
    this.parameters = parameters;
    this.target = parameters.peer;
    this.did = host.dice.below(0x1000);
    this.legacyEvent = new AdvertisingEvent(air, host.radio, this);
  }

  get enabled(): boolean {
    return this.own !== undefined;
  }

  /** Whether it makes use of the Filter Accept List now. */
  get usesAcceptList(): boolean {
    return this.enabled && this.parameters.filterPolicy !== 0 && !this.has(AdvertisingProperty.directed);
  }

  /** Whether its parameters invite connections. */
  get connectable(): boolean {
    return this.has(AdvertisingProperty.connectable);
  }

  get scannable(): boolean {
    return this.has(AdvertisingProperty.scannable);
  }

  get legacyPdus(): boolean {
    return this.has(AdvertisingProperty.legacy);
  }

  /** dBm. */
  get txPower(): number {
    return this.parameters.txPower ?? this.host.radio.txPower;
  }

  get attenuation(): number {
    return this.host.radio.txPower - this.txPower;
  }

  get limitsEvents(): boolean {
    return this.maxEvents > 0;
  }

  get highDuty(): boolean {
    return this.has(AdvertisingProperty.highDuty);
  }

  private has(property: number): boolean {
    return (this.parameters.properties & property) !== 0;
  }

  /** Whether the data has room in an AUX_ADV_IND alone. */
  get fitsOnePdu(): boolean {
    return this.chainFor(this.parameters, this.data.octets).length <= 1;
  }

  /** Whether data and scan response have room in the longest interval of these parameters: Core Vol 4, Part E, 7.8.53. */
  dataFits(parameters: AdvertisingParameters): boolean {
    if (parameters.properties & AdvertisingProperty.legacy) return true;
    const { octets } = this.data.length >= this.response.length ? this.data : this.response;
    return chainFits(this.chainFor(parameters, octets), parameters);
  }

  /** Success, or the status that refuses new data while extended PDUs with it are sent: Core Vol 4, Part E, 7.8.54. */
  checkNewData(kind: FragmentedData, octets: Uint8Array): number {
    const chain = this.chainFor(this.parameters, octets);
    if (kind === this.data && this.connectable && chain.length > 1) return HciStatus.invalidParameters;
    return chainFits(chain, this.parameters) ? HciStatus.success : HciStatus.packetTooLong;
  }

  /** The PDUs on secondary channels that octets make. */
  private chainFor(parameters: AdvertisingParameters, octets: Uint8Array): readonly ExtendedPdu[] {
    const own = this.own ?? parameters.peer;
    const contents = { ...this.contents(own, octets), parameters };
    // Scannable sets have their data in the scan response.
    const scannable = (parameters.properties & AdvertisingProperty.scannable) !== 0;
    return scannable ? scanResponseChain(contents) : extendedTransmission(contents, this.channels).chain;
  }

  /** SID and DID, as they travel. */
  get adi(): number {
    return (this.parameters.sid << 12) | this.did;
  }

  /** The data has changed, or shall be taken for changed: it has another DID (Core Vol 6, Part B, 4.4.2.11). */
  dataChanged(): void {
    this.did = (this.did + 1 + this.host.dice.below(0xffe)) & 0xfff;
    this.refresh();
  }

  /** Has the events to come send what the set holds now. */
  refresh(): void {
    if (this.own) this.prepare(this.own);
  }

  /** Starts, or starts anew, under the address `own`. */
  enable(own: Address, limits: AdvertisingLimits): void {
    this.disable();
    this.own = own;
    this.maxEvents = limits.maxEvents;
    this.completedEvents = 0;
    this.channels = CHANNELS.filter((_, i) => (this.parameters.channelMap >> i) & 1);
    this.prepare(own);
    const { now } = this.agenda;
    this.periodic?.setEnabled();
    if (limits.duration > 0) this.agenda.set(this.timeIsUp, now + limits.duration);
    this.agenda.set(this.nextEvent, now + (this.highDuty ? 0 : this.host.dice.below(ADV_DELAY)));
  }

  /** Stops; nothing happens when it does not run. */
  disable(): void {
    this.own = undefined;
    this.legacyEvent.stop();
    this.extendedEvent?.stop();
    this.agenda.cancel(this.nextEvent);
    this.agenda.cancel(this.timeIsUp);
    this.agenda.cancel(this.lastEventOver);
  }

  /** As after a power-on. */
  reset(parameters: AdvertisingParameters): void {
    this.disable();
    this.parameters = parameters;
    this.data.clear();
    this.response.clear();
  }

  private end(status: number): void {
    this.disable();
    this.host.advertisingEnded(this, status);
  }

  private beginEvent(now: number): void {
    this.renewAddresses();
    if (this.legacyPdus) this.legacyEvent.begin(now, this.pdu, this.channels);
    else this.extendedEvent!.begin(now);
  }

  /** Resolvable private addresses live for a time only. */
  private renewAddresses(): void {
    const { ownAddressType, peer } = this.parameters;
    if (ownAddressType < 2) return;
    const { addresses } = this.host;
    const own = addresses.own(ownAddressType, peer, this.randomAddress) ?? this.own!;
    const target = addresses.targetOf(ownAddressType, peer);
    if (own.equals(this.own!) && target.equals(this.target)) return;
    this.own = own;
    this.prepare(own);
  }

  private prepare(own: Address): void {
    const { properties, ownAddressType, peer } = this.parameters;
    this.target = this.host.addresses.targetOf(ownAddressType, peer);
    const directed = (properties & AdvertisingProperty.directed) !== 0;
    if (this.legacyPdus) {
      this.pdu = {
        type: legacyPduType(properties),
        advA: own,
        targetA: directed ? this.target : undefined,
        data: directed ? EMPTY : this.data.octets,
        chSel: this.host.chSel,
      };
      return;
    }
    this.extendedEvent ??= new ExtendedEvent(this.air, this.host.radio, this);
    this.extendedEvent.next = extendedTransmission(this.contents(own, this.data.octets), this.channels);
  }

  private contents(own: Address, octets: Uint8Array): ExtendedContents {
    return {
      parameters: { ...this.parameters, peer: this.target },
      own,
      did: this.did,
      txPower: this.txPower,
      data: octets,
      syncInfo: this.periodic?.syncInfo,
      timing: this.periodic?.timing,
    };
  }

  permits(answer: AdvertisingAnswer): boolean {
    const { filterPolicy, peer } = this.parameters;
    const isScan = answer.type === AdvertisingPduType.scanReq;
    if (!answer.advA.equals(this.own!) || (!isScan && !this.host.hasRoomForConnection)) return false;
    const sender = this.host.addresses.sender(isScan ? answer.scanA : answer.initA);
    if (!sender) return false;
    if (this.has(AdvertisingProperty.directed)) return sender.equals(peer) && isScan === this.scannable;
    return (filterPolicy & (isScan ? 1 : 2)) === 0 || this.host.acceptList.has(sender);
  }

  scanRequested(request: ScanRequest): void {
    if (this.parameters.notifyScanRequests)
      this.host.scanRequested(this, this.host.addresses.sender(request.scanA) ?? request.scanA);
  }

  scanResponse(): AdvertisingPdu {
    return {
      type: AdvertisingPduType.scanRsp,
      advA: this.own!,
      targetA: undefined,
      data: this.response.octets,
      chSel: false,
    };
  }

  responseChain(): readonly ExtendedPdu[] {
    return scanResponseChain(this.contents(this.own!, this.response.octets));
  }

  secondaryChannel(): number {
    return this.host.secondaryChannel();
  }

  syncInfo(): SyncInfo | undefined {
    return this.periodic?.syncInfo;
  }

  connectResponse(indication: ConnectIndication): ExtendedPdu {
    return connectResponse(indication);
  }

  connected(indication: ConnectIndication): void {
    const own = this.own!;
    this.disable();
    this.host.connectedAsPeripheral(indication, own, this);
  }

  eventOver(start: number, end: number): void {
    this.completedEvents++;
    if (this.maxEvents > 0 && this.completedEvents >= this.maxEvents) {
      this.agenda.set(this.lastEventOver, Math.max(end, this.agenda.now));
      return;
    }
    const interval = this.highDuty
      ? HIGH_DUTY_CYCLE
      : this.parameters.intervalMin * 625 + this.host.dice.below(ADV_DELAY);
    this.agenda.set(this.nextEvent, Math.max(start + interval, end, this.agenda.now), !this.highDuty);
  }
}
