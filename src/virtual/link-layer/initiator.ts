import type { Address } from '../../core/address.js';
import { basePhy } from '../air/advertising-airtime.js';
import {
  type AdvertisingAnswer,
  type AdvertisingPdu,
  AdvertisingPduType,
  type ConnectIndication,
  isConnectable,
} from '../air/advertising-pdu.js';
import type { Air, Listener } from '../air/air.js';
import { Phy, type PhyCode, TRANSMIT_WINDOW_DELAY } from '../air/airtime.js';
import type { AuxiliaryReception, AuxiliaryStep } from '../air/auxiliary.js';
import { AdvMode, type ExtendedPdu } from '../air/extended-pdu.js';
import { Link } from '../air/link.js';
import type { Radio } from '../air/propagation.js';
import type { AcceptList } from './accept-list.js';
import type { AddressResolver } from './privacy/address-resolver.js';
import { ReceiverSchedule } from './receiver-schedule.js';
import { ScanWindows } from './scan-window.js';

/** What a connection that begins on one PHY shall be like, in the specification's units. */
export interface PhyConnection {
  /** 1, 2 or 3, as HCI numbers the PHYs. */
  readonly phy: PhyCode;
  /** Units of 0.625 ms; meaningless on LE 2M, which has no primary channels. */
  readonly scanInterval: number;
  readonly scanWindow: number;
  /** 1.25 ms units. */
  readonly interval: number;
  readonly latency: number;
  /** 10 ms units. */
  readonly timeout: number;
}

/** What LE Create Connection or LE Extended Create Connection asks for. */
export interface ConnectionRequest {
  /** LE 1M before LE 2M before LE Coded; not LE 2M alone. */
  readonly phys: readonly PhyConnection[];
  /** Whether extended advertising is answered, too. */
  readonly extended: boolean;
  /** Whom to connect to; without it, whoever of the Filter Accept List is heard first. */
  readonly peer: Address | undefined;
  readonly ownAddressType: number;
}

/** The controller around an {@link Initiator}. */
export interface InitiatorHost {
  readonly radio: Radio;
  readonly acceptList: AcceptList;
  readonly addresses: AddressResolver;
  readonly chSel: boolean;
  /** The data channels in use, as the host classified them. */
  readonly channelMap: Uint8Array;
  /** The sleep clock accuracy, 0–7. */
  readonly sca: number;
  readonly hasRoomForConnection: boolean;
  /** Whether it is connected to a device already. */
  isConnectedTo(peer: Address): boolean;
  /** The mask of the PHYs that it can receive on. */
  readonly phys: number;
  /**
   * The CONNECT_IND has been sent, or the AUX_CONNECT_REQ answered, and initiating has ended.
   * @param firstAnchor when the first connection event begins, in µs
   */
  connectedAsCentral(indication: ConnectIndication, csa2: boolean, firstAnchor: number): void;
}

/** Initiating: Core Vol 6, Part B, 4.4.4. */
export class Initiator implements Listener {
  readonly radio: Radio;
  private readonly air: Air;
  private readonly host: InitiatorHost;
  private request: ConnectionRequest | undefined;
  private windows: ScanWindows | undefined;
  private readonly schedule = new ReceiverSchedule();
  private peerChSel = false;
  /** When the connection begins that its AUX_CONNECT_REQ asks for, in µs. */
  private firstAnchor = 0;
  /** Its CONNECT_IND, while it is on the air. */
  private sending: ConnectIndication | undefined;

  constructor(air: Air, host: InitiatorHost) {
    this.air = air;
    this.host = host;
    this.radio = host.radio;
  }

  get enabled(): boolean {
    return this.request !== undefined;
  }

  /** Whether it makes use of the Filter Accept List now. */
  get usesAcceptList(): boolean {
    return this.request !== undefined && this.request.peer === undefined;
  }

  /** Starts. */
  start(request: ConnectionRequest): void {
    this.request = request;
    this.sending = undefined;
    this.schedule.clear();
    const phys = request.phys.filter(({ phy }) => phy !== Phy.le2M);
    this.windows = new ScanWindows(
      this.air.agenda.now,
      phys.map(({ phy, scanInterval, scanWindow }) => ({ phy, interval: scanInterval, window: scanWindow })),
    );
    this.air.listen(this);
  }

  /** Stops; nothing happens when it does not run. */
  stop(): void {
    this.request = undefined;
    this.sending = undefined;
    this.air.deafen(this);
  }

  isOpen(phy: PhyCode, channel: number, start: number, end: number): boolean {
    const open = !this.sending && this.windows!.isOpen(phy, channel, start, end);
    return open && this.schedule.isFree(start, end);
  }

  heard(pdu: AdvertisingPdu): AdvertisingAnswer | undefined {
    // Between the advertisement and the end of the CONNECT_IND it has no time to go elsewhere.
    if (this.sending || !isConnectable(pdu.type)) return undefined;
    const own = this.ownTowards(pdu.advA, pdu.targetA);
    if (!own) return undefined;
    const { now } = this.air.agenda;
    if (!this.schedule.isFree(now, now + CONNECT_EXCHANGE)) return undefined;
    if (this.radio.time && !this.radio.time.hasRoom(now, now + CONNECT_EXCHANGE)) return undefined;
    this.peerChSel = pdu.chSel;
    return this.connectTo(own, pdu.advA, Phy.le1M, this.host.chSel);
  }

