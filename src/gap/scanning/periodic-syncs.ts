import { Address } from '../../core/address.js';
import { checkInteger, checkKeys, checkNumber } from '../../core/check.js';
import {
  type BleError,
  DisconnectedError,
  HciError,
  NotSupportedError,
  StateError,
  TimeoutError,
} from '../../core/errors.js';
import { Mutex } from '../../core/mutex.js';
import { Transaction, within } from '../../core/transaction.js';
import { AdvertisingReport } from '../../hci/advertising-report.js';
import {
  lePeriodicAdvertisingCreateSync,
  lePeriodicAdvertisingCreateSyncCancel,
  lePeriodicAdvertisingTerminateSync,
  leSetPeriodicAdvertisingSyncTransferParameters,
} from '../../hci/commands/index.js';
import type { CommandDefinition } from '../../hci/definition.js';
import { describeStatus } from '../../hci/error-names.js';
import * as events from '../../hci/events/index.js';
import type { Connection } from '../connection.js';
import { ignoreDisallowed } from '../errors.js';
import { phyName } from '../link/radio-types.js';
import type { Radio } from '../radio.js';
import { PeriodicSync } from './periodic-sync.js';
import type { Scanner } from './scanner.js';

/** Which train, and how it is received: Core Vol 4, Part E, 7.8.67. */
export interface PeriodicSyncOptions {
  /** The advertiser. */
  readonly address: Address | string;
  /** Its Advertising_SID, 0–15. */
  readonly sid: number;
  /** Events that may be passed over after one that was received, 0–499; 0. */
  readonly skip?: number;
  /** How long nothing may come before the train is lost, in milliseconds, 100–163840; 2000. */
  readonly syncTimeoutMs?: number;
  /** How long the train is looked for in milliseconds; 20000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** How trains are received that a peer tells of. */
export type SyncTransferOptions = Pick<PeriodicSyncOptions, 'skip' | 'syncTimeoutMs'>;

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

/** The fields of an established sync that both kinds of event have. */
interface Established {
  readonly syncHandle: number;
  readonly advertisingSid: number;
  readonly advertiserAddressType: number;
  readonly advertiserAddress: Address['bd'];
  readonly advertiserPhy: number;
  readonly periodicAdvertisingInterval: number;
}

type CreateSync =
  typeof lePeriodicAdvertisingCreateSync extends CommandDefinition<infer P, infer _> ? P : never;

/** Operation Cancelled by Host: how a sync ends that was called off. */
const CANCELLED = 0x44;
const CANCEL_MS = 2000;
const known = ['address', 'sid', 'skip', 'syncTimeoutMs', 'timeoutMs', 'signal'];

/** The periodic advertising trains that a device receives: Core Vol 3, Part C, 9.5. */
export class PeriodicSyncs {
  private readonly radio: Radio;
  private readonly scanner: Scanner;
  private readonly listener: TrainListener;
  private readonly all = new Map<number, PeriodicSync>();
  private readonly turn = new Mutex();
  private pending: Transaction<PeriodicSync> | undefined;

  constructor(radio: Radio, scanner: Scanner, listener: TrainListener) {
    this.radio = radio;
    this.scanner = scanner;
    this.listener = listener;
    const { host } = radio;
    const of = (syncHandle: number) => this.all.get(syncHandle & 0x0fff);
    host.onEvent(events.lePeriodicAdvertisingSyncEstablishedV1, (event) => this.established(event));
    host.onEvent(events.lePeriodicAdvertisingReportV1, (event) => of(event.syncHandle)?.came(event));
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
  }

  /** See `Device.syncPeriodic`. */
  async sync(given: PeriodicSyncOptions | AdvertisingReport): Promise<PeriodicSync> {
    this.checkAble('syncPeriodic');
    const options = given instanceof AdvertisingReport ? ofReport(given) : given;
    checkKeys('syncPeriodic', options, known);
    const address = typeof options.address === 'string' ? Address.parse(options.address) : options.address;
    const { timeoutMs = 20_000, signal } = options;
    checkNumber('timeoutMs', timeoutMs, 1, 2 ** 31 - 1, 'ms');
    const command = {
      options: 0,
      advertisingSid: checkInteger('sid', options.sid, 0, 15),
      advertiserAddressType: address.type & 1,
      advertiserAddress: address.bd,
      syncCteType: 0,
      ...reception(options),
    };
    signal?.throwIfAborted();
    // The controller looks for one at a time.
    return this.turn.run(
      () => this.find(command, `${address}, SID ${options.sid}`, timeoutMs, signal),
      signal,
    );
  }

