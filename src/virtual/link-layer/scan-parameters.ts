import { type Address, AddressType } from '../../core/address.js';
import { Phy } from '../air/airtime.js';
import type { Dice } from '../air/dice.js';
import type { SyncInfo } from '../air/extended-pdu.js';
import type { Radio } from '../air/propagation.js';
import type { AcceptList } from './accept-list.js';
import type { AddressResolver } from './privacy/address-resolver.js';
import type { PhyWindow } from './scan-window.js';

/** How to scan on one PHY. */
export interface PhyScan extends PhyWindow {
  readonly active: boolean;
}

/** What LE Set Scan Parameters or LE Set Extended Scan Parameters sets. */
export interface ScanParameters {
  /** LE 1M before LE Coded. */
  readonly phys: readonly PhyScan[];
  readonly ownAddressType: number;
  /** 0: everybody; 1: the Filter Accept List only; 2 and 3: likewise, and what is directed to unresolvable addresses. */
  readonly filterPolicy: number;
}

/** Before the first LE Set Scan Parameters: Core Vol 4, Part E, 7.8.10. */
export const defaultScanParameters: ScanParameters = {
  phys: [{ phy: Phy.le1M, active: false, interval: 0x0010, window: 0x0010 }],
  ownAddressType: AddressType.public,
  filterPolicy: 0,
};

/** How a scan goes on in time. */
export interface ScanTimes {
  /** One of `FilterDuplicates`. */
  readonly filterDuplicates: number;
  /** Units of 10 ms; 0 is until it is stopped. */
  readonly duration: number;
  /** Units of 1.28 s; 0 is once. */
  readonly period: number;
}

/** What an LE Extended Advertising Report says: Core Vol 4, Part E, 7.7.65.13. */
export interface ExtendedReport {
  /** With the data status. */
  readonly eventType: number;
  /** `undefined` when the advertiser is anonymous. */
  readonly address: Address | undefined;
  readonly primaryPhy: number;
  /** 0 when there was nothing on a secondary channel. */
  readonly secondaryPhy: number;
  /** 0xFF when there was none. */
  readonly sid: number;
  /** dBm; 127 when it is not known. */
  readonly txPower: number;
  readonly rssi: number;
  /** Units of 1.25 ms; 0 when there is no periodic advertising. */
  readonly periodicInterval: number;
  readonly target: Address | undefined;
  /** The type to report `target` with. */
  readonly targetType: number;
  readonly data: Uint8Array;
}

/** The controller around a scanner. */
export interface ScannerHost {
  readonly radio: Radio;
  readonly dice: Dice;
  readonly acceptList: AcceptList;
  readonly addresses: AddressResolver;
  /** How many advertisers the duplicate filter remembers; the oldest goes first. */
  readonly duplicateFilterSize: number;
  /** The mask of the PHYs that it can receive on. */
  readonly phys: number;
  /** A legacy PDU is to be reported. `eventType` is that of the LE Advertising Report: Core Vol 4, Part E, 7.7.65.2. */
  advertisingReport(eventType: number, advA: Address, data: Uint8Array, rssi: number): void;
  /** LE Directed Advertising Report: Core Vol 4, Part E, 7.7.65.11. */
  directedReport(advA: Address, targetA: Address, rssi: number): void;
  /** LE Extended Advertising Report, cut into as many as it takes. */
  extendedReport(report: ExtendedReport): void;
  /** The duration is over. */
  scanTimeout(): void;
  /** Whether somebody waits for periodic advertising of whoever advertises now. */
  readonly seeksTrains: boolean;
  /** An AUX_ADV_IND with SyncInfo was received. */
  trainSeen(sighting: TrainSighting): void;
}

/** Where a periodic advertising train was seen. */
export interface TrainSighting {
  readonly syncInfo: SyncInfo;
  /** The PHY of the train. */
  readonly phy: number;
  /** `undefined` when the advertiser is anonymous. */
  readonly address: Address | undefined;
  readonly sid: number;
  /** The ACAD beside it; not to be kept. */
  readonly acad: Uint8Array | undefined;
}
