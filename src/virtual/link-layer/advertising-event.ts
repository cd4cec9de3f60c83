import {
  type AdvertisingAnswer,
  type AdvertisingPdu,
  AdvertisingPduType,
  advertisingPayload,
  answerPayload,
  type ConnectIndication,
  type ScanRequest,
} from '../air/advertising-pdu.js';
import { type Agenda, Appointment } from '../air/agenda.js';
import type { Air, Listener } from '../air/air.js';
import { airtime, Phy, T_IFS } from '../air/airtime.js';
import type { Radio } from '../air/propagation.js';
import { chooseWinner } from './winner.js';

/**
 * µs from the end of a PDU to the next channel's when nobody answers: the receiver stays open for the start of an
 * answer, then the synthesiser changes the channel. Core Vol 6, Part B, 4.4.2 leaves this to the implementation.
 */
const CHANNEL_CHANGE = 350;

/** Who advertises: what an {@link AdvertisingEvent} asks and tells. */
export interface AdvertisingOwner {
  /** How many dB less than the radio's power it sends with. */
  readonly attenuation: number;
  /** Whether the filter policy lets the answer through. */
  permits(answer: AdvertisingAnswer): boolean;
  /** A scan request was received and permitted. */
  scanRequested(request: ScanRequest): void;
  /** What answers a scan request. */
  scanResponse(): AdvertisingPdu;
  /** A CONNECT_IND was received and permitted. */
  connected(indication: ConnectIndication): void;
  /** The event, begun at `start` (µs), ended at `end`. */
  eventOver(start: number, end: number): void;
}

type Phase = 'pdu' | 'answer' | 'response';

/** One advertising event after another: the same PDU on each channel, and what follows an answer (Core Vol 6, Part B, 4.4.2). */
export class AdvertisingEvent {
  private readonly air: Air;
  private readonly agenda: Agenda;
  private readonly radio: Radio;
  private readonly owner: AdvertisingOwner;
  private readonly step = new Appointment((now) => this.onStep(now));
  private readonly hearers: Listener[] = [];
  private readonly answers: AdvertisingAnswer[] = [];
  private phase: Phase = 'pdu';
  private running = false;
  private start = 0;
  private pdu!: AdvertisingPdu;
  private response!: AdvertisingPdu;
  private channels: readonly number[] = [];
  private index = 0;
  private winner = 0;
  /** When what is on the air now began, in µs. */
  private sentAt = 0;

  constructor(air: Air, radio: Radio, owner: AdvertisingOwner) {
    this.air = air;
    this.agenda = air.agenda;
    this.radio = radio;
    this.owner = owner;
  }

  /** Begins an event now. */
  begin(now: number, pdu: AdvertisingPdu, channels: readonly number[]): void {
    this.running = true;
    this.start = now;
    this.pdu = pdu;
    this.channels = channels;
    this.index = 0;
    const duration = airtime(this.payload, Phy.le1M) + CHANNEL_CHANGE;
    this.radio.time?.advertise(this, now, now + channels.length * duration);
    this.sendFrom(now);
  }

  /** Breaks off, without a last word to the owner. */
  stop(): void {
    const answering = this.running && this.phase === 'answer';
    this.running = false;
    this.agenda.cancel(this.step);
    // Answers that are on their way leave their antennas all the same; nobody is there to receive them.
    if (answering) this.tellAnswered();
  }

  /** Sends on the channels that are left, up to the first on which somebody listens. */
  private sendFrom(time: number): void {
    const duration = airtime(advertisingPayload(this.pdu), Phy.le1M);
    let at = time;
    for (; this.index < this.channels.length; this.index++) {
      const channel = this.channels[this.index]!;
      this.air.occupy(this.radio, channel, at, at + duration);
      this.air.gather(this.radio, Phy.le1M, channel, at, at + duration, this.hearers);
      if (this.hearers.length > 0) {
        this.sentAt = at;
        this.next('pdu', at + duration);
        return;
      }
      at += duration + CHANNEL_CHANGE;
    }
    this.running = false;
    this.owner.eventOver(this.start, at - CHANNEL_CHANGE);
  }

  private next(phase: Phase, at: number): void {
    this.phase = phase;
    if (phase !== 'pdu') this.radio.time?.advertise(this, this.start, at);
    this.agenda.set(this.step, at, true);
  }

