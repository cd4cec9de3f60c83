/** Periodic advertising, both sides: Core Vol 4, Part E, 7.8.61 to 7.8.73, 7.8.88 to 7.8.92 and 7.8.125 to 7.8.127. */
import { bdAddr, handle, list, sized, struct, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';
import { advertisingSid } from '../fields/advertising.js';
import {
  addressType,
  interval125,
  interval125u8,
  interval0125u8,
  status,
  timeout10,
} from '../fields/common.js';
import {
  createSyncOptions,
  dataOperation,
  periodicAdvertisingEnable,
  periodicAdvertisingProperties,
  periodicReceiveEnable,
  syncCteType,
  syncTransferMode,
} from '../fields/extended-advertising.js';

const sizedU8 = /* @__PURE__ */ sized(u8);

/** Sets how an advertising set advertises periodically. Core Vol 4, Part E, 7.8.61 */
export const leSetPeriodicAdvertisingParametersV1 = /* @__PURE__ */ command(
  0x203e,
  'LE_Set_Periodic_Advertising_Parameters [v1]',
  {
    section: '7.8.61',
    supported: [37, 2],
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    parameters: {
      advertisingHandle: u8,
      periodicAdvertisingIntervalMin: interval125,
      periodicAdvertisingIntervalMax: interval125,
      periodicAdvertisingProperties,
    },
    returns: { status },
  },
);

/**
 * Sets how an advertising set advertises periodically, with subevents and response slots.
 * Core Vol 4, Part E, 7.8.61
 */
export const leSetPeriodicAdvertisingParametersV2 = /* @__PURE__ */ command(
  0x2086,
  'LE_Set_Periodic_Advertising_Parameters [v2]',
  {
    section: '7.8.61',
    supported: [47, 1],
    features: ['periodicAdvertisingWithResponsesAdvertiser'],
    since: '5.4',
    parameters: {
      advertisingHandle: u8,
      periodicAdvertisingIntervalMin: interval125,
      periodicAdvertisingIntervalMax: interval125,
      periodicAdvertisingProperties,
      numSubevents: u8,
      subeventInterval: interval125u8,
      responseSlotDelay: interval125u8,
      responseSlotSpacing: interval0125u8,
      numResponseSlots: u8,
    },
    returns: { status, advertisingHandle: u8 },
  },
);

/** Sets the periodic advertising data of a set, or a fragment of it. Core Vol 4, Part E, 7.8.62 */
export const leSetPeriodicAdvertisingData = /* @__PURE__ */ command(
  0x203f,
  'LE_Set_Periodic_Advertising_Data',
  {
    section: '7.8.62',
    supported: [37, 3],
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    parameters: { advertisingHandle: u8, operation: dataOperation, advertisingData: sizedU8 },
    returns: { status },
  },
);

/**
 * Starts or stops periodic advertising of a set; bit 1 of enable puts the ADI in.
 * Core Vol 4, Part E, 7.8.63
 */
export const leSetPeriodicAdvertisingEnable = /* @__PURE__ */ command(
  0x2040,
  'LE_Set_Periodic_Advertising_Enable',
  {
    section: '7.8.63',
    supported: [37, 4],
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    parameters: { enable: periodicAdvertisingEnable, advertisingHandle: u8 },
    returns: { status },
  },
);

/** Sets the data of subevents to come, as the controller requested. Core Vol 4, Part E, 7.8.125 */
export const leSetPeriodicAdvertisingSubeventData = /* @__PURE__ */ command(
  0x2082,
  'LE_Set_Periodic_Advertising_Subevent_Data',
  {
    section: '7.8.125',
    supported: [46, 5],
    features: ['periodicAdvertisingWithResponsesAdvertiser'],
    since: '5.4',
    parameters: {
      advertisingHandle: u8,
      subevents: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          subevent: u8,
          responseSlotStart: u8,
          responseSlotCount: u8,
          subeventData: sizedU8,
        }),
      ),
    },
    returns: { status, advertisingHandle: u8 },
  },
);

/** Sets the data to answer a subevent with. Core Vol 4, Part E, 7.8.126 */
export const leSetPeriodicAdvertisingResponseData = /* @__PURE__ */ command(
  0x2083,
  'LE_Set_Periodic_Advertising_Response_Data',
  {
    section: '7.8.126',
    supported: [46, 6],
    features: ['periodicAdvertisingWithResponsesScanner'],
    since: '5.4',
    parameters: {
      syncHandle: handle,
      requestEvent: u16,
      requestSubevent: u8,
      responseSubevent: u8,
      responseSlot: u8,
      responseData: sizedU8,
    },
    returns: { status, syncHandle: handle },
  },
);

/** Chooses the subevents of a train to listen to. Core Vol 4, Part E, 7.8.127 */
export const leSetPeriodicSyncSubevent = /* @__PURE__ */ command(0x2084, 'LE_Set_Periodic_Sync_Subevent', {
  section: '7.8.127',
  supported: [46, 7],
  features: ['periodicAdvertisingWithResponsesScanner'],
  since: '5.4',
  parameters: {
    syncHandle: handle,
    periodicAdvertisingProperties,
    subevents: /* @__PURE__ */ list(u8, u8),
  },
  returns: { status, syncHandle: handle },
});

/** Synchronises with a periodic advertising train. Core Vol 4, Part E, 7.8.67 */
export const lePeriodicAdvertisingCreateSync = /* @__PURE__ */ command(
  0x2044,
  'LE_Periodic_Advertising_Create_Sync',
  {
    section: '7.8.67',
    supported: [38, 0],
    finishedBy: [
      [0x3e, 0x0e],
      [0x3e, 0x24],
    ],
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    parameters: {
      options: createSyncOptions,
      advertisingSid,
      advertiserAddressType: addressType,
      advertiserAddress: bdAddr,
      skip: u16,
      syncTimeout: timeout10,
      syncCteType,
    },
  },
);

