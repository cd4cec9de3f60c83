import { HciError } from '../../core/errors.js';
import { COMMAND_DISALLOWED, ignoreDisallowed, isReset, isTaken } from '../errors.js';
import type { Radio } from '../radio.js';
import { SetAddress } from './set-address.js';
import { FRAGMENT, type SetControl } from './set-commands.js';
import {
  type AdvertisingPayload,
  type AdvertisingSetOptions,
  payloadOctets,
  type SetParameters,
  setParameters,
} from './set-options.js';

/** How a controller refuses parameters of a set that advertises, or whose data do not go with them (7.8.53). */
const inTheWay: readonly number[] = [COMMAND_DISALLOWED, 0x12];

/** Octets of a Common Extended Advertising Payload behind a header with the advertiser's address and the ADI. */
const ONE_PDU = 245;
/** The address of whom it is directed at. */
const TARGET = 6;
/** The bit of Advertising_Event_Properties. */
const TX_POWER = 0x40;

/** For how long a set advertises, from when on. */
interface SetTime {
  readonly durationMs: number;
  readonly maxEvents: number;
  readonly since: number;
}

/**
 * What the controller has to be told of a set, and told again after a reset: its parameters, its address, what it says and for
 * how long. One thing at a time, which whoever uses it sees to.
 */
export class SetOnAir {
  readonly parameters: SetParameters;
  readonly address: SetAddress;
  /** For how long; absent while it does not advertise. */
  time: SetTime | undefined;
  /** The power that the controller chose, in dBm; `undefined` when it does not say. */
  power: number | undefined;
  private readonly radio: Radio;
  private readonly commands: SetControl;
  private readonly legacyPdus: boolean;
  private readonly peer: AdvertisingSetOptions['peer'];
  private readonly said: { data: Uint8Array; scanResponse: Uint8Array };

  constructor(radio: Radio, commands: SetControl, options: AdvertisingSetOptions) {
    this.radio = radio;
    this.commands = commands;
    this.parameters = setParameters(options);
    this.legacyPdus = options.legacyPdus === true;
    this.peer = options.peer;
    this.address = new SetAddress(radio.addresses, commands, options.address);
    this.said = {
      data: this.octets('data', options.data),
      scanResponse: this.octets('scanResponse', options.scanResponse),
    };
  }

  get connectable(): boolean {
    return this.has(1);
  }

  get scannable(): boolean {
    return this.has(2);
  }

  get anonymous(): boolean {
    return this.has(0x20);
  }

  /** With legacy PDUs what is directed has no data; with extended PDUs what is scannable has none. */
  get hasData(): boolean {
    return this.legacyPdus ? this.peer === undefined : !this.scannable;
  }

  /** Whether a train may go with it: 7.8.61. */
  get bearsTrain(): boolean {
    return !this.legacyPdus && !this.connectable && !this.scannable && !this.anonymous;
  }

  /** The octets of what a set of this kind may say. @throws {RangeError} when it does not fit, naming the option */
  octets(option: string, payload: AdvertisingPayload | undefined): Uint8Array {
    const { maxAdvertisingDataLength: most } = this.radio.controller();
    return payloadOctets(option, payload, this.legacyPdus, Math.min(most, this.room));
  }

  /** What is connectable has no chain: its data go in one PDU, behind what its header has (Core Vol 6, Part B, 2.3.4). */
  private get room(): number {
    if (!this.connectable) return Number.POSITIVE_INFINITY;
    return ONE_PDU - (this.peer ? TARGET : 0) - (this.has(TX_POWER) ? 1 : 0);
  }

  /** Makes the set in a controller that knows nothing of it. */
  async make(): Promise<void> {
    this.address.forget();
    try {
      await this.sendParameters();
    } catch (error) {
      // A set of the same handle may be in the way, that was not to be removed.
      if (!(error instanceof HciError && inTheWay.includes(error.status))) throw error;
      await this.clear();
      await this.sendParameters();
    }
    await this.address.send();
    if (this.hasData) await this.send('data');
    if (this.scannable) await this.send('scanResponse');
  }

  /** Whatever there is under this handle. */
  private async clear(): Promise<void> {
    await isTaken(this.commands.enable(false, 0, 0));
    await isTaken(this.commands.enablePeriodic(false, false));
    await isTaken(this.commands.remove());
  }

  /** Parameters for the addresses that there are now; the controller does not take them while the set advertises (7.8.53). */
  async sendParameters(): Promise<void> {
    const { addresses } = this.radio;
    const towards = this.peer && addresses.towards(this.peer, 'advertise');
    this.power = await this.commands.setParameters({
      ...this.parameters,
      ...(towards && { peerAddressType: towards.peer.type & 1, peerAddress: towards.peer.bd }),
      ownAddressType: this.address.type(towards?.ownAddressType),
    });
  }

  /** Begins to advertise, after the device's address may have changed. */
  async begin(): Promise<void> {
    await this.address.send(() => this.sendParameters());
    await this.enable();
  }

  /** Advertises for what is left of the time. */
  enable(): Promise<void> {
    const { time } = this;
    if (!time) return this.disable();
    const passed = this.radio.host.clock.now() - time.since;
    // 0 would be until it is stopped.
    const left = time.durationMs > 0 ? Math.max(10, time.durationMs - passed) : 0;
    return this.commands.enable(true, left, time.maxEvents);
  }

  /** Does not advertise any more; one that did not, is none the worse. */
  disable(): Promise<void> {
    return ignoreDisallowed(this.commands.enable(false, 0, 0));
  }

  /** Says something else; what was said before, when the controller does not take it. */
  replace(of: 'data' | 'scanResponse', octets: Uint8Array): Promise<void> {
    const before = this.said[of];
    const long = octets.length > FRAGMENT;
    this.said[of] = octets;
    return this.whileOff(long, async () => {
      try {
        await this.send(of);
      } catch (error) {
        this.said[of] = before;
        // With a part of the new data the set would not be enabled (7.8.56).
        if (long && error instanceof HciError) await this.send(of);
        throw error;
      }
    });
  }

  /** Does something that is not taken while the set advertises. */
  async whileOff(needed: boolean, work: () => Promise<void>): Promise<void> {
    const { time } = this;
    if (!needed || !time) return work();
    await this.disable();
    try {
      await work();
    } finally {
      // A connection that came just before ended it.
      if (this.time === time) await this.goOn();
    }
  }

  private async goOn(): Promise<void> {
    try {
      await this.enable();
    } catch (error) {
      if (!isReset(error)) this.time = undefined;
      throw error;
    }
  }

  private send(of: 'data' | 'scanResponse'): Promise<void> {
    return of === 'data'
      ? this.commands.setData(this.said.data)
      : this.commands.setScanResponse(this.said.scanResponse);
  }

  private has(properties: number): boolean {
    return (this.parameters.advertisingEventProperties & properties) !== 0;
  }
}
