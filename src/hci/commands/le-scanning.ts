/** Scanning, and the lists that filter it: Core Vol 4, Part E, 7.8.10 to 7.8.17, 7.8.64, 7.8.65 and 7.8.145 to 7.8.150. */
import { bdAddr, list, octets, perPhy, struct, u8 } from '../../core/codec.js';
import { command } from '../definition.js';
import { filterDuplicates, scanningFilterPolicy, scanType } from '../fields/advertising.js';
import {
  addressType,
  dBm,
  duration10,
  enable,
  interval0625,
  ownAddressType,
  period128,
  secondsU8,
  status,
} from '../fields/common.js';

const octets16 = /* @__PURE__ */ octets(16);

/** Sets how to scan for legacy advertising. Core Vol 4, Part E, 7.8.10 */
export const leSetScanParameters = /* @__PURE__ */ command(0x200b, 'LE_Set_Scan_Parameters', {
  section: '7.8.10',
  supported: [26, 2],
  since: '4.0',
  parameters: {
    leScanType: scanType,
    leScanInterval: interval0625,
    leScanWindow: interval0625,
    ownAddressType,
    scanningFilterPolicy,
  },
  returns: { status },
});

/** Starts or stops scanning for legacy advertising. Core Vol 4, Part E, 7.8.11 */
export const leSetScanEnable = /* @__PURE__ */ command(0x200c, 'LE_Set_Scan_Enable', {
  section: '7.8.11',
  supported: [26, 3],
  since: '4.0',
  parameters: { leScanEnable: enable, filterDuplicates },
  returns: { status },
});

/** Sets how to scan for extended advertising, for each PHY. Core Vol 4, Part E, 7.8.64 */
export const leSetExtendedScanParameters = /* @__PURE__ */ command(
  0x2041,
  'LE_Set_Extended_Scan_Parameters',
  {
    section: '7.8.64',
    supported: [37, 5],
    features: ['leExtendedAdvertising'],
    since: '5.0',
    parameters: {
      ownAddressType,
      scanningFilterPolicy,
      scanningPhys: /* @__PURE__ */ perPhy({
        scanType,
        scanInterval: interval0625,
        scanWindow: interval0625,
      }),
    },
    returns: { status },
  },
);

/** Starts or stops scanning for extended advertising. Core Vol 4, Part E, 7.8.65 */
export const leSetExtendedScanEnable = /* @__PURE__ */ command(0x2042, 'LE_Set_Extended_Scan_Enable', {
  section: '7.8.65',
  supported: [37, 6],
  features: ['leExtendedAdvertising'],
  since: '5.0',
  parameters: {
    enable,
    filterDuplicates,
    duration: duration10,
    period: period128,
  },
  returns: { status },
});

/** Reads how many entries the Filter Accept List has room for. Core Vol 4, Part E, 7.8.14 */
export const leReadFilterAcceptListSize = /* @__PURE__ */ command(0x200f, 'LE_Read_Filter_Accept_List_Size', {
  section: '7.8.14',
  supported: [26, 6],
  since: '4.0',
  returns: { status, filterAcceptListSize: u8 },
});

/** Empties the Filter Accept List. Core Vol 4, Part E, 7.8.15 */
export const leClearFilterAcceptList = /* @__PURE__ */ command(0x2010, 'LE_Clear_Filter_Accept_List', {
  section: '7.8.15',
  supported: [26, 7],
  since: '4.0',
  returns: { status },
});

/**
 * Adds a device to the Filter Accept List; address type 0xFF stands for anonymous advertisers.
 * Core Vol 4, Part E, 7.8.16
 */
export const leAddDeviceToFilterAcceptList = /* @__PURE__ */ command(
  0x2011,
  'LE_Add_Device_To_Filter_Accept_List',
  {
    section: '7.8.16',
    supported: [27, 0],
    since: '4.0',
    parameters: { addressType, address: bdAddr },
    returns: { status },
  },
);

/** Removes a device from the Filter Accept List. Core Vol 4, Part E, 7.8.17 */
export const leRemoveDeviceFromFilterAcceptList = /* @__PURE__ */ command(
  0x2012,
  'LE_Remove_Device_From_Filter_Accept_List',
  {
    section: '7.8.17',
    supported: [27, 1],
    since: '4.0',
    parameters: { addressType, address: bdAddr },
    returns: { status },
  },
);

/** Sets the tests that decision PDUs have to pass to be reported. Core Vol 4, Part E, 7.8.145 */
export const leSetDecisionInstructions = /* @__PURE__ */ command(0x2081, 'LE_Set_Decision_Instructions', {
  section: '7.8.145',
  supported: [46, 4],
  features: ['decisionBasedAdvertisingFiltering'],
  since: '6.0',
  parameters: {
    tests: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        testFlags: u8,
        testField: u8,
        testParameters: octets16,
      }),
    ),
  },
  returns: { status },
});

/** Adds an advertiser to those watched for coming and going. Core Vol 4, Part E, 7.8.146 */
export const leAddDeviceToMonitoredAdvertisersList = /* @__PURE__ */ command(
  0x2098,
  'LE_Add_Device_To_Monitored_Advertisers_List',
  {
    section: '7.8.146',
    supported: [47, 5],
    features: ['monitoringAdvertisers'],
    since: '6.0',
    parameters: {
      addressType,
      address: bdAddr,
      rssiThresholdLow: dBm,
      rssiThresholdHigh: dBm,
      timeout: secondsU8,
    },
    returns: { status },
  },
);

/** Removes an advertiser from those watched. Core Vol 4, Part E, 7.8.147 */
export const leRemoveDeviceFromMonitoredAdvertisersList = /* @__PURE__ */ command(
  0x2099,
  'LE_Remove_Device_From_Monitored_Advertisers_List',
  {
    section: '7.8.147',
    supported: [47, 6],
    features: ['monitoringAdvertisers'],
    since: '6.0',
    parameters: { addressType, address: bdAddr },
    returns: { status },
  },
);

/** Empties the Monitored Advertisers List. Core Vol 4, Part E, 7.8.148 */
export const leClearMonitoredAdvertisersList = /* @__PURE__ */ command(
  0x209a,
  'LE_Clear_Monitored_Advertisers_List',
  {
    section: '7.8.148',
    supported: [47, 7],
    features: ['monitoringAdvertisers'],
    since: '6.0',
    returns: { status },
  },
);

/** Reads how many entries the Monitored Advertisers List has room for. Core Vol 4, Part E, 7.8.150 */
export const leReadMonitoredAdvertisersListSize = /* @__PURE__ */ command(
  0x209b,
  'LE_Read_Monitored_Advertisers_List_Size',
  {
    section: '7.8.150',
    supported: [48, 0],
    features: ['monitoringAdvertisers'],
    since: '6.0',
    returns: { status, monitoredAdvertisersListSize: u8 },
  },
);

/** Starts or stops watching the advertisers of the list. Core Vol 4, Part E, 7.8.149 */
export const leEnableMonitoringAdvertisers = /* @__PURE__ */ command(
  0x209c,
  'LE_Enable_Monitoring_Advertisers',
  {
    section: '7.8.149',
    supported: [28, 7],
    features: ['monitoringAdvertisers'],
    since: '6.0',
    parameters: { enable },
    returns: { status },
  },
);
