import type { Address } from '../../core/address.js';
import { Emitter } from '../../core/emitter.js';
import { BleError, HciError, StateError } from '../../core/errors.js';
import { Mutex } from '../../core/mutex.js';
import type { Connection } from '../connection.js';
import { ignoreDisallowed, isReset, isTaken } from '../errors.js';
import { phyName } from '../link/radio-types.js';
import type { Radio } from '../radio.js';
import type { ResponseTrain } from './response-train.js';
import { checkSetAddress, SetAddress, type SetAddressOption } from './set-address.js';
import { FRAGMENT, type SetControl } from './set-commands.js';
import {
  type AdvertisingPayload,
  type AdvertisingSetOptions,
  type AdvertisingTime,
  type PeriodicAdvertisingOptions,
  payloadOctets,
  type SetParameters,
  setParameters,
  setTime,
} from './set-options.js';
import { PlainTrain } from './set-train.js';
import { SetTrains } from './set-trains.js';
import type { PeriodicResponsesOptions } from './subevent-options.js';

/** What an {@link AdvertisingSet} tells. */
export interface AdvertisingSetEvents {
  /** It does not advertise any more, and nobody stopped it: a central connected, or its time or its events are over. */
  terminated: { readonly by: 'connection' | 'time' | 'events'; readonly events: number };
  /** Somebody asked for the scan response; with the option `scanRequests`. */
  scanRequest: Address;
}

const ADVERTISING_TIMEOUT = 0x3c;

/** Everything that the controller has to be told, and told again after a reset. */
interface SetState {
  data: Uint8Array;
  scanResponse: Uint8Array;
  /** For how long; absent while it does not advertise. */
  time: { readonly durationMs: number; readonly maxEvents: number; readonly since: number } | undefined;
}

/** One of several advertisements of a device: Core Vol 4, Part E, 7.8.52 to 7.8.63. Made by `Device.createAdvertisingSet`. */
export class AdvertisingSet extends Emitter<AdvertisingSetEvents> implements AsyncDisposable {
  /** The Advertising_Handle. */
  readonly handle: number;
  private readonly radio: Radio;
  private readonly commands: SetControl;
  private readonly parameters: SetParameters;
  private readonly legacyPdus: boolean;
  private readonly peer: Address | undefined;
  private readonly ownAddress: SetAddress;
  private readonly state: SetState;
  private readonly removed: (set: AdvertisingSet) => void;
  private readonly trains = new SetTrains();
  private readonly turn = new Mutex();
  private power: number | undefined;
  private gone = false;
  private paused = false;

  /** @internal */
  constructor(
    radio: Radio,
    handle: number,
    commands: SetControl,
    options: AdvertisingSetOptions,
    removed: (set: AdvertisingSet) => void,
  ) {
    super();
    this.radio = radio;
    this.handle = handle;
    this.commands = commands;
    this.parameters = setParameters(options);
    this.legacyPdus = options.legacyPdus === true;
    this.peer = options.peer;
    this.ownAddress = new SetAddress(radio.addresses, commands, options.address);
    this.removed = removed;
    this.state = {
      data: this.octets('data', options.data),
      scanResponse: this.octets('scanResponse', options.scanResponse),
      time: undefined,
    };
  }

  /** Whether it advertises. */
  get advertising(): boolean {
    return this.state.time !== undefined;
  }

  /** Whether it advertises periodically. */
  get periodic(): boolean {
    return this.trains.current !== undefined;
  }

  /** Its address on air, for those who do not know this device; bonded peers may see another. */
  get address(): Address {
    return this.ownAddress.current;
  }

  /** @internal The address that it has for itself. */
  get addressOfItsOwn(): Address | undefined {
    return this.ownAddress.own;
  }

  /** The power that the controller chose, in dBm; `undefined` when it does not say. */
  get txPower(): number | undefined {
    return this.power;
  }

  /**
   * Begins to advertise; again with another time while it does.
   * @throws {HciError} when the controller refuses
   */
  start(time: AdvertisingTime = {}): Promise<void> {
    const wanted = { ...setTime(time), since: this.radio.host.clock.now() };
    return this.change(async () => {
      const { time } = this.state;
      this.state.time = wanted;
      try {
        // The device's may be another than when it advertised last.
        if (!time) await this.ownAddress.send(() => this.sendParameters());
        await this.enable(true);
      } catch (error) {
        // One that was on goes on.
        this.state.time = time;
        throw error;
      }
    });
  }

  /** Stops advertising; periodic advertising goes on. Idempotent. */
  stop(): Promise<void> {
    return this.change(async () => {
      if (!this.state.time) return;
      this.state.time = undefined;
      await ignoreDisallowed(this.enable(false));
    });
  }

  /**
   * Changes the advertising data, also while it advertises.
   * @throws {RangeError} when it does not fit, or such a set has none
   * @throws {HciError} when the controller refuses; the data stays as it was
   */
  setData(data: AdvertisingPayload): Promise<void> {
    if (!this.hasData)
      throw new RangeError('setData: what a set of this kind says is in the scan response, or nothing');
    const octets = this.octets('data', data);
    return this.change(() => this.replace('data', octets, () => this.sendData()));
  }

