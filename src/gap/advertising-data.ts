import { Uuid, type UuidLike } from '../core/uuid.js';
import { AdType, type AdvertisingStructure } from './advertising-types.js';

export { type AdvertisingDataFields, buildAdvertisingData } from './advertising-data-builder.js';

/** Manufacturer Specific Data: Core Specification Supplement, Part A, 1.4. */
export interface ManufacturerData {
  /** The company identifier (assigned numbers, 7). */
  readonly companyIdentifier: number;
  readonly data: Uint8Array;
}

/** Service Data of any UUID width: Core Specification Supplement, Part A, 1.11. */
export interface ServiceData {
  readonly uuid: Uuid;
  readonly data: Uint8Array;
}

/** Bits of the Flags: Core Specification Supplement, Part A, 1.3. */
export const AdvertisingFlags = {
  leLimitedDiscoverable: 0x01,
  leGeneralDiscoverable: 0x02,
  brEdrNotSupported: 0x04,
  simultaneousLeAndBrEdr: 0x08,
} as const;

/** How long the contents of a type may be: the shortest, and what the length has to be a multiple of. */
const layouts: Readonly<Record<number, readonly [shortest: number, unit: number]>> = {
  [AdType.flags]: [1, 1],
  [AdType.incompleteServiceUuids16]: [0, 2],
  [AdType.completeServiceUuids16]: [0, 2],
  [AdType.incompleteServiceUuids32]: [0, 4],
  [AdType.completeServiceUuids32]: [0, 4],
  [AdType.incompleteServiceUuids128]: [0, 16],
  [AdType.completeServiceUuids128]: [0, 16],
  [AdType.txPowerLevel]: [1, 1],
  [AdType.peripheralConnectionIntervalRange]: [4, 4],
  [AdType.solicitationUuids16]: [0, 2],
  [AdType.solicitationUuids32]: [0, 4],
  [AdType.solicitationUuids128]: [0, 16],
  [AdType.serviceData16]: [2, 1],
  [AdType.serviceData32]: [4, 1],
  [AdType.serviceData128]: [16, 1],
  [AdType.appearance]: [2, 2],
  [AdType.manufacturerSpecificData]: [2, 1],
};

/** The width of the UUIDs that a list of services holds; 0 for all other types. */
function serviceWidth(type: number): number {
  if (type < AdType.incompleteServiceUuids16 || type > AdType.completeServiceUuids128) return 0;
  return type <= AdType.completeServiceUuids16 ? 2 : type <= AdType.completeServiceUuids32 ? 4 : 16;
}

function solicitationWidth(type: number): number {
  if (type === AdType.solicitationUuids16) return 2;
  if (type === AdType.solicitationUuids32) return 4;
  return type === AdType.solicitationUuids128 ? 16 : 0;
}

function serviceDataWidth(type: number): number {
  if (type === AdType.serviceData16) return 2;
  if (type === AdType.serviceData32) return 4;
  return type === AdType.serviceData128 ? 16 : 0;
}

const utf8 = /* @__PURE__ */ new TextDecoder();

/**
 * Advertising data, scan response data or an Extended Inquiry Response: Core Vol 3, Part C, 11. Nothing is decoded
 * before it is asked for. It is lenient, because real advertisers are not careful: it never throws, ends at a length of
 * zero or at a structure that runs past the end, and passes over contents that are too short for their type.
 *
 * ```ts
 * const data = new AdvertisingData(report.data);
 * if (data.localName === 'Heart Rate' || data.hasService(0x180d)) { … }
 * ```
 */
export class AdvertisingData implements Iterable<AdvertisingStructure> {
  /** The octets as they came. They are not copied: whoever changes them, changes this. */
  readonly octets: Uint8Array;

  constructor(octets: Uint8Array) {
    this.octets = octets;
  }

  /** The structures in their order, each with a view of its contents. */
  *[Symbol.iterator](): Generator<AdvertisingStructure, void, undefined> {
    const { octets } = this;
    for (let at = this.first(); at >= 0; at = this.next(at)) {
      yield { type: octets[at + 1]!, data: octets.subarray(at + 2, at + 1 + octets[at]!) };
    }
  }

  /** The structures in their order, each with a view of its contents. */
  get structures(): AdvertisingStructure[] {
    return [...this];
  }

  /** How many structures run past the end, or have contents that their type cannot have. */
  get malformed(): number {
    const { octets } = this;
    let count = 0;
    let end = 0;
    for (let at = this.first(); at >= 0; at = this.next(at)) {
      const layout = layouts[octets[at + 1]!];
      const size = octets[at]! - 1;
      if (layout && (size < layout[0] || size % layout[1] !== 0)) count++;
      end = at + 1 + octets[at]!;
    }
    return end < octets.length && octets[end] !== 0 ? count + 1 : count;
  }

  /** A view of the contents of the first structure of a type; `undefined` when there is none. */
  find(type: number): Uint8Array | undefined {
    const { octets } = this;
    for (let at = this.first(); at >= 0; at = this.next(at)) {
      if (octets[at + 1] === type) return octets.subarray(at + 2, at + 1 + octets[at]!);
    }
    return undefined;
  }

