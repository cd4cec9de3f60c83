import { type Agenda, Appointment } from './agenda.js';
import { airtime, type PhyCode, T_IFS } from './airtime.js';
import { channelIdentifier, subeventChannels, usedChannels } from './channel-selection.js';
import type { Medium } from './link.js';
import type { Radio } from './propagation.js';

/** A payload of an isochronous stream: Core Vol 6, Part B, 2.6. */
export interface StreamPayload {
  /** Its number in the stream, which both ends count: Core Vol 6, Part B, 4.5.13.5. */
  readonly number: number;
  readonly llid: number;
  /** As it goes over the air, with its MIC where it has one. */
  readonly data: Uint8Array;
}

/** One end of a connected stream, as the air sees it. Without payload it sends a null PDU. */
export interface CisEnd {
  readonly radio: Radio;
  /** An event begins; false when the end has left by that. */
  beginEvent(event: number): boolean;
  /** Whether it would send a payload in a subevent. */
  hasPayload(event: number, subevent: number): boolean;
  /** What it sends now, in a subevent, if anything; the same until it is acknowledged or given up. */
  transmit(event: number, subevent: number): StreamPayload | undefined;
  /** A PDU has arrived, with a payload or without. */
  receive(payload: StreamPayload | undefined, now: number): void;
  /** A PDU has arrived with errors. */
  garbled(): void;
  /** The peer has the payload. */
  acknowledged(number: number): void;
  /** The event is over. */
  endEvent(event: number, anchor: number): void;
}

/** When a stream takes place: times in µs. */
export interface CisTiming {
  readonly isoInterval: number;
  readonly subInterval: number;
  readonly nse: number;
  readonly phyCToP: PhyCode;
  readonly phyPToC: PhyCode;
  /** The channel map of the connection: Core Vol 6, Part B, 4.5.13. */
  readonly channelMap: Uint8Array;
}

/** The events of one connected isochronous stream: Core Vol 6, Part B, 4.5.13. */
export class CisLink {
  readonly accessAddress: number;
  private readonly air: Medium;
  private readonly agenda: Agenda;
  private readonly timing: CisTiming;
  private readonly identifier: number;
  private central: CisEnd | undefined;
  private peripheral: CisEnd | undefined;
  private readonly anchor = new Appointment((now) => this.onAnchor(now));
  private readonly subevent = new Appointment((now) => this.startSubevent(now));
  private readonly atPeripheral = new Appointment((now) => this.onCentralPdu(now));
  private readonly atCentral = new Appointment((now) => this.onPeripheralPdu(now));
  private event = -1;
  private index = 0;
  private anchorAt = 0;
  private sentAt = 0;
  private channels: readonly number[] = [];
  private fromCentral: StreamPayload | undefined;
  private fromPeripheral: StreamPayload | undefined;
  /** What the central has received and the peripheral does not know of yet. */
  private unconfirmed: number | undefined;
  /** Whether the peripheral received what it answers now. */
  private heard = false;

  constructor(air: Medium, timing: CisTiming) {
    this.air = air;
    this.agenda = air.agenda;
    this.timing = timing;
    this.accessAddress = air.dice.word();
    this.identifier = channelIdentifier(this.accessAddress);
  }

  /** The anchor point of the current or last event, in µs. */
  get lastAnchor(): number {
    return this.anchorAt;
  }

  /** The central takes its place; the first event is at `firstAnchor` (µs). */
  joinCentral(end: CisEnd, firstAnchor: number): void {
    this.central = end;
    this.agenda.set(this.anchor, firstAnchor);
  }

  /** The peripheral takes its place. */
  joinPeripheral(end: CisEnd): void {
    this.peripheral = end;
  }

  /** An end is gone. The other hears nothing from now on, and finds out by its supervision timeout. */
  leave(end: CisEnd): void {
    if (this.central === end) this.central = undefined;
    else if (this.peripheral === end) this.peripheral = undefined;
    this.stopEvent();
    if (!this.central && !this.peripheral) this.agenda.cancel(this.anchor);
  }

