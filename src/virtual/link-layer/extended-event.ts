import { advertisingAirtime, basePhy, T_MAFS } from '../air/advertising-airtime.js';
import {
  type AdvertisingAnswer,
  AdvertisingPduType,
  answerPayload,
  type ConnectIndication,
} from '../air/advertising-pdu.js';
import { type Agenda, Appointment } from '../air/agenda.js';
import type { Air, Listener } from '../air/air.js';
import { T_IFS } from '../air/airtime.js';
import type { AuxiliaryReception } from '../air/auxiliary.js';
import { AUX_CONNECT_RSP_PAYLOAD, type ExtendedPdu, extendedPayload } from '../air/extended-pdu.js';
import type { Radio } from '../air/propagation.js';
import { sensitivityGain } from '../air/reception.js';
import type { ExtendedOwner, ExtendedTransmission } from './extended-owner.js';
import { chooseWinner } from './winner.js';

interface Follower {
  readonly listener: Listener;
  readonly reception: AuxiliaryReception;
}

type Phase = 'primary' | 'chain' | 'answer' | 'connectResponse';

/**
 * One extended advertising event after another (Core Vol 6, Part B, 4.4.2.2.2): ADV_EXT_IND on each primary channel,
 * AUX_ADV_IND on a secondary one, what follows an answer to it, and AUX_CHAIN_INDs as far as somebody receives them.
 */
export class ExtendedEvent {
  /** What the next event sends. */
  next!: ExtendedTransmission;
  private readonly air: Air;
  private readonly agenda: Agenda;
  private readonly radio: Radio;
  private readonly owner: ExtendedOwner;
  private readonly step = new Appointment((now) => this.onStep(now));
  private readonly hearers: Listener[] = [];
  private followers: Follower[] = [];
  private answers: AdvertisingAnswer[] = [];
  private phase: Phase = 'primary';
  private running = false;
  private start = 0;
  private auxStart = 0;
  private index = 0;
  private winner = 0;
  private sent!: ExtendedTransmission;
  private chain: readonly ExtendedPdu[] = [];
  /** The secondary channel that is in use, and when what is on it began, in µs. */
  private channel = 0;
  private sentAt = 0;
  private response!: ExtendedPdu;

  constructor(air: Air, radio: Radio, owner: ExtendedOwner) {
    this.air = air;
    this.agenda = air.agenda;
    this.radio = radio;
    this.owner = owner;
  }

  /** Begins an event now. */
  begin(now: number): void {
    const sent = this.next;
    this.running = true;
    this.start = now;
    this.sent = sent;
    this.index = 0;
    this.followers.length = 0;
    const { channels } = sent;
    const duration = advertisingAirtime(extendedPayload(sent.indication), sent.primaryPhy);
    this.auxStart = now + channels.length * (duration + T_MAFS);
    this.radio.time?.advertise(this, now, this.auxStart);
    if (sent.indication.auxPtr) {
      this.channel = this.owner.secondaryChannel();
      sent.indication.auxPtr.channel = this.channel;
    }
    this.sendPrimaryFrom(now);
  }

  /** Breaks off, without a last word to the owner. */
  stop(): void {
    if (!this.running) return;
    this.running = false;
    this.agenda.cancel(this.step);
    if (this.phase === 'answer') this.tellAnswered(0, 0);
    for (const { reception } of this.followers) reception.lost();
    this.followers.length = 0;
  }

  private goOn(phase: Phase, at: number): void {
    this.phase = phase;
    this.agenda.set(this.step, at, true);
  }

  private onStep(now: number): void {
    if (this.phase === 'primary') this.onPrimaryEnd(now);
    else if (this.phase === 'chain') this.onChainPduEnd(now);
    else if (this.phase === 'answer') this.onAnswerEnd(now);
    else this.onConnectResponseEnd(now);
  }

  private finish(end: number): void {
    this.running = false;
    this.followers.length = 0;
    this.owner.eventOver(this.start, end);
  }

  /** Sends on the primary channels that are left, up to the first on which somebody listens. */
  private sendPrimaryFrom(time: number): void {
    const { channels, indication, primaryPhy } = this.sent;
    const duration = advertisingAirtime(extendedPayload(indication), primaryPhy);
    const phy = basePhy(primaryPhy);
    let at = time;
    for (; this.index < channels.length; this.index++) {
      this.air.occupy(this.radio, channels[this.index]!, at, at + duration);
      this.air.gather(this.radio, phy, channels[this.index]!, at, at + duration, this.hearers);
      if (this.hearers.length > 0) {
        this.goOn('primary', at + duration);
        return;
      }
      at += duration + T_MAFS;
    }
    this.beginChain();
  }

