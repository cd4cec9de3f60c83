import { Address, AddressType, BdAddr } from '../../core/address.js';
import {
  type AdvertisingAnswer,
  type AdvertisingPdu,
  AdvertisingPduType,
  type AdvertisingPduTypeCode,
  type ConnectIndication,
} from '../air/advertising-pdu.js';
import { type Agenda, Appointment } from '../air/agenda.js';
import type { Air } from '../air/air.js';
import type { Dice } from '../air/dice.js';
import type { Radio } from '../air/propagation.js';
import type { AcceptList } from './accept-list.js';
import { AdvertisingEvent, type AdvertisingOwner } from './advertising-event.js';

/** Advertising_Type: Core Vol 4, Part E, 7.8.5. */
export const AdvertisingType = {
  connectable: 0,
  directedHighDuty: 1,
  scannable: 2,
  nonConnectable: 3,
  directedLowDuty: 4,
} as const;

/** What LE Set Advertising Parameters sets. Intervals in units of 0.625 ms. */
export interface AdvertisingParameters {
  readonly intervalMin: number;
  readonly type: number;
  readonly ownAddressType: number;
  readonly peer: Address;
  readonly channelMap: number;
  /** Bit 0: scan requests from the Filter Accept List only; bit 1: connection requests. */
  readonly filterPolicy: number;
}

/** Before the first LE Set Advertising Parameters: Core Vol 4, Part E, 7.8.5. */
export const defaultAdvertisingParameters: AdvertisingParameters = {
  intervalMin: 0x0800,
  type: AdvertisingType.connectable,
  ownAddressType: AddressType.public,
  peer: new Address(BdAddr.zero, AddressType.public),
  channelMap: 0x07,
  filterPolicy: 0,
};

/** The controller around an {@link Advertiser}. */
export interface AdvertiserHost {
  readonly radio: Radio;
  readonly dice: Dice;
  readonly acceptList: AcceptList;
  /** Whether it can use Channel Selection Algorithm #2. */
  readonly chSel: boolean;
  readonly hasRoomForConnection: boolean;
  /** Advertising led to a connection, and has ended. */
  connectedAsPeripheral(indication: ConnectIndication, own: Address): void;
  /** High duty cycle directed advertising ended without one. */
  directedAdvertisingTimeout(): void;
}

/** Longest time between two PDUs on the same channel in high duty cycle: Core Vol 6, Part B, 4.4.2.4.3. */
const HIGH_DUTY_CYCLE = 3_750;
const HIGH_DUTY_DURATION = 1_280_000;
/** advDelay is up to 10 ms: Core Vol 6, Part B, 4.4.2.2.1. */
const ADV_DELAY = 10_001;
const EMPTY = new Uint8Array(0);

const pduTypes: Readonly<Record<number, AdvertisingPduTypeCode>> = {
  [AdvertisingType.connectable]: AdvertisingPduType.advInd,
  [AdvertisingType.directedHighDuty]: AdvertisingPduType.advDirectInd,
  [AdvertisingType.scannable]: AdvertisingPduType.advScanInd,
  [AdvertisingType.nonConnectable]: AdvertisingPduType.advNonconnInd,
  [AdvertisingType.directedLowDuty]: AdvertisingPduType.advDirectInd,
};

/** Legacy advertising: Core Vol 6, Part B, 4.4.2. */
export class Advertiser implements AdvertisingOwner {
  parameters = defaultAdvertisingParameters;
  /** The address in use while it advertises, else `undefined`. */
  own: Address | undefined;
  private readonly host: AdvertiserHost;
  private readonly agenda: Agenda;
  private readonly event: AdvertisingEvent;
  private readonly nextEvent = new Appointment((now) => this.event.begin(now, this.pdu, this.channels));
  private readonly deadline = new Appointment(() => this.onDeadline());
  private data: Uint8Array = EMPTY;
  private responseData: Uint8Array = EMPTY;
  private pdu!: AdvertisingPdu;
  private channels: readonly number[] = [];

