/** Transmit power and path loss: Core Vol 4, Part E, 7.8.74 to 7.8.76 and 7.8.117 to 7.8.121. */
import { handle, i8, i16, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';

/** Reads the least and the greatest transmit power of the controller in dBm. Core Vol 4, Part E, 7.8.74 */
export const leReadTransmitPower = /* @__PURE__ */ command(0x204b, 'LE_Read_Transmit_Power', {
  section: '7.8.74',
  supported: [38, 7],
  returns: { status: u8, minTxPower: i8, maxTxPower: i8 },
});

/** Reads the gain of the path between controller and antenna, in units of 0.1 dB. Core Vol 4, Part E, 7.8.75 */
export const leReadRfPathCompensation = /* @__PURE__ */ command(0x204c, 'LE_Read_RF_Path_Compensation', {
  section: '7.8.75',
  supported: [39, 0],
  returns: { status: u8, rfTxPathCompensationValue: i16, rfRxPathCompensationValue: i16 },
});

/** Tells the gain of the path between controller and antenna, in units of 0.1 dB. Core Vol 4, Part E, 7.8.76 */
export const leWriteRfPathCompensation = /* @__PURE__ */ command(0x204d, 'LE_Write_RF_Path_Compensation', {
  section: '7.8.76',
  supported: [39, 1],
  parameters: { rfTxPathCompensationValue: i16, rfRxPathCompensationValue: i16 },
  returns: { status: u8 },
});

/** Reads the transmit power of a connection on one PHY in dBm. Core Vol 4, Part E, 7.8.117 */
export const leEnhancedReadTransmitPowerLevel = /* @__PURE__ */ command(
  0x2076,
  'LE_Enhanced_Read_Transmit_Power_Level',
  {
    section: '7.8.117',
    supported: [44, 3],
    parameters: { connectionHandle: handle, phy: u8 },
    returns: {
      status: u8,
      connectionHandle: handle,
      phy: u8,
      currentTxPowerLevel: i8,
      maxTxPowerLevel: i8,
    },
  },
);

/** Asks the peer for its transmit power on one PHY. Core Vol 4, Part E, 7.8.118 */
export const leReadRemoteTransmitPowerLevel = /* @__PURE__ */ command(
  0x2077,
  'LE_Read_Remote_Transmit_Power_Level',
  {
    section: '7.8.118',
    supported: [44, 4],
    parameters: { connectionHandle: handle, phy: u8 },
  },
);

/**
 * Sets the zones of path loss, in dB, and how long it has to stay in a new one, in connection events.
 * Core Vol 4, Part E, 7.8.119
 */
export const leSetPathLossReportingParameters = /* @__PURE__ */ command(
  0x2078,
  'LE_Set_Path_Loss_Reporting_Parameters',
  {
    section: '7.8.119',
    supported: [44, 5],
    parameters: {
      connectionHandle: handle,
      highThreshold: u8,
      highHysteresis: u8,
      lowThreshold: u8,
      lowHysteresis: u8,
      minTimeSpent: u16,
    },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Turns the reports of changes of the path loss zone on or off. Core Vol 4, Part E, 7.8.120 */
export const leSetPathLossReportingEnable = /* @__PURE__ */ command(
  0x2079,
  'LE_Set_Path_Loss_Reporting_Enable',
  {
    section: '7.8.120',
    supported: [44, 6],
    parameters: { connectionHandle: handle, enable: u8 },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Turns the reports of changes of transmit power on or off, for either side. Core Vol 4, Part E, 7.8.121 */
export const leSetTransmitPowerReportingEnable = /* @__PURE__ */ command(
  0x207a,
  'LE_Set_Transmit_Power_Reporting_Enable',
  {
    section: '7.8.121',
    supported: [44, 7],
    parameters: { connectionHandle: handle, localEnable: u8, remoteEnable: u8 },
    returns: { status: u8, connectionHandle: handle },
  },
);
