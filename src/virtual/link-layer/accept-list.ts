import type { BdAddr } from '../../core/address.js';
import { type Address, addressKey } from '../../core/address.js';

/** The Filter Accept List: Core Vol 6, Part B, 4.3.1. */
export class AcceptList {
  readonly capacity: number;
  private readonly keys = new Set<number>();
  /** Type 0xFF: those who advertise without an address. */
  private anonymous = false;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.keys.size + (this.anonymous ? 1 : 0);
  }

  clear(): void {
    this.keys.clear();
    this.anonymous = false;
  }

  /** Adds a device, once; says whether there was room. With type 0xFF the address is ignored. */
  add(type: number, address: BdAddr): boolean {
    const key = addressKey(address.number, type);
    if (type === 0xff ? this.anonymous : this.keys.has(key)) return true;
    if (this.size >= this.capacity) return false;
    if (type === 0xff) this.anonymous = true;
    else this.keys.add(key);
    return true;
  }

  /** Takes a device off; one that is not there is passed over. */
  remove(type: number, address: BdAddr): void {
    if (type === 0xff) this.anonymous = false;
    else this.keys.delete(addressKey(address.number, type));
  }

  /** Whether an advertiser is on it; `undefined` for one without an address. */
  has(address: Address | undefined): boolean {
    return address ? this.keys.has(address.key) : this.anonymous;
  }
}