  constructor(air: Air, host: AdvertiserHost) {
    this.host = host;
    this.agenda = air.agenda;
    this.event = new AdvertisingEvent(air, host.radio, this);
  }

  get enabled(): boolean {
    return this.own !== undefined;
  }

  /** Whether it makes use of the Filter Accept List now. */
  get usesAcceptList(): boolean {
    return this.enabled && this.parameters.filterPolicy !== 0 && !this.directed;
  }

  /** Whether its parameters invite connections. */
  get connectable(): boolean {
    return this.parameters.type === AdvertisingType.connectable || this.directed;
  }

  private get directed(): boolean {
    const { type } = this.parameters;
    return type === AdvertisingType.directedHighDuty || type === AdvertisingType.directedLowDuty;
  }

  private get highDuty(): boolean {
    return this.parameters.type === AdvertisingType.directedHighDuty;
  }

  /** Sets the advertising data, copied; from the next event on when it advertises. */
  setData(data: Uint8Array): void {
    this.data = data.slice();
    if (this.own) this.pdu = this.makePdu(this.own);
  }

  /** Sets the scan response data, copied. */
  setScanResponse(data: Uint8Array): void {
    this.responseData = data.slice();
  }

  /** Starts, or starts anew, under the address `own`. */
  enable(own: Address): void {
    this.disable();
    this.own = own;
    this.pdu = this.makePdu(own);
    this.channels = [37, 38, 39].filter((_, i) => (this.parameters.channelMap >> i) & 1);
    const now = this.agenda.now;
    if (this.highDuty) this.agenda.set(this.deadline, now + HIGH_DUTY_DURATION);
    this.agenda.set(this.nextEvent, now + (this.highDuty ? 0 : this.host.dice.below(ADV_DELAY)));
  }

  /** Stops; nothing happens when it does not run. */
  disable(): void {
    this.own = undefined;
    this.event.stop();
    this.agenda.cancel(this.nextEvent);
    this.agenda.cancel(this.deadline);
  }

  /** As after a power-on. */
  reset(): void {
    this.disable();
    this.parameters = defaultAdvertisingParameters;
    this.data = EMPTY;
    this.responseData = EMPTY;
  }

  private makePdu(own: Address): AdvertisingPdu {
    return {
      type: pduTypes[this.parameters.type]!,
      advA: own,
      targetA: this.directed ? this.parameters.peer : undefined,
      data: this.directed ? EMPTY : this.data,
      chSel: this.host.chSel,
    };
  }

  private onDeadline(): void {
    this.disable();
    this.host.directedAdvertisingTimeout();
  }

  permits(answer: AdvertisingAnswer): boolean {
    const { filterPolicy, peer } = this.parameters;
    const isScan = answer.type === AdvertisingPduType.scanReq;
    if (!answer.advA.equals(this.own!) || (!isScan && !this.host.hasRoomForConnection)) return false;
    const sender = isScan ? answer.scanA : answer.initA;
    if (this.directed) return !isScan && sender.equals(peer);
    return (filterPolicy & (isScan ? 1 : 2)) === 0 || this.host.acceptList.has(sender);
  }

  scanResponse(): AdvertisingPdu {
    return {
      type: AdvertisingPduType.scanRsp,
      advA: this.own!,
      targetA: undefined,
      data: this.responseData,
      chSel: false,
    };
  }

  connected(indication: ConnectIndication): void {
    const own = this.own!;
    this.disable();
    this.host.connectedAsPeripheral(indication, own);
  }

  eventOver(start: number): void {
    const interval = this.highDuty
      ? HIGH_DUTY_CYCLE
      : this.parameters.intervalMin * 625 + this.host.dice.below(ADV_DELAY);
    this.agenda.set(this.nextEvent, Math.max(start + interval, this.agenda.now), !this.highDuty);
  }
}
