/** Events of periodic advertising: Core Vol 4, Part E, 7.7.65. */
import { bdAddr, handle, i8, list, sized, struct, u8, u16, u24 } from '../../core/codec.js';
import { leEvent } from '../definition.js';

const sizedU8 = /* @__PURE__ */ sized(u8);

/** A train is received, or was not found. Core Vol 4, Part E, 7.7.65.14 */
export const lePeriodicAdvertisingSyncEstablishedV1 = /* @__PURE__ */ leEvent(
  0x0e,
  'LE_Periodic_Advertising_Sync_Established [v1]',
  {
    section: '7.7.65.14',
    maskBit: 13,
    parameters: {
      status: u8,
      syncHandle: handle,
      advertisingSid: u8,
      advertiserAddressType: u8,
      advertiserAddress: bdAddr,
      advertiserPhy: u8,
      periodicAdvertisingInterval: u16, // 1.25 ms
      advertiserClockAccuracy: u8,
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
    parameters: {
      status: u8,
      syncHandle: handle,
      advertisingSid: u8,
      advertiserAddressType: u8,
      advertiserAddress: bdAddr,
      advertiserPhy: u8,
      periodicAdvertisingInterval: u16, // 1.25 ms
      advertiserClockAccuracy: u8,
      numSubevents: u8,
      subeventInterval: u8, // 1.25 ms
      responseSlotDelay: u8, // 1.25 ms
      responseSlotSpacing: u8, // 0.125 ms
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
    parameters: { syncHandle: handle, txPower: i8, rssi: i8, cteType: u8, dataStatus: u8, data: sizedU8 },
  },
);

/** Data of a train, or a fragment of it, with its subevent. Core Vol 4, Part E, 7.7.65.15 */
export const lePeriodicAdvertisingReportV2 = /* @__PURE__ */ leEvent(
  0x25,
  'LE_Periodic_Advertising_Report [v2]',
  {
    section: '7.7.65.15',
    maskBit: 36,
    parameters: {
      syncHandle: handle,
      txPower: i8,
      rssi: i8,
      cteType: u8,
      periodicEventCounter: u16,
      subevent: u8,
      dataStatus: u8,
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
    parameters: {
      status: u8,
      connectionHandle: handle,
      serviceData: u16,
      syncHandle: handle,
      advertisingSid: u8,
      advertiserAddressType: u8,
      advertiserAddress: bdAddr,
      advertiserPhy: u8,
      periodicAdvertisingInterval: u16, // 1.25 ms
      advertiserClockAccuracy: u8,
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
    parameters: {
      status: u8,
      connectionHandle: handle,
      serviceData: u16,
      syncHandle: handle,
      advertisingSid: u8,
      advertiserAddressType: u8,
      advertiserAddress: bdAddr,
      advertiserPhy: u8,
      periodicAdvertisingInterval: u16, // 1.25 ms
      advertiserClockAccuracy: u8,
      numSubevents: u8,
      subeventInterval: u8, // 1.25 ms
      responseSlotDelay: u8, // 1.25 ms
      responseSlotSpacing: u8, // 0.125 ms
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
    parameters: {
      advertisingHandle: u8,
      subevent: u8,
      txStatus: u8,
      responses: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          txPower: i8,
          rssi: i8,
          cteType: u8,
          responseSlot: u8,
          dataStatus: u8,
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
  parameters: {
    syncHandle: handle,
    numBis: u8,
    nse: u8,
    isoInterval: u16,
    bn: u8,
    pto: u8,
    irc: u8,
    maxPdu: u16,
    sduInterval: u24,
    maxSdu: u16,
    phy: u8,
    framing: u8,
    encryption: u8,
  },
});
