import { advertisingAirtime } from '../air/advertising-airtime.js';
import type { ConnectIndication } from '../air/advertising-pdu.js';
import { type ExtendedPdu, extendedPayload } from '../air/extended-pdu.js';
import type { Radio } from '../air/propagation.js';
import type { SubeventStructure } from '../air/subevent-structure.js';
import type { SubeventListener, SubeventTrain } from '../air/subevent-train.js';
import { HciStatus } from './status.js';
import { subeventPdu } from './subevent-advertising.js';

/** Responses that wait for their slots, at most. */
const MAX_RESPONSES = 32;

/** The sync around a {@link SubeventReception}. */
export interface SubeventSync {
  readonly radio: Radio;
  readonly established: boolean;
  /** Events that may be passed over after one that was received. */
  readonly skip: number;
  /** µs since the world began. */
  readonly now: number;
  /** A packet was received. */
  heardSubevent(): void;
  /** Whether it takes a connection that an advertiser asks for. */
  accepts(request: ConnectIndication): boolean;
  /** The AUX_CONNECT_RSP to such a request has been sent. */
  connectedInSubevent(request: ConnectIndication): void;
  /** What came in a subevent that the host has chosen; nothing, and it was not received. */
  subeventReport(counter: number, subevent: number, pdu: ExtendedPdu | undefined, rssi: number): void;
}

/** A response of the host. */
export interface SubeventResponse {
  readonly requestEvent: number;
  readonly requestSubevent: number;
  readonly responseSubevent: number;
  readonly responseSlot: number;
  readonly responseData: Uint8Array;
}

/** The reception of a train with subevents, and what is answered: Core Vol 6, Part B, 4.4.5.2. */
export class SubeventReception implements SubeventListener {
  readonly radio: Radio;
  readonly structure: SubeventStructure;
  private readonly sync: SubeventSync;
  private readonly train: SubeventTrain;
  /** Those that the host has chosen. */
  private chosen: ReadonlySet<number> = new Set();
  private withTxPower = false;
  /** By subevent: paEventCounter of the last that was received. */
  private readonly last = new Map<number, number>();
  /** When the responses that wait are over, in µs. */
  private responses: number[] = [];

  constructor(sync: SubeventSync, train: SubeventTrain, structure: SubeventStructure) {
    this.sync = sync;
    this.train = train;
    this.structure = structure;
    this.radio = sync.radio;
    train.join(this);
  }

  /** Stops. */
  stop(): void {
    this.train.leave(this);
  }

  /** Chooses subevents, in place of those of before. */
  choose(subevents: readonly number[], withTxPower: boolean): void {
    this.chosen = new Set(subevents);
    this.withTxPower = withTxPower;
    this.last.clear();
  }

  listens(counter: number, subevent: number): boolean {
    // SyncInfo points to subevent 0, by which it keeps in time until the host has chosen.
    if (!this.sync.established || this.chosen.size === 0) return subevent === 0;
    if (!this.chosen.has(subevent)) return false;
    const last = this.last.get(subevent);
    return last === undefined || ((counter - last) & 0xffff) > this.sync.skip;
  }

  received(pdu: ExtendedPdu, rssi: number, counter: number, subevent: number): void {
    const { chosen } = this;
    this.last.set(subevent, counter);
    this.sync.heardSubevent();
    if (chosen.has(subevent)) this.sync.subeventReport(counter, subevent, pdu, rssi);
  }

  missed(counter: number, subevent: number): void {
    if (this.chosen.has(subevent)) this.sync.subeventReport(counter, subevent, undefined, 0);
  }

  requested(request: ConnectIndication, counter: number, subevent: number): boolean {
    this.last.set(subevent, counter);
    this.sync.heardSubevent();
    return this.sync.accepts(request);
  }

  connected(request: ConnectIndication): void {
    this.sync.connectedInSubevent(request);
  }

  /** Answers in a response slot. @returns the status: Core Vol 4, Part E, 7.8.126 */
  respond(response: SubeventResponse): number {
    const { requestEvent, requestSubevent, responseSubevent, responseSlot, responseData } = response;
    const { numSubevents, responseSlotDelay } = this.structure;
    if (requestSubevent >= numSubevents || responseSubevent >= numSubevents)
      return HciStatus.invalidParameters;
    if (responseSlotDelay === 0) return HciStatus.commandDisallowed;
    const pdu = subeventPdu(responseData.slice(), this.withTxPower ? this.radio.txPower : undefined);
    const octets = extendedPayload(pdu);
    if (octets > 255 || advertisingAirtime(octets, this.train.phy) > this.room)
      return HciStatus.packetTooLong;
    const { now } = this.sync;
    this.responses = this.responses.filter((end) => end > now);
    if (this.responses.length >= MAX_RESPONSES) return HciStatus.memoryCapacityExceeded;
    const { train, radio } = this;
    const end = train.respond(radio, requestEvent, requestSubevent, responseSubevent, responseSlot, pdu);
    if (end === undefined) return HciStatus.tooLate;
    this.responses.push(end);
    return HciStatus.success;
  }

  /** µs that a response may take. */
  private get room(): number {
    const { responseSlotSpacing, subeventInterval, responseSlotDelay } = this.structure;
    if (responseSlotSpacing > 0) return responseSlotSpacing * 125;
    return (subeventInterval - responseSlotDelay) * 1250;
  }
}