  /** See `Device.receivePeriodicSyncs`. */
  async receive(connection: Connection, options: SyncTransferOptions): Promise<void> {
    this.checkAble('receivePeriodicSyncs');
    checkKeys('receivePeriodicSyncs', options, ['skip', 'syncTimeoutMs']);
    await this.radio.host.send(leSetPeriodicAdvertisingSyncTransferParameters, {
      connectionHandle: connection.handle,
      // With reports.
      mode: 2,
      cteType: 0,
      ...reception(options),
    });
  }

  /** For the device: the controller is gone, and all trains with it. */
  abort(error: BleError): void {
    this.pending?.reject(error);
    for (const sync of [...this.all.values()]) sync.lost(error);
  }

  private checkAble(what: string): void {
    if (this.radio.controller().advertisingCommands === 'legacy')
      throw new NotSupportedError(
        `${what}: this controller has no extended advertising, or it was not asked for`,
      );
  }

  private async find(
    command: CreateSync,
    what: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<PeriodicSync> {
    const { host } = this.radio;
    const pending = new Transaction<PeriodicSync>({ clock: host.clock, what: `sync with ${what}` });
    pending.promise.catch(() => {});
    this.pending = pending;
    // The train is found by the advertisements of its set, for which the controller has to scan (7.8.67).
    const off = this.scanner.watch(() => {});
    try {
      await host.send(lePeriodicAdvertisingCreateSync, command);
      return await within(pending.promise, {
        clock: host.clock,
        what: `sync with ${what}`,
        timeoutMs,
        timeoutError: () =>
          new TimeoutError(`sync with ${what}: no periodic advertising of it was found`, timeoutMs),
        signal,
      });
    } catch (error) {
      if (!pending.settled) await this.cancel(pending);
      throw error;
    } finally {
      this.pending = undefined;
      off();
    }
  }

  private async cancel(pending: Transaction<PeriodicSync>): Promise<void> {
    const { host } = this.radio;
    await ignoreDisallowed(host.send(lePeriodicAdvertisingCreateSyncCancel, {})).catch(() => {});
    try {
      const sync = await within(pending.promise, {
        clock: host.clock,
        what: 'end of a sync',
        timeoutMs: CANCEL_MS,
      });
      // It came about after all, and nobody wants it any more.
      await sync.stop();
    } catch (error) {
      if (error instanceof HciError && error.status === CANCELLED) return;
      const why = error instanceof Error ? error.message : String(error);
      if (host.isOpen)
        host.report({ layer: 'gap', message: `a sync that was called off did not end as specified: ${why}` });
    }
  }

  private established(event: Established & { readonly status: number }): void {
    const { pending } = this;
    if (event.status !== 0) {
      pending?.reject(new HciError(`no sync: ${describeStatus(event.status)}`, event.status));
      return;
    }
    const sync = this.enter(event);
    if (pending && !pending.settled) pending.resolve(sync);
    else sync.stop().catch(() => {});
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
    if (connection) this.listener.transferred({ sync: this.enter(event), connection, serviceData });
    else host.send(lePeriodicAdvertisingTerminateSync, { syncHandle: event.syncHandle }).catch(() => {});
  }

  private enter(event: Established): PeriodicSync {
    const handle = event.syncHandle & 0x0fff;
    const address = new Address(event.advertiserAddress, event.advertiserAddressType & 1);
    const facts = {
      handle,
      address: this.radio.addresses.identify(address),
      sid: event.advertisingSid,
      phy: phyName(event.advertiserPhy),
      intervalMs: event.periodicAdvertisingInterval * 1.25,
    };
    this.all.get(handle)?.lost(new StateError('the controller gave the handle to another train'));
    const sync = new PeriodicSync(this.radio.host, facts, () => void this.all.delete(handle));
    this.all.set(handle, sync);
    return sync;
  }
}

function reception({ skip = 0, syncTimeoutMs = 2000 }: SyncTransferOptions) {
  return {
    skip: checkInteger('skip', skip, 0, 499),
    syncTimeout: Math.round(checkNumber('syncTimeoutMs', syncTimeoutMs, 100, 163_840, 'ms') / 10),
  };
}

function ofReport(report: AdvertisingReport): PeriodicSyncOptions {
  const { sid } = report;
  if (sid === undefined || report.anonymous || report.periodicAdvertisingIntervalMs === undefined)
    throw new RangeError('syncPeriodic: this advertisement tells of no periodic advertising');
  return { address: report.addressOnAir ?? report.address, sid };
}
