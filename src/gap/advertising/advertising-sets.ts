import { Address } from '../../core/address.js';
import { outsideOf } from '../../core/clock.js';
import { type BleError, NotSupportedError, StateError } from '../../core/errors.js';
import {
  leAdvertisingSetTerminated,
  leConnectionComplete,
  leEnhancedConnectionCompleteV1,
  leEnhancedConnectionCompleteV2,
  leScanRequestReceived,
} from '../../hci/events/index.js';
import type { AcceptList } from '../connecting/accept-list.js';
import type { RadioUser } from '../privacy/radio-gate.js';
import type { Radio } from '../radio.js';
import { LEGACY_SET } from './advertising-commands.js';
import type { AdvertisingSet } from './extended-set.js';
import type { LegacySetCommands } from './legacy-set.js';
import type { SetControl } from './set-commands.js';
import type { AdvertisingSetOptions } from './set-options.js';

/** Advertising_Handle is 0x00–0xEF. */
const LAST_HANDLE = 0xef;

/** The role of a link that an advertisement brought. */
const PERIPHERAL = 1;

/** The advertising sets of a device beside the one of `startAdvertising`. */
export class AdvertisingSets implements RadioUser {
  private readonly radio: Radio;
  private readonly acceptList: AcceptList;
  private readonly sets = new Map<number, AdvertisingSet>();
  /** For each that the controller filters for. */
  private readonly filters = new Set<object>();
  /** The one that there is with legacy commands. */
  private legacy: LegacySetCommands | undefined;
  /** Whether `startAdvertising` has the one advertisement of legacy commands. */
  isTaken: () => boolean = () => false;

  constructor(radio: Radio, acceptList: AcceptList) {
    this.radio = radio;
    this.acceptList = acceptList;
    const { host, gate } = radio;
    gate.add(this);
    host.onEvent(leAdvertisingSetTerminated, (event) => {
      const { status, advertisingHandle, numCompletedExtendedAdvertisingEvents: events } = event;
      this.sets.get(advertisingHandle)?.ended(status, events);
    });
    const connected = ({ status, role }: { readonly status: number; readonly role: number }) => {
      if (status === 0 && role === PERIPHERAL) this.legacy?.connected();
    };
    host.onEvent(leConnectionComplete, connected);
    host.onEvent(leEnhancedConnectionCompleteV1, connected);
    host.onEvent(leEnhancedConnectionCompleteV2, connected);
    host.onEvent(leScanRequestReceived, ({ advertisingHandle, scannerAddressType, scannerAddress }) => {
      const scanner = new Address(scannerAddress, scannerAddressType & 1);
      this.sets.get(advertisingHandle)?.emit('scanRequest', scanner);
    });
  }

  /** How many there are. */
  get size(): number {
    return this.sets.size;
  }

  /** Whether the controller's accept list says for one of them who may scan or connect. */
  get areFiltered(): boolean {
    return this.filters.size > 0;
  }

  /** The address that a set has for itself. */
  addressOf(handle: number): Address | undefined {
    return this.sets.get(handle)?.addressOfItsOwn;
  }

  /** See `Device.createAdvertisingSet`. */
  async create(options: AdvertisingSetOptions): Promise<AdvertisingSet> {
    const filter = {};
    try {
      return await this.make(options, filter);
    } catch (error) {
      this.filters.delete(filter);
      throw error;
    }
  }

  private async make(options: AdvertisingSetOptions, filter: object): Promise<AdvertisingSet> {
    const { host, controller } = this.radio;
    if (options.filterPolicy) await this.claimList(filter);
    const { AdvertisingSet } = await outsideOf(host.clock, import('./extended-set.js'));
    const commandsOf =
      controller().advertisingCommands === 'legacy'
        ? await this.legacyCommands()
        : await this.extendedCommands();
    const handle = this.freeHandle();
    const commands = commandsOf(handle, options);
    const forget = () => this.forget(handle, filter);
    const set = new AdvertisingSet(this.radio, handle, commands, options, forget);
    this.sets.set(handle, set);
    try {
      if (options.peer) await this.radio.addresses.prepare(options.peer);
      await set.open();
    } catch (error) {
      forget();
      throw error;
    }
    return set;
  }

  async pause(): Promise<void> {
    for (const set of this.sets.values()) await set.pause();
  }

  async resume(): Promise<void> {
    for (const set of this.sets.values()) await set.resume();
  }

  /** For the device: makes the sets anew on a controller that was reset. */
  async restore(): Promise<void> {
    for (const set of this.sets.values()) await set.restore();
  }

  /** Whether one should advertise, and the controller knows nothing of it. */
  async wasForgotten(): Promise<boolean> {
    for (const set of this.sets.values()) if (await set.wasForgotten()) return true;
    return false;
  }

  /** For the device: it is closed, or the controller gone. */
  abort(reason: BleError): void {
    for (const set of this.sets.values()) set.abort(reason);
    this.sets.clear();
    this.filters.clear();
    this.legacy = undefined;
  }

  /** The controller filters by its list for a set, which is not lent to anybody from then on. */
  private async claimList(filter: object): Promise<void> {
    this.filters.add(filter);
    await this.acceptList.reclaim();
    if (!this.acceptList.isInController)
      throw new NotSupportedError(
        'filterPolicy: sets are filtered by the controller, and the accept list does not fit into its own',
      );
  }

  private forget(handle: number, filter: object): void {
    this.filters.delete(filter);
    this.sets.delete(handle);
    if (this.sets.size === 0) this.legacy = undefined;
  }

  private async extendedCommands(): Promise<CommandsOf> {
    const { host } = this.radio;
    const { SetCommands } = await outsideOf(host.clock, import('./set-commands.js'));
    return (handle) => new SetCommands(host, handle);
  }

  /** Legacy commands know one advertisement. */
  private async legacyCommands(): Promise<CommandsOf> {
    const { host } = this.radio;
    const { LegacySetCommands, checkLegacy } = await outsideOf(host.clock, import('./legacy-set.js'));
    return (handle, options) => {
      const owner = this.isTaken() ? 'startAdvertising' : this.size > 0 ? 'another set' : undefined;
      if (owner)
        throw new NotSupportedError(
          `createAdvertisingSet: with legacy commands there is one advertisement, and ${owner} has it`,
        );
      checkLegacy(options);
      this.legacy = new LegacySetCommands(this.radio, (status) => this.sets.get(handle)?.ended(status, 0));
      return this.legacy;
    };
  }

  private freeHandle(): number {
    for (let handle = LEGACY_SET + 1; handle <= LAST_HANDLE; handle++)
      if (!this.sets.has(handle)) return handle;
    throw new StateError('createAdvertisingSet: there are 239 sets already');
  }
}

/** Makes the commands of a set. @throws {NotSupportedError} when there is no room for it, or it wants what they have not */
type CommandsOf = (handle: number, options: AdvertisingSetOptions) => SetControl;
