import { Address, AddressType, addressKey, addressNumber, BdAddr } from '../core/address.js';

/** Event_Type of a legacy report: Core Vol 4, Part E, 7.7.65.2. */
export const LegacyEventType = {
  advInd: 0,
  advDirectInd: 1,
  advScanInd: 2,
  advNonconnInd: 3,
  scanRsp: 4,
} as const;

/** Bits of Event_Type in an extended report (7.7.65.13), by legacy Event_Type: what the legacy kinds mean. */
const LEGACY_BITS = [0x13, 0x15, 0x12, 0x10, 0x1a];
const RSSI_UNKNOWN = 127;
const ANONYMOUS = 0xff;
/** Direct_Address_Type of a resolvable private address that the controller could not resolve. */
const UNRESOLVED = 0xfe;
/** Primary_PHY and Secondary_PHY: LE Coded, with S=8 where the coding is told; LE Coded with S=2. */
const CODED = 3;
const CODED_S2 = 4;
const LEGACY_HEADER = 9;
const EXTENDED_HEADER = 24;

/**
 * One advertising report, legacy or extended. It owns a copy of its octets; everything is decoded when it is asked for,
 * because most reports are looked at only for their address.
 */
export class AdvertisingReport {
  /** Whether it came in an LE Extended Advertising Report event. */
  readonly extended: boolean;
  private readonly octets: Uint8Array;
  /** Whether the controller tells the coding of LE Coded. */
  private readonly codings: boolean;
  /** Who the host found behind the address. */
  private identity: Address | undefined;
  private target: Address | undefined;

  private constructor(octets: Uint8Array, extended: boolean, codings: boolean) {
    this.codings = codings;
    this.octets = octets;
    this.extended = extended;
    this.identity = undefined;
    this.target = undefined;
  }

  /** @internal Copies `bytes[start, end)`, one report of an event. */
  static copy(
    bytes: Uint8Array,
    start: number,
    end: number,
    extended: boolean,
    codings = false,
  ): AdvertisingReport {
    const size = end - start;
    const octets = new Uint8Array(size);
    for (let i = 0; i < size; i++) octets[i] = bytes[start + i]!;
    return new AdvertisingReport(octets, extended, codings);
  }

  /** @internal One report of an LE Directed Advertising Report event (7.7.65.11), in the form of a legacy one. */
  static directed(report: {
    readonly eventType: number;
    readonly addressType: number;
    readonly address: BdAddr;
    readonly directAddressType: number;
    readonly directAddress: BdAddr;
    readonly rssi: number | undefined;
  }): AdvertisingReport {
    const { eventType, addressType, address, rssi = RSSI_UNKNOWN } = report;
    const octets = Uint8Array.of(eventType, addressType, ...address.wire, 0, rssi & 0xff);
    const made = new AdvertisingReport(octets, false, false);
    made.target = new Address(report.directAddress, report.directAddressType);
    return made;
  }

  /** @internal The reports of one advertisement as one: the last one's, with the data of all. */
  static joined(parts: readonly AdvertisingReport[]): AdvertisingReport {
    const last = parts.at(-1)!;
    const size = parts.reduce((sum, { dataLength }) => sum + dataLength, 0);
    const octets = new Uint8Array(EXTENDED_HEADER + size);
    octets.set(last.octets.subarray(0, EXTENDED_HEADER));
    let at = EXTENDED_HEADER;
    for (const { octets: part } of parts) {
      octets.set(part.subarray(EXTENDED_HEADER), at);
      at += part.length - EXTENDED_HEADER;
    }
    return new AdvertisingReport(octets, true, last.codings);
  }

  /** @internal Says who is behind the address on air. */
  resolve(identity: Address): void {
    this.identity = identity;
  }

  /** The Event_Type as it came: 0–4 in a legacy report, a mask in an extended one. */
  get eventType(): number {
    return this.extended ? this.octets[0]! | (this.octets[1]! << 8) : this.octets[0]!;
  }

  private get properties(): number {
    return this.extended ? this.eventType : (LEGACY_BITS[this.octets[0]!] ?? 0x10);
  }

  /** Whether the advertiser takes connections. */
  get connectable(): boolean {
    return (this.properties & 0x01) !== 0;
  }

  /** Whether the advertiser answers scan requests. */
  get scannable(): boolean {
    return (this.properties & 0x02) !== 0;
  }

  /** Whether it is for one peer only. */
  get directed(): boolean {
    return (this.properties & 0x04) !== 0;
  }

  /** Whether this is a scan response. */
  get scanResponse(): boolean {
    return (this.properties & 0x08) !== 0;
  }

  /** Whether a legacy PDU was on the air. */
  get legacy(): boolean {
    return (this.properties & 0x10) !== 0;
  }

  /** 0 complete, 2 truncated; 1, more data to come, only in a single report of the controller: a scan gives whole advertisements. */
  get dataStatus(): number {
    return this.extended ? (this.octets[0]! >> 5) & 3 : 0;
  }

  /** Whether the end of the data is missing: the controller could not receive it. */
  get truncated(): boolean {
    return this.dataStatus === 2;
  }

  /** The advertiser's address type, as it came; 0xFF is an anonymous advertisement. */
  get addressType(): number {
    return this.octets[this.extended ? 2 : 1]!;
  }

  /** Whether the advertiser does not tell its address: {@link address} means nothing then. */
  get anonymous(): boolean {
    return this.extended && this.octets[2] === ANONYMOUS;
  }

  /** The advertiser's address; its identity address where it is bonded and used a private one. */
  get address(): Address {
    return this.identity ?? this.reported;
  }

