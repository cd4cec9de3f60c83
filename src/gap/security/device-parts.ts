import type { GattServer } from '../../gatt/index.js';
import type { HciHost } from '../../hci/host.js';
import type { SmpCrypto } from '../../smp/crypto/index.js';
import type { KeySource, PairingAttempts } from '../../smp/pairing/index.js';
import type { Bonds } from '../bonds/bonds.js';
import type { SecuritySettings } from './options.js';

/** What the security of all links of a device shares. */
export interface DeviceParts {
  readonly host: HciHost;
  readonly server: GattServer;
  readonly bonds: Bonds;
  readonly crypto: SmpCrypto;
  readonly keys: KeySource;
  readonly attempts: PairingAttempts;
}

/** What a link has of its device's security. */
export interface SecuringDevice {
  readonly parts: DeviceParts;
  /** As they hold for links that come about now. */
  readonly settings: SecuritySettings;
  /** The link is encrypted: watches that the peer goes on encrypting, where that is asked for. */
  watchPayload(connectionHandle: number, report: (message: string) => void): void;
  /** The link is gone. */
  forget(connectionHandle: number, link: object): void;
}
