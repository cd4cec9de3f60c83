import type { Air } from '../air/air.js';
import type { Dice } from '../air/dice.js';
import type { Radio } from '../air/propagation.js';
import type { SlotResult } from '../air/response-slots.js';
import type { SubeventStructure } from '../air/subevent-structure.js';
import type { AdvertisingParameters } from './advertising-parameters.js';

/** The subevents of a train, as its advertiser plans them. */
export interface SubeventPlan extends SubeventStructure {
  readonly numResponseSlots: number;
}

/** What a train with subevents tells the host. */
export interface ResponseEvents {
  /** LE Periodic Advertising Subevent Data Request. */
  subeventDataRequested(advertisingHandle: number, start: number, count: number): void;
  /** LE Periodic Advertising Response Report; without results, its AUX_SYNC_SUBEVENT_IND was not sent. */
  responsesReceived(
    advertisingHandle: number,
    subevent: number,
    results: readonly SlotResult[] | undefined,
  ): void;
}

/** The controller around a `PeriodicAdvertising`. */
export interface PeriodicAdvertisingHost {
  readonly air: Air;
  readonly radio: Radio;
  readonly dice: Dice;
  readonly sca: number;
  /** The channels that the host does not call bad. */
  readonly channelMap: Uint8Array;
  /** Is told of what trains with subevents want and bring. */
  readonly responseEvents: ResponseEvents;
  /** An access address for a train. */
  accessAddress(): number;
}

/** The advertising set around a `PeriodicAdvertising`. */
export interface PeriodicSet {
  /** Advertising_Handle; the set of the legacy commands has none, and no train. */
  readonly handle: number | undefined;
  readonly parameters: AdvertisingParameters;
  readonly enabled: boolean;
  /** Has the events to come send what there is to send now. */
  refresh(): void;
}
