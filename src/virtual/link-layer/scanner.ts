import { Address, randomAddressKind } from '../../core/address.js';
import {
  type AdvertisingAnswer,
  type AdvertisingPdu,
  AdvertisingPduType,
  isScannable,
} from '../air/advertising-pdu.js';
import { Appointment } from '../air/agenda.js';
import type { Air, Listener } from '../air/air.js';
import { Phy } from '../air/airtime.js';
import type { ExtendedPdu } from '../air/extended-pdu.js';
import type { Radio } from '../air/propagation.js';
import { DuplicateFilter, FilterDuplicates } from './duplicate-filter.js';
import { ReceiverSchedule } from './receiver-schedule.js';
import { ScanBackoff } from './scan-backoff.js';
import {
  defaultScanParameters,
  type PhyScan,
  type ScannerHost,
  type ScanParameters,
  type ScanTimes,
} from './scan-parameters.js';
import { type ReceptionOwner, ScanReception } from './scan-reception.js';
import { ScanWindows } from './scan-window.js';

const eventTypes: Readonly<Record<number, number>> = {
  [AdvertisingPduType.advInd]: 0,
  [AdvertisingPduType.advDirectInd]: 1,
  [AdvertisingPduType.advScanInd]: 2,
  [AdvertisingPduType.advNonconnInd]: 3,
  [AdvertisingPduType.scanRsp]: 4,
};
const SCAN_RESPONSE = 4;
/** The event types of legacy PDUs in extended reports: Core Vol 4, Part E, 7.7.65.13. */
const extendedTypes: readonly number[] = [0x13, 0x15, 0x12, 0x10, 0x1a];
const NO_SID = 0xff;
const NOT_AVAILABLE = 127;
/** The type of a target whose address was not resolved. */
const UNRESOLVED = 0xfe;
/** From the end of an advertisement to the end of the longest SCAN_RSP, in µs: T_IFS, 176, T_IFS, 376. */
const SCAN_EXCHANGE = 852;

/** Scanning, passive and active, for legacy PDUs alone or for extended ones too: Core Vol 6, Part B, 4.4.3. */
export class Scanner implements Listener, ReceptionOwner {
  readonly radio: Radio;
  readonly host: ScannerHost;
  readonly filter: DuplicateFilter;
  readonly backoff: ScanBackoff;
  readonly schedule = new ReceiverSchedule();
  parameters = defaultScanParameters;
  private readonly air: Air;
  private windows: ScanWindows | undefined;
  private on = false;
  private extended = false;
  private ownNow: Address | undefined;
  private times: ScanTimes = { filterDuplicates: FilterDuplicates.off, duration: 0, period: 0 };
  private readonly periodEnd = new Appointment((now) => this.onPeriodEnd(now));
  private readonly durationEnd = new Appointment(() => this.onDurationEnd());
  private readonly receptions = new Set<ScanReception>();
  /** The PDU type that its SCAN_REQ answers, while it waits for the response. */
  private requested: number | undefined;

  constructor(air: Air, host: ScannerHost) {
    this.air = air;
    this.host = host;
    this.radio = host.radio;
    this.filter = new DuplicateFilter(host.duplicateFilterSize);
    this.backoff = new ScanBackoff(host.dice);
  }

  get enabled(): boolean {
    return this.on;
  }

  get now(): number {
    return this.air.agenda.now;
  }

  /** The address in its requests to an advertiser; `undefined` when it has none. */
  ownTowards(advA: Address): Address | undefined {
    const { ownAddressType } = this.parameters;
    return ownAddressType < 2 ? this.ownNow : this.host.addresses.own(ownAddressType, advA);
  }

  /** As {@link AddressResolver.sender}. */
  sender(advA: Address): Address | undefined {
    return this.host.addresses.sender(advA);
  }

  get filtering(): boolean {
    return this.times.filterDuplicates !== FilterDuplicates.off;
  }

  /** Whether it makes use of the Filter Accept List now. */
  get usesAcceptList(): boolean {
    return this.on && (this.parameters.filterPolicy & 1) === 1;
  }

  /**
   * Starts, or starts anew with an empty duplicate filter, under the address `own`.
   * @param extended whether extended advertising is reported, and legacy advertising by extended reports
   */
  enable(own: Address, times: ScanTimes, extended = false): void {
    const { agenda } = this.air;
    this.ownNow = own;
    this.times = times;
    this.extended = extended;
    this.filter.clear();
    if (!this.on) {
      this.on = true;
      this.backoff.reset();
      this.schedule.clear();
      this.requested = undefined;
    }
    this.open();
    const { duration, period } = times;
    if (duration === 0) agenda.cancel(this.durationEnd);
    else agenda.set(this.durationEnd, agenda.now + duration * 10_000);
    if (duration === 0 || period === 0) agenda.cancel(this.periodEnd);
    else agenda.set(this.periodEnd, agenda.now + period * 1_280_000);
  }

  private open(): void {
    this.windows ??= new ScanWindows(this.air.agenda.now, this.parameters.phys);
    this.air.listen(this);
  }

  /** Stops; nothing happens when it does not run. */
  disable(): void {
    this.on = false;
    this.windows = undefined;
    this.requested = undefined;
    for (const reception of this.receptions) reception.drop();
    this.receptions.clear();
    this.filter.clear();
    this.air.agenda.cancel(this.durationEnd);
    this.air.agenda.cancel(this.periodEnd);
    this.air.deafen(this);
  }

  /** As after a power-on. */
  reset(): void {
    this.disable();
    this.parameters = defaultScanParameters;
  }