  private onPrimaryEnd(now: number): void {
    const { channels, indication, chain, primaryPhy } = this.sent;
    const channel = channels[this.index]!;
    const begun = now - advertisingAirtime(extendedPayload(indication), primaryPhy);
    if (indication.auxPtr) indication.auxPtr.offset = this.auxStart - begun;
    const auxEnd = chain.length === 0 ? 0 : this.auxStart + this.airtimeOf(chain[0]!);
    for (const listener of this.hearers) {
      // It may have gone to another channel meanwhile, or stopped.
      if (!this.air.hears(listener) || !listener.isOpen(basePhy(primaryPhy), channel, begun, now)) continue;
      const octets = extendedPayload(indication);
      if (!this.arrives(this.radio, listener.radio, channel, primaryPhy, octets, begun, now)) continue;
      const rssi = this.rssiAt(listener.radio, channel);
      if (!this.isStrongEnough(rssi, listener.radio, primaryPhy)) continue;
      const reception = listener.indicated(indication, primaryPhy, rssi, this.auxStart, auxEnd);
      if (reception) this.followers.push({ listener, reception });
    }
    this.index++;
    this.sendPrimaryFrom(now + T_MAFS);
  }

  private airtimeOf(pdu: ExtendedPdu): number {
    return advertisingAirtime(extendedPayload(pdu), this.sent.secondaryPhy);
  }

  private beginChain(): void {
    const { chain } = this.sent;
    this.chain = chain;
    this.index = 0;
    if (chain.length === 0) this.finish(this.auxStart - T_MAFS);
    else if (this.followers.length === 0) this.finish(this.sendUnheard(0, this.auxStart));
    else {
      const first = chain[0]!;
      // The set's periodic advertising goes on: this is where it is now.
      if (first.syncInfo) first.syncInfo = this.owner.syncInfo() ?? first.syncInfo;
      this.sendOnSecondary('chain', this.auxStart, this.auxStart + this.airtimeOf(first));
    }
  }

  /** Sends on the secondary channel from `start` to `end` (µs), and goes on from there. */
  private sendOnSecondary(phase: Phase, start: number, end: number): void {
    this.sentAt = start;
    this.air.occupy(this.radio, this.channel, start, end);
    this.radio.time?.advertise(this, this.start, end);
    this.goOn(phase, end);
  }

  /** Whether a PDU arrives whole that has been sent from `start` to `end` (µs), and both radios had time for it. */
  private arrives(
    from: Radio,
    to: Radio,
    channel: number,
    phy: number,
    octets: number,
    start: number,
    end: number,
  ): boolean {
    const listener = from === this.radio ? to : from;
    if (this.radio.time && !this.radio.time.isFree(start, end)) return false;
    if (listener.time && !listener.time.isIdle(start, end)) return false;
    return this.air.fate(from, to, channel, basePhy(phy), octets, start, end) === 'received';
  }

  private rssiAt(to: Radio, channel: number): number {
    return this.air.rssi(this.radio, to, channel) - this.owner.attenuation;
  }

  /** Whether a set that sends with less than the radio's power reaches a receiver. */
  private isStrongEnough(rssi: number, { sensitivity }: Radio, phy: number): boolean {
    return this.owner.attenuation === 0 || rssi >= sensitivity - sensitivityGain(basePhy(phy));
  }

  /** Whether what ends now on the secondary channel arrives whole. */
  private arrivesNow(from: Radio, to: Radio, octets: number, now: number): boolean {
    return this.arrives(from, to, this.channel, this.sent.secondaryPhy, octets, this.sentAt, now);
  }

  /** Sends the rest of a chain, from the PDU `from` on, to nobody; gives when it is over. */
  private sendUnheard(from: number, time: number): number {
    const { chain } = this;
    let at = time;
    for (let i = from; i < chain.length; i++) {
      const end = at + this.airtimeOf(chain[i]!);
      this.air.occupy(this.radio, this.channel, at, end);
      at = end + T_MAFS;
    }
    this.radio.time?.advertise(this, this.start, at);
    return at - T_MAFS;
  }

