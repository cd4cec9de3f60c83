import type { Air } from '../air/air.js';
import { defaultAdvertisingParameters } from './advertising-parameters.js';
import { AdvertisingSet, type AdvertisingSetHost } from './advertising-set.js';

/** The advertising sets of one controller. */
export class Advertiser {
  /** The one set of the legacy commands: Core Vol 4, Part E, 7.8.5 to 7.8.9. */
  readonly legacy: AdvertisingSet;

  constructor(air: Air, host: AdvertisingSetHost) {
    this.legacy = new AdvertisingSet(air, host, defaultAdvertisingParameters);
  }

  /** Whether any set advertises. */
  get enabled(): boolean {
    return this.legacy.enabled;
  }

  /** Whether any set makes use of the Filter Accept List now. */
  get usesAcceptList(): boolean {
    return this.legacy.usesAcceptList;
  }

  /** As after a power-on. */
  reset(): void {
    this.legacy.reset(defaultAdvertisingParameters);
  }
}
