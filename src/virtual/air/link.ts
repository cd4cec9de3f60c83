import { type Agenda, Appointment } from './agenda.js';
import { airtime, type PhyCode, T_IFS } from './airtime.js';
import type { Radio } from './propagation.js';

/** The LLID of a Data Physical Channel PDU: Core Vol 6, Part B, 2.4. */
export const Llid = { continuation: 1, start: 2, control: 3 } as const;

/** A Data Physical Channel PDU. Each end owns one and fills it anew for every transmission. */
export interface DataPdu {
  llid: number;
  /** Sequence number, next expected sequence number: 0 or 1. */
  sn: number;
  nesn: number;
  /** More data: the sender has more to send in this event. */
  md: boolean;
  payload: Uint8Array;
}

/** One end of a connection, as the air sees it: Core Vol 6, Part B, 4.5. */
export interface LinkEnd {
  readonly radio: Radio;
  /** µs from one connection event to the next. */
  readonly interval: number;
  /** The PHY it sends on. */
  readonly txPhy: PhyCode;
  /** True when nothing but empty PDUs is to be sent or acknowledged. */
  readonly idle: boolean;
  /** Octets of payload of the PDU that {@link transmit} would send now. */
  readonly nextLength: number;
  /** A connection event begins, and every instant reached by now applies. False when the end sleeps through it. */
  beginEvent(counter: number): boolean;
  /** The PDU that it sends now; valid until its next transmission. */
  transmit(): DataPdu;
  /** The PDU that it sent has left the antenna. */
  transmitted(): void;
  /** A PDU arrived, intact, at `rssi` dBm. */
  receive(pdu: DataPdu, now: number, rssi: number): void;
  /** An exchange of empty PDUs took place. */
  heardEmpty(now: number, rssi: number): void;
}

/** What a {@link Link} needs of the air. */
export interface Medium {
  readonly agenda: Agenda;
  /** dBm at `to` of what `from` sends. */
  rssi(from: Radio, to: Radio): number;
}

/**
 * The connection events of one connection: who sends when. In each event, central and peripheral send in turn, T_IFS
 * apart, until neither has more data or the next exchange would not end before the next event. The ends keep the
 * sequence numbers; what is not received is sent again.
 */
export class Link {
  private readonly air: Medium;
  private readonly agenda: Agenda;
  private central: LinkEnd | undefined;
  private peripheral: LinkEnd | undefined;
  private readonly anchor = new Appointment((now) => this.onAnchor(now));
  private readonly exchange = new Appointment((now) => this.onExchange(now));
  private readonly atPeripheral = new Appointment((now) => this.onCentralPdu(now));
  private readonly atCentral = new Appointment((now) => this.onPeripheralPdu(now));
  private counter = -1;
  private nextAnchor = 0;
  private fromCentral: DataPdu | undefined;
  private fromPeripheral: DataPdu | undefined;

  constructor(air: Medium) {
    this.air = air;
    this.agenda = air.agenda;
  }

  /** connEventCount of the current or last event: Core Vol 6, Part B, 4.5.1. */
  get eventCounter(): number {
    return this.counter & 0xffff;
  }

  /** The central takes its place; the first event is at `firstAnchor` (µs). */
  joinCentral(end: LinkEnd, firstAnchor: number): void {
    this.central = end;
    this.agenda.set(this.anchor, firstAnchor);
  }

  /** The peripheral takes its place. */
  joinPeripheral(end: LinkEnd): void {
    this.peripheral = end;
  }

  /** An end is gone. The other hears nothing from now on. */
  leave(end: LinkEnd): void {
    if (this.central === end) this.central = undefined;
    else if (this.peripheral === end) this.peripheral = undefined;
    this.agenda.cancel(this.anchor);
    this.agenda.cancel(this.exchange);
    this.agenda.cancel(this.atPeripheral);
    this.agenda.cancel(this.atCentral);
  }

  private onAnchor(now: number): void {
    this.counter++;
    const { central, peripheral } = this;
    // Nobody to talk to: the end that is left waits for its supervision timeout.
    if (!central || !peripheral) return;
    central.beginEvent(this.eventCounter);
    const awake = peripheral.beginEvent(this.eventCounter);
    this.nextAnchor = now + central.interval;
    if (!awake) {
      this.closeEvent();
      return;
    }
    if (central.idle && peripheral.idle) this.exchangeEmpty(central, peripheral, now);
    else this.startExchange(now);
  }

  /** The one exchange of an event in which nobody has anything to say, in one step. */
  private exchangeEmpty(central: LinkEnd, peripheral: LinkEnd, now: number): void {
    const there = this.air.rssi(central.radio, peripheral.radio);
    if (there >= peripheral.radio.sensitivity) {
      peripheral.heardEmpty(now, there);
      const back = this.air.rssi(peripheral.radio, central.radio);
      if (back >= central.radio.sensitivity) central.heardEmpty(now, back);
    }
    this.closeEvent();
  }

  /** An end has something to say at last: the next event is on time. */
  wake(): void {
    if (this.anchor.stands) this.agenda.set(this.anchor, this.anchor.at);
  }

  private closeEvent(): void {
    const { central, peripheral } = this;
    if (!central || !peripheral) return;
    // An event without data can be made up for later: whoever gets data wakes the link.
    this.agenda.set(this.anchor, this.nextAnchor, central.idle && peripheral.idle);
  }

  private onExchange(now: number): void {
    const { central, peripheral } = this;
    if (!central || !peripheral) return;
    const time =
      airtime(central.nextLength, central.txPhy) +
      airtime(peripheral.nextLength, peripheral.txPhy) +
      2 * T_IFS;
    if (now + time > this.nextAnchor) this.closeEvent();
    else this.startExchange(now);
  }

  private startExchange(now: number): void {
    const central = this.central!;
    const pdu = central.transmit();
    this.fromCentral = pdu;
    this.agenda.set(this.atPeripheral, now + airtime(pdu.payload.length, central.txPhy));
  }

  private onCentralPdu(now: number): void {
    const { central, peripheral } = this;
    if (!central || !peripheral) return;
    const rssi = this.air.rssi(central.radio, peripheral.radio);
    const received = rssi >= peripheral.radio.sensitivity;
    central.transmitted();
    if (received) peripheral.receive(this.fromCentral!, now, rssi);
    // Either of them may have ended the connection by that.
    if (!this.central || !this.peripheral) return;
    if (!received) {
      this.closeEvent();
      return;
    }
    const pdu = peripheral.transmit();
    this.fromPeripheral = pdu;
    this.agenda.set(this.atCentral, now + T_IFS + airtime(pdu.payload.length, peripheral.txPhy));
  }

  private onPeripheralPdu(now: number): void {
    const { central, peripheral } = this;
    if (!central || !peripheral) return;
    const rssi = this.air.rssi(peripheral.radio, central.radio);
    const received = rssi >= central.radio.sensitivity;
    peripheral.transmitted();
    if (received) central.receive(this.fromPeripheral!, now, rssi);
    if (!this.central || !this.peripheral) return;
    if (received && (this.fromCentral!.md || this.fromPeripheral!.md)) {
      this.agenda.set(this.exchange, now + T_IFS);
    } else this.closeEvent();
  }
}
