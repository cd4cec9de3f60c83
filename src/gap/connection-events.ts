import type { Address } from '../core/address.js';
import type { BleError, DisconnectedError } from '../core/errors.js';
import type { LinkSecurity } from '../core/security.js';
import type { AttBearer, GattClient } from '../gatt/index.js';
import type { HciHost } from '../hci/host.js';
import type { L2capLink } from '../l2cap/index.js';
import type { CurrentConnectionParameters } from './connection-parameters.js';
import type { LinkSecurer, PairingResult } from './security/link-security.js';

/** What a `Connection` tells. */
export interface ConnectionEvents {
  /** The link is gone, once: by whom tells the reason (Core Vol 1, Part F). */
  disconnected: DisconnectedError;
  /** The connection parameters changed. */
  parameters: CurrentConnectionParameters;
  /** The largest Data PDU changed: octets per PDU to and from the peer. */
  dataLength: { readonly maxTxOctets: number; readonly maxRxOctets: number };
  /** The link is encrypted now, or by another key, or there is a bond. */
  security: LinkSecurity;
  /** A pairing came about, whoever began it. */
  paired: PairingResult;
  /** A pairing failed, or encryption that the peer began. */
  pairingFailed: BleError;
}

/** What makes a `Connection`. @internal */
export interface ConnectionInit {
  readonly host: HciHost;
  readonly handle: number;
  readonly role: 'central' | 'peripheral';
  /** The peer's identity address, which a pairing may tell; its address on air without. */
  readonly peer: () => Address;
  readonly peerOnAir: Address;
  readonly ownOnAir: Address;
  /** Whether the controller said it: it was one for this peer. */
  readonly ownIsTold: boolean;
  readonly parameters: CurrentConnectionParameters;
  readonly advertisingHandle: number | undefined;
  readonly syncHandle: number | undefined;
  readonly l2cap: L2capLink;
  readonly bearer: AttBearer;
  readonly gatt: GattClient;
  readonly securer: LinkSecurer;
  /** See `ParameterUpdatesInit`. */
  readonly byLinkLayer: boolean;
}