  private onChainPduEnd(now: number): void {
    const { chain } = this;
    const pdu = chain[this.index]!;
    const following = chain[this.index + 1];
    const nextStart = now + T_MAFS;
    const nextEnd = following ? nextStart + this.airtimeOf(following) : 0;
    const octets = extendedPayload(pdu);
    if (pdu.auxPtr) {
      pdu.auxPtr.channel = this.owner.secondaryChannel();
      pdu.auxPtr.offset = nextStart - this.sentAt;
    }
    this.answers = [];
    const answering: Follower[] = [];
    const goingOn: Follower[] = [];
    const { secondaryPhy } = this.sent;
    for (const follower of this.followers) {
      const { listener, reception } = follower;
      if (!this.air.hears(listener)) continue;
      const rssi = this.rssiAt(listener.radio, this.channel);
      const arrives = this.arrivesNow(this.radio, listener.radio, octets, now);
      if (!arrives || !this.isStrongEnough(rssi, listener.radio, secondaryPhy)) {
        reception.lost();
        continue;
      }
      const step = reception.received(pdu, secondaryPhy, rssi, nextStart, nextEnd);
      if (step === 'follow') goingOn.push(follower);
      else if (step !== undefined) {
        answering.push(follower);
        this.answers.push(step);
      }
    }
    if (!this.running) return;
    if (answering.length > 0) {
      this.takeAnswers(answering, now);
      return;
    }
    this.followers = goingOn;
    this.index++;
    if (!following) {
      this.finish(now);
      return;
    }
    this.channel = pdu.auxPtr!.channel;
    if (goingOn.length === 0) this.finish(this.sendUnheard(this.index, nextStart));
    else this.sendOnSecondary('chain', nextStart, nextEnd);
  }

  private takeAnswers(answering: Follower[], now: number): void {
    this.followers = answering;
    this.winner = chooseWinner(this.answers, this.air.dice);
    this.sentAt = now + T_IFS;
    let last = 0;
    for (let i = 0; i < answering.length; i++) {
      const end = this.sentAt + advertisingAirtime(answerPayload(this.answers[i]!), this.sent.secondaryPhy);
      this.air.occupy(answering[i]!.listener.radio, this.channel, this.sentAt, end);
      last = Math.max(last, end);
    }
    this.goOn('answer', last);
  }

  private onAnswerEnd(now: number): void {
    const answer = this.answers[this.winner]!;
    const winner = this.followers[this.winner]!;
    const isScan = answer.type === AdvertisingPduType.scanReq;
    const responses = isScan ? this.owner.responseChain() : [];
    const octets = isScan ? extendedPayload(responses[0]!) : AUX_CONNECT_RSP_PAYLOAD;
    const responseEnd = now + T_IFS + advertisingAirtime(octets, this.sent.secondaryPhy);
    this.phase = 'chain';
    const sent = this.tellAnswered(now + T_IFS, responseEnd);
    if (!this.running) return;
    const { radio } = winner.listener;
    const arrived = sent && this.arrivesNow(radio, this.radio, answerPayload(answer), now);
    if (!arrived || !this.owner.permits(answer)) {
      for (const { reception } of this.followers) reception.lost();
      this.finish(now);
      return;
    }
    for (const follower of this.followers) if (follower !== winner) follower.reception.lost();
    this.followers = [winner];
    if (answer.type === AdvertisingPduType.scanReq) {
      this.owner.scanRequested(answer);
      this.chain = responses;
      this.index = 0;
      this.sendOnSecondary('chain', now + T_IFS, responseEnd);
    } else {
      this.response = this.owner.connectResponse(answer);
      this.sendOnSecondary('connectResponse', now + T_IFS, responseEnd);
    }
  }

  /** Tells all who answer that they have; says whether the winner did. */
  private tellAnswered(start: number, end: number): boolean {
    let winnerSent = false;
    for (let i = 0; i < this.followers.length; i++) {
      const { listener, reception } = this.followers[i]!;
      const sent = this.air.hears(listener) && reception.answered(this.answers[i]!, start, end);
      if (i === this.winner) winnerSent = sent;
    }
    return winnerSent;
  }

  private onConnectResponseEnd(now: number): void {
    const indication = this.answers[this.winner] as ConnectIndication;
    const { listener, reception } = this.followers[0]!;
    this.running = false;
    this.followers = [];
    const { radio } = listener;
    if (this.air.hears(listener) && this.arrivesNow(this.radio, radio, AUX_CONNECT_RSP_PAYLOAD, now)) {
      const rssi = this.rssiAt(radio, this.channel);
      reception.received(this.response, this.sent.secondaryPhy, rssi, now, now);
    } else reception.lost();
    this.owner.connected(indication);
  }
}
