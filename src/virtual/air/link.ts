import { type Agenda, Appointment } from './agenda.js';
import { airtime, type PhyCode, T_IFS } from './airtime.js';
import { ChannelSequence } from './channel-selection.js';
import type { Dice } from './dice.js';
import type { Radio } from './propagation.js';
import type { RadioTenant } from './radio-time.js';
import type { Fate } from './reception.js';

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
export interface LinkEnd extends RadioTenant {
  readonly radio: Radio;
  /** The PHY it sends on. */
  readonly txPhy: PhyCode;
  /** The PHY it listens on. */
  readonly rxPhy: PhyCode;
  /** The same with the coding, as {@link airtime} takes it. */
  readonly airPhy: PhyCode;
  /** How many dB less than its radio's power it sends with; negative for more. */
  readonly attenuation: number;
  /** The data channels in use: 37 bits in five octets. */
  readonly channelMap: Uint8Array;
  /** True when nothing but empty PDUs is to be sent or acknowledged. */
  readonly idle: boolean;
  /** Octets of payload of the PDU that {@link transmit} would send now. */
  readonly nextLength: number;
  /** A connection event begins, and every instant reached by now applies. False when the end sleeps through it. */
  beginEvent(counter: number): boolean;
  /** The PDU that it sends now; valid until its next transmission. A new one takes no more than `room` µs. */
  transmit(room: number): DataPdu;
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
  readonly dice: Dice;
  /** dBm at `to` of what `from` sends now on `channel`. */
  rssi(from: Radio, to: Radio, channel: number): number;
  /** A station sends on `channel` from `start` to `end` (µs). */
  occupy(from: Radio, channel: number, start: number, end: number): void;
  /** What becomes of a PDU with `octets` of payload that took from `start` to `end` (µs). */
  fate(
    from: Radio,
    to: Radio,
    channel: number,
    phy: PhyCode,
    octets: number,
    start: number,
    end: number,
    attenuation?: number,
  ): Fate;
}

/** hopIncrement is 5 to 16: Core Vol 6, Part B, 2.3.3.1. */
const LEAST_HOP = 5;
const HOPS = 12;
/** So many wrong CRCs in a row end a connection event: Core Vol 6, Part B, 4.5.6. */
const CRC_ERRORS = 2;

/**
 * The connection events of one connection: who sends when. In each event, central and peripheral send in turn, T_IFS
 * apart, until neither has more data or the next exchange would not end before the next event. The ends keep the
 * sequence numbers; what is not received is sent again.
 */
export class Link {
  private readonly air: Medium;
  private readonly agenda: Agenda;
  /** As the CONNECT_IND has them: Core Vol 6, Part B, 2.3.3.1. */
  readonly accessAddress: number;
  readonly hopIncrement: number;
  private central: LinkEnd | undefined;
  private peripheral: LinkEnd | undefined;
  private readonly anchor = new Appointment((now) => this.onAnchor(now));
  private readonly exchange = new Appointment((now) => this.onExchange(now));
  private readonly atPeripheral = new Appointment((now) => this.onCentralPdu(now));
  private readonly atCentral = new Appointment((now) => this.onPeripheralPdu(now));
  private counter = -1;
  private nextAnchor = 0;
  private currentChannel = 0;
  /** Wrong CRCs in a row, in this event. */
  private crcErrors = 0;
  /** Whether the peripheral listens elsewhere than the central sends, since an instant passed it by. */
  private astray = false;
  /** When what is on the air now began, in µs. */
  private sentAt = 0;
  private channels: ChannelSequence;
  private fromCentral: DataPdu | undefined;
  private fromPeripheral: DataPdu | undefined;

  constructor(air: Medium) {
    this.air = air;
    this.agenda = air.agenda;
    this.accessAddress = air.dice.word();
    this.hopIncrement = LEAST_HOP + air.dice.below(HOPS);
    this.channels = this.sequence(false);
  }

