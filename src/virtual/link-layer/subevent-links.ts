import type { Address } from '../../core/address.js';
import type { ConnectIndication } from '../air/advertising-pdu.js';
import type { Air } from '../air/air.js';
import type { Radio } from '../air/propagation.js';
import type { Connection } from './connection.js';
import { type ConnectionOrigin, Role, type RoleCode } from './connection-state.js';
import type { AddressResolver } from './privacy/address-resolver.js';
import type { SubeventInitiatorHost } from './subevent-initiator.js';
import type { SyncLinks } from './synchroniser.js';

/** The controller around {@link SubeventLinks}. */
export interface SubeventLinksHost {
  readonly air: Air;
  readonly radio: Radio;
  readonly addresses: AddressResolver;
  readonly hasRoomForConnection: boolean;
  readonly events: { connectionFailed(status: number, role: RoleCode): void };
  isConnectedTo(peer: Address): boolean;
  addConnection(request: ConnectIndication, role: RoleCode, own: Address, peer: Address): Connection;
  announce(connection: Connection, csa2: boolean, origin: ConnectionOrigin): void;
}

/** The connections that come about by trains with subevents, at both ends: Core Vol 6, Part B, 4.4.2.12 and 4.4.5. */
export class SubeventLinks implements SubeventInitiatorHost, SyncLinks {
  readonly air: Air;
  readonly radio: Radio;
  private readonly host: SubeventLinksHost;

  constructor(host: SubeventLinksHost) {
    this.host = host;
    this.air = host.air;
    this.radio = host.radio;
  }

  connectedInSubevent(request: ConnectIndication, firstAnchor: number, advertisingHandle: number): void {
    const connection = this.host.addConnection(request, Role.central, request.initA, request.advA);
    request.link.useAlgorithm2();
    request.link.joinCentral(connection, firstAnchor);
    this.host.announce(connection, true, { advertisingHandle });
  }

  subeventConnectionFailed(status: number): void {
    this.host.events.connectionFailed(status, Role.central);
  }

  accepts({ advA, initA }: ConnectIndication): boolean {
    const { addresses, hasRoomForConnection } = this.host;
    const peer = addresses.sender(initA);
    if (!peer || !hasRoomForConnection || this.host.isConnectedTo(peer)) return false;
    return [0, 1].some((type) => addresses.asTarget(advA, type) !== undefined);
  }

  connectedBySync(request: ConnectIndication, syncHandle: number): void {
    const connection = this.host.addConnection(request, Role.peripheral, request.advA, request.initA);
    request.link.joinPeripheral(connection);
    this.host.announce(connection, true, { syncHandle });
  }
}
