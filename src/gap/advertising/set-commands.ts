import type { BdAddr } from '../../core/address.js';
import { NotSupportedError } from '../../core/errors.js';
import {
  lePeriodicAdvertisingSetInfoTransfer,
  leRemoveAdvertisingSet,
  leSetAdvertisingSetRandomAddress,
  leSetExtendedAdvertisingData,
  leSetExtendedAdvertisingEnable,
  leSetExtendedAdvertisingParametersV1,
  leSetExtendedAdvertisingParametersV2,
  leSetExtendedScanResponseData,
  leSetPeriodicAdvertisingData,
  leSetPeriodicAdvertisingEnable,
  leSetPeriodicAdvertisingParametersV1,
} from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';
import type { periodicParameters, SetParameters } from './set-options.js';

/** Octets of one command, and what they are of the whole: 7.8.54, 7.8.62. */
export const FRAGMENT = 251;
const INTERMEDIATE = 0;
const FIRST = 1;
const LAST = 2;
const COMPLETE = 3;

/** What an advertising set asks of a controller. */
export type SetControl = { readonly [K in keyof SetCommands]: SetCommands[K] };

/** The commands of one advertising set: Core Vol 4, Part E, 7.8.52 to 7.8.63 and 7.8.90. */
export class SetCommands {
  private readonly host: HciHost;
  private readonly advertisingHandle: number;

  constructor(host: HciHost, advertisingHandle: number) {
    this.host = host;
    this.advertisingHandle = advertisingHandle;
  }

  /** Disallowed while the set advertises. @returns the power that the controller chose, in dBm */
  async setParameters(
    parameters: SetParameters & { readonly ownAddressType: number },
  ): Promise<number | undefined> {
    const { host, advertisingHandle } = this;
    const { primaryAdvertisingPhyOptions: primary, secondaryAdvertisingPhyOptions: secondary } = parameters;
    const chosen = primary !== 0 || secondary !== 0;
    const version = chosen ? leSetExtendedAdvertisingParametersV2 : leSetExtendedAdvertisingParametersV1;
    if (!host.supports(version))
      throw new NotSupportedError(
        'primaryCoding, secondaryCoding: this controller has no Advertising Coding Selection',
      );
    const { selectedTxPower } = await host.send(version, { ...parameters, advertisingHandle });
    return selectedTxPower;
  }

  async setAddress(randomAddress: BdAddr): Promise<void> {
    const { advertisingHandle } = this;
    await this.host.send(leSetAdvertisingSetRandomAddress, { advertisingHandle, randomAddress });
  }

  setData(data: Uint8Array): Promise<void> {
    return fragments(data, (operation, advertisingData) =>
      this.host.send(leSetExtendedAdvertisingData, { ...this.fragment(operation), advertisingData }),
    );
  }

  setScanResponse(data: Uint8Array): Promise<void> {
    return fragments(data, (operation, scanResponseData) =>
      this.host.send(leSetExtendedScanResponseData, { ...this.fragment(operation), scanResponseData }),
    );
  }

  /** @param durationMs 0: until it is stopped @param maxEvents 0: as many as there are */
  async enable(on: boolean, durationMs: number, maxEvents: number): Promise<void> {
    const { advertisingHandle } = this;
    const duration = Math.round(durationMs / 10);
    await this.host.send(leSetExtendedAdvertisingEnable, {
      enable: on ? 1 : 0,
      sets: [{ advertisingHandle, duration, maxExtendedAdvertisingEvents: maxEvents }],
    });
  }

  async remove(): Promise<void> {
    await this.host.send(leRemoveAdvertisingSet, { advertisingHandle: this.advertisingHandle });
  }

  async setPeriodicParameters(parameters: ReturnType<typeof periodicParameters>): Promise<void> {
    const { advertisingHandle } = this;
    await this.host.send(leSetPeriodicAdvertisingParametersV1, { advertisingHandle, ...parameters });
  }

  setPeriodicData(data: Uint8Array): Promise<void> {
    const { advertisingHandle } = this;
    return fragments(data, (operation, advertisingData) =>
      this.host.send(leSetPeriodicAdvertisingData, { advertisingHandle, operation, advertisingData }),
    );
  }

  async enablePeriodic(on: boolean, includeAdi: boolean): Promise<void> {
    const { advertisingHandle } = this;
    const enable = on ? (includeAdi ? 3 : 1) : 0;
    await this.host.send(leSetPeriodicAdvertisingEnable, { enable, advertisingHandle });
  }

  async transfer(connectionHandle: number, serviceData: number): Promise<void> {
    const { advertisingHandle } = this;
    await this.host.send(lePeriodicAdvertisingSetInfoTransfer, {
      connectionHandle,
      serviceData,
      advertisingHandle,
    });
  }

  private fragment(operation: number) {
    // The controller may cut it as it likes.
    return { advertisingHandle: this.advertisingHandle, operation, fragmentPreference: 0 };
  }
}

/** Data in as many commands as it needs. */
async function fragments(
  data: Uint8Array,
  send: (operation: number, part: Uint8Array) => Promise<unknown>,
): Promise<void> {
  if (data.length <= FRAGMENT) {
    await send(COMPLETE, data);
    return;
  }
  for (let at = 0; at < data.length; at += FRAGMENT) {
    const operation = at === 0 ? FIRST : at + FRAGMENT >= data.length ? LAST : INTERMEDIATE;
    await send(operation, data.subarray(at, at + FRAGMENT));
  }
}
