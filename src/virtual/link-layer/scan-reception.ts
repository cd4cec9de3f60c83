import type { Address } from '../../core/address.js';
import { basePhy } from '../air/advertising-airtime.js';
import { type AdvertisingAnswer, AdvertisingPduType } from '../air/advertising-pdu.js';
import type { AuxiliaryReception, AuxiliaryStep } from '../air/auxiliary.js';
import type { ExtendedPdu } from '../air/extended-pdu.js';
import type { DuplicateFilter } from './duplicate-filter.js';
import type { ReceiverSchedule } from './receiver-schedule.js';
import type { ScanBackoff } from './scan-backoff.js';
import type { ScannerHost } from './scan-parameters.js';

/** The scanner around a {@link ScanReception}. */
export interface ReceptionOwner {
  readonly host: ScannerHost;
  readonly filter: DuplicateFilter;
  readonly filtering: boolean;
  readonly backoff: ScanBackoff;
  readonly schedule: ReceiverSchedule;
  readonly now: number;
  /** Whether it asks for scan responses on a primary PHY, as HCI numbers it. */
  isActive(phy: number): boolean;
  accepts(advA: Address | undefined): boolean;
  target(targetA: Address): Address | undefined;
  sender(advA: Address): Address | undefined;
  ownTowards(advA: Address): Address | undefined;
  receptionOver(reception: ScanReception): void;
}

/** Bits of Event_Type: Core Vol 4, Part E, 7.7.65.13. */
const DIRECTED = 0x04;
const SCAN_RESPONSE = 0x08;
const SCANNABLE = 0x02;
const MORE_TO_COME = 0x20;
const TRUNCATED = 0x40;
const NO_SID = 0xff;
const NOT_AVAILABLE = 127;
/** The kind of a report of an ADV_EXT_IND alone, for the duplicate filter. */
const WITHOUT_ADI = 5;
const EMPTY = new Uint8Array(0);

type Stage = 'advertisement' | 'more' | 'response' | 'over';

/** What a scanner makes of one extended advertising event: its reports, and whether it asks for the scan response. */
export class ScanReception implements AuxiliaryReception {
  /** When its AUX_ADV_IND begins, in µs. */
  start = 0;
  private readonly scanner: ReceptionOwner;
  private readonly primaryPhy: number;
  private readonly adi: number | undefined;
  private stage: Stage = 'advertisement';
  private isResponse = false;
  private secondaryPhy = 0;
  private eventType = 0;
  /** Who advertises, resolved where that is possible. */
  private address: Address | undefined;
  private target: Address | undefined;
  private txPower = NOT_AVAILABLE;
  private periodicInterval = 0;
  private rssi = 0;

  constructor(scanner: ReceptionOwner, primaryPhy: number, adi: number | undefined) {
    this.scanner = scanner;
    this.primaryPhy = primaryPhy;
    this.adi = adi;
  }

  /** An ADV_EXT_IND without auxiliary packet. */
  alone(pdu: ExtendedPdu, rssi: number): void {
    const { scanner } = this;
    if (!this.takes(pdu)) return;
    if (scanner.filtering && this.address && scanner.filter.note(this.address, WITHOUT_ADI)) return;
    this.rssi = rssi;
    this.report(EMPTY, 0);
  }

  /** Notes whom the PDU is from and for; says whether this scanner reports it. */
  private takes(pdu: ExtendedPdu): boolean {
    this.address = pdu.advA && this.scanner.sender(pdu.advA);
    this.target = pdu.targetA && this.scanner.target(pdu.targetA);
    this.eventType = pdu.mode | (pdu.targetA ? DIRECTED : 0);
    if (pdu.txPower !== undefined) this.txPower = pdu.txPower;
    this.periodicInterval = pdu.syncInfo?.interval ?? 0;
    if (pdu.advA && !this.address) return false;
    if (!this.scanner.accepts(this.address)) return false;
    return pdu.targetA === undefined || this.target !== undefined;
  }

  received(pdu: ExtendedPdu, phy: number, rssi: number, nextStart: number, nextEnd: number): AuxiliaryStep {
    if (this.stage === 'over') return undefined;
    this.rssi = rssi;
    this.secondaryPhy = phy;
    const step =
      this.stage === 'advertisement'
        ? this.advertisement(pdu, nextStart, nextEnd)
        : this.continuation(pdu, nextStart, nextEnd);
    if (step === undefined) this.end();
    return step;
  }

