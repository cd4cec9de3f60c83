import type { Address } from '../../core/address.js';
import type { ConnectIndication } from '../air/advertising-pdu.js';
import type { Dice } from '../air/dice.js';
import type { Radio } from '../air/propagation.js';
import type { AcceptList } from './accept-list.js';
import type { AddressResolver } from './privacy/address-resolver.js';

/** An advertising set, as the controller around it sees it when something happens. */
export interface AdvertisingSetState {
  /** Advertising_Handle; `undefined` for the set of the legacy commands. */
  readonly handle: number | undefined;
  /** Whether it uses legacy PDUs. */
  readonly legacyPdus: boolean;
  /** Whether it is to end after a number of events. */
  readonly limitsEvents: boolean;
  /** How many events it has completed since it was switched on. */
  readonly completedEvents: number;
}

/** The controller around an advertising set. */
export interface AdvertisingSetHost {
  readonly radio: Radio;
  readonly dice: Dice;
  readonly acceptList: AcceptList;
  readonly addresses: AddressResolver;
  /** Whether it can use Channel Selection Algorithm #2. */
  readonly chSel: boolean;
  readonly hasRoomForConnection: boolean;
  /** One of the secondary channels in use, by chance. */
  secondaryChannel(): number;
  /** Advertising led to a connection, and has ended. */
  connectedAsPeripheral(indication: ConnectIndication, own: Address, set: AdvertisingSetState): void;
  /** Advertising has ended without one. @param status why: its time or its number of events */
  advertisingEnded(set: AdvertisingSetState, status: number): void;
  /** A scan request was received. */
  scanRequested(set: AdvertisingSetState, scanA: Address): void;
}

/** How long a set is to advertise. */
export interface AdvertisingLimits {
  /** µs; 0 is until it is stopped. */
  readonly duration: number;
  /** Events; 0 for no limit. */
  readonly maxEvents: number;
}
