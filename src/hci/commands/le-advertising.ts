/** Legacy advertising: Core Vol 4, Part E, 7.8.4 to 7.8.9. */
import { bdAddr, significant } from '../../core/codec.js';
import { command } from '../definition.js';
import { advertisingChannelMap, advertisingFilterPolicy, advertisingType } from '../fields/advertising.js';
import { addressType, dBm, enable, interval0625, ownAddressType, status } from '../fields/common.js';

const significant31 = /* @__PURE__ */ significant(31);

/** Sets the random address of the device. Core Vol 4, Part E, 7.8.4 */
export const leSetRandomAddress = /* @__PURE__ */ command(0x2005, 'LE_Set_Random_Address', {
  section: '7.8.4',
  supported: [25, 4],
  since: '4.0',
  parameters: { randomAddress: bdAddr },
  returns: { status },
});

/** Sets how to advertise. Core Vol 4, Part E, 7.8.5 */
export const leSetAdvertisingParameters = /* @__PURE__ */ command(0x2006, 'LE_Set_Advertising_Parameters', {
  section: '7.8.5',
  supported: [25, 5],
  since: '4.0',
  parameters: {
    advertisingIntervalMin: interval0625,
    advertisingIntervalMax: interval0625,
    advertisingType,
    ownAddressType,
    peerAddressType: addressType,
    peerAddress: bdAddr,
    advertisingChannelMap,
    advertisingFilterPolicy,
  },
  returns: { status },
});

/** Reads the transmit power of legacy advertising in dBm. Core Vol 4, Part E, 7.8.6 */
export const leReadAdvertisingPhysicalChannelTxPower = /* @__PURE__ */ command(
  0x2007,
  'LE_Read_Advertising_Physical_Channel_Tx_Power',
  {
    section: '7.8.6',
    supported: [25, 6],
    since: '4.0',
    returns: { status, txPowerLevel: dBm },
  },
);

/** Sets the advertising data, up to 31 octets. Core Vol 4, Part E, 7.8.7 */
export const leSetAdvertisingData = /* @__PURE__ */ command(0x2008, 'LE_Set_Advertising_Data', {
  section: '7.8.7',
  supported: [25, 7],
  since: '4.0',
  parameters: { advertisingData: significant31 },
  returns: { status },
});

/** Sets the scan response, up to 31 octets. Core Vol 4, Part E, 7.8.8 */
export const leSetScanResponseData = /* @__PURE__ */ command(0x2009, 'LE_Set_Scan_Response_Data', {
  section: '7.8.8',
  supported: [26, 0],
  since: '4.0',
  parameters: { scanResponseData: significant31 },
  returns: { status },
});

/** Starts or stops advertising. Core Vol 4, Part E, 7.8.9 */
export const leSetAdvertisingEnable = /* @__PURE__ */ command(0x200a, 'LE_Set_Advertising_Enable', {
  section: '7.8.9',
  supported: [26, 1],
  since: '4.0',
  parameters: { advertisingEnable: enable },
  returns: { status },
});
