/** Events of transmit power and path loss: Core Vol 4, Part E, 7.7.65. */
import { handle, i8, u8 } from '../../core/codec.js';
import { leEvent } from '../definition.js';

/** The path loss of a connection, in dB, came into another zone. Core Vol 4, Part E, 7.7.65.32 */
export const lePathLossThreshold = /* @__PURE__ */ leEvent(0x20, 'LE_Path_Loss_Threshold', {
  section: '7.7.65.32',
  maskBit: 31,
  parameters: { connectionHandle: handle, currentPathLoss: u8, zoneEntered: u8 },
});

/** The transmit power of either side, in dBm, was changed or asked for. Core Vol 4, Part E, 7.7.65.33 */
export const leTransmitPowerReporting = /* @__PURE__ */ leEvent(0x21, 'LE_Transmit_Power_Reporting', {
  section: '7.7.65.33',
  maskBit: 32,
  parameters: {
    status: u8,
    connectionHandle: handle,
    reason: u8,
    phy: u8,
    txPowerLevel: i8,
    txPowerLevelFlag: u8,
    delta: i8,
  },
});