  /** AUX_ADV_IND. */
  private advertisement(pdu: ExtendedPdu, nextStart: number, nextEnd: number): AuxiliaryStep {
    const { scanner, adi } = this;
    const takes = this.takes(pdu);
    if (pdu.syncInfo && scanner.host.seeksTrains) {
      const { syncInfo, acad } = pdu;
      const phy = this.secondaryPhy;
      scanner.host.trainSeen({ syncInfo, phy, address: this.address, sid: (adi ?? 0) >> 12, acad });
    }
    if (!takes) return undefined;
    const known = scanner.filtering && adi !== undefined && scanner.filter.knowsAdi(this.address, adi, false);
    const follows = known ? undefined : this.reportPart(pdu, nextStart, nextEnd);
    if (pdu.mode !== SCANNABLE || !this.wantsResponse()) return follows;
    const scanA = scanner.ownTowards(this.address!);
    return scanA ? { type: AdvertisingPduType.scanReq, scanA, advA: pdu.advA! } : follows;
  }

  private wantsResponse(): boolean {
    const { scanner, adi } = this;
    if (!scanner.isActive(basePhy(this.primaryPhy))) return false;
    if (scanner.filtering && adi !== undefined && scanner.filter.knowsAdi(this.address, adi, true))
      return false;
    return scanner.backoff.permits();
  }

  /** AUX_SCAN_RSP or AUX_CHAIN_IND. */
  private continuation(pdu: ExtendedPdu, nextStart: number, nextEnd: number): AuxiliaryStep {
    const { scanner, adi } = this;
    if (this.stage === 'response') {
      scanner.backoff.sent(true);
      this.isResponse = true;
      this.eventType |= SCAN_RESPONSE;
      if (pdu.txPower !== undefined) this.txPower = pdu.txPower;
      if (scanner.filtering && adi !== undefined && scanner.filter.knowsAdi(this.address, adi, true)) {
        return undefined;
      }
    }
    return this.reportPart(pdu, nextStart, nextEnd);
  }

  /** Reports what a PDU brought, and says whether it goes on to the next. */
  private reportPart(pdu: ExtendedPdu, nextStart: number, nextEnd: number): 'follow' | undefined {
    const { scanner } = this;
    if (!pdu.auxPtr) {
      this.stage = 'over';
      if (this.adi !== undefined && scanner.filtering) {
        scanner.filter.noteAdi(this.address, this.adi, this.isResponse);
      }
      this.report(pdu.data, 0);
      return undefined;
    }
    const goesOn = scanner.schedule.reserve(scanner.now, nextStart, nextEnd);
    this.stage = goesOn ? 'more' : 'over';
    this.report(pdu.data, goesOn ? MORE_TO_COME : TRUNCATED);
    return goesOn ? 'follow' : undefined;
  }

  private report(data: Uint8Array, dataStatus: number): void {
    this.scanner.host.extendedReport({
      eventType: this.eventType | dataStatus,
      address: this.address,
      primaryPhy: this.primaryPhy,
      secondaryPhy: this.secondaryPhy,
      sid: this.adi === undefined ? NO_SID : this.adi >> 12,
      txPower: this.txPower,
      rssi: this.rssi,
      periodicInterval: this.periodicInterval,
      target: this.target,
      targetType: this.target?.type ?? 0,
      data,
    });
  }

  answered(_answer: AdvertisingAnswer, start: number, end: number): boolean {
    this.stage = 'response';
    // Without room for the response in its plans it has asked in vain, as on air.
    this.scanner.schedule.reserve(this.scanner.now, start, end);
    return true;
  }

  lost(): void {
    if (this.stage === 'more') this.report(EMPTY, TRUNCATED);
    else if (this.stage === 'response') this.scanner.backoff.sent(false);
    this.stage = 'over';
    this.end();
  }

  /** Nothing of it is reported any more. */
  drop(): void {
    this.stage = 'over';
  }

  private end(): void {
    this.scanner.receptionOver(this);
  }
}