  private onStep(now: number): void {
    if (this.phase === 'pdu') this.onPduEnd(now);
    else if (this.phase === 'answer') this.onAnswerEnd(now);
    else this.onResponseEnd(now);
  }

  private onPduEnd(now: number): void {
    this.answers.length = 0;
    let answering = 0;
    let longest = 0;
    const isSent = this.hasRadio(now);
    for (const hearer of this.hearers) {
      if (!isSent || !this.air.hears(hearer) || !this.reaches(hearer, this.payload, now)) continue;
      const answer = hearer.heard(this.pdu, this.rssiAt(hearer));
      if (!answer) continue;
      this.hearers[answering++] = hearer;
      this.answers.push(answer);
      longest = Math.max(longest, answerPayload(answer));
    }
    this.hearers.length = answering;
    if (answering === 0) {
      this.nextChannel(now);
      return;
    }
    this.winner = chooseWinner(this.answers, this.air.dice);
    this.sentAt = now + T_IFS;
    for (const [i, { radio }] of this.hearers.entries()) {
      const end = this.sentAt + airtime(answerPayload(this.answers[i]!), Phy.le1M);
      this.air.occupy(radio, this.channel, this.sentAt, end);
    }
    this.next('answer', this.sentAt + airtime(longest, Phy.le1M));
  }

  private get channel(): number {
    return this.channels[this.index]!;
  }

  private get payload(): number {
    return advertisingPayload(this.pdu);
  }

  /** Whether a PDU that began at {@link sentAt} and ends now arrives whole. */
  private arrives(from: Radio, to: Radio, octets: number, now: number): boolean {
    return this.air.fate(from, to, this.channel, Phy.le1M, octets, this.sentAt, now) === 'received';
  }

  /** Whether its radio has had no connection event since {@link sentAt}. */
  private hasRadio(now: number): boolean {
    return this.radio.time?.isFree(this.sentAt, now) ?? true;
  }

  /** Whether what it has sent, and ends now, arrives whole. */
  private reaches(listener: Listener, octets: number, now: number): boolean {
    const { radio } = listener;
    if (radio.time && !radio.time.isIdle(this.sentAt, now)) return false;
    const strong = this.owner.attenuation === 0 || this.rssiAt(listener) >= radio.sensitivity;
    return this.arrives(this.radio, radio, octets, now) && strong;
  }

  private rssiAt(listener: Listener): number {
    return this.air.rssi(this.radio, listener.radio, this.channel) - this.owner.attenuation;
  }

  private onAnswerEnd(now: number): void {
    const winner = this.hearers[this.winner]!;
    const answer = this.answers[this.winner]!;
    this.phase = 'pdu';
    const sent = this.tellAnswered();
    if (!this.running) return;
    const arrived =
      sent && this.hasRadio(now) && this.arrives(winner.radio, this.radio, answerPayload(answer), now);
    if (!arrived || !this.owner.permits(answer)) {
      this.nextChannel(now);
      return;
    }
    if (answer.type === AdvertisingPduType.connectInd) {
      this.running = false;
      this.owner.connected(answer);
      return;
    }
    this.owner.scanRequested(answer);
    this.response = this.owner.scanResponse();
    this.sentAt = now + T_IFS;
    const end = this.sentAt + airtime(advertisingPayload(this.response), Phy.le1M);
    this.air.occupy(this.radio, this.channel, this.sentAt, end);
    this.next('response', end);
  }

  /** Tells all who answer that they have; says whether the winner did. */
  private tellAnswered(): boolean {
    let winnerSent = false;
    for (let i = 0; i < this.hearers.length; i++) {
      const hearer = this.hearers[i]!;
      const sent = this.air.hears(hearer) && hearer.answered(this.answers[i]!);
      if (i === this.winner) winnerSent = sent;
    }
    return winnerSent;
  }

  private onResponseEnd(now: number): void {
    const listener = this.hearers[this.winner]!;
    const octets = advertisingPayload(this.response);
    if (this.hasRadio(now) && this.air.hears(listener) && this.reaches(listener, octets, now)) {
      listener.scanResponse(this.response, this.rssiAt(listener));
    }
    if (this.running) this.nextChannel(now);
  }

  private nextChannel(now: number): void {
    this.index++;
    this.sendFrom(now + CHANNEL_CHANGE);
  }
}
