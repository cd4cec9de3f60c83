import type { Address } from '../../core/address.js';

/** Filter_Duplicates: Core Vol 4, Part E, 7.8.65. */
export const FilterDuplicates = { off: 0, on: 1, onEachPeriod: 2 } as const;

const SIDS = 16;
/** Kinds of reports from one device: legacy PDUs by event type, and an extended one without ADI. */
const KINDS = 8;

/**
 * Which advertisers have been reported: Core Vol 6, Part B, 4.4.3.5. Reports with an ADI are duplicates when address,
 * SID and DID are the same, others when address and kind are. Bounded; the oldest is forgotten first.
 */
export class DuplicateFilter {
  private readonly capacity: number;
  private readonly seen = new Set<number>();
  private readonly advertisements = new Map<number, number>();
  private readonly responses = new Map<number, number>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  clear(): void {
    this.seen.clear();
    this.advertisements.clear();
    this.responses.clear();
  }

  /** Whether such a report without ADI has been given. @param kind 0–7 */
  knows(address: Address, kind: number): boolean {
    return this.seen.has(address.key * KINDS + kind);
  }

  /** Notes a report without ADI; says whether it is a duplicate. */
  note(address: Address, kind: number): boolean {
    const key = address.key * KINDS + kind;
    if (this.seen.has(key)) return true;
    this.seen.add(key);
    if (this.seen.size > this.capacity) dropOldest(this.seen);
    return false;
  }

  /** Whether such a report with ADI has been given. `undefined` stands for an anonymous advertiser. */
  knowsAdi(address: Address | undefined, adi: number, isResponse: boolean): boolean {
    return (isResponse ? this.responses : this.advertisements).get(adiKey(address, adi)) === (adi & 0xfff);
  }

  /** Notes that a report with ADI has been given. */
  noteAdi(address: Address | undefined, adi: number, isResponse: boolean): void {
    const map = isResponse ? this.responses : this.advertisements;
    map.set(adiKey(address, adi), adi & 0xfff);
    if (map.size > this.capacity) dropOldest(map);
  }
}

/** Address, its type and the SID in one number up to 2^53; anonymous advertisers have the negative ones. */
function adiKey(address: Address | undefined, adi: number): number {
  const sid = adi >> 12;
  return address ? address.key * SIDS + sid : -1 - sid;
}

function dropOldest(collection: Set<number> | Map<number, number>): void {
  for (const oldest of collection.keys()) {
    collection.delete(oldest);
    return;
  }
}
