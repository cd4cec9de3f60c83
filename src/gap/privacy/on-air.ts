import type { Address } from '../../core/address.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';

/** How commands name this device and a peer. */
export interface AddressesTowards {
  /** Own_Address_Type, 0–3. */
  readonly ownAddressType: number;
  /** Peer_Address_Type and Peer_Address. */
  readonly peer: Address;
}

/** The addresses that go on air: what scanner, advertiser and initiator ask. */
export interface OnAirAddresses {
  /** The address that strangers see at the moment: the random one that an advertising set is given, where it is random. */
  readonly address: Address;
  /** A private address of this device beside {@link address}; `undefined` when it shows its identity. */
  another(): Address | undefined;
  /** Own_Address_Type for what is for nobody in particular, 0–3. */
  ownAddressType(): number;
  /** Makes ready for turning to a peer; before {@link towards}. */
  prepare(peer: Address): Promise<void>;
  /** For a directed advertisement to a peer, or a connection with it, that is known by its identity address. */
  towards(peer: Address, use: 'advertise' | 'connect'): AddressesTowards;
  /** The identity address behind an address on air or from the controller; the address itself where it is not known. */
  identify(address: Address): Address;
  /** Finds out who is behind an advertising report. @returns whether anybody is to see it */
  seen(report: AdvertisingReport): boolean;
  /** Whether the controller is to report directed advertisements to private addresses that it does not resolve. */
  wantsDirected(): boolean;
  /** Whether the controller knows a peer by its identity address: it has no private ones, or the controller resolves them. */
  isFoundByController(peer: Address): boolean;
  /** Whether a directed advertisement is for this device. */
  isOwn(address: Address): boolean;
}

/** Addresses of a device without privacy and bonds: its own, and peers as they are called. */
export function plainAddresses(own: () => Address): OnAirAddresses {
  const ownAddressType = () => own().type;
  return {
    get address() {
      return own();
    },
    another: () => undefined,
    ownAddressType,
    prepare: () => Promise.resolve(),
    towards: (peer) => ({ ownAddressType: ownAddressType(), peer }),
    identify: (address) => address,
    seen: () => true,
    wantsDirected: () => false,
    isFoundByController: () => true,
    isOwn: () => false,
  };
}
