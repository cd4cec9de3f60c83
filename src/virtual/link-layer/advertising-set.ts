import type { Address } from '../../core/address.js';
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
import { type AdvertisingParameters, AdvertisingProperty } from './advertising-parameters.js';

/** The controller around an {@link AdvertisingSet}. */
export interface AdvertisingSetHost {
  readonly radio: Radio;
  readonly dice: Dice;
  readonly acceptList: AcceptList;
  /** Whether it can use Channel Selection Algorithm #2. */
  readonly chSel: boolean;
  readonly hasRoomForConnection: boolean;
  /** Advertising led to a connection, and has ended. */
  connectedAsPeripheral(indication: ConnectIndication, own: Address, set: AdvertisingSet): void;
  /** Advertising has ended without one: after its time. */
  advertisingTimedOut(set: AdvertisingSet): void;
}

/** Longest time between two PDUs on the same channel in high duty cycle: Core Vol 6, Part B, 4.4.2.4.3. */
const HIGH_DUTY_CYCLE = 3_750;
const HIGH_DUTY_DURATION = 1_280_000;
/** advDelay is up to 10 ms: Core Vol 6, Part B, 4.4.2.2.1. */
const ADV_DELAY = 10_001;
const EMPTY = new Uint8Array(0);
const CHANNELS: readonly number[] = [37, 38, 39];

/** The legacy PDU of event properties without the legacy bit: Core Vol 6, Part B, 4.4.2.1. */
function legacyPduType(properties: number): AdvertisingPduTypeCode {
  if (properties & AdvertisingProperty.directed) return AdvertisingPduType.advDirectInd;
  if (properties & AdvertisingProperty.connectable) return AdvertisingPduType.advInd;
  if (properties & AdvertisingProperty.scannable) return AdvertisingPduType.advScanInd;
  return AdvertisingPduType.advNonconnInd;
}

/** One advertising set: what is advertised and how, and the events in which it is (Core Vol 6, Part B, 4.4.2). */
export class AdvertisingSet implements AdvertisingOwner {
  parameters: AdvertisingParameters;
  /** The address in use while it advertises, else `undefined`. */
  own: Address | undefined;
  private readonly host: AdvertisingSetHost;
  private readonly agenda: Agenda;
  private readonly event: AdvertisingEvent;
  private readonly nextEvent = new Appointment((now) => this.event.begin(now, this.pdu, this.channels));
  private readonly deadline = new Appointment(() => this.onDeadline());
  private data: Uint8Array = EMPTY;
  private responseData: Uint8Array = EMPTY;
  private pdu!: AdvertisingPdu;
  private channels: readonly number[] = [];

  constructor(air: Air, host: AdvertisingSetHost, parameters: AdvertisingParameters) {
    this.host = host;
    this.agenda = air.agenda;
    this.parameters = parameters;
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
    return this.has(AdvertisingProperty.connectable);
  }

  private get directed(): boolean {
    return this.has(AdvertisingProperty.directed);
  }

  private get highDuty(): boolean {
    return this.has(AdvertisingProperty.highDuty);
  }

  private has(property: number): boolean {
    return (this.parameters.properties & property) !== 0;
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
    this.channels = CHANNELS.filter((_, i) => (this.parameters.channelMap >> i) & 1);
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
  reset(parameters: AdvertisingParameters): void {
    this.disable();
    this.parameters = parameters;
    this.data = EMPTY;
    this.responseData = EMPTY;
  }

  private makePdu(own: Address): AdvertisingPdu {
    return {
      type: legacyPduType(this.parameters.properties),
      advA: own,
      targetA: this.directed ? this.parameters.peer : undefined,
      data: this.directed ? EMPTY : this.data,
      chSel: this.host.chSel,
    };
  }

  private onDeadline(): void {
    this.disable();
    this.host.advertisingTimedOut(this);
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
    this.host.connectedAsPeripheral(indication, own, this);
  }

  eventOver(start: number): void {
    const interval = this.highDuty
      ? HIGH_DUTY_CYCLE
      : this.parameters.intervalMin * 625 + this.host.dice.below(ADV_DELAY);
    this.agenda.set(this.nextEvent, Math.max(start + interval, this.agenda.now), !this.highDuty);
  }
}
