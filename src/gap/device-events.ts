import type { DisconnectedError, TransportError } from '../core/errors.js';
import type { Diagnostic } from '../hci/host-types.js';
import type { Fault } from '../hci/recovery/fault.js';
import type { Recovery, RecoveryAttempt } from '../hci/recovery/supervisor.js';
import type { Connection } from './connection.js';
import type { TransferredSync } from './scanning/periodic-syncs.js';

/** What a `Device` tells. */
export interface DeviceEvents {
  /** A link came about, in either role. */
  connection: Connection;
  /** A link is gone. */
  disconnection: { readonly connection: Connection; readonly reason: DisconnectedError };
  /** A periodic advertising train that a peer told of is received; see `Device.receivePeriodicSyncs`. */
  periodicSync: TransferredSync;
  /** See {@link Diagnostic}. */
  diagnostic: Diagnostic;
  /** The controller failed; with the packets before it. What is done about it, the next two events tell. */
  fault: Fault;
  /** A try to bring the controller back begins. All links have ended, all that was pending has been rejected. */
  recovering: RecoveryAttempt;
  /** The controller is back, and scans, advertises and filters as before. */
  recovered: Recovery;
  /** The device is closed; with an error, its port was lost, or its controller did not come back. */
  closed: TransportError | undefined;
}
