import { advertisingAirtime, basePhy } from './advertising-airtime.js';
import { answerPayload, type ConnectIndication } from './advertising-pdu.js';
import { Appointment } from './agenda.js';
import { T_IFS } from './airtime.js';
import { AUX_CONNECT_RSP_PAYLOAD, type ExtendedPdu, extendedPayload } from './extended-pdu.js';
import type { Medium } from './link.js';
import type { Radio } from './propagation.js';
import { ResponseSlots, type SlotResult } from './response-slots.js';
import type { SubeventStructure } from './subevent-structure.js';
import { Train, type TrainOptions } from './train.js';

/** Who receives a train with subevents. */
export interface SubeventListener {
  readonly radio: Radio;
  /** Whether it listens to the subevent that begins now. */
  listens(counter: number, subevent: number): boolean;
  /** It received the AUX_SYNC_SUBEVENT_IND, which ended now. */
  received(pdu: ExtendedPdu, rssi: number, counter: number, subevent: number): void;
  /** What it listened for did not come. */
  missed(counter: number, subevent: number): void;
  /** It received an AUX_CONNECT_REQ, perhaps for another. @returns whether it answers with AUX_CONNECT_RSP */
  requested(request: ConnectIndication, counter: number, subevent: number): boolean;
  /** Its AUX_CONNECT_RSP has been sent. */
  connected(request: ConnectIndication): void;
}

/** What is sent in a subevent, and which response slots are listened to behind it. */
export interface SubeventTransmission {
  readonly pdu: ExtendedPdu;
  readonly slotStart: number;
  readonly slotCount: number;
  /** AUX_CONNECT_REQ: sent in its stead, and no response slots are listened to. */
  readonly request?: ConnectIndication | undefined;
}

/** Who sends a train with subevents. */
export interface SubeventSender {
  readonly radio: Radio;
  /** A subevent begins now: what is sent in it. */
  begin(subevent: number): SubeventTransmission;
  /** Its response slots are over; only where some were listened to. */
  slotsOver(subevent: number, results: readonly SlotResult[]): void;
  /** The AUX_CONNECT_REQ has been sent, up to now. */
  requestSent(request: ConnectIndication): void;
  /** Its AUX_CONNECT_RSP has come, or none has. */
  requestAnswered(request: ConnectIndication, received: boolean): void;
}

/** µs of a unit of 1.25 ms. */
const UNIT = 1250;

/**
 * A periodic advertising train with responses: AUX_SYNC_SUBEVENT_IND in each subevent, and AUX_SYNC_SUBEVENT_RSPs in its
 * response slots (Core Vol 6, Part B, 4.4.2.12 and 4.4.5.2). Which channel a subevent is on, is a matter of this air.
 */
export class SubeventTrain extends Train<SubeventListener> {
  readonly subevents: SubeventStructure;
  /** Four octets, as they travel. */
  readonly responseAccessAddress: Uint8Array;
  private readonly sender: SubeventSender;
  private readonly slots: ResponseSlots;
  private readonly next = new Appointment((now) => this.onSubevent(now));
  private readonly step = new Appointment((now) => this.onStep(now));
  private receivers: SubeventListener[] = [];
  /** When the first event began, in µs. */
  private origin = 0;
  /** The subevent that is next, counted through all events. */
  private index = 0;
  /** The subevent that is under way. */
  private current: (SubeventTransmission & { readonly index: number; readonly start: number }) | undefined;
  private channel = 0;
  private phase: 'sent' | 'answer' | 'slots' = 'sent';
  /** Who answers the AUX_CONNECT_REQ, and when the answer begins, in µs. */
  private answerer: SubeventListener | undefined;
  private answerAt = 0;

  constructor(air: Medium, sender: SubeventSender, options: TrainOptions, subevents: SubeventStructure) {
    super(air, sender.radio, options);
    this.sender = sender;
    this.subevents = subevents;
    this.responseAccessAddress = new Uint8Array(4);
    new DataView(this.responseAccessAddress.buffer).setUint32(0, air.dice.word(), true);
    this.slots = new ResponseSlots(air, options.phy);
  }

  /** Whether it is on the air. */
  get runs(): boolean {
    return this.next.stands;
  }

  /** When the next event begins, in µs. */
  get nextAt(): number {
    return this.startOf(this.nextEvent * this.subevents.numSubevents);
  }

  /** paEventCounter of the next event. */
  get nextCounter(): number {
    return this.nextEvent & 0xffff;
  }

  private get nextEvent(): number {
    return Math.ceil(this.index / this.subevents.numSubevents);
  }

  /** Begins; the first event is at `first` (µs). */
  begin(first: number): void {
    this.origin = first;
    this.agenda.set(this.next, first, true);
  }

  /** Ends without a word: whoever listens finds out by its timeout. */
  end(): void {
    this.agenda.cancel(this.next);
    this.agenda.cancel(this.step);
    const { current, receivers } = this;
    this.current = undefined;
    this.receivers = [];
    this.answerer = undefined;
    if (current)
      for (const one of receivers) one.missed(this.counterOf(current.index), this.subeventOf(current.index));
    this.slots.clear();
  }

