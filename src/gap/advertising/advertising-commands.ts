import type { Address, BdAddr } from '../../core/address.js';
import {
  leReadAdvertisingPhysicalChannelTxPower,
  leSetAdvertisingData,
  leSetAdvertisingEnable,
  leSetAdvertisingParameters,
  leSetScanResponseData,
} from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';

/** How to advertise with legacy PDUs, as the commands of both kinds say it. */
export interface AdvertisingSettings {
  /** Advertising_Type of 7.8.5: see `AdvertisingType`. */
  readonly type: number;
  /** In units of 0.625 ms. */
  readonly intervalMin: number;
  readonly intervalMax: number;
  readonly ownAddressType: number;
  readonly peerAddressType: number;
  readonly peerAddress: BdAddr;
  readonly channelMap: number;
  readonly filterPolicy: number;
}

/** The set that stands for the one advertiser of the legacy commands. */
export const LEGACY_SET = 0;

/** The commands that advertise: legacy or extended ones, which a controller does not take side by side (Core Vol 4, Part E, 3.1.1). */
export interface AdvertisingCommands {
  /** Says how to advertise; disallowed while the controller does. @param own the address of this device on air */
  prepare(settings: AdvertisingSettings, own: Address): Promise<unknown>;
  /** Up to 31 octets. */
  setData(data: Uint8Array): Promise<unknown>;
  setScanResponse(data: Uint8Array): Promise<unknown>;
  start(type: number): Promise<unknown>;
  stop(): Promise<unknown>;
  /**
   * The power that is sent with in dBm; `undefined` when the controller cannot tell.
   * @param prepared what {@link prepare} gave last; `undefined` before the first time
   */
  txPower(prepared: unknown): Promise<number | undefined>;
}

const UNKNOWN = 127;

/** Core Vol 4, Part E, 7.8.5 to 7.8.9. */
export function legacyAdvertising(host: HciHost): AdvertisingCommands {
  return {
    prepare: (settings) =>
      host.send(leSetAdvertisingParameters, {
        advertisingIntervalMin: settings.intervalMin,
        advertisingIntervalMax: settings.intervalMax,
        advertisingType: settings.type,
        ownAddressType: settings.ownAddressType,
        peerAddressType: settings.peerAddressType,
        peerAddress: settings.peerAddress,
        advertisingChannelMap: settings.channelMap,
        advertisingFilterPolicy: settings.filterPolicy,
      }),
    setData: (advertisingData) => host.send(leSetAdvertisingData, { advertisingData }),
    setScanResponse: (scanResponseData) => host.send(leSetScanResponseData, { scanResponseData }),
    start: () => host.send(leSetAdvertisingEnable, { advertisingEnable: 1 }),
    stop: () => host.send(leSetAdvertisingEnable, { advertisingEnable: 0 }),
    async txPower() {
      if (!host.supports(leReadAdvertisingPhysicalChannelTxPower)) return undefined;
      const { txPowerLevel } = await host.send(leReadAdvertisingPhysicalChannelTxPower, {});
      return txPowerLevel === UNKNOWN ? undefined : txPowerLevel;
    },
  };
}