  /** The Flags (see {@link AdvertisingFlags}), their first octet. */
  get flags(): number | undefined {
    return this.find(AdType.flags)?.[0];
  }

  /**
   * The complete local name, or the shortened one. It ends at a zero octet, which some advertisers fill up with; octets
   * that are no UTF-8 show as U+FFFD.
   */
  get localName(): string | undefined {
    const name = this.find(AdType.completeLocalName) ?? this.find(AdType.shortenedLocalName);
    if (!name) return undefined;
    const end = name.indexOf(0);
    return utf8.decode(end < 0 ? name : name.subarray(0, end));
  }

  /** Whether {@link localName} is the complete one. */
  get localNameComplete(): boolean {
    return this.find(AdType.completeLocalName) !== undefined;
  }

  /** The services of all lists, complete or not, of all widths, in their order. */
  get serviceUuids(): Uuid[] {
    return this.uuids(serviceWidth);
  }

  /** Whether a service is in one of the lists. */
  hasService(service: UuidLike): boolean {
    const wanted = Uuid.from(service);
    return this.serviceUuids.some((uuid) => uuid.equals(wanted));
  }

  /** The services that the advertiser looks for in others. */
  get solicitedServiceUuids(): Uuid[] {
    return this.uuids(solicitationWidth);
  }

  /** The power that the advertisement is sent with, in dBm. */
  get txPower(): number | undefined {
    const octet = this.find(AdType.txPowerLevel)?.[0];
    return octet === undefined ? undefined : (octet << 24) >> 24;
  }

  /** What the device looks like (assigned numbers, 2.6). */
  get appearance(): number | undefined {
    const data = this.find(AdType.appearance);
    return data && data.length >= 2 ? data[0]! | (data[1]! << 8) : undefined;
  }

  /** The first Manufacturer Specific Data; the contents are a view. */
  get manufacturerData(): ManufacturerData | undefined {
    const { octets } = this;
    for (let at = this.first(); at >= 0; at = this.next(at)) {
      if (octets[at + 1] === AdType.manufacturerSpecificData && octets[at]! >= 3)
        return this.manufacturer(at);
    }
    return undefined;
  }

  /** All Manufacturer Specific Data; the contents are views. */
  get allManufacturerData(): ManufacturerData[] {
    const { octets } = this;
    const found: ManufacturerData[] = [];
    for (let at = this.first(); at >= 0; at = this.next(at)) {
      if (octets[at + 1] === AdType.manufacturerSpecificData && octets[at]! >= 3)
        found.push(this.manufacturer(at));
    }
    return found;
  }

  /** All Service Data; the contents are views. */
  get serviceData(): ServiceData[] {
    const { octets } = this;
    const found: ServiceData[] = [];
    for (let at = this.first(); at >= 0; at = this.next(at)) {
      const width = serviceDataWidth(octets[at + 1]!);
      if (width === 0 || octets[at]! - 1 < width) continue;
      const from = at + 2 + width;
      found.push({
        uuid: Uuid.fromWire(octets, at + 2, from),
        data: octets.subarray(from, at + 1 + octets[at]!),
      });
    }
    return found;
  }

  /** The connection intervals that the peripheral would like, in milliseconds; `undefined` for what it leaves open. */
  get connectionIntervalRange(): { minMs: number | undefined; maxMs: number | undefined } | undefined {
    const data = this.find(AdType.peripheralConnectionIntervalRange);
    if (!data || data.length < 4) return undefined;
    const milliseconds = (units: number) => (units === 0xffff ? undefined : units * 1.25);
    return {
      minMs: milliseconds(data[0]! | (data[1]! << 8)),
      maxMs: milliseconds(data[2]! | (data[3]! << 8)),
    };
  }

  private uuids(width: (type: number) => number): Uuid[] {
    const { octets } = this;
    const found: Uuid[] = [];
    for (let at = this.first(); at >= 0; at = this.next(at)) {
      const size = width(octets[at + 1]!);
      if (size === 0) continue;
      const end = at + 1 + octets[at]!;
      for (let from = at + 2; from + size <= end; from += size) {
        found.push(Uuid.fromWire(octets, from, from + size));
      }
    }
    return found;
  }

  /** The Manufacturer Specific Data whose structure begins at `at`. */
  private manufacturer(at: number): ManufacturerData {
    const { octets } = this;
    return {
      companyIdentifier: octets[at + 2]! | (octets[at + 3]! << 8),
      data: octets.subarray(at + 4, at + 1 + octets[at]!),
    };
  }

  /** Where the first structure begins, or -1. */
  private first(): number {
    return this.whole(0);
  }

  /** Where the structure after the one at `at` begins, or -1. */
  private next(at: number): number {
    return this.whole(at + 1 + this.octets[at]!);
  }

  /** `at`, when a whole structure begins there, or -1. */
  private whole(at: number): number {
    const length = this.octets[at];
    return length === undefined || length === 0 || at + 1 + length > this.octets.length ? -1 : at;
  }
}

/** As `new AdvertisingData(octets)`. */
export function parseAdvertisingData(octets: Uint8Array): AdvertisingData {
  return new AdvertisingData(octets);
}