  /**
   * Somebody answers in a response slot: in the subevent of that number that comes first from the request on.
   * @param counter paEventCounter of the request
   * @param subevent the subevent of the request
   * @returns when the slot is over, in µs; `undefined` when it is too late, or there was no such request
   */
  respond(
    from: Radio,
    counter: number,
    subevent: number,
    responseSubevent: number,
    slot: number,
    pdu: ExtendedPdu,
  ): number | undefined {
    const { numSubevents, responseSlotDelay } = this.subevents;
    const event = this.nextEvent + (((counter - this.nextEvent) << 16) >> 16);
    const later = responseSubevent < subevent ? 1 : 0;
    const index = (event + later) * numSubevents + responseSubevent;
    const hasBegun = event * numSubevents + subevent < this.index;
    const start = this.startOf(index) + responseSlotDelay * UNIT + this.slotOffset(slot);
    if (!this.runs || !hasBegun || start <= this.agenda.now) return undefined;
    return this.slots.add(from, index, this.channelOf(index), slot, start, pdu);
  }

  /** µs from the first response slot to another. */
  private slotOffset(slot: number): number {
    return slot * this.subevents.responseSlotSpacing * 125;
  }

  private startOf(index: number): number {
    const { numSubevents, subeventInterval } = this.subevents;
    const event = Math.floor(index / numSubevents);
    return this.origin + event * this.period + (index % numSubevents) * subeventInterval * UNIT;
  }

  private counterOf(index: number): number {
    return Math.floor(index / this.subevents.numSubevents) & 0xffff;
  }

  private channelOf(index: number): number {
    return this.sequence.channel(index & 0xffff, this.channelMap);
  }

  private subeventOf(index: number): number {
    return index % this.subevents.numSubevents;
  }

  private onSubevent(now: number): void {
    // The last slot may end as the next subevent begins.
    if (this.step.stands) {
      this.agenda.cancel(this.step);
      this.onStep(now);
    }
    const index = this.index++;
    const [counter, subevent] = [this.counterOf(index), this.subeventOf(index)];
    const transmission = this.sender.begin(subevent);
    const { request } = transmission;
    const octets = request ? answerPayload(request) : extendedPayload(transmission.pdu);
    const end = now + advertisingAirtime(octets, this.phy);
    this.channel = this.channelOf(index);
    this.air.occupy(this.radio, this.channel, now, end);
    this.current = { ...transmission, index, start: now };
    this.receivers = this.listeners.filter((listener) => listener.listens(counter, subevent));
    this.agenda.set(this.next, this.startOf(this.index), this.listeners.length === 0);
    this.phase = 'sent';
    if (this.receivers.length > 0 || request) this.agenda.set(this.step, end);
    else this.listenToSlots();
  }

  private onStep(now: number): void {
    if (this.phase === 'answer') this.onAnswerEnd(now);
    else if (this.phase === 'slots') this.onSlotsEnd();
    else if (this.current!.request) this.onRequestEnd(this.current!.request, now);
    else this.onIndicationEnd(now);
  }

  private onIndicationEnd(now: number): void {
    const { pdu, index } = this.current!;
    const [counter, subevent] = [this.counterOf(index), this.subeventOf(index)];
    for (const receiver of this.takeReceivers(extendedPayload(pdu), now))
      receiver.received(pdu, this.air.rssi(this.radio, receiver.radio, this.channel), counter, subevent);
    this.listenToSlots();
  }

  /** Those who received what has just ended; the others are told that they did not. */
  private *takeReceivers(octets: number, now: number): Generator<SubeventListener> {
    const { index, start } = this.current!;
    const { receivers, channel, phy } = this;
    this.receivers = [];
    for (const receiver of receivers) {
      if (!this.listeners.includes(receiver)) continue;
      const fate = this.air.fate(this.radio, receiver.radio, channel, basePhy(phy), octets, start, now);
      if (fate === 'received') yield receiver;
      else receiver.missed(this.counterOf(index), this.subeventOf(index));
    }
  }

  private onRequestEnd(request: ConnectIndication, now: number): void {
    const { index } = this.current!;
    this.sender.requestSent(request);
    let answerer: SubeventListener | undefined;
    for (const receiver of this.takeReceivers(answerPayload(request), now)) {
      const answers = receiver.requested(request, this.counterOf(index), this.subeventOf(index));
      if (answers) answerer ??= receiver;
    }
    if (!answerer) {
      this.sender.requestAnswered(request, false);
      return;
    }
    this.answerer = answerer;
    this.answerAt = now + T_IFS;
    this.phase = 'answer';
    const end = this.answerAt + advertisingAirtime(AUX_CONNECT_RSP_PAYLOAD, this.phy);
    this.air.occupy(answerer.radio, this.channel, this.answerAt, end);
    this.agenda.set(this.step, end);
  }

  private onAnswerEnd(now: number): void {
    const { answerer, answerAt, channel, phy } = this;
    const request = this.current!.request!;
    this.answerer = undefined;
    const octets = AUX_CONNECT_RSP_PAYLOAD;
    const fate = this.air.fate(answerer!.radio, this.radio, channel, basePhy(phy), octets, answerAt, now);
    this.sender.requestAnswered(request, fate === 'received');
    answerer!.connected(request);
  }

  private listenToSlots(): void {
    // It may have ended by what was received.
    const { current } = this;
    if (!current || current.slotCount === 0) return;
    this.phase = 'slots';
    const { responseSlotDelay } = this.subevents;
    const last = current.slotStart + current.slotCount;
    const end = current.start + responseSlotDelay * UNIT + this.slotOffset(last);
    this.agenda.set(this.step, Math.min(end, this.startOf(this.index)), this.listeners.length === 0);
  }

  private onSlotsEnd(): void {
    const { index, slotStart, slotCount } = this.current!;
    const results = this.slots.take(this.radio, index, this.channel, slotStart, slotCount);
    this.sender.slotsOver(this.subeventOf(index), results);
  }
}
