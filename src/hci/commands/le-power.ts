/** Transmit power and path loss: Core Vol 4, Part E, 7.8.74 to 7.8.76 and 7.8.117 to 7.8.121. */
import { handle } from '../../core/codec.js';
import { command } from '../definition.js';
import { dBm, dBmOrUnknown, enable, phyAndCoding, status, tenthsOfDb } from '../fields/common.js';
import { connectionEvents, dBu8, pathLossThreshold } from '../fields/power.js';

/** Reads the least and the greatest transmit power of the controller in dBm. Core Vol 4, Part E, 7.8.74 */
export const leReadTransmitPower = /* @__PURE__ */ command(0x204b, 'LE_Read_Transmit_Power', {
  section: '7.8.74',
  supported: [38, 7],
  since: '5.0',
  returns: { status, minTxPower: dBm, maxTxPower: dBm },
});

/** Reads the gain of the path between controller and antenna, in units of 0.1 dB. Core Vol 4, Part E, 7.8.75 */
export const leReadRfPathCompensation = /* @__PURE__ */ command(0x204c, 'LE_Read_RF_Path_Compensation', {
  section: '7.8.75',
  supported: [39, 0],
  since: '5.0',
  returns: { status, rfTxPathCompensationValue: tenthsOfDb, rfRxPathCompensationValue: tenthsOfDb },
});

/** Tells the gain of the path between controller and antenna, in units of 0.1 dB. Core Vol 4, Part E, 7.8.76 */
export const leWriteRfPathCompensation = /* @__PURE__ */ command(0x204d, 'LE_Write_RF_Path_Compensation', {
  section: '7.8.76',
  supported: [39, 1],
  since: '5.0',
  parameters: { rfTxPathCompensationValue: tenthsOfDb, rfRxPathCompensationValue: tenthsOfDb },
  returns: { status },
});

/** Reads the transmit power of a connection on one PHY in dBm. Core Vol 4, Part E, 7.8.117 */
export const leEnhancedReadTransmitPowerLevel = /* @__PURE__ */ command(
  0x2076,
  'LE_Enhanced_Read_Transmit_Power_Level',
  {
    section: '7.8.117',
    supported: [44, 3],
    features: ['lePowerControlRequest'],
    since: '5.2',
    parameters: { connectionHandle: handle, phy: phyAndCoding },
    returns: {
      status,
      connectionHandle: handle,
      phy: phyAndCoding,
      currentTxPowerLevel: dBmOrUnknown,
      maxTxPowerLevel: dBm,
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
    finishedBy: [[0x3e, 0x21]],
    features: ['lePowerControlRequest'],
    since: '5.2',
    parameters: { connectionHandle: handle, phy: phyAndCoding },
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
    features: ['lePathLossMonitoring'],
    since: '5.2',
    parameters: {
      connectionHandle: handle,
      highThreshold: pathLossThreshold,
      highHysteresis: dBu8,
      lowThreshold: pathLossThreshold,
      lowHysteresis: dBu8,
      minTimeSpent: connectionEvents,
    },
    returns: { status, connectionHandle: handle },
  },
);

/** Turns the reports of changes of the path loss zone on or off. Core Vol 4, Part E, 7.8.120 */
export const leSetPathLossReportingEnable = /* @__PURE__ */ command(
  0x2079,
  'LE_Set_Path_Loss_Reporting_Enable',
  {
    section: '7.8.120',
    supported: [44, 6],
    features: ['lePathLossMonitoring'],
    since: '5.2',
    parameters: { connectionHandle: handle, enable },
    returns: { status, connectionHandle: handle },
  },
);

/** Turns the reports of changes of transmit power on or off, for either side. Core Vol 4, Part E, 7.8.121 */
export const leSetTransmitPowerReportingEnable = /* @__PURE__ */ command(
  0x207a,
  'LE_Set_Transmit_Power_Reporting_Enable',
  {
    section: '7.8.121',
    supported: [44, 7],
    features: ['lePowerControlRequest'],
    since: '5.2',
    parameters: { connectionHandle: handle, localEnable: enable, remoteEnable: enable },
    returns: { status, connectionHandle: handle },
  },
);