/** Calls off synchronising. Core Vol 4, Part E, 7.8.68 */
export const lePeriodicAdvertisingCreateSyncCancel = /* @__PURE__ */ command(
  0x2045,
  'LE_Periodic_Advertising_Create_Sync_Cancel',
  {
    section: '7.8.68',
    supported: [38, 1],
    finishedBy: [
      [0x3e, 0x0e],
      [0x3e, 0x24],
    ],
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    returns: { status },
  },
);

/** Ends the reception of a train. Core Vol 4, Part E, 7.8.69 */
export const lePeriodicAdvertisingTerminateSync = /* @__PURE__ */ command(
  0x2046,
  'LE_Periodic_Advertising_Terminate_Sync',
  {
    section: '7.8.69',
    supported: [38, 2],
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    parameters: { syncHandle: handle },
    returns: { status },
  },
);

/** Turns the reports of a train on or off. Core Vol 4, Part E, 7.8.88 */
export const leSetPeriodicAdvertisingReceiveEnable = /* @__PURE__ */ command(
  0x2059,
  'LE_Set_Periodic_Advertising_Receive_Enable',
  {
    section: '7.8.88',
    supported: [40, 5],
    since: '5.1',
    parameters: { syncHandle: handle, enable: periodicReceiveEnable },
    returns: { status },
  },
);

/** Adds an advertiser to the Periodic Advertiser List. Core Vol 4, Part E, 7.8.70 */
export const leAddDeviceToPeriodicAdvertiserList = /* @__PURE__ */ command(
  0x2047,
  'LE_Add_Device_To_Periodic_Advertiser_List',
  {
    section: '7.8.70',
    supported: [38, 3],
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    parameters: {
      advertiserAddressType: addressType,
      advertiserAddress: bdAddr,
      advertisingSid,
    },
    returns: { status },
  },
);

/** Removes an advertiser from the Periodic Advertiser List. Core Vol 4, Part E, 7.8.71 */
export const leRemoveDeviceFromPeriodicAdvertiserList = /* @__PURE__ */ command(
  0x2048,
  'LE_Remove_Device_From_Periodic_Advertiser_List',
  {
    section: '7.8.71',
    supported: [38, 4],
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    parameters: {
      advertiserAddressType: addressType,
      advertiserAddress: bdAddr,
      advertisingSid,
    },
    returns: { status },
  },
);

/** Empties the Periodic Advertiser List. Core Vol 4, Part E, 7.8.72 */
export const leClearPeriodicAdvertiserList = /* @__PURE__ */ command(
  0x2049,
  'LE_Clear_Periodic_Advertiser_List',
  {
    section: '7.8.72',
    supported: [38, 5],
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    returns: { status },
  },
);

/** Reads how many entries the Periodic Advertiser List has room for. Core Vol 4, Part E, 7.8.73 */
export const leReadPeriodicAdvertiserListSize = /* @__PURE__ */ command(
  0x204a,
  'LE_Read_Periodic_Advertiser_List_Size',
  {
    section: '7.8.73',
    supported: [38, 6],
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    returns: { status, periodicAdvertiserListSize: u8 },
  },
);

/** Sends a peer what it needs to synchronise with a train that is received here. Core Vol 4, Part E, 7.8.89 */
export const lePeriodicAdvertisingSyncTransfer = /* @__PURE__ */ command(
  0x205a,
  'LE_Periodic_Advertising_Sync_Transfer',
  {
    section: '7.8.89',
    supported: [40, 6],
    features: ['periodicAdvertisingSyncTransferSender'],
    since: '5.1',
    parameters: { connectionHandle: handle, serviceData: u16, syncHandle: handle },
    returns: { status, connectionHandle: handle },
  },
);

/** Sends a peer what it needs to synchronise with a train that is sent here. Core Vol 4, Part E, 7.8.90 */
export const lePeriodicAdvertisingSetInfoTransfer = /* @__PURE__ */ command(
  0x205b,
  'LE_Periodic_Advertising_Set_Info_Transfer',
  {
    section: '7.8.90',
    supported: [40, 7],
    features: ['periodicAdvertisingSyncTransferSender'],
    since: '5.1',
    parameters: { connectionHandle: handle, serviceData: u16, advertisingHandle: u8 },
    returns: { status, connectionHandle: handle },
  },
);

/** Chooses what to do with trains that a peer tells of. Core Vol 4, Part E, 7.8.91 */
export const leSetPeriodicAdvertisingSyncTransferParameters = /* @__PURE__ */ command(
  0x205c,
  'LE_Set_Periodic_Advertising_Sync_Transfer_Parameters',
  {
    section: '7.8.91',
    supported: [41, 0],
    features: ['periodicAdvertisingSyncTransferRecipient'],
    since: '5.1',
    parameters: {
      connectionHandle: handle,
      mode: syncTransferMode,
      skip: u16,
      syncTimeout: timeout10,
      cteType: syncCteType,
    },
    returns: { status, connectionHandle: handle },
  },
);

/** Chooses what to do with trains that peers tell of, on links to come. Core Vol 4, Part E, 7.8.92 */
export const leSetDefaultPeriodicAdvertisingSyncTransferParameters = /* @__PURE__ */ command(
  0x205d,
  'LE_Set_Default_Periodic_Advertising_Sync_Transfer_Parameters',
  {
    section: '7.8.92',
    supported: [41, 1],
    features: ['periodicAdvertisingSyncTransferRecipient'],
    since: '5.1',
    parameters: {
      mode: syncTransferMode,
      skip: u16,
      syncTimeout: timeout10,
      cteType: syncCteType,
    },
    returns: { status },
  },
);
