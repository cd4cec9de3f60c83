/** Events of transmit power and path loss: Core Vol 4, Part E, 7.7.65. */
import { handle } from '../../core/codec.js';
import { leEvent } from '../definition.js';
import { dBmOrUnknown, dBOrUnknown, phyAndCoding, status } from '../fields/common.js';
import { pathLoss, pathLossZone, txPowerLevelFlag, txPowerReason } from '../fields/power.js';

/** The path loss of a connection, in dB, came into another zone. Core Vol 4, Part E, 7.7.65.32 */
export const lePathLossThreshold = /* @__PURE__ */ leEvent(0x20, 'LE_Path_Loss_Threshold', {
  section: '7.7.65.32',
  maskBit: 31,
  features: ['lePathLossMonitoring'],
  since: '5.2',
  parameters: { connectionHandle: handle, currentPathLoss: pathLoss, zoneEntered: pathLossZone },
});

/** The transmit power of either side, in dBm, was changed or asked for. Core Vol 4, Part E, 7.7.65.33 */
export const leTransmitPowerReporting = /* @__PURE__ */ leEvent(0x21, 'LE_Transmit_Power_Reporting', {
  section: '7.7.65.33',
  maskBit: 32,
  features: ['lePowerControlRequest'],
  since: '5.2',
  parameters: {
    status,
    connectionHandle: handle,
    reason: txPowerReason,
    phy: phyAndCoding,
    txPowerLevel: dBmOrUnknown,
    txPowerLevelFlag,
    delta: dBOrUnknown,
  },
});
