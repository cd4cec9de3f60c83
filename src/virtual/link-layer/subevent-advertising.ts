import { advertisingAirtime } from '../air/advertising-airtime.js';
import type { ConnectIndication } from '../air/advertising-pdu.js';
import { AdvMode, type ExtendedPdu, extendedPayload } from '../air/extended-pdu.js';
import type { Radio } from '../air/propagation.js';
import type { SlotResult } from '../air/response-slots.js';
import { encodeTiming } from '../air/subevent-structure.js';
import { type SubeventSender, SubeventTrain, type SubeventTransmission } from '../air/subevent-train.js';
import type { PeriodicAdvertisingHost, PeriodicSet, ResponseEvents, SubeventPlan } from './periodic-host.js';
import { HciStatus } from './status.js';

/** Data of a subevent to come, from the host. */
export interface SubeventData {
  readonly subevent: number;
  readonly responseSlotStart: number;
  readonly responseSlotCount: number;
  readonly subeventData: Uint8Array;
}

/** Somebody to connect to. */
export interface Invitation {
  readonly subevent: number;
  readonly request: ConnectIndication;
  /** The AUX_CONNECT_REQ has been sent, up to now. */
  sent(): void;
  /** Its answer has come, or none has: the invitation is over. */
  answered(received: boolean): void;
  /** The train is over before it could be sent. */
  ended(): void;
}

/** Subevents that data is asked for ahead of time, at most. */
const AHEAD = 8;
const EMPTY = new Uint8Array(0);

/** A PDU of a train with subevents: AUX_SYNC_SUBEVENT_IND or AUX_SYNC_SUBEVENT_RSP (Core Vol 6, Part B, 2.3.1.9 and 2.3.1.10). */
export function subeventPdu(data: Uint8Array, txPower: number | undefined): ExtendedPdu {
  return {
    mode: AdvMode.neither,
    advA: undefined,
    targetA: undefined,
    adi: undefined,
    auxPtr: undefined,
    syncInfo: undefined,
    txPower,
    data,
  };
}

/** The train of a set that has subevents: what is sent in them, as the host gives it, and what comes in their slots. */
export class SubeventAdvertising implements SubeventSender {
  readonly radio: Radio;
  readonly train: SubeventTrain;
  readonly plan: SubeventPlan;
  /** The ACAD of the AUX_ADV_INDs. */
  readonly timing: Uint8Array;
  private readonly events: ResponseEvents;
  private readonly handle: number;
  private readonly txPower: number | undefined;
  private readonly data = new Map<number, SubeventData>();
  /** Subevents that have been sent, and those that data was asked for, counted through all events. */
  private sent = 0;
  /** Whom it invites to connect, in the next subevent of a number. */
  private invitation: Invitation | undefined;
  private requested = 0;

  /** @param interval units of 1.25 ms @param withTxPower whether the power is in the header */
  constructor(
    host: PeriodicAdvertisingHost,
    set: PeriodicSet,
    plan: SubeventPlan,
    interval: number,
    withTxPower: boolean,
  ) {
    const { air, radio, sca, channelMap } = host;
    this.radio = radio;
    this.plan = plan;
    this.events = host.responseEvents;
    this.handle = set.handle!;
    this.txPower = withTxPower ? radio.txPower : undefined;
    const phy = set.parameters.secondaryPhy;
    const options = { accessAddress: host.accessAddress(), interval, phy, sca, channelMap };
    this.train = new SubeventTrain(air, this, options, plan);
    this.timing = encodeTiming(plan, this.train.responseAccessAddress);
  }

  /** Begins; the first event is at `first` (µs). */
  start(first: number): void {
    this.train.begin(first);
    this.requestMore();
  }

  /** Sends an AUX_CONNECT_REQ in the next such subevent. */
  invite(invitation: Invitation): void {
    this.invitation = invitation;
  }

  /** Sends no AUX_CONNECT_REQ any more. */
  withdraw(): void {
    this.invitation = undefined;
  }

  /** Ends without a word on the air. */
  end(): void {
    this.train.end();
    const { invitation } = this;
    this.invitation = undefined;
    invitation?.ended();
  }

  begin(subevent: number): SubeventTransmission {
    const data = this.data.get(subevent);
    this.data.delete(subevent);
    this.sent++;
    this.requestMore();
    const { invitation } = this;
    if (invitation?.subevent === subevent) {
      const nothing = { pdu: subeventPdu(EMPTY, undefined), slotStart: 0, slotCount: 0 };
      if (data) this.events.responsesReceived(this.handle, subevent, undefined);
      return { ...nothing, request: invitation.request };
    }
    // Without data of the host it is sent empty, so that receivers keep in time, and nobody is listened to.
    return {
      pdu: subeventPdu(data?.subeventData ?? EMPTY, this.txPower),
      slotStart: data?.responseSlotStart ?? 0,
      slotCount: data?.responseSlotCount ?? 0,
    };
  }

  slotsOver(subevent: number, results: readonly SlotResult[]): void {
    this.events.responsesReceived(this.handle, subevent, results);
  }

  requestSent(request: ConnectIndication): void {
    if (this.invitation?.request === request) this.invitation.sent();
  }

  requestAnswered(request: ConnectIndication, received: boolean): void {
    const { invitation } = this;
    // Otherwise the host has called it off.
    if (invitation?.request !== request) return;
    this.invitation = undefined;
    invitation.answered(received);
  }

  /** Takes data of the host: all of it, or none. @returns the status: Core Vol 4, Part E, 7.8.125 */
  setData(list: readonly SubeventData[]): number {
    for (const data of list) {
      const status = this.check(data);
      if (status !== HciStatus.success) return status;
    }
    for (const data of list)
      this.data.set(data.subevent, { ...data, subeventData: data.subeventData.slice() });
    return HciStatus.success;
  }

  private check({ subevent, responseSlotStart, responseSlotCount, subeventData }: SubeventData): number {
    const { numSubevents, numResponseSlots, responseSlotDelay, subeventInterval } = this.plan;
    if (subevent >= numSubevents || responseSlotStart + responseSlotCount > numResponseSlots)
      return HciStatus.invalidParameters;
    const octets = extendedPayload(subeventPdu(subeventData, this.txPower));
    const room = numResponseSlots > 0 ? responseSlotDelay : subeventInterval;
    if (octets > 255 || advertisingAirtime(octets, this.train.phy) > room * 1250)
      return HciStatus.packetTooLong;
    return this.awaits(subevent) ? HciStatus.success : HciStatus.tooLate;
  }

  /** Whether data of a subevent was asked for, and it has not been sent since. */
  private awaits(subevent: number): boolean {
    const { numSubevents } = this.plan;
    const first = this.sent + ((subevent - (this.sent % numSubevents) + numSubevents) % numSubevents);
    return first < this.requested;
  }

  private requestMore(): void {
    const { numSubevents } = this.plan;
    const ahead = Math.min(AHEAD, numSubevents);
    const outstanding = this.requested - this.sent;
    if (outstanding > ahead >> 1) return;
    const start = this.requested % numSubevents;
    const count = ahead - outstanding;
    this.requested += count;
    this.events.subeventDataRequested(this.handle, start, count);
  }
}
