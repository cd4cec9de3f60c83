/** Fields of transmit power and path loss: Core Vol 4, Part E, 7.7.65.32, 7.7.65.33 and 7.8.117 to 7.8.121. */
import { meaning, u8, u16 } from '../../core/codec.js';

/** A loss of power on the way, in dB. */
export const pathLoss = /* @__PURE__ */ meaning(u8, { unit: [1, 'dB'], names: { 255: 'not available' } });
/** A bound between zones of path loss, in dB. */
export const pathLossThreshold = /* @__PURE__ */ meaning(u8, { unit: [1, 'dB'], names: { 255: 'unused' } });
/** Decibels, in one octet. */
export const dBu8 = /* @__PURE__ */ meaning(u8, { unit: [1, 'dB'] });
/** The zone of path loss. */
export const pathLossZone = /* @__PURE__ */ meaning(u8, { names: { 0: 'low', 1: 'middle', 2: 'high' } });
/** A time in connection events. */
export const connectionEvents = /* @__PURE__ */ meaning(u16, { unit: [1, 'connection events'] });
/** Why a transmit power is told. */
export const txPowerReason = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'local power changed', 1: 'remote power changed', 2: 'remote power was read' },
});
/** Whether a transmit power is at its end. */
export const txPowerLevelFlag = /* @__PURE__ */ meaning(u8, { bits: { 0: 'at minimum', 1: 'at maximum' } });
