import type { Timer } from '../../core/clock.js';
import { NotSupportedError } from '../../core/errors.js';
import { ignoreDisallowed, isReset } from '../errors.js';
import type { Radio } from '../radio.js';
import { type AdvertisingCommands, legacyAdvertising } from './advertising-commands.js';
import { AdvertisingType } from './advertising-kind.js';
import type { SetControl } from './set-commands.js';
import type { AdvertisingSetOptions, SetParameters } from './set-options.js';

const ADVERTISING_TIMEOUT = 0x3c;
const LEGACY_LIMIT_MS = 10_240;
const NOTHING = new Uint8Array(0);

/** @throws {NotSupportedError} naming the option that wants extended commands */
export function checkLegacy(options: AdvertisingSetOptions): void {
  const { peer, connectable, scannable, data } = options;
  const wanting: Readonly<Record<string, unknown>> = {
    anonymous: options.anonymous,
    address: options.address !== undefined,
    includeTxPower: options.includeTxPower,
    txPower: options.txPower !== undefined,
    scanRequests: options.scanRequests,
    primaryPhy: options.primaryPhy === 'coded',
    secondaryPhy: (options.secondaryPhy ?? '1M') !== '1M',
    intervalMaxMs: Math.max(options.intervalMinMs ?? 0, options.intervalMaxMs ?? 0) > LEGACY_LIMIT_MS,
    peer: peer !== undefined && (!connectable || scannable || data !== undefined),
  };
  for (const [option, wants] of Object.entries(wanting)) if (wants) throw new NotSupportedError(only(option));
}

function only(what: string): string {
  return `${what}: this controller has legacy advertising commands only, or extended ones were not asked for`;
}

/** Advertising_Type of 7.8.5 for Advertising_Event_Properties, the bit of legacy PDUs apart. */
const types = new Map<number, number>([
  [0, AdvertisingType.nonConnectable],
  // Legacy PDUs have no kind for it that is not scannable; it has no scan response then.
  [1, AdvertisingType.connectable],
  [2, AdvertisingType.scannable],
  [3, AdvertisingType.connectable],
  [5, AdvertisingType.directedLowDuty],
]);

/** The one advertisement that legacy commands know, as an advertising set: Core Vol 4, Part E, 7.8.5 to 7.8.9. */
export class LegacySetCommands implements SetControl {
  private readonly radio: Radio;
  private readonly commands: AdvertisingCommands;
  private readonly ended: (status: number) => void;
  private on = false;
  private timer: Timer | undefined;

  /** @param ended what LE Advertising Set Terminated would tell */
  constructor(radio: Radio, ended: (status: number) => void) {
    this.radio = radio;
    this.commands = legacyAdvertising(radio.host);
    this.ended = ended;
  }

  /** A central connected, and with that the controller stopped advertising. */
  connected(): void {
    if (!this.on) return;
    this.off();
    this.ended(0);
  }

  async setParameters(
    parameters: SetParameters & { readonly ownAddressType: number },
  ): Promise<number | undefined> {
    const { commands } = this;
    const type = types.get(parameters.advertisingEventProperties & 0x0f)!;
    const settings = {
      type,
      intervalMin: parameters.primaryAdvertisingIntervalMin,
      intervalMax: Math.min(parameters.primaryAdvertisingIntervalMax, LEGACY_LIMIT_MS / 0.625),
      ownAddressType: parameters.ownAddressType,
      peerAddressType: parameters.peerAddressType,
      peerAddress: parameters.peerAddress,
      channelMap: parameters.primaryAdvertisingChannelMap,
      filterPolicy: parameters.advertisingFilterPolicy,
    };
    await commands.prepare(settings, this.radio.addresses.address);
    // What an advertisement before it said.
    await commands.setData(NOTHING);
    await commands.setScanResponse(NOTHING);
    return commands.txPower(undefined);
  }

  /** There is one random address for all that a device does. */
  async setAddress(): Promise<void> {}

  async setData(data: Uint8Array): Promise<void> {
    await this.commands.setData(data);
  }

  async setScanResponse(data: Uint8Array): Promise<void> {
    await this.commands.setScanResponse(data);
  }

  async enable(on: boolean, durationMs: number, maxEvents: number): Promise<void> {
    if (maxEvents > 0) throw new NotSupportedError(only('maxEvents'));
    if (!on) {
      this.off();
      await this.commands.stop();
      return;
    }
    await this.commands.start(AdvertisingType.connectable);
    this.off();
    this.on = true;
    if (durationMs > 0) this.timer = this.radio.host.clock.setTimeout(() => this.timeUp(), durationMs);
  }

  async remove(): Promise<void> {
    this.off();
  }

  async setPeriodicParameters(): Promise<void> {
    throw new NotSupportedError(only('startPeriodic'));
  }

  async setPeriodicData(): Promise<void> {}

  async enablePeriodic(): Promise<void> {}

  async transfer(): Promise<void> {}

  private off(): void {
    this.on = false;
    this.radio.host.clock.clearTimeout(this.timer);
  }

  /** Legacy commands know no duration: the host counts it. */
  private timeUp(): void {
    this.off();
    ignoreDisallowed(this.commands.stop())
      .catch((error: unknown) => {
        if (!isReset(error))
          this.radio.host.report({
            layer: 'gap',
            message: `an advertising set did not end in time: ${error}`,
          });
      })
      .finally(() => this.ended(ADVERTISING_TIMEOUT));
  }
}
