import { HciError } from '../core/errors.js';
import { bringUp, type ControllerInfo } from '../hci/bringup/bringup.js';
import type { AdvertisingCommands } from '../hci/bringup/controller-info.js';
import { readRssi } from '../hci/commands/index.js';
import type { HciHost } from '../hci/host.js';
import type { RecoveryPolicy } from '../hci/recovery/policy.js';
import { type Recovery, type RecoveryAttempt, Supervisor } from '../hci/recovery/supervisor.js';
import type { HciTransport } from '../hci/transport/transport.js';
import type { ConnectionManager } from './connection-manager.js';
import { UNKNOWN_CONNECTION } from './errors.js';
import type { RadioParts } from './radio-parts.js';

/** What of a device a {@link DeviceRecovery} works with. */
export interface Recoverable {
  readonly host: HciHost;
  readonly advertisingCommands: AdvertisingCommands | 'auto';
  readonly radio: RadioParts;
  readonly manager: ConnectionManager;
  /** The controller was brought up again. */
  readonly broughtUp: (info: ControllerInfo) => void;
  readonly recovering: (attempt: RecoveryAttempt) => void;
  readonly recovered: (recovery: Recovery) => void;
}

/** Brings a device's controller back after a fault, with all that the device did with it. */
export class DeviceRecovery {
  private readonly supervisor: Supervisor;
  private readonly parts: Recoverable;

  /** @param reopen makes the transport anew; absent when that cannot be done */
  constructor(policy: RecoveryPolicy, reopen: (() => Promise<HciTransport>) | undefined, parts: Recoverable) {
    this.parts = parts;
    this.supervisor = new Supervisor({
      host: parts.host,
      policy,
      reopen,
      bringUp: async (opened) => {
        const { host, advertisingCommands } = parts;
        parts.broughtUp(await bringUp(host, opened, { advertisingCommands }));
      },
      restore: () => parts.radio.restore(),
      verify: () => this.verify(),
    });
    this.supervisor.on('recovering', parts.recovering);
    this.supervisor.on('recovered', parts.recovered);
    this.supervisor.start();
  }

  get recovering(): boolean {
    return this.supervisor.recovering;
  }

  /** Whether the controller is being asked whether it is there, or brought back. */
  get busy(): boolean {
    return this.supervisor.recovering || this.supervisor.probing;
  }

  /** Resolves when no recovery is under way any more, whatever came of it. */
  settled(): Promise<void> {
    return this.supervisor.settled();
  }

  stop(): void {
    this.supervisor.stop();
  }

  /** A controller that was restarted by itself answers as ever. But it knows no link, and does nothing of what it did. */
  private async verify(): Promise<string | undefined> {
    const { host, manager, radio } = this.parts;
    for (const { handle, peer, isConnected } of manager.connections) {
      try {
        await host.send(readRssi, { handle });
      } catch (error) {
        if (!(error instanceof HciError)) throw error;
        if (error.status === UNKNOWN_CONNECTION && isConnected && manager.has(handle))
          return `it does not know the link to ${peer}`;
      }
    }
    return radio.forgotten();
  }
}