  /**
   * Changes the scan response, also while it advertises.
   * @throws {RangeError} when it does not fit, or the set is not scannable
   * @throws {HciError} when the controller refuses; the scan response stays as it was
   */
  setScanResponse(data: AdvertisingPayload): Promise<void> {
    if (!this.scannable) throw new RangeError('setScanResponse: only what is scannable has one');
    const octets = this.octets('scanResponse', data);
    return this.change(() => this.replace('scanResponse', octets, () => this.sendScanResponse()));
  }

  /**
   * Gives the set a random address of its own, or another one. One that advertises stops for a moment.
   * @throws {RangeError | TypeError} when it may not have such an address
   * @throws {StateError} for `private` on a device without privacy
   * @throws {HciError} when the controller refuses; the address stays as it was
   */
  setAddress(address: SetAddressOption): Promise<void> {
    const { advertisingEventProperties: properties } = this.parameters;
    checkSetAddress(address, { connectable: (properties & 1) !== 0, anonymous: (properties & 0x20) !== 0 });
    return this.change(() =>
      this.whileOff(true, () => this.ownAddress.change(address, () => this.sendParameters())),
    );
  }

  /**
   * Begins periodic advertising, or changes it: receivers find it by this set, which has to advertise for that, with extended
   * PDUs that are neither connectable nor scannable (7.8.61).
   * @throws {HciError} when the controller refuses
   */
  startPeriodic(options: PeriodicAdvertisingOptions = {}): Promise<void> {
    this.checkTrain('startPeriodic');
    const train = new PlainTrain(this.commands, options, this.octets('data', options.data));
    return this.change(() => this.trains.begin(train));
  }

  /**
   * Begins periodic advertising with responses, in place of what periodic advertising there is: each event has subevents, whose
   * data is asked for, and each subevent slots in which receivers may answer (Core Vol 3, Part C, 9.5.6; Vol 4, Part E, 7.8.61).
   * Receivers find it as they find that of {@link startPeriodic}.
   * @throws {NotSupportedError} when the controller has none
   * @throws {RangeError | TypeError} naming the option that is not permitted
   * @throws {HciError} when the controller refuses
   */
  async startPeriodicWithResponses(options: PeriodicResponsesOptions): Promise<ResponseTrain> {
    this.checkTrain('startPeriodicWithResponses');
    const { handle } = this;
    const phy = phyName(this.parameters.secondaryAdvertisingPhy);
    return this.trains.beginWithResponses(this.radio, { handle, phy }, options, (work) => this.change(work));
  }

  /** Changes the periodic advertising data. @throws {StateError} when it does not advertise periodically, or with responses */
  setPeriodicData(data: AdvertisingPayload): Promise<void> {
    const octets = this.octets('data', data);
    return this.change(async () => {
      const train = this.trains.current;
      if (!train) throw new StateError('setPeriodicData: the set does not advertise periodically');
      await train.setData(octets);
    });
  }

  /** Stops periodic advertising; idempotent. */
  stopPeriodic(): Promise<void> {
    return this.change(() => this.trains.end());
  }

  /**
   * Sends a peer what it needs to receive the periodic advertising (7.8.90).
   * @param serviceData what the peer's host is told with it, 0–65535
   */
  async transferTo(connection: Connection, serviceData = 0): Promise<void> {
    this.check();
    if (!this.trains.current) throw new StateError('transferTo: the set does not advertise periodically');
    // The controller has to know that the peer's can take it.
    await connection.radio.readRemoteFeatures();
    await this.commands.transfer(connection.handle, serviceData);
  }

  /** Stops it, and gives its place to others; idempotent. */
  async remove(): Promise<void> {
    if (this.gone) return;
    await this.turn.run(() => this.radio.gate.use(() => this.giveUp()));
  }

