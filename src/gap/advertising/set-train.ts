import { type BleError, HciError } from '../../core/errors.js';
import { ignoreDisallowed } from '../errors.js';
import { FRAGMENT, type SetControl } from './set-commands.js';
import { type PeriodicAdvertisingOptions, periodicParameters } from './set-options.js';

/** The periodic advertising of a set: all that the controller has to be told of it, and told again after a reset. */
export interface Train {
  /** Sends parameters and data, and begins. */
  enable(): Promise<void>;
  disable(): Promise<void>;
  /** Whether it is on, as far as the controller has told. */
  readonly active: boolean;
  /** Sends other data from now on; what there were stay when it fails. @throws {StateError} where its data come otherwise */
  setData(data: Uint8Array): Promise<void>;
  /** The set has it no more. @param error why, unless it was stopped */
  end(error: BleError | undefined): void;
}

/** The same data in each event, until they are changed: Core Vol 4, Part E, 7.8.61 to 7.8.63. */
export class PlainTrain implements Train {
  private readonly commands: SetControl;
  private readonly parameters: ReturnType<typeof periodicParameters>;
  private readonly includeAdi: boolean;
  private data: Uint8Array;
  private enabled = false;

  /** @throws {RangeError | TypeError} naming the option that is not permitted */
  constructor(commands: SetControl, options: PeriodicAdvertisingOptions, data: Uint8Array) {
    this.commands = commands;
    this.parameters = periodicParameters(options);
    this.includeAdi = options.includeAdi === true;
    this.data = data;
  }

  get active(): boolean {
    return this.enabled;
  }

  async enable(): Promise<void> {
    await this.commands.setPeriodicParameters(this.parameters);
    await this.commands.setPeriodicData(this.data);
    await this.commands.enablePeriodic(true, this.includeAdi);
    this.enabled = true;
  }

  async disable(): Promise<void> {
    await ignoreDisallowed(this.commands.enablePeriodic(false, false));
    this.enabled = false;
  }

  async setData(data: Uint8Array): Promise<void> {
    const before = this.data;
    this.data = data;
    try {
      // More than one command has is taken only while it is off (7.8.62).
      if (data.length > FRAGMENT) {
        await this.disable();
        await this.enable();
      } else await this.commands.setPeriodicData(data);
    } catch (error) {
      this.data = before;
      // It goes on with what it had, if the controller takes that.
      if (!this.enabled && error instanceof HciError) await this.enable();
      throw error;
    }
  }

  end(): void {}
}
