import { advertisingAirtime, basePhy, T_MAFS } from './advertising-airtime.js';
import { Appointment } from './agenda.js';
import { type ExtendedPdu, extendedPayload } from './extended-pdu.js';
import type { Radio } from './propagation.js';
import { Train } from './train.js';

/** Who receives a periodic advertising train. */
export interface PeriodicListener {
  readonly radio: Radio;
  /** Whether it listens to the event that begins now. */
  listens(counter: number): boolean;
  /**
   * It received a PDU of an event, which ended now.
   * @param nextStart when the PDU that its AuxPtr points to begins, in µs; meaningless without an AuxPtr
   * @returns whether it goes on to that
   */
  received(pdu: ExtendedPdu, rssi: number, counter: number, nextStart: number, nextEnd: number): boolean;
  /** A PDU that it waited for did not come. @param first whether that was the AUX_SYNC_IND */
  missed(first: boolean): void;
}

/**
 * A periodic advertising train: AUX_SYNC_IND and AUX_CHAIN_INDs at every interval, to the microsecond
 * (Core Vol 6, Part B, 4.4.2.12).
 */
export class PeriodicTrain extends Train<PeriodicListener> {
  /** What is sent from the next event on. */
  chain: readonly ExtendedPdu[] = [];
  /** Makes the ACAD of an AUX_SYNC_IND that begins at `start` (µs), as long as that in the {@link chain}. */
  acad: ((start: number) => Uint8Array) | undefined;
  private readonly event = new Appointment((now) => this.onEvent(now));
  private readonly step = new Appointment((now) => this.onPduEnd(now));
  private receivers: PeriodicListener[] = [];
  private sending: readonly ExtendedPdu[] = [];
  private index = 0;
  /** The channel in use, and when what is on it began, in µs. */
  private channel = 0;
  private sentAt = 0;
  /** paEventCounter of the next event. */
  private counter = 0;

  /** Whether it is on the air. */
  get runs(): boolean {
    return this.event.stands;
  }

  /** When the next event begins, in µs. */
  get nextAt(): number {
    return this.event.at;
  }

  /** paEventCounter of the next event. */
  get nextCounter(): number {
    return this.counter;
  }

  /** Begins; the first event is at `first` (µs). */
  begin(first: number): void {
    this.agenda.set(this.event, first, true);
  }

  /** Ends without a word: whoever listens finds out by its timeout. */
  end(): void {
    this.agenda.cancel(this.event);
    this.agenda.cancel(this.step);
    for (const receiver of this.receivers) receiver.missed(this.index === 0);
    this.receivers.length = 0;
  }

  private onEvent(now: number): void {
    this.agenda.set(this.event, now + this.period, true);
    const counter = this.counter;
    this.counter = (counter + 1) & 0xffff;
    this.sending = this.chain;
    if (this.acad) this.sending[0]!.acad = this.acad(now);
    this.index = 0;
    this.channel = this.sequence.channel(counter, this.channelMap);
    this.receivers = this.listeners.filter((listener) => listener.listens(counter));
    this.send(now);
  }

  /** Sends the PDU that is next, at `start` (µs), and those behind it as far as somebody receives them. */
  private send(start: number): void {
    let at = start;
    for (; this.index < this.sending.length; this.index++) {
      const end = at + this.airtimeOf(this.sending[this.index]!);
      this.air.occupy(this.radio, this.channel, at, end);
      if (this.receivers.length > 0) {
        this.sentAt = at;
        this.agenda.set(this.step, end, true);
        return;
      }
      at = end + T_MAFS;
    }
  }

  private airtimeOf(pdu: ExtendedPdu): number {
    return advertisingAirtime(extendedPayload(pdu), this.phy);
  }

  private onPduEnd(now: number): void {
    const pdu = this.sending[this.index]!;
    const following = this.sending[this.index + 1];
    const nextStart = now + T_MAFS;
    const nextEnd = following ? nextStart + this.airtimeOf(following) : 0;
    const counter = (this.counter - 1) & 0xffff;
    if (pdu.auxPtr) {
      // AUX_CHAIN_INDs may be anywhere: one of the channels in use, by chance.
      pdu.auxPtr.channel = this.sequence.channel(this.air.dice.below(0x10000), this.channelMap);
      pdu.auxPtr.offset = nextStart - this.sentAt;
    }
    const receivers = this.receivers;
    this.receivers = [];
    for (const receiver of receivers) {
      if (!this.listeners.includes(receiver)) continue;
      const { radio } = receiver;
      const octets = extendedPayload(pdu);
      const fate = this.air.fate(
        this.radio,
        radio,
        this.channel,
        basePhy(this.phy),
        octets,
        this.sentAt,
        now,
      );
      if (fate !== 'received') receiver.missed(this.index === 0);
      else {
        const rssi = this.air.rssi(this.radio, radio, this.channel);
        if (receiver.received(pdu, rssi, counter, nextStart, nextEnd)) this.receivers.push(receiver);
      }
    }
    if (pdu.auxPtr) this.channel = pdu.auxPtr.channel;
    this.index++;
    this.send(nextStart);
  }
}
