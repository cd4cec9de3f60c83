import { Address } from '../../core/address.js';
import { outsideOf } from '../../core/clock.js';
import { NotSupportedError, StateError } from '../../core/errors.js';
import { leAdvertisingSetTerminated, leScanRequestReceived } from '../../hci/events/index.js';
import type { AcceptList } from '../connecting/accept-list.js';
import type { RadioUser } from '../privacy/radio-gate.js';
import type { Radio } from '../radio.js';
import { LEGACY_SET } from './advertising-commands.js';
import type { AdvertisingSet } from './extended-set.js';
import type { AdvertisingSetOptions } from './set-options.js';

/** Advertising_Handle is 0x00–0xEF. */
const LAST_HANDLE = 0xef;

/** The advertising sets of a device beside the one of `startAdvertising`. */
export class AdvertisingSets implements RadioUser {
  private readonly radio: Radio;
  private readonly acceptList: AcceptList;
  private readonly sets = new Map<number, AdvertisingSet>();

  constructor(radio: Radio, acceptList: AcceptList) {
    this.radio = radio;
    this.acceptList = acceptList;
    const { host, gate } = radio;
    gate.add(this);
    host.onEvent(leAdvertisingSetTerminated, (event) => {
      const { status, advertisingHandle, numCompletedExtendedAdvertisingEvents: events } = event;
      this.sets.get(advertisingHandle)?.ended(status, events);
    });
    host.onEvent(leScanRequestReceived, ({ advertisingHandle, scannerAddressType, scannerAddress }) => {
      const scanner = new Address(scannerAddress, scannerAddressType & 1);
      this.sets.get(advertisingHandle)?.emit('scanRequest', scanner);
    });
  }

  /** How many there are. */
  get size(): number {
    return this.sets.size;
  }

  /** See `Device.createAdvertisingSet`. */
  async create(options: AdvertisingSetOptions): Promise<AdvertisingSet> {
    const { host, controller } = this.radio;
    if (controller().advertisingCommands === 'legacy')
      throw new NotSupportedError(
        'createAdvertisingSet: this controller has no extended advertising, or it was not asked for; its one advertisement is that of startAdvertising',
      );
    if (options.filterPolicy && !this.acceptList.isInController)
      throw new NotSupportedError(
        'filterPolicy: sets are filtered by the controller, and the accept list does not fit into its own',
      );
    const { AdvertisingSet } = await outsideOf(host.clock, import('./extended-set.js'));
    const handle = this.freeHandle();
    const set = new AdvertisingSet(this.radio, handle, options, () => void this.sets.delete(handle));
    this.sets.set(handle, set);
    try {
      if (options.peer) await this.radio.addresses.prepare(options.peer);
      await set.open();
    } catch (error) {
      this.sets.delete(handle);
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
  abort(): void {
    for (const set of this.sets.values()) set.abort();
    this.sets.clear();
  }

  private freeHandle(): number {
    for (let handle = LEGACY_SET + 1; handle <= LAST_HANDLE; handle++)
      if (!this.sets.has(handle)) return handle;
    throw new StateError('createAdvertisingSet: there are 239 sets already');
  }
}
