import { Address } from '../../core/address.js';
import { type BleError, DisconnectedError, NotSupportedError, StateError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import {
  leSetDefaultPeriodicAdvertisingSyncTransferParameters,
  leSetPeriodicAdvertisingSyncTransferParameters,
} from '../../hci/commands/index.js';
import { describeStatus } from '../../hci/error-names.js';
import * as events from '../../hci/events/index.js';
import { hasLeFeature } from '../../hci/features.js';
import type { Connection } from '../connection.js';
import { FAILED_TO_BE_ESTABLISHED, hasStatus } from '../errors.js';
import { phyName } from '../link/radio-types.js';
import type { Radio } from '../radio.js';
import { subeventsOf } from './periodic-subevents.js';
import { PeriodicSync, type SyncFacts, type SyncKeeper } from './periodic-sync.js';
import { type Reception, reception, type SyncTransferOptions, transferReception } from './reception.js';
import type { ScanPhy } from './scan-commands.js';
import type { Scanner } from './scanner.js';
import {
  type PeriodicSyncOptions,
  type PeriodicSyncSettings,
  syncWish,
  type WantedTrain,
} from './sync-options.js';
import { type Established, SyncSearch } from './sync-search.js';

/** A train that a peer told of. */
export interface TransferredSync {
  readonly sync: PeriodicSync;
  readonly connection: Connection;
  /** What its host said with it. */
  readonly serviceData: number;
}

/** What the trains need of the device. */
export interface TrainListener {
  readonly connectionOf: (handle: number) => Connection | undefined;
  /** A peer told of a train, which is received now. */
  readonly transferred: (transfer: TransferredSync) => void;
}

/** How long trains are looked for again after the controller was reset. */
const AGAIN_MS = 20_000;
/** Mode of 7.8.91. */
const WITH_REPORTS = 2;

/** A train, as it is looked for again. */
interface Train extends WantedTrain {
  readonly phys: readonly ScanPhy[];
}

/** The periodic advertising trains that a device receives: Core Vol 3, Part C, 9.5. */
export class PeriodicSyncs implements SyncKeeper {
  private readonly radio: Radio;
  private readonly listener: TrainListener;
  private readonly search: SyncSearch;
  /** Those that the controller receives, by their handles. */
  private readonly all = new Map<number, PeriodicSync>();
  /** Those that a reset interrupted. */
  private readonly interrupted = new Set<PeriodicSync>();
  private readonly trains = new WeakMap<PeriodicSync, Train>();
  private readonly receptions = new WeakMap<Connection, Reception>();
  private reception: Reception = reception({});
  /** Calls off the search for those that were interrupted. */
  private again = new AbortController();
  /** How often the controller has been reset. */
  private resets = 0;

  constructor(radio: Radio, scanner: Scanner, listener: TrainListener) {
    this.radio = radio;
    this.search = new SyncSearch(radio, scanner);
    this.listener = listener;
    const { host } = radio;
    const of = (syncHandle: number) => this.all.get(syncHandle & 0x0fff);
    host.onEvent(events.lePeriodicAdvertisingSyncEstablishedV1, (event) => this.search.established(event));
    host.onEvent(events.lePeriodicAdvertisingSyncEstablishedV2, (event) => this.search.established(event));
    host.onEvent(events.lePeriodicAdvertisingReportV1, (event) => of(event.syncHandle)?.came(event));
    host.onEvent(events.lePeriodicAdvertisingReportV2, (event) => of(event.syncHandle)?.came(event));
    host.onEvent(events.leBigInfoAdvertisingReport, ({ syncHandle, ...info }) =>
      of(syncHandle)?.emit('bigInfo', info),
    );
    host.onEvent(events.lePeriodicAdvertisingSyncLost, ({ syncHandle }) => {
      const sync = of(syncHandle);
      sync?.lost(
        new DisconnectedError(
          `the periodic advertising of ${sync.address}, SID ${sync.sid}, was lost`,
          undefined,
        ),
      );
    });
    host.onEvent(events.lePeriodicAdvertisingSyncTransferReceivedV1, (event) => this.received(event));
    host.onEvent(events.lePeriodicAdvertisingSyncTransferReceivedV2, (event) => this.received(event));
  }

  /** See `Device.syncPeriodic`. */
  async sync(
    given: PeriodicSyncOptions | AdvertisingReport,
    settings?: PeriodicSyncSettings,
  ): Promise<PeriodicSync> {
    this.checkAble('syncPeriodic');
    const wish = syncWish(given, settings);
    const { phys } = wish;
    let found: PeriodicSync | undefined;
    await this.search.find(
      wish,
      (train) => this.receives(train),
      (event) => {
        found = this.enter(event, { phys, ...wish.trains[0]! });
      },
    );
    return found!;
  }

  /** See `Device.receivePeriodicSyncs`. */
  async receive(connection: Connection, options: SyncTransferOptions): Promise<void> {
    this.checkAble('receivePeriodicSyncs');
    const how = transferReception(options);
    this.receptions.set(connection, how);
    await this.radio.host.send(leSetPeriodicAdvertisingSyncTransferParameters, {
      connectionHandle: connection.handle,
      mode: WITH_REPORTS,
      cteType: 0,
      ...how,
    });
  }

  /** For the device: has trains received that any peer tells of, on links to come. */
  async receiveAll(how: Reception): Promise<void> {
    const what = 'receivePeriodicSyncs';
    this.checkAble(what);
    if (!hasLeFeature(this.radio.controller().leFeatures, 'periodicAdvertisingSyncTransferRecipient'))
      throw new NotSupportedError(`${what}: this controller takes no trains that peers tell of`);
    this.reception = how;
    await this.radio.host.send(leSetDefaultPeriodicAdvertisingSyncTransferParameters, {
      mode: WITH_REPORTS,
      cteType: 0,
      ...how,
    });
  }

  /** For the device: the controller has to be reset. Searches end, and what is received is looked for again behind it. */
  suspend(error: BleError): void {
    this.resets++;
    this.search.abort(error);
    for (const sync of this.all.values()) this.interrupted.add(sync);
    this.all.clear();
    for (const sync of [...this.interrupted]) sync.interrupt(error);
  }

  /** The controller was reset: looks for all again that it received. */
  restore(): void {
    this.lookAgain().catch((error: unknown) => this.giveUp(error));
  }

  /** Whether the controller knows nothing of a train that it should receive. */
  async wasForgotten(): Promise<boolean> {
    for (const sync of [...this.all.values()]) if (await sync.wasForgotten()) return true;
    return false;
  }

  /** For the device: the controller is gone, and all trains with it. */
  abort(error: BleError): void {
    this.resets++;
    this.search.abort(error);
    for (const sync of [...this.all.values(), ...this.interrupted]) sync.lost(error);
  }

  terminate(sync: PeriodicSync): Promise<void> {
    return this.search.terminate(sync.handle);
  }

  gone(sync: PeriodicSync): void {
    if (this.all.get(sync.handle) === sync) this.all.delete(sync.handle);
    // The others are looked for on.
    if (this.interrupted.delete(sync)) this.again.abort();
  }

  private receives({ address, sid }: WantedTrain): boolean {
    return [...this.all.values()].some((sync) => sync.sid === sid && sync.address.equals(address));
  }

  private async lookAgain(): Promise<void> {
    if (this.interrupted.size === 0) return;
    this.checkAble('the trains that were received');
    const { clock } = this.radio.host;
    const { resets } = this;
    const until = clock.now() + AGAIN_MS;
    while (this.interrupted.size > 0) {
      const trains = [...this.interrupted].map((sync) => this.trains.get(sync)!);
      const phys = [...new Set(trains.flatMap((train) => train.phys))];
      this.again = new AbortController();
      const { signal } = this.again;
      const timeoutMs = Math.max(1, until - clock.now());
      try {
        await this.search.find(
          { trains, phys, timeoutMs, signal },
          () => false,
          (event) => this.reenter(event),
        );
      } catch (error) {
        if (this.resets !== resets) return;
        if (signal.aborted || hasStatus(error, FAILED_TO_BE_ESTABLISHED)) continue;
        throw error;
      }
    }
  }

  private giveUp(error: unknown): void {
    for (const sync of [...this.interrupted]) {
      const what = `the periodic advertising of ${sync.address}, SID ${sync.sid}`;
      const why = messageOf(error);
      const message = `${what}, was not found again after the controller was reset: ${why}`;
      sync.lost(new DisconnectedError(message, undefined, { cause: error }));
    }
  }

  private checkAble(what: string): void {
    if (this.radio.controller().advertisingCommands === 'legacy')
      throw new NotSupportedError(
        `${what}: this controller has no extended advertising, or it was not asked for`,
      );
  }

  private received(
    event: Established & {
      readonly status: number;
      readonly connectionHandle: number;
      readonly serviceData: number;
    },
  ): void {
    const { host } = this.radio;
    const { status, connectionHandle, serviceData } = event;
    const connection = this.listener.connectionOf(connectionHandle & 0x0fff);
    if (status !== 0) {
      host.report({
        layer: 'gap',
        message: `a train that the peer told of was not found: ${describeStatus(status)}`,
        connectionHandle,
      });
      return;
    }
    if (!connection) {
      this.search.terminate(event.syncHandle & 0x0fff).catch(() => {});
      return;
    }
    // Its advertising channels may be on either.
    const hasCoded = hasLeFeature(this.radio.controller().leFeatures, 'leCodedPhy');
    const phys: readonly ScanPhy[] = hasCoded ? ['1M', 'coded'] : ['1M'];
    const how = this.receptions.get(connection) ?? this.reception;
    this.listener.transferred({ sync: this.enter(event, { phys, ...how }), connection, serviceData });
  }

  private enter(event: Established, how: Reception & { readonly phys: readonly ScanPhy[] }): PeriodicSync {
    const facts = this.factsOf(event);
    this.all.get(facts.handle)?.lost(new StateError('the controller gave the handle to another train'));
    const sync = new PeriodicSync(this.radio.host, facts, this);
    const { skip, syncTimeout, phys } = how;
    this.trains.set(sync, { address: facts.address, sid: facts.sid, skip, syncTimeout, phys });
    this.all.set(facts.handle, sync);
    return sync;
  }

  /** A train was found again. */
  private reenter(event: Established): void {
    const facts = this.factsOf(event);
    const sync = [...this.interrupted].find(
      ({ address, sid }) => sid === facts.sid && address.equals(facts.address),
    );
    if (!sync) return void this.search.terminate(facts.handle).catch(() => {});
    this.interrupted.delete(sync);
    this.all.set(facts.handle, sync);
    sync.resume(facts);
  }

  private factsOf(event: Established): SyncFacts {
    const address = new Address(event.advertiserAddress, event.advertiserAddressType & 1);
    return {
      handle: event.syncHandle & 0x0fff,
      address: this.radio.addresses.identify(address),
      sid: event.advertisingSid,
      phy: phyName(event.advertiserPhy),
      intervalMs: event.periodicAdvertisingInterval * 1.25,
      subevents: subeventsOf(event),
    };
  }
}
