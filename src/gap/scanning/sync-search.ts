import { BdAddr } from '../../core/address.js';
import { HciError, StateError, TimeoutError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { Mutex } from '../../core/mutex.js';
import { Transaction, within } from '../../core/transaction.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import {
  leAddDeviceToPeriodicAdvertiserList,
  leClearPeriodicAdvertiserList,
  lePeriodicAdvertisingCreateSync,
  lePeriodicAdvertisingCreateSyncCancel,
  lePeriodicAdvertisingTerminateSync,
} from '../../hci/commands/index.js';
import { describeStatus } from '../../hci/error-names.js';
import { COMMAND_DISALLOWED, hasStatus, ignoreDisallowed, isReset } from '../errors.js';
import type { Radio } from '../radio.js';
import type { SubeventFields } from './periodic-subevents.js';
import type { Scanner } from './scanner.js';
import type { SyncWish, WantedTrain } from './sync-options.js';

/** The fields of an established sync that all kinds of its event have; those of subevents, some. */
export interface Established extends SubeventFields {
  readonly syncHandle: number;
  readonly advertisingSid: number;
  readonly advertiserAddressType: number;
  readonly advertiserAddress: BdAddr;
  readonly advertiserPhy: number;
  readonly periodicAdvertisingInterval: number;
}

/** A search that the controller makes. */
interface Pending {
  readonly event: Transaction<void>;
  /** Whether the controller was told whom to look for. */
  asked: boolean;
  /** The telling, as long as it takes. */
  asking: Promise<unknown>;
  /** Takes what was found; without, nobody wants it any more. */
  take: ((event: Established) => void) | undefined;
}

/** Operation Cancelled by Host: how a sync ends that was called off. */
const CANCELLED = 0x44;
/** Memory Capacity Exceeded: the periodic advertiser list is full before its size. */
const FULL = 0x07;
const CANCEL_MS = 2000;
const USE_LIST = 1;

/**
 * Looks for periodic advertising trains: Core Vol 3, Part C, 9.5.3. The controller does it for one at a time, for one train or
 * all of its periodic advertiser list. Those that are more than the list has room for, and those whose advertisers use private
 * addresses that it does not resolve, are looked for by the host: it asks for the one that it hears of.
 */
export class SyncSearch {
  private readonly radio: Radio;
  private readonly scanner: Scanner;
  private readonly turn = new Mutex();
  private pending: Pending | undefined;

  constructor(radio: Radio, scanner: Scanner) {
    this.radio = radio;
    this.scanner = scanner;
  }

  /**
   * Looks for the first of several trains when its turn has come.
   * @param isReceived tells those that are received already, which are passed over
   * @param take is given what was found, at once
   */
  find(
    wish: SyncWish,
    isReceived: (train: WantedTrain) => boolean,
    take: (event: Established) => void,
  ): Promise<void> {
    return this.turn.run(() => {
      wish.signal?.throwIfAborted();
      const trains = wish.trains.filter((train) => !isReceived(train));
      if (trains.length === 0) throw new StateError(`${described(wish.trains)}: it is received already`);
      return this.look({ ...wish, trains }, take);
    }, wish.signal);
  }

  /** Ends the reception of a train; while another is looked for, that is disallowed (7.8.69), and done behind it. */
  async terminate(syncHandle: number): Promise<void> {
    const { host } = this.radio;
    const end = () => host.send(lePeriodicAdvertisingTerminateSync, { syncHandle });
    try {
      await end();
    } catch (error) {
      if (!(hasStatus(error, COMMAND_DISALLOWED) && this.pending)) throw error;
      this.turn.run(end).catch((why: unknown) => {
        if (!isReset(why) && host.isOpen)
          host.report({ layer: 'gap', message: `the end of a periodic sync was refused: ${messageOf(why)}` });
      });
    }
  }

  /** LE Periodic Advertising Sync Established. */
  established(event: Established & { readonly status: number }): void {
    const { pending } = this;
    if (event.status !== 0) {
      pending?.event.reject(new HciError(`no sync: ${describeStatus(event.status)}`, event.status));
      return;
    }
    if (pending?.asked && pending.take && !pending.event.settled) pending.take(event);
    else this.terminate(event.syncHandle & 0x0fff).catch(() => {});
    pending?.event.resolve();
  }

  /** The controller is gone, and what it looked for. */
  abort(error: Error): void {
    this.pending?.event.reject(error);
  }

