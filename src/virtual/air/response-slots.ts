import { advertisingAirtime, basePhy } from './advertising-airtime.js';
import { type ExtendedPdu, extendedPayload } from './extended-pdu.js';
import type { Medium } from './link.js';
import type { Radio } from './propagation.js';

/** What came in a response slot. */
export interface SlotResult {
  readonly slot: number;
  /** The AUX_SYNC_SUBEVENT_RSP; `undefined` when nothing was received. */
  readonly pdu: ExtendedPdu | undefined;
  readonly rssi: number;
}

interface Response {
  readonly from: Radio;
  readonly slot: number;
  readonly start: number;
  readonly end: number;
  readonly pdu: ExtendedPdu;
}

/** The responses that are on their way to an advertiser, by the subevent that they are for. */
export class ResponseSlots {
  private readonly air: Medium;
  private readonly phy: number;
  private readonly byIndex = new Map<number, Response[]>();

  /** @param phy a code of `AdvertisingPhy` */
  constructor(air: Medium, phy: number) {
    this.air = air;
    this.phy = phy;
  }

  /** A response is sent at `start` (µs) on a channel. @returns when it ends */
  add(from: Radio, index: number, channel: number, slot: number, start: number, pdu: ExtendedPdu): number {
    const end = start + advertisingAirtime(extendedPayload(pdu), this.phy);
    this.air.occupy(from, channel, start, end);
    const before = this.byIndex.get(index) ?? [];
    // What a radio sends in a slot, replaces what it was to send there.
    const others = before.filter((one) => one.from !== from || one.slot !== slot);
    this.byIndex.set(index, [...others, { from, slot, start, end, pdu }]);
    return end;
  }

  /** What came in the response slots of a subevent that are listened to; they are over. */
  take(to: Radio, index: number, channel: number, slotStart: number, slotCount: number): SlotResult[] {
    const responses = this.byIndex.get(index) ?? [];
    for (const old of this.byIndex.keys()) if (old <= index) this.byIndex.delete(old);
    const results: SlotResult[] = [];
    for (let slot = slotStart; slot < slotStart + slotCount; slot++) {
      const inSlot = responses.filter((one) => one.slot === slot);
      // Two at once are none.
      const arrived = inSlot.length === 1 && this.arrives(inSlot[0]!, to, channel);
      results.push({
        slot,
        pdu: arrived ? inSlot[0]!.pdu : undefined,
        rssi: arrived ? this.air.rssi(inSlot[0]!.from, to, channel) : 0,
      });
    }
    return results;
  }

  /** Nothing is on its way any more. */
  clear(): void {
    this.byIndex.clear();
  }

  private arrives({ from, start, end, pdu }: Response, to: Radio, channel: number): boolean {
    const octets = extendedPayload(pdu);
    return this.air.fate(from, to, channel, basePhy(this.phy), octets, start, end) === 'received';
  }
}
