import type { Air } from '../air/air.js';
import type { AdvertisingSetHost } from './advertising-host.js';
import { defaultAdvertisingParameters } from './advertising-parameters.js';
import { AdvertisingSet } from './advertising-set.js';

/** The advertising sets of one controller. */
export class Advertiser {
  /** The one set of the legacy commands: Core Vol 4, Part E, 7.8.5 to 7.8.9. */
  readonly legacy: AdvertisingSet;
  /** How many sets the extended commands may make. */
  readonly capacity: number;
  private readonly air: Air;
  private readonly host: AdvertisingSetHost;
  private readonly byHandle = new Map<number, AdvertisingSet>();

  constructor(air: Air, host: AdvertisingSetHost, capacity: number) {
    this.air = air;
    this.host = host;
    this.capacity = capacity;
    this.legacy = new AdvertisingSet(air, host, undefined, defaultAdvertisingParameters);
  }

  /** The sets of the extended commands. */
  get sets(): IterableIterator<AdvertisingSet> {
    return this.byHandle.values();
  }

  /** The set of an Advertising_Handle. */
  get(handle: number): AdvertisingSet | undefined {
    return this.byHandle.get(handle);
  }

  /** The set of an Advertising_Handle, made where there is none; `undefined` when there is no room for it. */
  make(handle: number): AdvertisingSet | undefined {
    const known = this.byHandle.get(handle);
    if (known || this.byHandle.size >= this.capacity) return known;
    const set = new AdvertisingSet(this.air, this.host, handle, defaultAdvertisingParameters);
    this.byHandle.set(handle, set);
    return set;
  }

  /** Removes a set that is not on. */
  remove(handle: number): void {
    this.byHandle.delete(handle);
  }

  /** Removes all sets of the extended commands; none of them is on. */
  clear(): void {
    this.byHandle.clear();
  }

  /** Whether any set advertises. */
  get enabled(): boolean {
    if (this.legacy.enabled) return true;
    for (const set of this.byHandle.values()) if (set.enabled) return true;
    return false;
  }

  /** Whether any set makes use of the Filter Accept List now. */
  get usesAcceptList(): boolean {
    if (this.legacy.usesAcceptList) return true;
    for (const set of this.byHandle.values()) if (set.usesAcceptList) return true;
    return false;
  }

  /** As after a power-on. */
  reset(): void {
    this.legacy.reset(defaultAdvertisingParameters);
    for (const set of this.byHandle.values()) {
      set.disable();
      set.periodic?.stop();
    }
    this.byHandle.clear();
  }
}
