/** Legacy advertising: Core Vol 4, Part E, 7.8.4 to 7.8.9. */
import { bdAddr, i8, significant, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';

const significant31 = /* @__PURE__ */ significant(31);

/** Sets the random address of the device. Core Vol 4, Part E, 7.8.4 */
export const leSetRandomAddress = /* @__PURE__ */ command(0x2005, 'LE_Set_Random_Address', {
  section: '7.8.4',
  supported: [25, 4],
  parameters: { randomAddress: bdAddr },
  returns: { status: u8 },
});

/** Sets how to advertise. Core Vol 4, Part E, 7.8.5 */
export const leSetAdvertisingParameters = /* @__PURE__ */ command(0x2006, 'LE_Set_Advertising_Parameters', {
  section: '7.8.5',
  supported: [25, 5],
  parameters: {
    advertisingIntervalMin: u16, // 0.625 ms
    advertisingIntervalMax: u16, // 0.625 ms
    advertisingType: u8,
    ownAddressType: u8,
    peerAddressType: u8,
    peerAddress: bdAddr,
    advertisingChannelMap: u8,
    advertisingFilterPolicy: u8,
  },
  returns: { status: u8 },
});

/** Reads the transmit power of legacy advertising in dBm. Core Vol 4, Part E, 7.8.6 */
export const leReadAdvertisingPhysicalChannelTxPower = /* @__PURE__ */ command(
  0x2007,
  'LE_Read_Advertising_Physical_Channel_Tx_Power',
  {
    section: '7.8.6',
    supported: [25, 6],
    returns: { status: u8, txPowerLevel: i8 },
  },
);

/** Sets the advertising data, up to 31 octets. Core Vol 4, Part E, 7.8.7 */
export const leSetAdvertisingData = /* @__PURE__ */ command(0x2008, 'LE_Set_Advertising_Data', {
  section: '7.8.7',
  supported: [25, 7],
  parameters: { advertisingData: significant31 },
  returns: { status: u8 },
});

/** Sets the scan response, up to 31 octets. Core Vol 4, Part E, 7.8.8 */
export const leSetScanResponseData = /* @__PURE__ */ command(0x2009, 'LE_Set_Scan_Response_Data', {
  section: '7.8.8',
  supported: [26, 0],
  parameters: { scanResponseData: significant31 },
  returns: { status: u8 },
});

/** Starts or stops advertising. Core Vol 4, Part E, 7.8.9 */
export const leSetAdvertisingEnable = /* @__PURE__ */ command(0x200a, 'LE_Set_Advertising_Enable', {
  section: '7.8.9',
  supported: [26, 1],
  parameters: { advertisingEnable: u8 },
  returns: { status: u8 },
});
