/** Extended advertising: Core Vol 4, Part E, 7.8.52 to 7.8.60. */
import { bdAddr, i8, list, sized, struct, u8, u16, u24 } from '../../core/codec.js';
import { command } from '../definition.js';

const sizedU8 = /* @__PURE__ */ sized(u8);

/** Sets the random address of an advertising set. Core Vol 4, Part E, 7.8.52 */
export const leSetAdvertisingSetRandomAddress = /* @__PURE__ */ command(
  0x2035,
  'LE_Set_Advertising_Set_Random_Address',
  {
    section: '7.8.52',
    supported: [36, 1],
    parameters: { advertisingHandle: u8, randomAddress: bdAddr },
    returns: { status: u8 },
  },
);

/** Makes an advertising set, or changes how it advertises. Core Vol 4, Part E, 7.8.53 */
export const leSetExtendedAdvertisingParametersV1 = /* @__PURE__ */ command(
  0x2036,
  'LE_Set_Extended_Advertising_Parameters [v1]',
  {
    section: '7.8.53',
    supported: [36, 2],
    parameters: {
      advertisingHandle: u8,
      advertisingEventProperties: u16,
      primaryAdvertisingIntervalMin: u24, // 0.625 ms
      primaryAdvertisingIntervalMax: u24, // 0.625 ms
      primaryAdvertisingChannelMap: u8,
      ownAddressType: u8,
      peerAddressType: u8,
      peerAddress: bdAddr,
      advertisingFilterPolicy: u8,
      advertisingTxPower: i8,
      primaryAdvertisingPhy: u8,
      secondaryAdvertisingMaxSkip: u8,
      secondaryAdvertisingPhy: u8,
      advertisingSid: u8,
      scanRequestNotificationEnable: u8,
    },
    returns: { status: u8, selectedTxPower: i8 },
  },
);

/**
 * Makes an advertising set, or changes how it advertises, with the coding of LE Coded.
 * Core Vol 4, Part E, 7.8.53
 */
export const leSetExtendedAdvertisingParametersV2 = /* @__PURE__ */ command(
  0x207f,
  'LE_Set_Extended_Advertising_Parameters [v2]',
  {
    section: '7.8.53',
    supported: [46, 2],
    parameters: {
      advertisingHandle: u8,
      advertisingEventProperties: u16,
      primaryAdvertisingIntervalMin: u24, // 0.625 ms
      primaryAdvertisingIntervalMax: u24, // 0.625 ms
      primaryAdvertisingChannelMap: u8,
      ownAddressType: u8,
      peerAddressType: u8,
      peerAddress: bdAddr,
      advertisingFilterPolicy: u8,
      advertisingTxPower: i8,
      primaryAdvertisingPhy: u8,
      secondaryAdvertisingMaxSkip: u8,
      secondaryAdvertisingPhy: u8,
      advertisingSid: u8,
      scanRequestNotificationEnable: u8,
      primaryAdvertisingPhyOptions: u8,
      secondaryAdvertisingPhyOptions: u8,
    },
    returns: { status: u8, selectedTxPower: i8 },
  },
);

/** Sets the advertising data of a set, or a fragment of it. Core Vol 4, Part E, 7.8.54 */
export const leSetExtendedAdvertisingData = /* @__PURE__ */ command(
  0x2037,
  'LE_Set_Extended_Advertising_Data',
  {
    section: '7.8.54',
    supported: [36, 3],
    parameters: {
      advertisingHandle: u8,
      operation: u8,
      fragmentPreference: u8,
      advertisingData: sizedU8,
    },
    returns: { status: u8 },
  },
);

/** Sets the scan response of a set, or a fragment of it. Core Vol 4, Part E, 7.8.55 */
export const leSetExtendedScanResponseData = /* @__PURE__ */ command(
  0x2038,
  'LE_Set_Extended_Scan_Response_Data',
  {
    section: '7.8.55',
    supported: [36, 4],
    parameters: {
      advertisingHandle: u8,
      operation: u8,
      fragmentPreference: u8,
      scanResponseData: sizedU8,
    },
    returns: { status: u8 },
  },
);

/** Starts or stops advertising sets; no sets and enable 0 stops all. Core Vol 4, Part E, 7.8.56 */
export const leSetExtendedAdvertisingEnable = /* @__PURE__ */ command(
  0x2039,
  'LE_Set_Extended_Advertising_Enable',
  {
    section: '7.8.56',
    supported: [36, 5],
    parameters: {
      enable: u8,
      sets: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          advertisingHandle: u8,
          duration: u16, // 10 ms
          maxExtendedAdvertisingEvents: u8,
        }),
      ),
    },
    returns: { status: u8 },
  },
);

/** Reads how many octets the advertising data of a set may have. Core Vol 4, Part E, 7.8.57 */
export const leReadMaximumAdvertisingDataLength = /* @__PURE__ */ command(
  0x203a,
  'LE_Read_Maximum_Advertising_Data_Length',
  {
    section: '7.8.57',
    supported: [36, 6],
    returns: { status: u8, maxAdvertisingDataLength: u16 },
  },
);

/** Reads how many advertising sets there may be now. Core Vol 4, Part E, 7.8.58 */
export const leReadNumberOfSupportedAdvertisingSets = /* @__PURE__ */ command(
  0x203b,
  'LE_Read_Number_of_Supported_Advertising_Sets',
  {
    section: '7.8.58',
    supported: [36, 7],
    returns: { status: u8, numSupportedAdvertisingSets: u8 },
  },
);

/** Removes an advertising set that is not on. Core Vol 4, Part E, 7.8.59 */
export const leRemoveAdvertisingSet = /* @__PURE__ */ command(0x203c, 'LE_Remove_Advertising_Set', {
  section: '7.8.59',
  supported: [37, 0],
  parameters: { advertisingHandle: u8 },
  returns: { status: u8 },
});

/** Removes all advertising sets. Core Vol 4, Part E, 7.8.60 */
export const leClearAdvertisingSets = /* @__PURE__ */ command(0x203d, 'LE_Clear_Advertising_Sets', {
  section: '7.8.60',
  supported: [37, 1],
  returns: { status: u8 },
});

/**
 * Chooses the changes of data that make a set change its resolvable private address.
 * Core Vol 4, Part E, 7.8.122
 */
export const leSetDataRelatedAddressChanges = /* @__PURE__ */ command(
  0x207c,
  'LE_Set_Data_Related_Address_Changes',
  {
    section: '7.8.122',
    supported: [45, 6],
    parameters: { advertisingHandle: u8, changeReasons: u8 },
    returns: { status: u8 },
  },
);

/** Sets the decision data of an advertising set (decision-based filtering). Core Vol 4, Part E, 7.8.144 */
export const leSetDecisionData = /* @__PURE__ */ command(0x2080, 'LE_Set_Decision_Data', {
  section: '7.8.144',
  supported: [46, 3],
  parameters: { advertisingHandle: u8, decisionTypeFlags: u8, decisionData: sizedU8 },
  returns: { status: u8 },
});
