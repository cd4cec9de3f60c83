import type { Address } from '../../core/address.js';
import { Emitter } from '../../core/emitter.js';
import { BleError, HciError, StateError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { Mutex } from '../../core/mutex.js';
import type { Connection } from '../connection.js';
import { afterOff, ignoreDisallowed, isReset, isTaken } from '../errors.js';
import { phyName } from '../link/radio-types.js';
import type { Radio } from '../radio.js';
import type { ResponseTrain } from './response-train.js';
import { checkSetAddress, type SetAddressOption } from './set-address.js';
import type { SetControl } from './set-commands.js';
import { SetOnAir } from './set-on-air.js';
import {
  type AdvertisingPayload,
  type AdvertisingSetOptions,
  type AdvertisingTime,
  type PeriodicAdvertisingOptions,
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

/** One of several advertisements of a device: Core Vol 4, Part E, 7.8.52 to 7.8.63. Made by `Device.createAdvertisingSet`. */
export class AdvertisingSet extends Emitter<AdvertisingSetEvents> implements AsyncDisposable {
  /** The Advertising_Handle. */
  readonly handle: number;
  private readonly radio: Radio;
  private readonly commands: SetControl;
  private readonly onAir: SetOnAir;
  private readonly removed: (set: AdvertisingSet) => void;
  private readonly trains = new SetTrains();
  private readonly turn = new Mutex();
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
    this.onAir = new SetOnAir(radio, commands, options);
    this.removed = removed;
  }

  /** Whether it advertises. */
  get advertising(): boolean {
    return this.onAir.time !== undefined;
  }

  /** Whether it advertises periodically. */
  get periodic(): boolean {
    return this.trains.current !== undefined;
  }

  /** Its address on air, for those who do not know this device; bonded peers may see another. */
  get address(): Address {
    return this.onAir.address.current;
  }

  /** @internal The address that it has for itself. */
  get addressOfItsOwn(): Address | undefined {
    return this.onAir.address.own;
  }

  /** The power that the controller chose, in dBm; `undefined` when it does not say. */
  get txPower(): number | undefined {
    return this.onAir.power;
  }

  /**
   * Begins to advertise; again with another time while it does.
   * @throws {HciError} when the controller refuses
   */
  start(time: AdvertisingTime = {}): Promise<void> {
    const wanted = { ...setTime(time), since: this.radio.host.clock.now() };
    return this.change(async () => {
      const { time } = this.onAir;
      this.onAir.time = wanted;
      try {
        await (time ? this.onAir.enable() : this.onAir.begin());
      } catch (error) {
        // One that was on goes on.
        this.onAir.time = time;
        throw error;
      }
    });
  }

  /** Stops advertising; periodic advertising goes on. Idempotent. */
  stop(): Promise<void> {
    return this.change(async () => {
      const { time } = this.onAir;
      if (!time) return;
      this.onAir.time = undefined;
      try {
        await this.onAir.disable();
      } catch (error) {
        // It advertises on, and can be asked once more.
        if (error instanceof HciError) this.onAir.time = time;
        throw error;
      }
    });
  }

  /**
   * Changes the advertising data, also while it advertises.
   * @throws {RangeError} when it does not fit, or such a set has none
   * @throws {HciError} when the controller refuses; the data stays as it was
   */
  setData(data: AdvertisingPayload): Promise<void> {
    if (!this.onAir.hasData)
      throw new RangeError('setData: what a set of this kind says is in the scan response, or nothing');
    const octets = this.onAir.octets('data', data);
    return this.change(() => this.onAir.replace('data', octets));
  }

  /**
   * Changes the scan response, also while it advertises.
   * @throws {RangeError} when it does not fit, or the set is not scannable
   * @throws {HciError} when the controller refuses; the scan response stays as it was
   */
  setScanResponse(data: AdvertisingPayload): Promise<void> {
    if (!this.onAir.scannable) throw new RangeError('setScanResponse: only what is scannable has one');
    const octets = this.onAir.octets('scanResponse', data);
    return this.change(() => this.onAir.replace('scanResponse', octets));
  }

  /**
   * Gives the set a random address of its own, or another one. One that advertises stops for a moment.
   * @throws {RangeError | TypeError} when it may not have such an address
   * @throws {StateError} for `private` on a device without privacy
   * @throws {HciError} when the controller refuses; the address stays as it was
   */
  setAddress(address: SetAddressOption): Promise<void> {
    const { onAir } = this;
    checkSetAddress(address, onAir);
    return this.change(() =>
      onAir.whileOff(true, () => onAir.address.change(address, () => onAir.sendParameters())),
    );
  }

  /**
   * Begins periodic advertising, or changes it: receivers find it by this set, which has to advertise for that, with extended
   * PDUs that are neither connectable nor scannable (7.8.61).
   * @throws {HciError} when the controller refuses
   */
  startPeriodic(options: PeriodicAdvertisingOptions = {}): Promise<void> {
    this.checkTrain('startPeriodic');
    const train = new PlainTrain(this.commands, options, this.onAir.octets('data', options.data));
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
    const phy = phyName(this.onAir.parameters.secondaryAdvertisingPhy);
    return this.trains.beginWithResponses(this.radio, { handle, phy }, options, (work) => this.change(work));
  }

  /** Changes the periodic advertising data. @throws {StateError} when it does not advertise periodically, or with responses */
  setPeriodicData(data: AdvertisingPayload): Promise<void> {
    const octets = this.onAir.octets('data', data);
    return this.change(async () => {
      const train = this.trains.current;
      if (!train) throw new StateError('setPeriodicData: the set does not advertise periodically');
      try {
        await train.setData(octets);
      } catch (error) {
        if (error instanceof HciError && !train.active) this.trains.forget(error);
        throw error;
      }
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
    const { time } = this.onAir;
    const train = this.trains.current;
    this.abort();
    try {
      // A set that is on is not removed (7.8.59).
      if (time) await this.onAir.disable();
      if (train) await train.disable();
      await afterOff(
        () => this.commands.remove(),
        () => this.allOff(),
      );
    } catch (error) {
      // A controller that is being reset has no sets.
      if (!isReset(error)) throw error;
    } finally {
      this.removed(this);
    }
  }

  /** Whatever of it is on, though the controller was told otherwise. */
  private async allOff(): Promise<void> {
    await this.onAir.disable();
    if (this.onAir.bearsTrain) await ignoreDisallowed(this.commands.enablePeriodic(false, false));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }

  /** @internal Makes the set in the controller. */
  open(): Promise<void> {
    return this.change(() => this.onAir.make());
  }

  /** @internal LE Advertising Set Terminated: 7.7.65.18. */
  ended(status: number, events: number): void {
    this.onAir.time = undefined;
    this.paused = false;
    const by = status === 0 ? 'connection' : status === ADVERTISING_TIMEOUT ? 'time' : 'events';
    this.emit('terminated', { by, events });
  }

  /** @internal The radio has to be quiet. */
  async pause(): Promise<void> {
    if (!this.onAir.time) return;
    this.paused = true;
    await this.onAir.disable();
  }

  /** @internal */
  async resume(): Promise<void> {
    if (!this.paused) return;
    this.paused = false;
    if (!this.onAir.time) return;
    try {
      await this.onAir.begin();
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
    const { time } = this.onAir;
    if (!time || this.gone) return false;
    const taken = await this.radio.gate.use(() => isTaken(this.onAir.sendParameters()));
    return taken && this.onAir.time === time;
  }

  /** @internal The controller was reset: all that it had is made anew. */
  async restore(): Promise<void> {
    if (this.gone) return;
    const train = this.trains.current;
    try {
      await this.radio.gate.use(async () => {
        await this.onAir.make();
        if (train) await train.enable();
        if (this.onAir.time) await this.onAir.enable();
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
    this.onAir.time = undefined;
    this.trains.forget(error);
  }

  private lost(error: unknown): void {
    this.onAir.time = undefined;
    const why = messageOf(error);
    this.radio.host.report({ layer: 'gap', message: `an advertising set did not come back: ${why}` });
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

  private checkTrain(what: string): void {
    if (!this.onAir.bearsTrain)
      throw new RangeError(
        `${what}: a set with extended PDUs that is neither connectable, scannable nor anonymous can`,
      );
  }
}
