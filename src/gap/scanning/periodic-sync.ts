import type { Address } from '../../core/address.js';
import { Emitter } from '../../core/emitter.js';
import { type BleError, HciError, StateError } from '../../core/errors.js';
import { concatBytes } from '../../core/hex.js';
import { AsyncQueue } from '../../core/queue.js';
import {
  lePeriodicAdvertisingSyncTransfer,
  leSetPeriodicAdvertisingReceiveEnable,
} from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';
import type { Connection } from '../connection.js';
import { isReset, UNKNOWN_ADVERTISING } from '../errors.js';
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
  /** The controller has to be reset; the train is looked for again behind that. */
  interrupted: BleError;
  /** It is received again. */
  resumed: undefined;
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

/** Who keeps a {@link PeriodicSync}. @internal */
export interface SyncKeeper {
  /** Ends it in the controller. */
  terminate(sync: PeriodicSync): Promise<void>;
  /** It is over, and not the keeper's any more. */
  gone(sync: PeriodicSync): void;
}

/** Octets that the data of one event may have: Core Vol 6, Part B, 2.3.4.9. */
const LONGEST = 1650;
const REPORTS_WAITING = 64;
const UNKNOWN = 127;
const MORE_TO_COME = 1;
const COMPLETE = 0;
/** Bits of Enable: Core Vol 4, Part E, 7.8.88. */
const REPORTS = 1;
const NO_DUPLICATES = 2;

/** Reception of one periodic advertising train: Core Vol 3, Part C, 9.5.3. Iterate over it for the reports, or listen. */
export class PeriodicSync
  extends Emitter<PeriodicSyncEvents>
  implements AsyncIterable<PeriodicReport>, AsyncDisposable
{
  private readonly host: HciHost;
  private readonly keeper: SyncKeeper;
  private facts: SyncFacts;
  private readonly queue: AsyncQueue<PeriodicReport>;
  private parts: Uint8Array[] = [];
  private size = 0;
  private over = false;
  private away = false;
  private iterated = false;
  /** Enable of 7.8.88. */
  private wanted = REPORTS;

  /** @internal */
  constructor(host: HciHost, facts: SyncFacts, keeper: SyncKeeper) {
    super();
    this.host = host;
    this.facts = facts;
    this.keeper = keeper;
    this.queue = new AsyncQueue(REPORTS_WAITING, () => void this.stop().catch(() => {}));
  }

  /** The Sync_Handle; another one after the controller was reset. */
  get handle(): number {
    return this.facts.handle;
  }

  get address(): Address {
    return this.facts.address;
  }

  /** The Advertising_SID. */
  get sid(): number {
    return this.facts.sid;
  }

  get phy(): LinkPhy {
    return this.facts.phy;
  }

  /** The interval of the train in milliseconds. */
  get intervalMs(): number {
    return this.facts.intervalMs;
  }

  /** Whether the train is received, or looked for again after a reset of the controller. */
  get active(): boolean {
    return !this.over;
  }

  /** Whether the controller was reset, and the train is not found again yet. */
  get interrupted(): boolean {
    return this.away;
  }

  /** Reports that an iterator did not take in time, and lost. */
  get dropped(): number {
    return this.queue.dropped;
  }

  /** Turns reports off and on; the sync is kept meanwhile (7.8.88). @param unchanged whether data that did not change is told again */
  async setReports(on: boolean, unchanged = true): Promise<void> {
    if (this.over) throw new StateError('setReports: the train is not received any more');
    const before = this.wanted;
    this.wanted = (on ? REPORTS : 0) | (unchanged ? 0 : NO_DUPLICATES);
    // What is looked for, gets it when it is found.
    if (this.away) return;
    try {
      await this.enable();
    } catch (error) {
      if (!isReset(error)) this.wanted = before;
      throw error;
    }
  }

  /** Sends a peer what it needs to receive the train (7.8.89). @param serviceData what its host is told with it, 0–65535 */
  async transferTo(connection: Connection, serviceData = 0): Promise<void> {
    if (this.over || this.away) throw new StateError('transferTo: the train is not received any more');
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
    const { away } = this;
    this.finish(undefined);
    if (!away) await this.keeper.terminate(this);
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
    if (!(this.wanted & REPORTS)) {
      this.forget();
      return;
    }
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

  /** @internal The controller has to be reset, and knows nothing of it then. */
  interrupt(error: BleError): void {
    if (this.away) return;
    this.away = true;
    this.forget();
    this.emit('interrupted', error);
  }

  /** @internal The train was found again. */
  resume(facts: SyncFacts): void {
    this.facts = facts;
    this.away = false;
    if (this.wanted !== REPORTS)
      this.enable().catch((error: unknown) => {
        if (isReset(error) || !this.host.isOpen) return;
        const why = error instanceof Error ? error.message : String(error);
        this.host.report({ layer: 'gap', message: `the reports of a train could not be turned off: ${why}` });
      });
    this.emit('resumed', undefined);
  }

  /** @internal Whether the controller does not know it, though nobody ended it. */
  async wasForgotten(): Promise<boolean> {
    if (this.over || this.away || !this.host.supports(leSetPeriodicAdvertisingReceiveEnable)) return false;
    const { handle } = this;
    try {
      await this.enable();
      return false;
    } catch (error) {
      if (!(error instanceof HciError)) throw error;
      return error.status === UNKNOWN_ADVERTISING && this.active && handle === this.handle;
    }
  }

  /** @internal The train was lost, or the controller. */
  lost(error: BleError): void {
    this.finish(error);
  }

  private async enable(): Promise<void> {
    const { handle: syncHandle, wanted: enable } = this;
    await this.host.send(leSetPeriodicAdvertisingReceiveEnable, { syncHandle, enable });
  }

  private forget(): void {
    this.parts = [];
    this.size = 0;
  }

  private finish(error: BleError | undefined): void {
    if (this.over) return;
    this.over = true;
    this.keeper.gone(this);
    this.queue.end(error);
    this.emit('ended', error);
  }
}
