import { type Agenda, Appointment } from './agenda.js';
import { airtime } from './airtime.js';
import {
  type BigSlot,
  type BigStructure,
  bisAccessAddress,
  controlOffset,
  slotsOf,
} from './big-structure.js';
import { channelIdentifier, subeventChannels, usedChannels } from './channel-selection.js';
import type { Medium } from './link.js';
import type { Radio } from './propagation.js';

/** A PDU of a group: Core Vol 6, Part B, 2.6. */
export interface BisPdu {
  readonly llid: number;
  /** Control subevent sequence number, three bits. */
  readonly cssn: number;
  /** Whether this event has a control subevent. */
  readonly cstf: boolean;
  /** As it goes over the air, with its MIC where it has one. */
  readonly data: Uint8Array;
}

/** Who sends a group. */
export interface BigTransmitter {
  readonly radio: Radio;
  /** The channels in use: 37 bits in five octets. */
  readonly channelMap: Uint8Array;
  /** An event begins; false when the group is over instead. */
  beginEvent(event: number, anchor: number): boolean;
  /** It is off the air, as {@link beginEvent} has said. */
  ended(): void;
  /** What it sends in a subevent, from 0, of a stream, from 1. */
  transmit(event: number, bis: number, subevent: number): BisPdu;
  /** What it sends in the control subevent, if anything. */
  control(event: number): BisPdu | undefined;
  /** The event is over. */
  endEvent(event: number): void;
}

/** Who receives a group. */
export interface BigListener {
  readonly radio: Radio;
  /** The channels that it believes to be in use. */
  readonly channelMap: Uint8Array;
  /** An event begins; whether it listens. */
  beginEvent(event: number): boolean;
  /** Whether its receiver is on in a subevent; stream 0 is the control subevent. */
  wants(bis: number, subevent: number): boolean;
  /** A PDU has arrived. */
  received(event: number, bis: number, subevent: number, pdu: BisPdu): void;
  /** A PDU has arrived with errors. */
  garbled(bis: number): void;
  /** The event is over. */
  endEvent(event: number, anchor: number): void;
}

/** The stream number of the control subevent. */
export const CONTROL = 0;

/** The events of one Broadcast Isochronous Group: Core Vol 6, Part B, 4.4.6. */
export class BigLink {
  readonly seed: number;
  readonly structure: BigStructure;
  private readonly air: Medium;
  private readonly agenda: Agenda;
  private readonly transmitter: BigTransmitter;
  private readonly slots: readonly BigSlot[];
  private readonly identifiers: readonly number[];
  private readonly listeners: BigListener[] = [];
  private readonly next = new Appointment((now) => this.onAnchor(now));
  private readonly step = new Appointment((now) => this.onPduEnd(now));
  private readonly over = new Appointment(() => this.endEvent());
  private active: BigListener[] = [];
  private interested: BigListener[] = [];
  private event = -1;
  private anchorAt = 0;
  private index = 0;
  private sending!: BisPdu;
  private sentAt = 0;
  private channels: readonly (readonly number[])[] = [];

  constructor(air: Medium, transmitter: BigTransmitter, seed: number, structure: BigStructure) {
    this.air = air;
    this.agenda = air.agenda;
    this.transmitter = transmitter;
    this.seed = seed;
    this.structure = structure;
    const control = { bis: CONTROL, subevent: 0, offset: controlOffset(structure) };
    this.slots = [...slotsOf(structure), control];
    this.identifiers = Array.from({ length: structure.numBis + 1 }, (_, bis) =>
      channelIdentifier(bisAccessAddress(seed, bis)),
    );
  }

  /** When the next event begins, in µs. */
  get nextAt(): number {
    return this.next.at;
  }

  /** The number of the next event. */
  get nextEvent(): number {
    return this.event + 1;
  }

  /** Begins; the first event is at `first` (µs). */
  begin(first: number): void {
    this.agenda.set(this.next, first, true);
  }

  /** Ends without a word. */
  end(): void {
    this.agenda.cancel(this.next);
    this.agenda.cancel(this.step);
    this.agenda.cancel(this.over);
    this.listeners.length = 0;
    this.active = [];
  }

  join(listener: BigListener): void {
    this.listeners.push(listener);
  }

  leave(listener: BigListener): void {
    for (const list of [this.listeners, this.active]) {
      const index = list.indexOf(listener);
      if (index >= 0) list.splice(index, 1);
    }
  }

  private onAnchor(now: number): void {
    this.event++;
    this.anchorAt = now;
    const { event, transmitter, structure } = this;
    this.agenda.set(this.next, now + structure.isoInterval, true);
    const goesOn = transmitter.beginEvent(event, now);
    this.active = [...this.listeners].filter((listener) => listener.beginEvent(event));
    if (!goesOn) {
      this.end();
      transmitter.ended();
      return;
    }
    this.channels = this.channelsOf(transmitter.channelMap);
    this.index = 0;
    this.agenda.set(this.over, now + controlOffset(structure), true);
    this.send();
  }

  /** For each stream, and for the control subevent, the channels of its subevents. */
  private channelsOf(map: Uint8Array): readonly (readonly number[])[] {
    const used = usedChannels(map);
    const { nse } = this.structure;
    return this.identifiers.map((identifier, bis) =>
      subeventChannels(this.event & 0xffff, identifier, used, bis === CONTROL ? 1 : nse),
    );
  }

  /** Sends the PDU that is next, and those behind it as far as somebody receives one. */
  private send(): void {
    const { transmitter, event, structure } = this;
    for (; this.index < this.slots.length; this.index++) {
      const { bis, subevent, offset } = this.slots[this.index]!;
      const at = this.anchorAt + offset;
      const pdu = bis === CONTROL ? transmitter.control(event) : transmitter.transmit(event, bis, subevent);
      if (!pdu) continue;
      const end = at + airtime(pdu.data.length, structure.phy);
      this.air.occupy(transmitter.radio, this.channels[bis]![subevent]!, at, end);
      this.sending = pdu;
      this.sentAt = at;
      if (this.active.length > 0) {
        this.interested = this.active.filter((listener) => listener.wants(bis, subevent));
        if (this.interested.length > 0) {
          this.agenda.set(this.step, end, true);
          return;
        }
      }
    }
  }

  private onPduEnd(now: number): void {
    const { bis, subevent } = this.slots[this.index]!;
    const { sending, transmitter, structure } = this;
    const channel = this.channels[bis]![subevent]!;
    const { length } = sending.data;
    for (const listener of this.interested) {
      if (!this.active.includes(listener) || !this.isTuned(listener, bis, subevent)) continue;
      const { radio } = listener;
      const fate = this.air.fate(transmitter.radio, radio, channel, structure.phy, length, this.sentAt, now);
      if (fate === 'received') listener.received(this.event, bis, subevent, sending);
      else if (fate === 'corrupt') listener.garbled(bis);
    }
    this.index++;
    this.send();
  }

  /** Whether a listener, by the channel map that it knows, is on the channel of a subevent. */
  private isTuned({ channelMap }: BigListener, bis: number, subevent: number): boolean {
    if (isSame(channelMap, this.transmitter.channelMap)) return true;
    return this.channelsOf(channelMap)[bis]![subevent] === this.channels[bis]![subevent];
  }

  /** The streams' subevents are over; the control subevent is yet to come, where there is one. */
  private endEvent(): void {
    const { event, anchorAt } = this;
    for (const listener of [...this.active]) listener.endEvent(event, anchorAt);
    this.transmitter.endEvent(event);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((octet, i) => octet === b[i]);
}