  private stopEvent(): void {
    this.agenda.cancel(this.subevent);
    this.agenda.cancel(this.atPeripheral);
    this.agenda.cancel(this.atCentral);
  }

  private onAnchor(now: number): void {
    this.event++;
    this.anchorAt = now;
    this.agenda.set(this.anchor, now + this.timing.isoInterval);
    const central = this.central?.beginEvent(this.event) ?? false;
    const peripheral = this.peripheral?.beginEvent(this.event) ?? false;
    if (!central || !peripheral) {
      this.endEvent();
      return;
    }
    const { channelMap, nse } = this.timing;
    this.channels = subeventChannels(this.event & 0xffff, this.identifier, usedChannels(channelMap), nse);
    this.index = 0;
    this.startSubevent(now);
  }

  private startSubevent(now: number): void {
    const { central, peripheral } = this;
    if (!central || !peripheral) return;
    this.fromCentral = central.transmit(this.event, this.index);
    this.sentAt = now;
    const end = now + this.duration(this.fromCentral, this.timing.phyCToP);
    this.air.occupy(central.radio, this.channel, now, end);
    this.agenda.set(this.atPeripheral, end);
  }

  private onCentralPdu(now: number): void {
    const { central, peripheral } = this;
    if (!central || !peripheral) return;
    const fate = this.fateOf(central, peripheral, this.fromCentral, this.timing.phyCToP, now);
    if (fate === 'received') {
      if (this.unconfirmed !== undefined) peripheral.acknowledged(this.unconfirmed);
      this.unconfirmed = undefined;
      peripheral.receive(this.fromCentral, now);
    } else if (fate === 'corrupt') peripheral.garbled();
    if (!this.central || !this.peripheral) return;
    if (fate === 'missed') {
      this.afterSubevent();
      return;
    }
    // What has a wrong CRC is answered all the same, without acknowledging it.
    this.heard = fate === 'received';
    this.fromPeripheral = peripheral.transmit(this.event, this.index);
    this.sentAt = now + T_IFS;
    const end = this.sentAt + this.duration(this.fromPeripheral, this.timing.phyPToC);
    this.air.occupy(peripheral.radio, this.channel, this.sentAt, end);
    this.agenda.set(this.atCentral, end);
  }

  private onPeripheralPdu(now: number): void {
    const { central, peripheral } = this;
    if (!central || !peripheral) return;
    const fate = this.fateOf(peripheral, central, this.fromPeripheral, this.timing.phyPToC, now);
    if (fate === 'received') {
      if (this.heard && this.fromCentral) central.acknowledged(this.fromCentral.number);
      if (this.fromPeripheral) this.unconfirmed = this.fromPeripheral.number;
      central.receive(this.fromPeripheral, now);
    } else if (fate === 'corrupt') central.garbled();
    if (!this.central || !this.peripheral) return;
    this.afterSubevent();
  }

  /** The next subevent, where there is one and somebody has something to say: else the event is closed. */
  private afterSubevent(): void {
    const next = this.index + 1;
    const { central, peripheral } = this;
    const more = central!.hasPayload(this.event, next) || peripheral!.hasPayload(this.event, next);
    if (next >= this.timing.nse || !more) {
      this.endEvent();
      return;
    }
    this.index = next;
    this.agenda.set(this.subevent, this.anchorAt + next * this.timing.subInterval);
  }

  private endEvent(): void {
    const { event, anchorAt } = this;
    this.central?.endEvent(event, anchorAt);
    this.peripheral?.endEvent(event, anchorAt);
  }

  private get channel(): number {
    return this.channels[this.index]!;
  }

  private length(payload: StreamPayload | undefined): number {
    return payload?.data.length ?? 0;
  }

  private duration(payload: StreamPayload | undefined, phy: PhyCode): number {
    return airtime(this.length(payload), phy);
  }

  private fateOf(from: CisEnd, to: CisEnd, payload: StreamPayload | undefined, phy: PhyCode, now: number) {
    return this.air.fate(from.radio, to.radio, this.channel, phy, this.length(payload), this.sentAt, now);
  }
}