  private onDurationEnd(): void {
    for (const reception of this.receptions) reception.lost();
    if (this.times.period > 0) {
      this.windows = undefined;
      this.air.deafen(this);
      return;
    }
    this.disable();
    this.host.scanTimeout();
  }

  private onPeriodEnd(now: number): void {
    if (this.times.filterDuplicates === FilterDuplicates.onEachPeriod) this.filter.clear();
    this.open();
    this.air.agenda.set(this.durationEnd, now + this.times.duration * 10_000);
    this.air.agenda.set(this.periodEnd, now + this.times.period * 1_280_000);
  }

  isOpen(phy: number, channel: number, start: number, end: number): boolean {
    return this.windows!.isOpen(phy, channel, start, end) && this.schedule.isFree(start, end);
  }

  isActive(phy: number): boolean {
    return this.phyScan(phy)?.active ?? false;
  }

  private phyScan(phy: number): PhyScan | undefined {
    return this.parameters.phys.find((one) => one.phy === phy);
  }

  /** Whether the filter policy lets the PDUs of this advertiser through; `undefined` for an anonymous one. */
  accepts(advA: Address | undefined): boolean {
    return (this.parameters.filterPolicy & 1) === 0 || this.host.acceptList.has(advA);
  }

  /** The target to report, with its type; `undefined` when what is sent to it is none of this scanner's business. */
  target(targetA: Address): Address | undefined {
    const own = this.host.addresses.asTarget(targetA, this.parameters.ownAddressType);
    if (own) return own;
    const unresolved = targetA.isRandom && randomAddressKind(targetA.bd) === 'resolvable';
    return this.parameters.filterPolicy >= 2 && unresolved ? new Address(targetA.bd, UNRESOLVED) : undefined;
  }

  heard(pdu: AdvertisingPdu, rssi: number): AdvertisingAnswer | undefined {
    this.giveUpRequest();
    const target = pdu.targetA && this.target(pdu.targetA);
    const sender = this.sender(pdu.advA);
    if ((pdu.targetA && !target) || !sender || !this.accepts(sender)) return undefined;
    this.report(pdu, sender, target, rssi);
    if (!isScannable(pdu.type) || !this.isActive(Phy.le1M)) return undefined;
    if (this.filtering && this.filter.knows(sender, SCAN_RESPONSE)) return undefined;
    if (!this.hasTime(this.now + SCAN_EXCHANGE) || !this.backoff.permits()) return undefined;
    const scanA = this.ownTowards(sender);
    if (!scanA) return undefined;
    this.requested = pdu.type;
    return { type: AdvertisingPduType.scanReq, scanA, advA: pdu.advA };
  }

  /** Whether its receiver has nothing else to do until then. */
  private hasTime(until: number): boolean {
    const { now } = this;
    return this.schedule.isFree(now, until) && (this.radio.time?.hasRoom(now, until) ?? true);
  }

  answered(): boolean {
    // Whether a response comes shows by the next advertisement that is heard.
    return true;
  }

  scanResponse(pdu: AdvertisingPdu, rssi: number): void {
    this.backoff.sent(true);
    const sender = this.sender(pdu.advA);
    if (sender) this.report(pdu, sender, undefined, rssi);
    this.requested = undefined;
  }

  private giveUpRequest(): void {
    if (this.requested === undefined) return;
    this.requested = undefined;
    this.backoff.sent(false);
  }

  private report(pdu: AdvertisingPdu, sender: Address, target: Address | undefined, rssi: number): void {
    const eventType = eventTypes[pdu.type]!;
    if (this.filtering && this.filter.note(sender, eventType)) return;
    const { host } = this;
    if (!this.extended) {
      if (target?.type === UNRESOLVED) host.directedReport(sender, target, rssi);
      else host.advertisingReport(eventType, sender, pdu.data, rssi);
      return;
    }
    const toConnectable = eventType === SCAN_RESPONSE && this.requested === AdvertisingPduType.advInd;
    host.extendedReport({
      eventType: extendedTypes[eventType]! | (toConnectable ? 1 : 0),
      address: sender,
      primaryPhy: Phy.le1M,
      secondaryPhy: 0,
      sid: NO_SID,
      txPower: NOT_AVAILABLE,
      rssi,
      periodicInterval: 0,
      target,
      targetType: target?.type ?? 0,
      data: pdu.data,
    });
  }

  indicated(
    pdu: ExtendedPdu,
    phy: number,
    rssi: number,
    auxStart: number,
    auxEnd: number,
  ): ScanReception | undefined {
    if (!this.extended) return undefined;
    this.giveUpRequest();
    const reception = new ScanReception(this, phy, pdu.adi);
    if (!pdu.auxPtr) {
      reception.alone(pdu, rssi);
      return undefined;
    }
    const canReceive = ((this.host.phys >> (Math.min(pdu.auxPtr.phy, Phy.leCoded) - 1)) & 1) === 1;
    if (!canReceive || this.isFollowing(auxStart) || !this.schedule.reserve(this.now, auxStart, auxEnd)) {
      return undefined;
    }
    reception.start = auxStart;
    this.receptions.add(reception);
    return reception;
  }

  /** Whether it heard of an auxiliary packet at that time on another channel before. */
  private isFollowing(auxStart: number): boolean {
    for (const { start } of this.receptions) if (start === auxStart) return true;
    return false;
  }

  receptionOver(reception: ScanReception): void {
    this.receptions.delete(reception);
  }
}

export { defaultScanParameters, type ScannerHost, type ScanParameters };
