import {
  leAddDeviceToPeriodicAdvertiserList,
  leClearAdvertisingSets,
  leClearPeriodicAdvertiserList,
  leCreateConnection,
  leExtendedCreateConnectionV1,
  leExtendedCreateConnectionV2,
  lePeriodicAdvertisingCreateSync,
  lePeriodicAdvertisingCreateSyncCancel,
  lePeriodicAdvertisingTerminateSync,
  leReadAdvertisingPhysicalChannelTxPower,
  leReadMaximumAdvertisingDataLength,
  leReadNumberOfSupportedAdvertisingSets,
  leReadPeriodicAdvertiserListSize,
  leRemoveAdvertisingSet,
  leRemoveDeviceFromPeriodicAdvertiserList,
  leSetAdvertisingData,
  leSetAdvertisingEnable,
  leSetAdvertisingParameters,
  leSetAdvertisingSetRandomAddress,
  leSetDefaultPeriodicAdvertisingSyncTransferParameters,
  leSetExtendedAdvertisingData,
  leSetExtendedAdvertisingEnable,
  leSetExtendedAdvertisingParametersV1,
  leSetExtendedAdvertisingParametersV2,
  leSetExtendedScanEnable,
  leSetExtendedScanParameters,
  leSetExtendedScanResponseData,
  leSetPeriodicAdvertisingData,
  leSetPeriodicAdvertisingEnable,
  leSetPeriodicAdvertisingParametersV1,
  leSetPeriodicAdvertisingParametersV2,
  leSetPeriodicAdvertisingSyncTransferParameters,
  leSetScanEnable,
  leSetScanParameters,
  leSetScanResponseData,
} from '../../hci/commands/index.js';

/** Which advertising commands a host uses: between two Resets it has to stay with one kind. */
export type AdvertisingFamily = 'legacy' | 'extended';

const families = new Map<number, AdvertisingFamily>();
for (const { opcode } of [
  leSetAdvertisingParameters,
  leReadAdvertisingPhysicalChannelTxPower,
  leSetAdvertisingData,
  leSetScanResponseData,
  leSetAdvertisingEnable,
  leSetScanParameters,
  leSetScanEnable,
  leCreateConnection,
]) {
  families.set(opcode, 'legacy');
}
for (const { opcode } of [
  leSetAdvertisingSetRandomAddress,
  leSetExtendedAdvertisingParametersV1,
  leSetExtendedAdvertisingParametersV2,
  leSetExtendedAdvertisingData,
  leSetExtendedScanResponseData,
  leSetExtendedAdvertisingEnable,
  leReadMaximumAdvertisingDataLength,
  leReadNumberOfSupportedAdvertisingSets,
  leRemoveAdvertisingSet,
  leClearAdvertisingSets,
  leSetPeriodicAdvertisingParametersV1,
  leSetPeriodicAdvertisingParametersV2,
  leSetPeriodicAdvertisingData,
  leSetPeriodicAdvertisingEnable,
  leSetExtendedScanParameters,
  leSetExtendedScanEnable,
  leExtendedCreateConnectionV1,
  leExtendedCreateConnectionV2,
  lePeriodicAdvertisingCreateSync,
  lePeriodicAdvertisingCreateSyncCancel,
  lePeriodicAdvertisingTerminateSync,
  leAddDeviceToPeriodicAdvertiserList,
  leRemoveDeviceFromPeriodicAdvertiserList,
  leClearPeriodicAdvertiserList,
  leReadPeriodicAdvertiserListSize,
  leSetPeriodicAdvertisingSyncTransferParameters,
  leSetDefaultPeriodicAdvertisingSyncTransferParameters,
]) {
  families.set(opcode, 'extended');
}

/** The kind of a command, `undefined` for one that goes with both: Core Vol 4, Part E, 3.1.1. */
export function advertisingFamily(opcode: number): AdvertisingFamily | undefined {
  return families.get(opcode);
}
