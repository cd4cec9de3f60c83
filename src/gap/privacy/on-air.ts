import type { Address } from '../../core/address.js';

/** How commands name this device and a peer. */
export interface AddressesTowards {
  /** Own_Address_Type, 0–3. */
  readonly ownAddressType: number;
  /** Peer_Address_Type and Peer_Address. */
  readonly peer: Address;
}

/** The addresses that go on air: what scanner, advertiser and initiator ask. */
export interface OnAirAddresses {
  /** Own_Address_Type for what is for nobody in particular, 0–3. */
  ownAddressType(): number;
  /** For a directed advertisement to a peer, or a connection with it, that is known by its identity address. */
  towards(peer: Address, use: 'advertise' | 'connect'): AddressesTowards;
}

/** Addresses of a device without privacy and bonds: its own, and peers as they are called. */
export function plainAddresses(ownAddressType: () => number): OnAirAddresses {
  return { ownAddressType, towards: (peer) => ({ ownAddressType: ownAddressType(), peer }) };
}
