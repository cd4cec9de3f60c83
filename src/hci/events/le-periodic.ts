/** Events of periodic advertising: Core Vol 4, Part E, 7.7.65. */
import { bdAddr, handle, list, sized, struct, u8, u16 } from '../../core/codec.js';
import { leEvent } from '../definition.js';
import { advertisingSid } from '../fields/advertising.js';
import {
  addressType,
  clockAccuracy,
  dBmOrUnknown,
  interval125,
  interval125u8,
  interval0125u8,
  microsecondsU24,
  phy,
  status,
} from '../fields/common.js';
import { cteType } from '../fields/direction-finding.js';
import { dataStatus, subeventTxStatus } from '../fields/extended-advertising.js';
import { bigEncryption, framing } from '../fields/isochronous.js';

const sizedU8 = /* @__PURE__ */ sized(u8);

/** A train is received, or was not found. Core Vol 4, Part E, 7.7.65.14 */
export const lePeriodicAdvertisingSyncEstablishedV1 = /* @__PURE__ */ leEvent(
  0x0e,
  'LE_Periodic_Advertising_Sync_Established [v1]',
  {
    section: '7.7.65.14',
    maskBit: 13,
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    parameters: {
      status,
      syncHandle: handle,
      advertisingSid,
      advertiserAddressType: addressType,
      advertiserAddress: bdAddr,
      advertiserPhy: phy,
      periodicAdvertisingInterval: interval125,
      advertiserClockAccuracy: clockAccuracy,
    },
  },
);

/**
 * A train is received, or was not found, with its subevents and response slots.
 * Core Vol 4, Part E, 7.7.65.14
 */
export const lePeriodicAdvertisingSyncEstablishedV2 = /* @__PURE__ */ leEvent(
  0x24,
  'LE_Periodic_Advertising_Sync_Established [v2]',
  {
    section: '7.7.65.14',
    maskBit: 35,
    features: ['periodicAdvertisingWithResponsesScanner'],
    since: '5.4',
    parameters: {
      status,
      syncHandle: handle,
      advertisingSid,
      advertiserAddressType: addressType,
      advertiserAddress: bdAddr,
      advertiserPhy: phy,
      periodicAdvertisingInterval: interval125,
      advertiserClockAccuracy: clockAccuracy,
      numSubevents: u8,
      subeventInterval: interval125u8,
      responseSlotDelay: interval125u8,
      responseSlotSpacing: interval0125u8,
    },
  },
);

/** Data of a train, or a fragment of it. Core Vol 4, Part E, 7.7.65.15 */
export const lePeriodicAdvertisingReportV1 = /* @__PURE__ */ leEvent(
  0x0f,
  'LE_Periodic_Advertising_Report [v1]',
  {
    section: '7.7.65.15',
    maskBit: 14,
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    parameters: {
      syncHandle: handle,
      txPower: dBmOrUnknown,
      rssi: dBmOrUnknown,
      cteType,
      dataStatus,
      data: sizedU8,
    },
  },
);

/** Data of a train, or a fragment of it, with its subevent. Core Vol 4, Part E, 7.7.65.15 */
export const lePeriodicAdvertisingReportV2 = /* @__PURE__ */ leEvent(
  0x25,
  'LE_Periodic_Advertising_Report [v2]',
  {
    section: '7.7.65.15',
    maskBit: 36,
    features: ['periodicAdvertisingWithResponsesScanner'],
    since: '5.4',
    parameters: {
      syncHandle: handle,
      txPower: dBmOrUnknown,
      rssi: dBmOrUnknown,
      cteType,
      periodicEventCounter: u16,
      subevent: u8,
      dataStatus,
      data: sizedU8,
    },
  },
);

/** A train was lost. Core Vol 4, Part E, 7.7.65.16 */
export const lePeriodicAdvertisingSyncLost = /* @__PURE__ */ leEvent(
  0x10,
  'LE_Periodic_Advertising_Sync_Lost',
  {
    section: '7.7.65.16',
    maskBit: 15,
    features: ['lePeriodicAdvertising'],
    since: '5.0',
    parameters: { syncHandle: handle },
  },
);

