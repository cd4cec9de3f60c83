import { AdvMode, chainOf, type ExtendedPdu, headerFits, type SyncInfo } from '../air/extended-pdu.js';
import { PeriodicTrain } from '../air/periodic-train.js';
import type { SubeventTrain } from '../air/subevent-train.js';
import { chainDuration } from './extended-transmission.js';
import { FragmentedData } from './fragmented-data.js';
import type { PeriodicAdvertisingHost, PeriodicSet, SubeventPlan } from './periodic-host.js';
import { SubeventAdvertising } from './subevent-advertising.js';

/** Periodic_Advertising_Properties: the only one there is. */
export const PERIODIC_TX_POWER = 0x40;

/** What LE Set Periodic Advertising Parameters sets. Intervals in units of 1.25 ms. */
export interface PeriodicParameters {
  readonly intervalMin: number;
  readonly intervalMax: number;
  readonly properties: number;
  /** Its subevents, where it has some. */
  readonly subevents?: SubeventPlan | undefined;
}

/** A Broadcast Isochronous Group that a train tells of. */
export interface CarriedGroup {
  /** Octets of {@link acad}. */
  readonly acadLength: number;
  /** The ACAD of an AUX_SYNC_IND that begins at `start` (µs). */
  acad(start: number): Uint8Array;
}

/** The periodic advertising of a set: Core Vol 6, Part B, 4.4.2.12. */
export class PeriodicAdvertising {
  parameters: PeriodicParameters;
  /** Call {@link refresh} after a change. */
  readonly data = new FragmentedData();
  private readonly host: PeriodicAdvertisingHost;
  private readonly set: PeriodicSet;
  private did: number;
  private on = false;
  private withAdi = false;
  private running: PeriodicTrain | undefined;
  private responding: SubeventAdvertising | undefined;
  private group: CarriedGroup | undefined;

  constructor(host: PeriodicAdvertisingHost, set: PeriodicSet, parameters: PeriodicParameters) {
    this.host = host;
    this.set = set;
    this.parameters = parameters;
    this.did = host.dice.below(0x1000);
  }

  /** Whether the host has it enabled; it begins with the set's advertising. */
  get enabled(): boolean {
    return this.on;
  }

  get includesAdi(): boolean {
    return this.withAdi;
  }

  /** The train, while it is on the air. */
  get train(): PeriodicTrain | SubeventTrain | undefined {
    return this.running ?? this.responding?.train;
  }

  /** The train with its subevents, while that is on the air. */
  get withSubevents(): SubeventAdvertising | undefined {
    return this.responding;
  }

  /** What AUX_ADV_INDs tell of its subevents. */
  get timing(): Uint8Array | undefined {
    return this.responding?.timing;
  }

  /** Where the train is, for the AUX_ADV_INDs. */
  get syncInfo(): SyncInfo | undefined {
    const { train } = this;
    if (!train) return undefined;
    const { accessAddress, interval, sca, nextCounter: counter } = train;
    return { accessAddress, interval, sca, counter };
  }

  /** Enables it, or changes whether it has an ADI. */
  enable(withAdi: boolean): void {
    this.on = true;
    this.withAdi = withAdi;
    if (this.train) this.refresh();
    else if (this.set.enabled) this.begin();
  }

  /** The set advertises from now on. */
  setEnabled(): void {
    if (this.on && !this.train) this.begin();
  }

  /** Stops; nothing happens when it does not run. */
  stop(): void {
    this.on = false;
    const { train } = this;
    if (!train) return;
    (this.responding ?? train).end();
    this.host.air.trains.delete(train.accessAddress);
    this.running = undefined;
    this.responding = undefined;
    this.set.refresh();
  }

  private begin(): void {
    const { air, radio, sca, channelMap } = this.host;
    if (this.parameters.subevents) {
      this.beginSubevents(this.parameters.subevents);
      return;
    }
    const train = new PeriodicTrain(air, radio, {
      accessAddress: this.host.accessAddress(),
      interval: this.parameters.intervalMin,
      phy: this.set.parameters.secondaryPhy,
      sca,
      channelMap,
    });
    this.running = train;
    this.refresh();
    air.trains.set(train.accessAddress, train);
    train.begin(air.agenda.now + train.period);
    this.set.refresh();
  }

  private beginSubevents(plan: SubeventPlan): void {
    const { agenda, trains } = this.host.air;
    const { intervalMin, properties } = this.parameters;
    const withTxPower = (properties & PERIODIC_TX_POWER) !== 0;
    const responding = new SubeventAdvertising(this.host, this.set, plan, intervalMin, withTxPower);
    const { train } = responding;
    this.responding = responding;
    trains.set(train.accessAddress, train);
    responding.start(agenda.now + train.period);
    this.set.refresh();
  }

  /** Has the events to come send what the data is now. */
  refresh(): void {
    const { running, group } = this;
    if (!running) return;
    running.chain = this.chain(this.data.octets, this.parameters.properties);
    running.acad = group && ((start) => group.acad(start));
  }

  /** Tells of a group from now on, or of none. @returns false where there is no room for that */
  carry(group: CarriedGroup | undefined): boolean {
    if (group && this.parameters.subevents) return false;
    const { group: before } = this;
    this.group = group;
    if (group && !this.fits(this.data.octets)) {
      this.group = before;
      return false;
    }
    this.refresh();
    return true;
  }

  /** The data has changed, or shall be taken for changed: it has another DID. */
  dataChanged(): void {
    this.did = (this.did + 1 + this.host.dice.below(0xffe)) & 0xfff;
    this.refresh();
  }

  /** The PDUs of one event. */
  private chain(octets: Uint8Array, properties: number): ExtendedPdu[] {
    const { sid, secondaryPhy } = this.set.parameters;
    const head = {
      mode: AdvMode.neither,
      advA: undefined,
      targetA: undefined,
      adi: this.withAdi ? (sid << 12) | this.did : undefined,
      syncInfo: undefined,
      txPower: properties & PERIODIC_TX_POWER ? this.host.radio.txPower : undefined,
      acad: this.group && new Uint8Array(this.group.acadLength),
    };
    return chainOf(head, octets, secondaryPhy);
  }

  /** Whether an event with such data has room in the longest interval of such parameters: Core Vol 4, Part E, 7.8.61. */
  fits(octets: Uint8Array, { intervalMax, properties } = this.parameters): boolean {
    const chain = this.chain(octets, properties);
    if (!headerFits(chain[0]!)) return false;
    // A train that runs has its interval.
    const interval = this.running?.interval ?? intervalMax;
    return chainDuration(chain, this.set.parameters.secondaryPhy) < interval * 1250;
  }
}
