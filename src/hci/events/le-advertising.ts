/** Events of advertising and scanning: Core Vol 4, Part E, 7.7.65. */
import { bdAddr, handle, list, sized, struct, u8 } from '../../core/codec.js';
import { leEvent } from '../definition.js';
import {
  advertisingSid,
  extendedEventType,
  monitorCondition,
  reportEventType,
} from '../fields/advertising.js';
import { addressType, dBmOrUnknown, interval125, reportPhy, status } from '../fields/common.js';

const sizedU8 = /* @__PURE__ */ sized(u8);

/** Advertisers that were seen with legacy scanning. Core Vol 4, Part E, 7.7.65.2 */
export const leAdvertisingReport = /* @__PURE__ */ leEvent(0x02, 'LE_Advertising_Report', {
  section: '7.7.65.2',
  maskBit: 1,
  since: '4.0',
  parameters: {
    reports: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        eventType: reportEventType,
        addressType,
        address: bdAddr,
        data: sizedU8,
        rssi: dBmOrUnknown,
      }),
    ),
  },
});

/** Advertisers that were seen looking for a resolvable private address. Core Vol 4, Part E, 7.7.65.11 */
export const leDirectedAdvertisingReport = /* @__PURE__ */ leEvent(0x0b, 'LE_Directed_Advertising_Report', {
  section: '7.7.65.11',
  maskBit: 10,
  features: ['extendedScanningFilterPolicies'],
  since: '4.2',
  parameters: {
    reports: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        eventType: reportEventType,
        addressType,
        address: bdAddr,
        directAddressType: addressType,
        directAddress: bdAddr,
        rssi: dBmOrUnknown,
      }),
    ),
  },
});

/** Advertisers that were seen with extended scanning. Core Vol 4, Part E, 7.7.65.13 */
export const leExtendedAdvertisingReport = /* @__PURE__ */ leEvent(0x0d, 'LE_Extended_Advertising_Report', {
  section: '7.7.65.13',
  maskBit: 12,
  features: ['leExtendedAdvertising'],
  since: '5.0',
  parameters: {
    reports: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        eventType: extendedEventType,
        addressType,
        address: bdAddr,
        primaryPhy: reportPhy,
        secondaryPhy: reportPhy,
        advertisingSid,
        txPower: dBmOrUnknown,
        rssi: dBmOrUnknown,
        periodicAdvertisingInterval: interval125,
        directAddressType: addressType,
        directAddress: bdAddr,
        data: sizedU8,
      }),
    ),
  },
});

/** Scanning ended after the duration that was asked for. Core Vol 4, Part E, 7.7.65.17 */
export const leScanTimeout = /* @__PURE__ */ leEvent(0x11, 'LE_Scan_Timeout', {
  section: '7.7.65.17',
  maskBit: 16,
  features: ['leExtendedAdvertising'],
  since: '5.0',
});

/**
 * An advertising set ended: by a connection, its duration or its number of events.
 * Core Vol 4, Part E, 7.7.65.18
 */
export const leAdvertisingSetTerminated = /* @__PURE__ */ leEvent(0x12, 'LE_Advertising_Set_Terminated', {
  section: '7.7.65.18',
  maskBit: 17,
  features: ['leExtendedAdvertising'],
  since: '5.0',
  parameters: {
    status,
    advertisingHandle: u8,
    connectionHandle: handle,
    numCompletedExtendedAdvertisingEvents: u8,
  },
});

/** A scanner asked an advertising set for its scan response. Core Vol 4, Part E, 7.7.65.19 */
export const leScanRequestReceived = /* @__PURE__ */ leEvent(0x13, 'LE_Scan_Request_Received', {
  section: '7.7.65.19',
  maskBit: 18,
  features: ['leExtendedAdvertising'],
  since: '5.0',
  parameters: { advertisingHandle: u8, scannerAddressType: addressType, scannerAddress: bdAddr },
});

/** A watched advertiser came (condition 1) or went (condition 0). Core Vol 4, Part E, 7.7.65.47 */
export const leMonitoredAdvertisersReport = /* @__PURE__ */ leEvent(0x34, 'LE_Monitored_Advertisers_Report', {
  section: '7.7.65.47',
  maskBit: 51,
  features: ['monitoringAdvertisers'],
  since: '6.0',
  parameters: { addressType, address: bdAddr, condition: monitorCondition },
});
