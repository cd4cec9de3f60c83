import type { BdAddr } from '../../core/address.js';
import { type Address, addressKey } from '../../core/address.js';

const SIDS = 16;

/** The Periodic Advertiser List: Core Vol 6, Part B, 4.3.5. */
export class PeriodicAdvertiserList {
  readonly capacity: number;
  private readonly keys = new Set<number>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get isFull(): boolean {
    return this.keys.size >= this.capacity;
  }

  clear(): void {
    this.keys.clear();
  }

  /** Adds an advertiser; says whether it was not there yet. */
  add(type: number, address: BdAddr, sid: number): boolean {
    const key = addressKey(address.number, type) * SIDS + sid;
    if (this.keys.has(key)) return false;
    this.keys.add(key);
    return true;
  }

  /** Takes an advertiser off; says whether it was there. */
  remove(type: number, address: BdAddr, sid: number): boolean {
    return this.keys.delete(addressKey(address.number, type) * SIDS + sid);
  }

  has(address: Address, sid: number): boolean {
    return this.keys.has(address.key * SIDS + sid);
  }
}