  private async look(wish: SyncWish, take: (event: Established) => void): Promise<void> {
    const { host } = this.radio;
    const { trains, timeoutMs, signal, phys } = wish;
    const what = `sync with ${described(trains)}`;
    const event = new Transaction<void>({ clock: host.clock, what });
    event.promise.catch(() => {});
    const pending: Pending = { event, asked: false, asking: Promise.resolve(), take };
    this.pending = pending;
    const broken = new Transaction<void>({ clock: host.clock, what });
    broken.promise.catch(() => {});
    const fail = (error: unknown) => broken.reject(error);
    const byHost = (report: AdvertisingReport) => {
      if (pending.asked || event.settled || report.periodicAdvertisingIntervalMs === undefined) return;
      const train = trains.find(({ address, sid }) => sid === report.sid && address.equals(report.address));
      if (!train) return;
      const address = report.addressOnAir ?? report.address;
      pending.asking = this.create(pending, { ...train, address }, 0).catch(fail);
    };
    let watcher = (_: AdvertisingReport) => {};
    // The train is found by the advertisements of its set, for which the controller has to scan (7.8.67).
    const off = this.scanner.watch((report) => watcher(report), { phys, failed: fail });
    try {
      pending.asking = this.askController(pending, trains).then((done) => {
        if (!done) watcher = byHost;
      }, fail);
      await within(Promise.race([event.promise, broken.promise]), {
        clock: host.clock,
        what,
        timeoutMs,
        timeoutError: () => new TimeoutError(`${what}: no periodic advertising of it was found`, timeoutMs),
        signal,
      });
    } catch (error) {
      pending.take = undefined;
      await pending.asking;
      if (pending.asked && !event.settled) await this.cancel(event);
      throw error;
    } finally {
      this.pending = undefined;
      off();
    }
  }

  /** Has the controller look for trains. @returns whether it can */
  private async askController(pending: Pending, trains: readonly WantedTrain[]): Promise<boolean> {
    const { host, addresses, controller } = this.radio;
    if (!trains.every(({ address }) => addresses.isFoundByController(address))) return false;
    const [first] = trains;
    // The list is for those that are received alike.
    if (trains.length > 1) {
      if (trains.some(({ skip, syncTimeout }) => skip !== first!.skip || syncTimeout !== first!.syncTimeout))
        return false;
      if (trains.length > (controller().periodicAdvertiserListSize ?? 0)) return false;
      await host.send(leClearPeriodicAdvertiserList, {});
      for (const { address, sid } of trains) {
        try {
          await host.send(leAddDeviceToPeriodicAdvertiserList, {
            advertiserAddressType: address.type & 1,
            advertiserAddress: address.bd,
            advertisingSid: sid,
          });
        } catch (error) {
          if (error instanceof HciError && error.status === FULL) return false;
          throw error;
        }
      }
    }
    // Whoever asked may have left meanwhile.
    if (pending.take) await this.create(pending, first!, trains.length > 1 ? USE_LIST : 0);
    return true;
  }

  private async create(pending: Pending, train: WantedTrain, options: number): Promise<void> {
    const { address, sid, skip, syncTimeout } = train;
    const listed = (options & USE_LIST) !== 0;
    pending.asked = true;
    try {
      await this.radio.host.send(lePeriodicAdvertisingCreateSync, {
        options,
        advertisingSid: listed ? 0 : sid,
        advertiserAddressType: listed ? 0 : address.type & 1,
        advertiserAddress: listed ? BdAddr.zero : address.bd,
        skip,
        syncTimeout,
        syncCteType: 0,
      });
    } catch (error) {
      pending.asked = false;
      throw error;
    }
  }

  private async cancel(event: Transaction<void>): Promise<void> {
    const { host } = this.radio;
    await ignoreDisallowed(host.send(lePeriodicAdvertisingCreateSyncCancel, {})).catch(() => {});
    try {
      await within(event.promise, { clock: host.clock, what: 'end of a sync', timeoutMs: CANCEL_MS });
    } catch (error) {
      if (error instanceof HciError && error.status === CANCELLED) return;
      if (host.isOpen)
        host.report({
          layer: 'gap',
          message: `a sync that was called off did not end as specified: ${messageOf(error)}`,
        });
    }
  }
}

function described(trains: readonly WantedTrain[]): string {
  const [first] = trains;
  return trains.length === 1 ? `${first!.address}, SID ${first!.sid}` : `any of ${trains.length} advertisers`;
}