  private sequence(algorithm2: boolean): ChannelSequence {
    const { accessAddress, hopIncrement } = this;
    return new ChannelSequence({ algorithm2, accessAddress, hopIncrement });
  }

  /** Both ends can use Channel Selection Algorithm #2: they do. Before the first event. */
  useAlgorithm2(): void {
    this.channels = this.sequence(true);
  }

  /** The data channel of the current or last event, 0–36. */
  get channel(): number {
    return this.currentChannel;
  }

  /** connEventCount of the current or last event: Core Vol 6, Part B, 4.5.1. */
  get eventCounter(): number {
    return this.counter & 0xffff;
  }

  /** When the next event begins, in µs. */
  get nextEventAt(): number {
    return this.anchor.stands ? this.anchor.at : this.nextAnchor;
  }

  /** The central takes its place; the first event is at `firstAnchor` (µs). */
  joinCentral(end: LinkEnd, firstAnchor: number): void {
    this.central = end;
    this.nextAnchor = firstAnchor;
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
    const centralAwake = central.beginEvent(this.eventCounter);
    const awake = peripheral.beginEvent(this.eventCounter) && centralAwake;
    const late = now > this.nextAnchor;
    this.nextAnchor += central.interval;
    this.currentChannel = this.channels.channel(this.counter, central.channelMap);
    this.crcErrors = 0;
    this.astray = this.isAstray(central, peripheral);
    // What was sent again went on beyond the anchor: the radio was busy, this event is lost.
    if (!awake || late) {
      this.closeEvent();
      return;
    }
    if (!this.claimRadios(central, peripheral, now)) this.closeEvent();
    else if (central.idle && peripheral.idle) this.exchangeEmpty(central, peripheral, now);
    else this.startExchange(now);
  }

  /** Whether both radios have time for the first exchange of an event. */
  private claimRadios(central: LinkEnd, peripheral: LinkEnd, now: number): boolean {
    const [one, other] = [central.radio.time, peripheral.radio.time];
    if (!one && !other) return true;
    const end = now + this.exchangeTime(central, peripheral);
    if (one && !one.claim(central, now, end)) return false;
    if (!other || other.claim(peripheral, now, end)) return true;
    // The central sends all the same, to nobody.
    const sent = now + airtime(central.nextLength, central.airPhy);
    this.air.occupy(central.radio, this.currentChannel, now, sent);
    return false;
  }

  /** Whether both radios have time for another exchange. */
  private extendRadios(central: LinkEnd, peripheral: LinkEnd, now: number): boolean {
    const [one, other] = [central.radio.time, peripheral.radio.time];
    if (!one && !other) return true;
    const end = now + this.exchangeTime(central, peripheral);
    return (one?.extend(central, now, end) ?? true) && (other?.extend(peripheral, now, end) ?? true);
  }

  /** µs of one exchange of what both ends have to send. */
  private exchangeTime(central: LinkEnd, peripheral: LinkEnd): number {
    return (
      airtime(central.nextLength, central.airPhy) + T_IFS + airtime(peripheral.nextLength, peripheral.airPhy)
    );
  }

  /**
   * Whether what the central follows from an instant on has not come to the peripheral: at another interval it listens at
   * other times, with another channel map on another channel in some events.
   */
  private isAstray(central: LinkEnd, peripheral: LinkEnd): boolean {
    if (central.interval !== peripheral.interval) return true;
    if (sameOctets(central.channelMap, peripheral.channelMap)) return false;
    return this.channels.channel(this.counter, peripheral.channelMap) !== this.currentChannel;
  }