  private async giveUp(): Promise<void> {
    if (this.gone) return;
    const { time } = this.state;
    const train = this.trains.current;
    this.abort();
    try {
      // A set that is on is not removed (7.8.59).
      if (time) await ignoreDisallowed(this.enable(false));
      if (train) await train.disable();
      await this.commands.remove();
    } catch (error) {
      // A controller that is being reset has no sets.
      if (!isReset(error)) throw error;
    } finally {
      this.removed(this);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }

  /** @internal Makes the set in the controller. */
  open(): Promise<void> {
    return this.change(() => this.make());
  }

  /** @internal LE Advertising Set Terminated: 7.7.65.18. */
  ended(status: number, events: number): void {
    this.state.time = undefined;
    this.paused = false;
    const by = status === 0 ? 'connection' : status === ADVERTISING_TIMEOUT ? 'time' : 'events';
    this.emit('terminated', { by, events });
  }

  /** @internal The radio has to be quiet. */
  async pause(): Promise<void> {
    if (!this.state.time) return;
    this.paused = true;
    await ignoreDisallowed(this.enable(false));
  }

  /** @internal */
  async resume(): Promise<void> {
    if (!this.paused) return;
    this.paused = false;
    if (!this.state.time) return;
    try {
      await this.ownAddress.send(() => this.sendParameters());
      await this.enable(true);
    } catch (error) {
      if (isReset(error)) return;
      this.lost(error);
    }
  }

  /**
   * @internal Whether it should advertise and the controller knows nothing of it: parameters are disallowed while it does
   * (7.8.53).
   */
  async wasForgotten(): Promise<boolean> {
    const { time } = this.state;
    if (!time || this.gone) return false;
    const taken = await this.radio.gate.use(() => isTaken(this.sendParameters()));
    return taken && this.state.time === time;
  }

  /** @internal The controller was reset: all that it had is made anew. */
  async restore(): Promise<void> {
    if (this.gone) return;
    const train = this.trains.current;
    try {
      await this.radio.gate.use(async () => {
        await this.make();
        if (train) await train.enable();
        if (this.state.time) await this.enable(true);
      });
    } catch (error) {
      if (isReset(error)) throw error;
      this.trains.forget(error instanceof BleError ? error : undefined);
      this.lost(error);
    }
  }

  /** @internal It was removed, or the device is closed, or its controller gone for good. */
  abort(error?: BleError): void {
    this.gone = true;
    this.state.time = undefined;
    this.trains.forget(error);
  }

  private lost(error: unknown): void {
    this.state.time = undefined;
    const why = error instanceof Error ? error.message : String(error);
    this.radio.host.report({ layer: 'gap', message: `an advertising set did not come back: ${why}` });
  }

  private octets(option: string, payload: AdvertisingPayload | undefined): Uint8Array {
    return payloadOctets(option, payload, this.legacyPdus, this.radio.controller().maxAdvertisingDataLength);
  }

  /** One change at a time, none while all have to be quiet. */
  private change(work: () => Promise<void>): Promise<void> {
    return this.turn.run(() => {
      this.check();
      return this.radio.gate.use(work);
    });
  }

  private check(): void {
    if (this.gone) throw new StateError('the advertising set was removed');
  }

  private get scannable(): boolean {
    return (this.parameters.advertisingEventProperties & 2) !== 0;
  }

  /** With legacy PDUs what is directed has no data; with extended PDUs what is scannable has none. */
  private get hasData(): boolean {
    return this.legacyPdus ? this.peer === undefined : !this.scannable;
  }

  private async make(): Promise<void> {
    this.ownAddress.forget();
    await this.sendParameters();
    await this.ownAddress.send();
    if (this.hasData) await this.sendData();
    if (this.scannable) await this.sendScanResponse();
  }

  private async sendParameters(): Promise<void> {
    const { addresses } = this.radio;
    const towards = this.peer && addresses.towards(this.peer, 'advertise');
    this.power = await this.commands.setParameters({
      ...this.parameters,
      ...(towards && { peerAddressType: towards.peer.type & 1, peerAddress: towards.peer.bd }),
      ownAddressType: this.ownAddress.type(towards?.ownAddressType),
    });
  }

  private async enable(on: boolean): Promise<void> {
    const { time } = this.state;
    if (!on || !time) return this.commands.enable(on, 0, 0);
    const passed = this.radio.host.clock.now() - time.since;
    // 0 would be until it is stopped.
    const left = time.durationMs > 0 ? Math.max(10, time.durationMs - passed) : 0;
    return this.commands.enable(true, left, time.maxEvents);
  }

  private replace(of: 'data' | 'scanResponse', octets: Uint8Array, send: () => Promise<void>): Promise<void> {
    const before = this.state[of];
    const long = octets.length > FRAGMENT;
    this.state[of] = octets;
    return this.whileOff(long, async () => {
      try {
        await send();
      } catch (error) {
        this.state[of] = before;
        // With a part of the new data the set would not be enabled (7.8.56).
        if (long && error instanceof HciError) await send();
        throw error;
      }
    });
  }

  /** Does something that is not taken while the set advertises. */
  private async whileOff(needed: boolean, work: () => Promise<void>): Promise<void> {
    const { time } = this.state;
    if (!needed || !time) return work();
    await ignoreDisallowed(this.enable(false));
    try {
      await work();
    } finally {
      // A connection that came just before ended it.
      if (this.state.time === time) await this.goOn();
    }
  }

  private async goOn(): Promise<void> {
    try {
      await this.enable(true);
    } catch (error) {
      if (!isReset(error)) this.state.time = undefined;
      throw error;
    }
  }

  private sendData(): Promise<void> {
    return this.commands.setData(this.state.data);
  }

  private sendScanResponse(): Promise<void> {
    return this.commands.setScanResponse(this.state.scanResponse);
  }

  private checkTrain(what: string): void {
    if (this.legacyPdus || (this.parameters.advertisingEventProperties & 0x23) !== 0)
      throw new RangeError(
        `${what}: a set with extended PDUs that is neither connectable, scannable nor anonymous can`,
      );
  }
}
