import type { Address } from '../../core/address.js';
import { Emitter } from '../../core/emitter.js';
import { type BleError, HciError, StateError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { AsyncQueue } from '../../core/queue.js';
import {
  lePeriodicAdvertisingSyncTransfer,
  leSetPeriodicAdvertisingReceiveEnable,
  leSetPeriodicAdvertisingResponseData,
  leSetPeriodicSyncSubevent,
} from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';
import type { AdvertisingPayload } from '../advertising/set-options.js';
import type { Connection } from '../connection.js';
import { isReset, UNKNOWN_ADVERTISING } from '../errors.js';
import type { LinkPhy } from '../link/radio-types.js';
import { type PeriodicReport, PeriodicReports, type ReportEvent } from './periodic-reports.js';
import {
  chosenSubevents,
  type PeriodicOccasion,
  type ResponseOptions,
  responseTo,
  type SubeventOptions,
  type TrainSubevents,
} from './periodic-subevents.js';

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
  /** Nothing was received in a subevent that is listened to. */
  missed: PeriodicOccasion;
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
  readonly subevents: TrainSubevents | undefined;
}

/** Who keeps a {@link PeriodicSync}. @internal */
export interface SyncKeeper {
  /** Ends it in the controller. */
  terminate(sync: PeriodicSync): Promise<void>;
  /** It is over, and not the keeper's any more. */
  gone(sync: PeriodicSync): void;
}

const REPORTS_WAITING = 64;
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
  private readonly reports: PeriodicReports;
  /** The parameters of 7.8.127. */
  private chosen: ReturnType<typeof chosenSubevents> | undefined;
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
    this.reports = new PeriodicReports({
      report: (report) => {
        if (this.iterated) this.queue.push(report);
        this.emit('report', report);
      },
      missed: (occasion) => this.emit('missed', occasion),
      lost: (message) => host.report({ layer: 'gap', message }),
    });
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

  /** The subevents of the train, and the times of their response slots; `undefined` when it has none, or this controller knows of none. */
  get subevents(): TrainSubevents | undefined {
    return this.facts.subevents;
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

  /**
   * Chooses the subevents that are listened to, in place of those of before (7.8.127), also behind a reset of the controller. Until
   * then it is up to the controller, and most report none.
   * @param subevents 0 to `numSubevents` - 1, one at least
   * @throws {StateError} when the train has no subevents, or is not received any more
   * @throws {RangeError | TypeError} when a subevent is not permitted
   * @throws {NotSupportedError} when the controller does not have the command
   * @throws {HciError} when the controller refuses
   */
  async setSubevents(subevents: readonly number[], options: SubeventOptions = {}): Promise<void> {
    const { numSubevents } = this.withSubevents('setSubevents');
    const before = this.chosen;
    this.chosen = chosenSubevents(subevents, options, numSubevents);
    // What is looked for, gets them when it is found.
    if (this.away) return;
    try {
      await this.choose();
    } catch (error) {
      if (!isReset(error)) this.chosen = before;
      throw error;
    }
  }

  /**
   * Answers a report, in a response slot of the response subevent that comes first from the report on: at most an interval later
   * (7.8.126). Which slot, is for the advertiser to say, by what it sends. It is sent once.
   * @param report one of this train
   * @param data up to 247 octets
   * @throws {StateError} when the train has no subevents, or is not received at the moment
   * @throws {RangeError | TypeError} when something is not permitted
   * @throws {NotSupportedError} when the controller does not have the command
   * @throws {HciError} when the controller refuses: 0x46 when it is too late for the slot, 0x45 when the data is too long for it
   */
  async respond(report: PeriodicReport, data: AdvertisingPayload, options: ResponseOptions): Promise<void> {
    const { numSubevents } = this.withSubevents('respond');
    if (this.away) throw new StateError('respond: the train is not received at the moment');
    await this.host.send(leSetPeriodicAdvertisingResponseData, {
      syncHandle: this.handle,
      ...responseTo(report, data, options, numSubevents),
    });
  }

  private withSubevents(what: string): TrainSubevents {
    if (this.over) throw new StateError(`${what}: the train is not received any more`);
    if (!this.subevents)
      throw new StateError(`${what}: this train has no subevents, or none that the controller knows of`);
    return this.subevents;
  }

  private async choose(): Promise<void> {
    if (this.chosen)
      await this.host.send(leSetPeriodicSyncSubevent, { syncHandle: this.handle, ...this.chosen });
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

  /** @internal */
  came(event: ReportEvent): void {
    if (this.wanted & REPORTS) this.reports.came(event);
    else this.reports.forget();
  }

  /** @internal The controller has to be reset, and knows nothing of it then. */
  interrupt(error: BleError): void {
    if (this.away) return;
    this.away = true;
    this.reports.forget();
    this.emit('interrupted', error);
  }

  /** @internal The train was found again. */
  resume(facts: SyncFacts): void {
    this.facts = facts;
    this.away = false;
    if (this.wanted !== REPORTS) this.again(this.enable(), 'the reports of a train could not be turned off');
    if (facts.subevents) this.again(this.choose(), 'the subevents of a train could not be chosen again');
    this.emit('resumed', undefined);
  }

  private again(work: Promise<void>, failure: string): void {
    work.catch((error: unknown) => {
      if (isReset(error) || !this.host.isOpen) return;
      const why = messageOf(error);
      this.host.report({ layer: 'gap', message: `${failure}: ${why}` });
    });
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

  private finish(error: BleError | undefined): void {
    if (this.over) return;
    this.over = true;
    this.keeper.gone(this);
    this.queue.end(error);
    this.emit('ended', error);
  }
}
