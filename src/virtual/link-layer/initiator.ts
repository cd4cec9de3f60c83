import type { Address } from '../../core/address.js';
import {
  type AdvertisingAnswer,
  type AdvertisingPdu,
  AdvertisingPduType,
  type ConnectIndication,
  isConnectable,
} from '../air/advertising-pdu.js';
import type { Air, Listener } from '../air/air.js';
import { Link } from '../air/link.js';
import type { Radio } from '../air/propagation.js';
import type { AcceptList } from './accept-list.js';
import { ScanWindow } from './scan-window.js';

/** What LE Create Connection asks for, in the specification's units. */
export interface ConnectionRequest {
  readonly scanInterval: number;
  readonly scanWindow: number;
  /** Whom to connect to; without it, whoever of the Filter Accept List is heard first. */
  readonly peer: Address | undefined;
  /** 1.25 ms units. */
  readonly interval: number;
  readonly latency: number;
  /** 10 ms units. */
  readonly timeout: number;
}

/** The controller around an {@link Initiator}. */
export interface InitiatorHost {
  readonly radio: Radio;
  readonly acceptList: AcceptList;
  readonly chSel: boolean;
  /** The data channels in use, as the host classified them. */
  readonly channelMap: Uint8Array;
  /** The sleep clock accuracy, 0–7. */
  readonly sca: number;
  readonly hasRoomForConnection: boolean;
  /** Whether it is connected to a device already. */
  isConnectedTo(peer: Address): boolean;
  /** The CONNECT_IND has been sent, and initiating has ended. */
  connectedAsCentral(indication: ConnectIndication, chSel: boolean): void;
}

/** Initiating: Core Vol 6, Part B, 4.4.4. */
export class Initiator implements Listener {
  readonly radio: Radio;
  private readonly air: Air;
  private readonly host: InitiatorHost;
  private request: ConnectionRequest | undefined;
  private window: ScanWindow | undefined;
  private own: Address | undefined;
  private peerChSel = false;
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

  /** Starts under the address `own`. */
  start(request: ConnectionRequest, own: Address): void {
    this.request = request;
    this.own = own;
    this.sending = undefined;
    this.window = new ScanWindow(this.air.agenda.now, request.scanInterval, request.scanWindow);
    this.air.listen(this);
  }

  /** Stops; nothing happens when it does not run. */
  stop(): void {
    this.request = undefined;
    this.sending = undefined;
    this.air.deafen(this);
  }

  isOpen(channel: number, start: number, end: number): boolean {
    return !this.sending && this.window!.isOpen(channel, start, end);
  }

  heard(pdu: AdvertisingPdu): AdvertisingAnswer | undefined {
    if (this.sending || !isConnectable(pdu.type) || !this.wants(pdu)) return undefined;
    const { interval, latency, timeout } = this.request!;
    this.peerChSel = pdu.chSel;
    this.sending = {
      type: AdvertisingPduType.connectInd,
      initA: this.own!,
      advA: pdu.advA,
      chSel: this.host.chSel,
      interval,
      latency,
      timeout,
      channelMap: this.host.channelMap.slice(),
      sca: this.host.sca,
      link: new Link(this.air),
    };
    return this.sending;
  }

  private wants(pdu: AdvertisingPdu): boolean {
    if (!this.host.hasRoomForConnection) return false;
    if (pdu.targetA && !pdu.targetA.equals(this.own!)) return false;
    const { peer } = this.request!;
    if (peer) return peer.equals(pdu.advA);
    return this.host.acceptList.has(pdu.advA) && !this.host.isConnectedTo(pdu.advA);
  }

  answered(answer: AdvertisingAnswer): boolean {
    const { sending } = this;
    // Otherwise the host has cancelled it, and may have begun something else.
    if (!sending || answer !== sending) return false;
    this.stop();
    this.host.connectedAsCentral(sending, this.peerChSel && this.host.chSel);
    return true;
  }

  scanResponse(): void {
    // It sends no scan requests.
  }
}