/** A peer told of a train. Core Vol 4, Part E, 7.7.65.24 */
export const lePeriodicAdvertisingSyncTransferReceivedV1 = /* @__PURE__ */ leEvent(
  0x18,
  'LE_Periodic_Advertising_Sync_Transfer_Received [v1]',
  {
    section: '7.7.65.24',
    maskBit: 23,
    features: ['periodicAdvertisingSyncTransferRecipient'],
    since: '5.1',
    parameters: {
      status,
      connectionHandle: handle,
      serviceData: u16,
      syncHandle: handle,
      advertisingSid,
      advertiserAddressType: addressType,
      advertiserAddress: bdAddr,
      advertiserPhy: phy,
      periodicAdvertisingInterval: interval125,
      advertiserClockAccuracy: clockAccuracy,
    },
  },
);

/** A peer told of a train, with its subevents and response slots. Core Vol 4, Part E, 7.7.65.24 */
export const lePeriodicAdvertisingSyncTransferReceivedV2 = /* @__PURE__ */ leEvent(
  0x26,
  'LE_Periodic_Advertising_Sync_Transfer_Received [v2]',
  {
    section: '7.7.65.24',
    maskBit: 37,
    features: ['periodicAdvertisingWithResponsesScanner'],
    since: '5.4',
    parameters: {
      status,
      connectionHandle: handle,
      serviceData: u16,
      syncHandle: handle,
      advertisingSid,
      advertiserAddressType: addressType,
      advertiserAddress: bdAddr,
      advertiserPhy: phy,
      periodicAdvertisingInterval: interval125,
      advertiserClockAccuracy: clockAccuracy,
      numSubevents: u8,
      subeventInterval: interval125u8,
      responseSlotDelay: interval125u8,
      responseSlotSpacing: interval0125u8,
    },
  },
);

/** The controller wants data for subevents to come. Core Vol 4, Part E, 7.7.65.36 */
export const lePeriodicAdvertisingSubeventDataRequest = /* @__PURE__ */ leEvent(
  0x27,
  'LE_Periodic_Advertising_Subevent_Data_Request',
  {
    section: '7.7.65.36',
    maskBit: 38,
    features: ['periodicAdvertisingWithResponsesAdvertiser'],
    since: '5.4',
    parameters: { advertisingHandle: u8, subeventStart: u8, subeventDataCount: u8 },
  },
);

/** Responses to a subevent. Core Vol 4, Part E, 7.7.65.37 */
export const lePeriodicAdvertisingResponseReport = /* @__PURE__ */ leEvent(
  0x28,
  'LE_Periodic_Advertising_Response_Report',
  {
    section: '7.7.65.37',
    maskBit: 39,
    features: ['periodicAdvertisingWithResponsesAdvertiser'],
    since: '5.4',
    parameters: {
      advertisingHandle: u8,
      subevent: u8,
      txStatus: subeventTxStatus,
      responses: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          txPower: dBmOrUnknown,
          rssi: dBmOrUnknown,
          cteType,
          responseSlot: u8,
          dataStatus,
          data: sizedU8,
        }),
      ),
    },
  },
);

/** A train tells of a Broadcast Isochronous Group. Core Vol 4, Part E, 7.7.65.34 */
export const leBigInfoAdvertisingReport = /* @__PURE__ */ leEvent(0x22, 'LE_BIGInfo_Advertising_Report', {
  section: '7.7.65.34',
  maskBit: 33,
  features: ['synchronizedReceiver'],
  since: '5.2',
  parameters: {
    syncHandle: handle,
    numBis: u8,
    nse: u8,
    isoInterval: interval125,
    bn: u8,
    pto: u8,
    irc: u8,
    maxPdu: u16,
    sduInterval: microsecondsU24,
    maxSdu: u16,
    phy,
    framing,
    encryption: bigEncryption,
  },
});