  private connectTo(initA: Address, advA: Address, phy: PhyCode, chSel: boolean): ConnectIndication {
    const { phys } = this.request!;
    // On a PHY that the host has not named, the first that it has: Core Vol 4, Part E, 7.8.66.
    const { interval, latency, timeout } = phys.find((one) => one.phy === phy) ?? phys[0]!;
    this.sending = {
      type: AdvertisingPduType.connectInd,
      initA,
      advA,
      chSel,
      interval,
      latency,
      timeout,
      channelMap: this.host.channelMap.slice(),
      sca: this.host.sca,
      phy,
      link: new Link(this.air),
    };
    return this.sending;
  }

  /** The address under which it connects to an advertiser; `undefined` when it does not. */
  private ownTowards(advA: Address, targetA: Address | undefined): Address | undefined {
    const { addresses, hasRoomForConnection } = this.host;
    const { ownAddressType } = this.request!;
    const sender = addresses.sender(advA);
    if (!sender || !hasRoomForConnection || !this.wants(sender)) return undefined;
    if (targetA && !addresses.asTarget(targetA, ownAddressType)) return undefined;
    return addresses.own(ownAddressType, sender);
  }

  private wants(sender: Address): boolean {
    const { peer } = this.request!;
    if (peer) return peer.equals(sender);
    return this.host.acceptList.has(sender) && !this.host.isConnectedTo(sender);
  }

  answered(answer: AdvertisingAnswer): boolean {
    const { sending } = this;
    // Otherwise the host has cancelled it, and may have begun something else.
    if (!sending || answer !== sending) return false;
    this.stop();
    const firstAnchor = this.anchorAfter(TRANSMIT_WINDOW_DELAY, sending);
    this.host.connectedAsCentral(sending, this.peerChSel && this.host.chSel, firstAnchor);
    return true;
  }

  scanResponse(): void {
    // It sends no scan requests.
  }

  indicated(
    pdu: ExtendedPdu,
    _phy: number,
    _rssi: number,
    auxStart: number,
    auxEnd: number,
  ): AuxiliaryReception | undefined {
    if (!this.request?.extended || this.sending || pdu.mode !== AdvMode.connectable || !pdu.auxPtr) {
      return undefined;
    }
    if (((this.host.phys >> (basePhy(pdu.auxPtr.phy) - 1)) & 1) === 0) return undefined;
    if (!this.schedule.reserve(this.air.agenda.now, auxStart, auxEnd)) return undefined;
    return { received: this.auxiliaryReceived, answered: this.requestSent, lost: this.requestLost };
  }

  /** AUX_ADV_IND, or the AUX_CONNECT_RSP to its request. */
  private readonly auxiliaryReceived = (pdu: ExtendedPdu, phy: number): AuxiliaryStep => {
    if (!this.request) return undefined;
    if (this.sending) {
      this.responseReceived(pdu);
      return undefined;
    }
    if (pdu.mode !== AdvMode.connectable || !pdu.advA) return undefined;
    const own = this.ownTowards(pdu.advA, pdu.targetA);
    if (!own) return undefined;
    // Between devices that advertise and initiate like this it is always Algorithm #2: Core Vol 6, Part B, 2.3.3.1.
    return this.connectTo(own, pdu.advA, basePhy(phy), true);
  };

  private responseReceived(pdu: ExtendedPdu): void {
    const sending = this.sending!;
    if (!pdu.advA?.equals(sending.advA) || !pdu.targetA?.equals(sending.initA)) return;
    this.stop();
    this.host.connectedAsCentral(sending, true, this.firstAnchor);
  }

  private readonly requestSent = (answer: AdvertisingAnswer): boolean => {
    if (!this.sending || answer !== this.sending) return false;
    const delay = this.sending.phy === Phy.leCoded ? WINDOW_DELAY_CODED : WINDOW_DELAY_AUX;
    this.firstAnchor = this.anchorAfter(delay, this.sending);
    return true;
  };

  /** When the first event begins, `delay` µs from now at the earliest: where the radio has the most room. */
  private anchorAfter(delay: number, { interval }: ConnectIndication): number {
    const earliest = this.air.agenda.now + delay;
    return earliest + (this.radio.time?.offsetFor(earliest, interval * 1250) ?? 0) * 1250;
  }

  /** Nothing came, or the advertiser has taken another: it listens on. */
  private readonly requestLost = (): void => {
    this.sending = undefined;
  };
}

/** transmitWindowDelay after an AUX_CONNECT_REQ in µs, on LE 1M and 2M and on LE Coded: Core Vol 6, Part B, 4.5.3. */
export const WINDOW_DELAY_AUX = 2_500;
export const WINDOW_DELAY_CODED = 3_750;
/** T_IFS and the 352 µs of a CONNECT_IND. */
const CONNECT_EXCHANGE = 502;
