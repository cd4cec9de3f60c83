/** Extended advertising: Core Vol 4, Part E, 7.8.52 to 7.8.60. */
import { bdAddr, list, sized, struct, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';
import { advertisingChannelMap, advertisingFilterPolicy, advertisingSid } from '../fields/advertising.js';
import {
  addressType,
  dBm,
  dBmOrNoPreference,
  duration10,
  enable,
  interval0625u24,
  ownAddressType,
  phy,
  status,
} from '../fields/common.js';
import {
  advertisingEventProperties,
  changeReasons,
  codingOptions,
  dataOperation,
  decisionTypeFlags,
  fragmentPreference,
} from '../fields/extended-advertising.js';

const sizedU8 = /* @__PURE__ */ sized(u8);

/** Sets the random address of an advertising set. Core Vol 4, Part E, 7.8.52 */
export const leSetAdvertisingSetRandomAddress = /* @__PURE__ */ command(
  0x2035,
  'LE_Set_Advertising_Set_Random_Address',
  {
    section: '7.8.52',
    supported: [36, 1],
    features: ['leExtendedAdvertising'],
    since: '5.0',
    parameters: { advertisingHandle: u8, randomAddress: bdAddr },
    returns: { status },
  },
);

/** Makes an advertising set, or changes how it advertises. Core Vol 4, Part E, 7.8.53 */
export const leSetExtendedAdvertisingParametersV1 = /* @__PURE__ */ command(
  0x2036,
  'LE_Set_Extended_Advertising_Parameters [v1]',
  {
    section: '7.8.53',
    supported: [36, 2],
    features: ['leExtendedAdvertising'],
    since: '5.0',
    parameters: {
      advertisingHandle: u8,
      advertisingEventProperties,
      primaryAdvertisingIntervalMin: interval0625u24,
      primaryAdvertisingIntervalMax: interval0625u24,
      primaryAdvertisingChannelMap: advertisingChannelMap,
      ownAddressType,
      peerAddressType: addressType,
      peerAddress: bdAddr,
      advertisingFilterPolicy,
      advertisingTxPower: dBmOrNoPreference,
      primaryAdvertisingPhy: phy,
      secondaryAdvertisingMaxSkip: u8,
      secondaryAdvertisingPhy: phy,
      advertisingSid,
      scanRequestNotificationEnable: enable,
    },
    returns: { status, selectedTxPower: dBm },
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
    features: ['advertisingCodingSelection'],
    since: '5.4',
    parameters: {
      advertisingHandle: u8,
      advertisingEventProperties,
      primaryAdvertisingIntervalMin: interval0625u24,
      primaryAdvertisingIntervalMax: interval0625u24,
      primaryAdvertisingChannelMap: advertisingChannelMap,
      ownAddressType,
      peerAddressType: addressType,
      peerAddress: bdAddr,
      advertisingFilterPolicy,
      advertisingTxPower: dBmOrNoPreference,
      primaryAdvertisingPhy: phy,
      secondaryAdvertisingMaxSkip: u8,
      secondaryAdvertisingPhy: phy,
      advertisingSid,
      scanRequestNotificationEnable: enable,
      primaryAdvertisingPhyOptions: codingOptions,
      secondaryAdvertisingPhyOptions: codingOptions,
    },
    returns: { status, selectedTxPower: dBm },
  },
);

/** Sets the advertising data of a set, or a fragment of it. Core Vol 4, Part E, 7.8.54 */
export const leSetExtendedAdvertisingData = /* @__PURE__ */ command(
  0x2037,
  'LE_Set_Extended_Advertising_Data',
  {
    section: '7.8.54',
    supported: [36, 3],
    features: ['leExtendedAdvertising'],
    since: '5.0',
    parameters: {
      advertisingHandle: u8,
      operation: dataOperation,
      fragmentPreference,
      advertisingData: sizedU8,
    },
    returns: { status },
  },
);

/** Sets the scan response of a set, or a fragment of it. Core Vol 4, Part E, 7.8.55 */
export const leSetExtendedScanResponseData = /* @__PURE__ */ command(
  0x2038,
  'LE_Set_Extended_Scan_Response_Data',
  {
    section: '7.8.55',
    supported: [36, 4],
    features: ['leExtendedAdvertising'],
    since: '5.0',
    parameters: {
      advertisingHandle: u8,
      operation: dataOperation,
      fragmentPreference,
      scanResponseData: sizedU8,
    },
    returns: { status },
  },
);

/** Starts or stops advertising sets; no sets and enable 0 stops all. Core Vol 4, Part E, 7.8.56 */
export const leSetExtendedAdvertisingEnable = /* @__PURE__ */ command(
  0x2039,
  'LE_Set_Extended_Advertising_Enable',
  {
    section: '7.8.56',
    supported: [36, 5],
    features: ['leExtendedAdvertising'],
    since: '5.0',
    parameters: {
      enable,
      sets: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          advertisingHandle: u8,
          duration: duration10,
          maxExtendedAdvertisingEvents: u8,
        }),
      ),
    },
    returns: { status },
  },
);

/** Reads how many octets the advertising data of a set may have. Core Vol 4, Part E, 7.8.57 */
export const leReadMaximumAdvertisingDataLength = /* @__PURE__ */ command(
  0x203a,
  'LE_Read_Maximum_Advertising_Data_Length',
  {
    section: '7.8.57',
    supported: [36, 6],
    features: ['leExtendedAdvertising'],
    since: '5.0',
    returns: { status, maxAdvertisingDataLength: u16 },
  },
);

/** Reads how many advertising sets there may be now. Core Vol 4, Part E, 7.8.58 */
export const leReadNumberOfSupportedAdvertisingSets = /* @__PURE__ */ command(
  0x203b,
  'LE_Read_Number_of_Supported_Advertising_Sets',
  {
    section: '7.8.58',
    supported: [36, 7],
    features: ['leExtendedAdvertising'],
    since: '5.0',
    returns: { status, numSupportedAdvertisingSets: u8 },
  },
);

/** Removes an advertising set that is not on. Core Vol 4, Part E, 7.8.59 */
export const leRemoveAdvertisingSet = /* @__PURE__ */ command(0x203c, 'LE_Remove_Advertising_Set', {
  section: '7.8.59',
  supported: [37, 0],
  features: ['leExtendedAdvertising'],
  since: '5.0',
  parameters: { advertisingHandle: u8 },
  returns: { status },
});

/** Removes all advertising sets. Core Vol 4, Part E, 7.8.60 */
export const leClearAdvertisingSets = /* @__PURE__ */ command(0x203d, 'LE_Clear_Advertising_Sets', {
  section: '7.8.60',
  supported: [37, 1],
  features: ['leExtendedAdvertising'],
  since: '5.0',
  returns: { status },
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
    since: '5.3',
    parameters: { advertisingHandle: u8, changeReasons },
    returns: { status },
  },
);

/** Sets the decision data of an advertising set (decision-based filtering). Core Vol 4, Part E, 7.8.144 */
export const leSetDecisionData = /* @__PURE__ */ command(0x2080, 'LE_Set_Decision_Data', {
  section: '7.8.144',
  supported: [46, 3],
  features: ['decisionBasedAdvertisingFiltering'],
  since: '6.0',
  parameters: { advertisingHandle: u8, decisionTypeFlags, decisionData: sizedU8 },
  returns: { status },
});
