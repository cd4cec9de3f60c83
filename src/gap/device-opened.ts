import type { Address } from '../core/address.js';
import type { GattServer } from '../gatt/index.js';
import type { ControllerInfo } from '../hci/bringup/bringup.js';
import type { CaptureSink } from '../hci/capture/tap.js';
import type { HciHost } from '../hci/host.js';
import type { RecoveryPolicy } from '../hci/recovery/policy.js';
import type { HciTransport } from '../hci/transport/transport.js';
import type { DeviceOptions } from './device-options.js';
import type { DeviceEatt } from './device-parts.js';
import type { GapServices } from './gap-service.js';
import type { Privacy } from './privacy/privacy.js';
import type { RadioGate } from './privacy/radio-gate.js';
import type { DeviceSecurity } from './security/device-security.js';

/** A controller that was brought up, and all that a device is made with. */
export interface Opened {
  readonly options: DeviceOptions;
  readonly host: HciHost;
  readonly controller: ControllerInfo;
  readonly address: Address;
  readonly server: GattServer;
  readonly services: GapServices;
  readonly policy: RecoveryPolicy | undefined;
  readonly source: () => Promise<HciTransport>;
  readonly capture: CaptureSink | undefined;
  readonly security: DeviceSecurity | undefined;
  readonly gate: RadioGate;
  readonly privacy: Privacy | undefined;
  /** What enhanced ATT bearers are made with, and how many are opened on each link. */
  readonly eatt: DeviceEatt | undefined;
}