  /** The one exchange of an event in which nobody has anything to say, in one step. */
  private exchangeEmpty(central: LinkEnd, peripheral: LinkEnd, now: number): void {
    const { air, currentChannel: channel } = this;
    const end = now + airtime(0, central.airPhy);
    const back = end + T_IFS;
    const over = back + airtime(0, peripheral.airPhy);
    air.occupy(central.radio, channel, now, end);
    const there = this.fate(central, peripheral, 0, now, end);
    if (there === 'received') peripheral.heardEmpty(now, this.rssi(central, peripheral));
    if (there !== 'missed') {
      air.occupy(peripheral.radio, channel, back, over);
      const fate = this.fate(peripheral, central, 0, back, over);
      if (fate === 'received') central.heardEmpty(now, this.rssi(peripheral, central));
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
    const over = now + this.exchangeTime(central, peripheral) + T_IFS;
    if (over > this.nextAnchor || !this.extendRadios(central, peripheral, now)) this.closeEvent();
    else this.startExchange(now);
  }

  private startExchange(now: number): void {
    const central = this.central!;
    // Room for an empty answer is kept.
    const answer = 2 * T_IFS + airtime(0, this.peripheral!.airPhy);
    const pdu = central.transmit(this.nextAnchor - now - answer);
    this.fromCentral = pdu;
    this.sentAt = now;
    const end = now + airtime(pdu.payload.length, central.airPhy);
    this.air.occupy(central.radio, this.currentChannel, now, end);
    this.agenda.set(this.atPeripheral, end);
  }

  private onCentralPdu(now: number): void {
    const { central, peripheral } = this;
    if (!central || !peripheral) return;
    const fate = this.fateOf(central, peripheral, this.fromCentral!, now);
    central.transmitted();
    if (fate === 'received') peripheral.receive(this.fromCentral!, now, this.rssi(central, peripheral));
    // Either of them may have ended the connection by that.
    if (!this.central || !this.peripheral) return;
    // What has a wrong CRC is answered all the same: Core Vol 6, Part B, 4.5.1.
    if (this.isOver(fate)) {
      this.closeEvent();
      return;
    }
    this.sentAt = now + T_IFS;
    const pdu = peripheral.transmit(this.nextAnchor - this.sentAt - T_IFS);
    this.fromPeripheral = pdu;
    const end = this.sentAt + airtime(pdu.payload.length, peripheral.airPhy);
    this.air.occupy(peripheral.radio, this.currentChannel, this.sentAt, end);
    this.agenda.set(this.atCentral, end);
  }

  private onPeripheralPdu(now: number): void {
    const { central, peripheral } = this;
    if (!central || !peripheral) return;
    const fate = this.fateOf(peripheral, central, this.fromPeripheral!, now);
    peripheral.transmitted();
    if (fate === 'received') central.receive(this.fromPeripheral!, now, this.rssi(peripheral, central));
    if (!this.central || !this.peripheral) return;
    // The More Data bit of a PDU with a wrong CRC says nothing: the central alone decides whether to go on.
    const more = this.fromCentral!.md || (fate === 'received' && this.fromPeripheral!.md);
    if (!this.isOver(fate) && more) this.agenda.set(this.exchange, now + T_IFS);
    else this.closeEvent();
  }

  private fateOf(from: LinkEnd, to: LinkEnd, pdu: DataPdu, now: number): Fate {
    return this.fate(from, to, pdu.payload.length, this.sentAt, now);
  }

  private fate(from: LinkEnd, to: LinkEnd, octets: number, start: number, end: number): Fate {
    if (this.astray || from.txPhy !== to.rxPhy) return 'missed';
    const { air, currentChannel } = this;
    return air.fate(from.radio, to.radio, currentChannel, from.txPhy, octets, start, end, from.attenuation);
  }

  private rssi(from: LinkEnd, to: LinkEnd): number {
    return this.air.rssi(from.radio, to.radio, this.currentChannel) - from.attenuation;
  }

  /** Whether what became of a PDU ends the event: Core Vol 6, Part B, 4.5.6. */
  private isOver(fate: Fate): boolean {
    if (fate === 'corrupt') return ++this.crcErrors >= CRC_ERRORS;
    this.crcErrors = 0;
    return fate === 'missed';
  }
}

function sameOctets(one: Uint8Array, other: Uint8Array): boolean {
  if (one === other) return true;
  for (let i = 0; i < 5; i++) if (one[i] !== other[i]) return false;
  return true;
}
