import { type Address, AddressType } from '../../core/address.js';
import {
  type AdvertisingAnswer,
  type AdvertisingPdu,
  AdvertisingPduType,
  isScannable,
} from '../air/advertising-pdu.js';
import type { Air, Listener } from '../air/air.js';
import type { Radio } from '../air/propagation.js';
import type { AcceptList } from './accept-list.js';
import { ScanWindow } from './scan-window.js';

/** What LE Set Scan Parameters sets. Interval and window in units of 0.625 ms. */
export interface ScanParameters {
  readonly active: boolean;
  readonly interval: number;
  readonly window: number;
  readonly ownAddressType: number;
  /** 0: everybody; 1: the Filter Accept List only. */
  readonly filterPolicy: number;
}

/** Before the first LE Set Scan Parameters: Core Vol 4, Part E, 7.8.10. */
export const defaultScanParameters: ScanParameters = {
  active: false,
  interval: 0x0010,
  window: 0x0010,
  ownAddressType: AddressType.public,
  filterPolicy: 0,
};

/** The controller around a {@link Scanner}. */
export interface ScannerHost {
  readonly radio: Radio;
  readonly acceptList: AcceptList;
  /** How many advertisers the duplicate filter remembers; the oldest goes first. */
  readonly duplicateFilterSize: number;
  /** Something is to be reported. `eventType` is that of the LE Advertising Report: Core Vol 4, Part E, 7.7.65.2. */
  advertisingReport(eventType: number, advA: Address, data: Uint8Array, rssi: number): void;
}

const eventTypes: Readonly<Record<number, number>> = {
  [AdvertisingPduType.advInd]: 0,
  [AdvertisingPduType.advDirectInd]: 1,
  [AdvertisingPduType.advScanInd]: 2,
  [AdvertisingPduType.advNonconnInd]: 3,
  [AdvertisingPduType.scanRsp]: 4,
};
const SCAN_RESPONSE = 4;

/** Legacy scanning, passive and active: Core Vol 6, Part B, 4.4.3. */
export class Scanner implements Listener {
  readonly radio: Radio;
  parameters = defaultScanParameters;
  private readonly air: Air;
  private readonly host: ScannerHost;
  private window: ScanWindow | undefined;
  private own: Address | undefined;
  private filterDuplicates = false;
  private readonly seen = new Set<number>();

  constructor(air: Air, host: ScannerHost) {
    this.air = air;
    this.host = host;
    this.radio = host.radio;
  }

  get enabled(): boolean {
    return this.window !== undefined;
  }

  /** Whether it makes use of the Filter Accept List now. */
  get usesAcceptList(): boolean {
    return this.enabled && this.parameters.filterPolicy === 1;
  }

  /** Starts, or starts anew with an empty duplicate filter, under the address `own`. */
  enable(own: Address, filterDuplicates: boolean): void {
    this.own = own;
    this.filterDuplicates = filterDuplicates;
    this.seen.clear();
    if (this.window) return;
    this.window = new ScanWindow(this.air.agenda.now, this.parameters.interval, this.parameters.window);
    this.air.listen(this);
  }

  /** Stops; nothing happens when it does not run. */
  disable(): void {
    this.window = undefined;
    this.seen.clear();
    this.air.deafen(this);
  }

  /** As after a power-on. */
  reset(): void {
    this.disable();
    this.parameters = defaultScanParameters;
  }

  isOpen(channel: number, start: number, end: number): boolean {
    return this.window!.isOpen(channel, start, end);
  }

  heard(pdu: AdvertisingPdu, rssi: number): AdvertisingAnswer | undefined {
    if (pdu.targetA && !pdu.targetA.equals(this.own!)) return undefined;
    if (this.parameters.filterPolicy === 1 && !this.host.acceptList.has(pdu.advA)) return undefined;
    this.report(pdu, rssi);
    if (!this.parameters.active || !isScannable(pdu.type)) return undefined;
    if (this.filterDuplicates && this.seen.has(key(pdu.advA, SCAN_RESPONSE))) return undefined;
    return { type: AdvertisingPduType.scanReq, scanA: this.own!, advA: pdu.advA };
  }

  answered(): boolean {
    // A scan request that stays without response is tried again at the next event.
    return true;
  }

  scanResponse(pdu: AdvertisingPdu, rssi: number): void {
    this.report(pdu, rssi);
  }

  private report(pdu: AdvertisingPdu, rssi: number): void {
    const eventType = eventTypes[pdu.type]!;
    if (this.filterDuplicates && this.isDuplicate(key(pdu.advA, eventType))) return;
    this.host.advertisingReport(eventType, pdu.advA, pdu.data, rssi);
  }

  private isDuplicate(one: number): boolean {
    if (this.seen.has(one)) return true;
    if (this.seen.size >= this.host.duplicateFilterSize) {
      for (const oldest of this.seen) {
        this.seen.delete(oldest);
        break;
      }
    }
    this.seen.add(one);
    return false;
  }
}

/** Address, its type and the event type in one number below 2^53. */
function key(address: Address, eventType: number): number {
  return address.key * 8 + eventType;
}