  /** The address that was on air; `undefined` where the controller resolved it, and does not tell. */
  get addressOnAir(): Address | undefined {
    return this.addressType === ANONYMOUS || this.addressType < 2 ? this.reported : undefined;
  }

  private get reported(): Address {
    const at = this.extended ? 3 : 2;
    return new Address(BdAddr.fromWire(this.octets, at, at + 6), this.addressType);
  }

  /** A key for maps: address and whether it is random. */
  get key(): number {
    if (this.identity) return this.identity.key;
    return addressKey(addressNumber(this.octets, this.extended ? 3 : 2), this.addressType);
  }

  /** How many octets of advertising data there are. */
  get dataLength(): number {
    return this.extended ? this.octets.length - EXTENDED_HEADER : this.octets.length - LEGACY_HEADER - 1;
  }

  /** The advertising data or scan response: a copy, made at each time of asking. */
  get data(): Uint8Array {
    const from = this.extended ? EXTENDED_HEADER : LEGACY_HEADER;
    // Not a view of the octets: for one, the engine has to move them out of its heap, which takes longer than a copy.
    const data = new Uint8Array(this.dataLength);
    for (let i = 0; i < data.length; i++) data[i] = this.octets[from + i]!;
    return data;
  }

  /** The strength of the signal in dBm; `undefined` when the controller does not know it. */
  get rssi(): number | undefined {
    const octet = this.octets[this.extended ? 13 : this.octets.length - 1]!;
    return octet === RSSI_UNKNOWN ? undefined : (octet << 24) >> 24;
  }

  /** The power that an extended advertiser says it sends with, in dBm. */
  get txPower(): number | undefined {
    if (!this.extended || this.octets[12] === RSSI_UNKNOWN) return undefined;
    return (this.octets[12]! << 24) >> 24;
  }

  /** The Advertising_SID of an extended advertisement, 0–15. */
  get sid(): number | undefined {
    return this.extended && this.octets[11] !== 0xff ? this.octets[11] : undefined;
  }

  /** 1 LE 1M, 3 LE Coded. */
  get primaryPhy(): number {
    return this.extended ? withoutCoding(this.octets[9]!) : 1;
  }

  /**
   * The coding of LE Coded on the primary channel; `undefined` on other PHYs, and where the controller does not tell: that wants
   * Advertising Coding Selection (7.7.65.13).
   */
  get primaryCoding(): 'S2' | 'S8' | undefined {
    return this.coding(9);
  }

  /** 0 none, 1 LE 1M, 2 LE 2M, 3 LE Coded. */
  get secondaryPhy(): number {
    return this.extended ? withoutCoding(this.octets[10]!) : 0;
  }

  /** As {@link primaryCoding}, on the secondary channel. */
  get secondaryCoding(): 'S2' | 'S8' | undefined {
    return this.coding(10);
  }

  private coding(at: number): 'S2' | 'S8' | undefined {
    const phy = this.extended ? this.octets[at]! : 0;
    if (phy === CODED_S2) return 'S2';
    return phy === CODED && this.codings ? 'S8' : undefined;
  }

  /** The interval of periodic advertising in milliseconds; `undefined` without. */
  get periodicAdvertisingIntervalMs(): number | undefined {
    const units = this.extended ? this.octets[14]! | (this.octets[15]! << 8) : 0;
    return units === 0 ? undefined : units * 1.25;
  }

  /** The peer that a directed advertisement is for, where that is told: legacy ones are reported to their peer only. */
  get directAddress(): Address | undefined {
    if (this.target) return this.target;
    if (!this.extended || !this.directed) return undefined;
    const type = this.octets[16]!;
    return new Address(BdAddr.fromWire(this.octets, 17, 23), type === UNRESOLVED ? AddressType.random : type);
  }

  /** @internal Whether it is for a private address that the controller did not resolve, and so for the host to tell whose. */
  get directUnresolved(): boolean {
    return this.extended && this.directed && this.octets[16] === UNRESOLVED;
  }
}

function withoutCoding(phy: number): number {
  return phy === CODED_S2 ? CODED : phy;
}

/**
 * Calls `callback` for each report of an LE Advertising Report event (7.7.65.2) whose parameters are
 * `bytes[start, end)` behind the subevent code. The fields of one report follow each other (5.2).
 * @returns false when the event ends inside a report, or goes on behind the last one
 */
export function forEachAdvertisingReport(
  bytes: Uint8Array,
  start: number,
  end: number,
  callback: (report: AdvertisingReport) => void,
): boolean {
  if (start >= end) return false;
  let at = start + 1;
  for (let left = bytes[start]!; left > 0; left--) {
    if (at + LEGACY_HEADER + 1 > end) return false;
    const next = at + LEGACY_HEADER + bytes[at + 8]! + 1;
    if (next > end) return false;
    callback(AdvertisingReport.copy(bytes, at, next, false));
    at = next;
  }
  return at === end;
}

/**
 * As {@link forEachAdvertisingReport}, for an LE Extended Advertising Report event (7.7.65.13).
 * @param codings whether the controller tells S=8 from S=2: both sides have Advertising Coding Selection
 */
export function forEachExtendedAdvertisingReport(
  bytes: Uint8Array,
  start: number,
  end: number,
  callback: (report: AdvertisingReport) => void,
  codings = false,
): boolean {
  if (start >= end) return false;
  let at = start + 1;
  for (let left = bytes[start]!; left > 0; left--) {
    if (at + EXTENDED_HEADER > end) return false;
    const next = at + EXTENDED_HEADER + bytes[at + 23]!;
    if (next > end) return false;
    callback(AdvertisingReport.copy(bytes, at, next, true, codings));
    at = next;
  }
  return at === end;
}
