import {
  leSetAdvertisingSetRandomAddress,
  leSetExtendedAdvertisingData,
  leSetExtendedAdvertisingEnable,
  leSetExtendedAdvertisingParametersV1,
  leSetExtendedScanResponseData,
} from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';
import { type AdvertisingCommands, LEGACY_SET } from './advertising-commands.js';
import { AdvertisingType } from './advertising-kind.js';

/** Advertising_Event_Properties of the legacy kinds: 7.8.53. */
const properties = new Map<number, number>([
  [AdvertisingType.connectable, 0x13],
  [AdvertisingType.directedHighDuty, 0x1d],
  [AdvertisingType.scannable, 0x12],
  [AdvertisingType.nonConnectable, 0x10],
  [AdvertisingType.directedLowDuty, 0x15],
]);

const LE_1M = 1;
const NO_PREFERENCE = 0x7f;
const COMPLETE = 3;
const NOT_FRAGMENTED = 1;
/** 1.28 s, after which high duty cycle directed advertising has to end; in units of 10 ms. */
const HIGH_DUTY_DURATION = 128;

/** One set with legacy PDUs: what the legacy commands do, by those of Core Vol 4, Part E, 7.8.52 to 7.8.56. */
export function extendedAdvertising(host: HciHost): AdvertisingCommands {
  const advertisingHandle = LEGACY_SET;
  const whole = { advertisingHandle, operation: COMPLETE, fragmentPreference: NOT_FRAGMENTED };
  const enable = (on: 0 | 1, duration: number) =>
    host.send(leSetExtendedAdvertisingEnable, {
      enable: on,
      sets: [{ advertisingHandle, duration, maxExtendedAdvertisingEvents: 0 }],
    });
  return {
    async prepare(settings, own) {
      const { selectedTxPower } = await host.send(leSetExtendedAdvertisingParametersV1, {
        advertisingHandle,
        advertisingEventProperties: properties.get(settings.type)!,
        primaryAdvertisingIntervalMin: settings.intervalMin,
        primaryAdvertisingIntervalMax: settings.intervalMax,
        primaryAdvertisingChannelMap: settings.channelMap,
        ownAddressType: settings.ownAddressType,
        peerAddressType: settings.peerAddressType,
        peerAddress: settings.peerAddress,
        advertisingFilterPolicy: settings.filterPolicy,
        advertisingTxPower: NO_PREFERENCE,
        primaryAdvertisingPhy: LE_1M,
        secondaryAdvertisingMaxSkip: 0,
        secondaryAdvertisingPhy: LE_1M,
        advertisingSid: 0,
        scanRequestNotificationEnable: 0,
      });
      // A set has a random address of its own; LE_Set_Random_Address is for scanning and initiating.
      if ((settings.ownAddressType & 1) === 1 && own.isRandom)
        await host.send(leSetAdvertisingSetRandomAddress, { advertisingHandle, randomAddress: own.bd });
      return selectedTxPower;
    },
    setData: (advertisingData) => host.send(leSetExtendedAdvertisingData, { ...whole, advertisingData }),
    setScanResponse: (scanResponseData) =>
      host.send(leSetExtendedScanResponseData, { ...whole, scanResponseData }),
    start: (type) => enable(1, type === AdvertisingType.directedHighDuty ? HIGH_DUTY_DURATION : 0),
    stop: () => enable(0, 0),
    // The controller says it when the parameters are set, and in no other way.
    txPower: (prepared) => Promise.resolve(typeof prepared === 'number' ? prepared : undefined),
  };
}
