import type { ControllerInfo } from '../hci/bringup/bringup.js';
import type { HciHost } from '../hci/host.js';
import type { OnAirAddresses } from './privacy/on-air.js';
import type { RadioGate } from './privacy/radio-gate.js';

/** What advertising, scanning and initiating share. */
export interface Radio {
  readonly host: HciHost;
  /** Own and others' addresses on air. */
  readonly addresses: OnAirAddresses;
  /** What keeps them apart from changes of addresses. */
  readonly gate: RadioGate;
  /** What the controller is and can at the moment: after a recovery it may be another one. */
  readonly controller: () => ControllerInfo;
}
