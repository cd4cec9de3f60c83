import type { Address } from '../../core/address.js';
import { Emitter } from '../../core/emitter.js';
import { type BleError, StateError } from '../../core/errors.js';
import { concatBytes } from '../../core/hex.js';
import { AsyncQueue } from '../../core/queue.js';
import {
  lePeriodicAdvertisingSyncTransfer,
  lePeriodicAdvertisingTerminateSync,
  leSetPeriodicAdvertisingReceiveEnable,
} from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';
import type { Connection } from '../connection.js';
import type { LinkPhy } from '../link/radio-types.js';

/** What one periodic advertisement brought. */
export interface PeriodicReport {
  /** The advertising data, the caller's own. */
  readonly data: Uint8Array;
  /** In dBm; `undefined` when the controller does not know it. */
  readonly rssi: number | undefined;
  /** The power that the advertiser says it sends with, in dBm. */
  readonly txPower: number | undefined;
  /** Whether the end of the data is missing: the controller could not receive it. */
  readonly truncated: boolean;
}

/** What a train says of its Broadcast Isochronous Group: Core Vol 4, Part E, 7.7.65.34. */
export interface BigInfo {
  readonly numBis: number;
  readonly nse: number;
  /** In units of 1.25 ms. */
  readonly isoInterval: number;
  readonly bn: number;
  readonly pto: number;
  readonly irc: number;
  readonly maxPdu: number;
  /** In microseconds. */
  readonly sduInterval: number;
  readonly maxSdu: number;
  readonly phy: number;
  readonly framing: number;
  readonly encryption: number;
}

/** What a {@link PeriodicSync} tells. */
export interface PeriodicSyncEvents {
  report: PeriodicReport;
  bigInfo: BigInfo;
  /** It is over: stopped without an error, else lost. */
  ended: BleError | undefined;
}

/** What a sync is made of. @internal */
export interface SyncFacts {
  readonly handle: number;
  readonly address: Address;
  readonly sid: number;
  readonly phy: LinkPhy;
  readonly intervalMs: number;
}

/** Octets that the data of one event may have: Core Vol 6, Part B, 2.3.4.9. */
const LONGEST = 1650;
const REPORTS_WAITING = 64;
const UNKNOWN = 127;
const MORE_TO_COME = 1;
const COMPLETE = 0;

/** Reception of one periodic advertising train: Core Vol 3, Part C, 9.5.3. Iterate over it for the reports, or listen. */
export class PeriodicSync
  extends Emitter<PeriodicSyncEvents>
  implements AsyncIterable<PeriodicReport>, AsyncDisposable
{
  /** The Sync_Handle. */
  readonly handle: number;
  readonly address: Address;
  /** The Advertising_SID. */
  readonly sid: number;
  readonly phy: LinkPhy;
  /** The interval of the train in milliseconds. */
  readonly intervalMs: number;
  private readonly host: HciHost;
  private readonly gone: (sync: PeriodicSync) => void;
  private readonly queue: AsyncQueue<PeriodicReport>;
  private parts: Uint8Array[] = [];
  private size = 0;
  private over = false;
  private iterated = false;

  /** @internal */
  constructor(host: HciHost, facts: SyncFacts, gone: (sync: PeriodicSync) => void) {
    super();
    this.host = host;
    this.gone = gone;
    this.handle = facts.handle;
    this.address = facts.address;
    this.sid = facts.sid;
    this.phy = facts.phy;
    this.intervalMs = facts.intervalMs;
    this.queue = new AsyncQueue(REPORTS_WAITING, () => void this.stop().catch(() => {}));
  }

  /** Whether the train is received. */
  get active(): boolean {
    return !this.over;
  }

  /** Reports that an iterator did not take in time, and lost. */
  get dropped(): number {
    return this.queue.dropped;
  }

  /** Turns reports off and on; the sync is kept meanwhile (7.8.88). @param unchanged whether data that did not change is told again */
  async setReports(on: boolean, unchanged = true): Promise<void> {
    if (this.over) throw new StateError('setReports: the train is not received any more');
    const enable = (on ? 1 : 0) | (unchanged ? 0 : 2);
    await this.host.send(leSetPeriodicAdvertisingReceiveEnable, { syncHandle: this.handle, enable });
  }

  /** Sends a peer what it needs to receive the train (7.8.89). @param serviceData what its host is told with it, 0–65535 */
  async transferTo(connection: Connection, serviceData = 0): Promise<void> {
    if (this.over) throw new StateError('transferTo: the train is not received any more');
    const { handle: connectionHandle } = connection;
    // The controller has to know that the peer's can take it.
    await connection.radio.readRemoteFeatures();
    await this.host.send(lePeriodicAdvertisingSyncTransfer, {
      connectionHandle,
      serviceData,
      syncHandle: this.handle,
    });
  }

  /** Ends the reception; idempotent. */
  async stop(): Promise<void> {
    if (this.over) return;
    this.finish(undefined);
    await this.host.send(lePeriodicAdvertisingTerminateSync, { syncHandle: this.handle });
  }

  [Symbol.asyncIterator](): AsyncIterator<PeriodicReport> {
    this.iterated = true;
    return this.queue;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** @internal One report of the controller; the data may come in several. */
  came(event: {
    readonly rssi: number;
    readonly txPower: number;
    readonly dataStatus: number;
    readonly data: Uint8Array;
  }): void {
    const { rssi, txPower, dataStatus, data } = event;
    this.size += data.length;
    if (this.size > LONGEST) {
      this.forget();
      this.host.report({
        layer: 'gap',
        message: `periodic advertising of more than ${LONGEST} octets was given up`,
      });
      return;
    }
    this.parts.push(data.slice());
    if (dataStatus === MORE_TO_COME) return;
    const whole = this.parts.length === 1 ? this.parts[0]! : concatBytes(...this.parts);
    this.forget();
    const report = {
      data: whole,
      rssi: rssi === UNKNOWN ? undefined : rssi,
      txPower: txPower === UNKNOWN ? undefined : txPower,
      truncated: dataStatus !== COMPLETE,
    };
    if (this.iterated) this.queue.push(report);
    this.emit('report', report);
  }

  /** @internal The train was lost, or the controller. */
  lost(error: BleError): void {
    this.finish(error);
  }

  private forget(): void {
    this.parts = [];
    this.size = 0;
  }

  private finish(error: BleError | undefined): void {
    if (this.over) return;
    this.over = true;
    this.gone(this);
    this.queue.end(error);
    this.emit('ended', error);
  }
}
