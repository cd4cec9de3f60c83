/**
 * Commands and events of Espressif's controllers, from the headers and pages of ESP-IDF (esp_bt_vs.h). ESP-IDF keeps them
 * for its own hosts: over a UART they are refused (Unknown HCI Command) unless the application on the chip turned them on,
 * and not every chip has each. What a command answers behind its Status is not published. Commands whose layout the
 * headers leave open (structures that may be padded), that of credits for advertising reports (whether it is answered is
 * not published) and those for Espressif's own tests are not here.
 */
import { bdAddr, handle, i8, meaning, octets, rest, u8, u16, u32 } from '../../core/codec.js';
import { command, leEvent, vendorEvent } from '../definition.js';
import { addressType, dBm, enable, phy, status } from '../fields/common.js';

/** The company identifier of Espressif's controllers. */
export const espressifCompanies: readonly number[] = [0x02e5];

/** Sends an octet back. */
export const espressifEcho = /* @__PURE__ */ command(0xfc81, 'Espressif Echo', {
  parameters: { echo: u8 },
  returns: { status, echo: rest },
});

/** Tells the radio's arbiter of a state. */
export const espressifSetCoexistenceStatus = /* @__PURE__ */ command(
  0xfc82,
  'Espressif Set_Coexistence_Status',
  { parameters: { type: u8, operation: u8, coexistenceStatus: u8 }, returns: { status } },
);

/** Changes the list of what is reported although it is a duplicate. */
export const espressifConfigDuplicateExceptionList = /* @__PURE__ */ command(
  0xfd08,
  'Espressif Config_Duplicate_Exception_List',
  {
    parameters: {
      subcode: /* @__PURE__ */ meaning(u8, { names: { 0: 'add', 1: 'remove', 2: 'clear' } }),
      type: u32,
      deviceInformation: /* @__PURE__ */ octets(6),
    },
    returns: { status },
  },
);

/** Turns the flow control of advertising reports on or off. */
export const espressifSetAdvertisingReportFlowControl = /* @__PURE__ */ command(
  0xfd09,
  'Espressif Set_Advertising_Report_Flow_Control',
  { parameters: { enable, number: u16, lostThreshold: u16 }, returns: { status } },
);

/** Removes legacy advertising, as LE Clear Advertising Sets does with sets. */
export const espressifClearLegacyAdvertising = /* @__PURE__ */ command(
  0xfd0c,
  'Espressif Clear_Legacy_Advertising',
  { returns: { status } },
);

/** Sets the list of duplicates. */
export const espressifSetDuplicateListParameters = /* @__PURE__ */ command(
  0xfd0d,
  'Espressif Set_Duplicate_List_Parameters',
  { parameters: { mode: u8, dataType: u8, size: u16 }, returns: { status } },
);

/** Turns the lists of duplicates and exceptions on or off. */
export const espressifEnableDuplicateExceptionList = /* @__PURE__ */ command(
  0xfd0e,
  'Espressif Enable_Duplicate_Exception_List',
  { parameters: { enable, reset: u8 }, returns: { status } },
);

/** Turns the arrangement of several connections on or off. */
export const espressifEnableArrangement = /* @__PURE__ */ command(0xfd0f, 'Espressif Enable_Arrangement', {
  parameters: { commonFactor: u32, enable },
  returns: { status },
});

/** Sets the strengths between which power control keeps a connection, for each PHY. */
export const espressifSetPclRssiThreshold = /* @__PURE__ */ command(
  0xfd11,
  'Espressif Set_PCL_RSSI_Threshold',
  {
    parameters: {
      connectionHandle: handle,
      min1M: dBm,
      max1M: dBm,
      min2M: dBm,
      max2M: dBm,
      minCodedS2: dBm,
      maxCodedS2: dBm,
      minCodedS8: dBm,
      maxCodedS8: dBm,
    },
    returns: { status },
  },
);

/** Turns channel selection algorithm #2 on or off. */
export const espressifEnableCsa2 = /* @__PURE__ */ command(0xfd12, 'Espressif Enable_CSA2', {
  parameters: { enable },
  returns: { status },
});

/** Chooses the vendor events of LE. */
export const espressifSetLeVendorEventMask = /* @__PURE__ */ command(
  0xfd16,
  'Espressif Set_LE_Vendor_Event_Mask',
  { parameters: { eventMask: u32 }, returns: { status } },
);

/** Sets the least key size of encryption on BR/EDR. */
export const espressifSetMinEncryptionKeySize = /* @__PURE__ */ command(
  0xfd82,
  'Espressif Set_Min_Encryption_Key_Size',
  { parameters: { size: u8 }, returns: { status } },
);

/** Sets from which strength packets are received. */
export const espressifSetRxSensitivityThreshold = /* @__PURE__ */ command(
  0xfd28,
  'Espressif Set_Rx_Sensitivity_Threshold',
  { parameters: { enable, phy, threshold: dBm }, returns: { status } },
);

/** Turns clear channel assessment on or off. */
export const espressifEnableCca = /* @__PURE__ */ command(0xfd27, 'Espressif Enable_CCA', {
  parameters: { enable, threshold: i8 },
  returns: { status },
});

/** The device at the other end of a BR/EDR link has authenticated in the legacy way. */
export const espressifLegacyRemoteAuthentication = /* @__PURE__ */ vendorEvent(
  0x03,
  'Espressif Legacy_Remote_Authentication',
  { parameters: { connectionHandle: handle } },
);

/** A scanner or an initiator spoke to an advertiser. */
export const espressifRequestReceived = /* @__PURE__ */ vendorEvent(0xc0, 'Espressif Request_Received', {
  parameters: {
    type: /* @__PURE__ */ meaning(u8, { names: { 0: 'SCAN_REQ', 1: 'CONNECT_IND' } }),
    advertisingHandle: u8,
    addressType,
    address: bdAddr,
  },
});

/** A connection has another channel map: status, handle, map, as the chip lays them out. */
export const espressifChannelMapUpdateComplete = /* @__PURE__ */ vendorEvent(
  0xc1,
  'Espressif Channel_Map_Update_Complete',
  { parameters: { data: rest } },
);

/** Advertising reports were dropped because the host gave no credits: a subevent of LE Meta. */
export const espressifAdvertisingReportLost = /* @__PURE__ */ leEvent(
  0xf0,
  'Espressif LE_Advertising_Report_Lost',
  { parameters: { lostReports: u32 } },
);
