import { toHex } from '../core/hex.js';

/** How long legacy advertising data is: shorter data is filled up with zeros. */
const LEGACY_LENGTH = 31;

/**
 * What `get_adv()` gives: the firmware's named tuple `(mac, addr_type, adv_type, rssi, data)`. Use the names, or take it
 * apart in that order: `const [mac, addr_type] = adv`.
 */
export class Advertisement implements Iterable<Uint8Array | number> {
  /** The advertiser's address, 6 octets, most significant first. */
  readonly mac: Uint8Array;
  /** `Bluetooth.PUBLIC_ADDR`, `RANDOM_ADDR`, `PUBLIC_RPA_ADDR` or `RANDOM_RPA_ADDR`. */
  readonly addr_type: number;
  /** `Bluetooth.CONN_ADV`, `CONN_DIR_ADV`, `DISC_ADV`, `NON_CONN_ADV`, or `SCAN_RSP` when it came alone. */
  readonly adv_type: number;
  /** Signal strength in dBm; 127 when the controller cannot tell. */
  readonly rssi: number;
  /** The advertising data and, behind it, the scan response; zeros up to 31 octets. For `resolve_adv_data`. */
  readonly data: Uint8Array;

  /** @internal Made by a scan. `data` is taken over. */
  constructor(mac: Uint8Array, addrType: number, advType: number, rssi: number, data: Uint8Array) {
    this.mac = mac;
    this.addr_type = addrType;
    this.adv_type = advType;
    this.rssi = rssi;
    this.data = data;
  }

  *[Symbol.iterator](): Generator<Uint8Array | number, void, undefined> {
    yield this.mac;
    yield this.addr_type;
    yield this.adv_type;
    yield this.rssi;
    yield this.data;
  }

  /** `(mac=112233eeddff, addr_type=0, adv_type=0, rssi=-60, data=0201…)`. */
  toString(): string {
    const { mac, addr_type, adv_type, rssi, data } = this;
    return `(mac=${toHex(mac)}, addr_type=${addr_type}, adv_type=${adv_type}, rssi=${rssi}, data=${toHex(data)})`;
  }

  /** What `console.log` shows in Node. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** Advertising data and scan response as one, with zeros up to 31 octets: a copy. */
export function paddedData(first: Uint8Array, firstLength: number, second?: Uint8Array): Uint8Array {
  const length = firstLength + (second?.length ?? 0);
  const data = new Uint8Array(Math.max(LEGACY_LENGTH, length));
  for (let i = 0; i < firstLength; i++) data[i] = first[i]!;
  if (second) data.set(second, firstLength);
  return data;
}

/** The advertisements that wait for `get_adv()`. When it is full, the newest is dropped and counted, as on the chip. */
export class AdvertisementFifo {
  /** Advertisements that found no room since the FIFO was last emptied by a scan or a connection. */
  dropped = 0;
  private readonly limit: number;
  private waiting: Advertisement[] = [];
  private head = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** How many wait. */
  get size(): number {
    return this.waiting.length - this.head;
  }

  push(advertisement: Advertisement): void {
    if (this.size >= this.limit) this.dropped++;
    else this.waiting.push(advertisement);
  }

  /** Takes the oldest. */
  take(): Advertisement | null {
    const oldest = this.waiting[this.head];
    if (!oldest) return null;
    this.head++;
    if (this.head === this.waiting.length || this.head > 64) {
      this.waiting = this.waiting.slice(this.head);
      this.head = 0;
    }
    return oldest;
  }

  /** Takes all, the oldest first. */
  takeAll(): Advertisement[] {
    const all = this.waiting.slice(this.head);
    this.waiting = [];
    this.head = 0;
    return all;
  }

  /** Throws all away. */
  clear(): void {
    this.takeAll();
    this.dropped = 0;
  }
}
