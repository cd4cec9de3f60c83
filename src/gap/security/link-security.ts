import type { BleError } from '../../core/errors.js';
import type { DataSigning, LinkSecurity, SecurityLevelCode } from '../../core/security.js';
import type { GattClient, RefusalHandler, ServerClient } from '../../gatt/index.js';
import type { PairOptions } from '../../smp/pairing/manager.js';
import type { PairingMethod } from '../../smp/pairing/method.js';

/** What a pairing came to. */
export interface PairingResult extends LinkSecurity {
  /** How the two made sure of each other; `undefined` where the central encrypted with the key of a bond instead of pairing. */
  readonly method: PairingMethod | undefined;
  readonly secureConnections: boolean;
}

/** What the security of a link tells. */
export interface LinkSecurityEvents {
  /** Another level, another key, or another bond. */
  changed(security: LinkSecurity): void;
  /** A pairing came about, whoever began it. */
  paired(result: PairingResult): void;
  /** A pairing, or encryption that the peer began, did not come about. */
  failed(error: BleError): void;
}

/** The security of one link, as its {@link Connection} uses it. */
export interface LinkSecurer {
  readonly current: LinkSecurity;
  /** Set by the connection. */
  events: LinkSecurityEvents | undefined;
  /** Signs and checks signatures with the keys of the bond. */
  readonly signing: DataSigning | undefined;
  /** Raises the link's security when the peer's server asks for it. */
  readonly refused: RefusalHandler | undefined;
  /** As a central: whether the link has to be encrypted before it is given out. */
  readonly encryptsFirst: boolean;
  pair(options: PairOptions): Promise<PairingResult>;
  encrypt(): Promise<void>;
  requestSecurity(options: PairOptions): Promise<PairingResult>;
  require(level: SecurityLevelCode): Promise<void>;
  refreshKey(): Promise<void>;
  /** Keeps with the bond what the server has of this link's client, and what the client has of the peer's server. */
  serve(client: ServerClient, gatt: GattClient): void;
}
