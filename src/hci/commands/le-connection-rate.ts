/** How often the events of LE connections come: subrates, frame spaces, connection rates. Core Vol 4, Part E, 7.8.123 to 7.8.156. */
import { handle, list, struct, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';
import { interval0125, interval0125u8, microseconds, phys, status, timeout10 } from '../fields/common.js';
import { spacingTypes } from '../fields/connection.js';

/** Sets the subrates that peripherals may ask for on links to come. Core Vol 4, Part E, 7.8.123 */
export const leSetDefaultSubrate = /* @__PURE__ */ command(0x207d, 'LE_Set_Default_Subrate', {
  section: '7.8.123',
  supported: [46, 0],
  features: ['connectionSubrating'],
  since: '5.3',
  parameters: {
    subrateMin: u16,
    subrateMax: u16,
    maxLatency: u16,
    continuationNumber: u16,
    supervisionTimeout: timeout10,
  },
  returns: { status },
});

/** Asks for another subrate on a connection. Core Vol 4, Part E, 7.8.124 */
export const leSubrateRequest = /* @__PURE__ */ command(0x207e, 'LE_Subrate_Request', {
  section: '7.8.124',
  supported: [46, 1],
  finishedBy: [[0x3e, 0x23]],
  features: ['connectionSubrating'],
  since: '5.3',
  parameters: {
    connectionHandle: handle,
    subrateMin: u16,
    subrateMax: u16,
    maxLatency: u16,
    continuationNumber: u16,
    supervisionTimeout: timeout10,
  },
});

/** Asks for another space between the frames of a connection, in microseconds. Core Vol 4, Part E, 7.8.151 */
export const leFrameSpaceUpdate = /* @__PURE__ */ command(0x209d, 'LE_Frame_Space_Update', {
  section: '7.8.151',
  supported: [48, 1],
  finishedBy: [[0x3e, 0x35]],
  features: ['frameSpaceUpdate'],
  since: '6.0',
  parameters: {
    connectionHandle: handle,
    frameSpaceMin: microseconds,
    frameSpaceMax: microseconds,
    phys,
    spacingTypes,
  },
});

/** Asks for another interval and subrate of a connection, in units of 125 µs. Core Vol 4, Part E, 7.8.154 */
export const leConnectionRateRequest = /* @__PURE__ */ command(0x20a1, 'LE_Connection_Rate_Request', {
  section: '7.8.154',
  supported: [48, 5],
  finishedBy: [[0x3e, 0x37]],
  features: ['shorterConnectionIntervals'],
  since: '6.2',
  parameters: {
    connectionHandle: handle,
    connectionIntervalMin: interval0125,
    connectionIntervalMax: interval0125,
    subrateMin: u16,
    subrateMax: u16,
    maxLatency: u16,
    continuationNumber: u16,
    supervisionTimeout: timeout10,
    minCeLength: interval0125,
    maxCeLength: interval0125,
  },
});

/**
 * Sets the rates that peripherals may ask for on links to come, in units of 125 µs.
 * Core Vol 4, Part E, 7.8.155
 */
export const leSetDefaultRateParameters = /* @__PURE__ */ command(0x20a2, 'LE_Set_Default_Rate_Parameters', {
  section: '7.8.155',
  supported: [48, 6],
  features: ['shorterConnectionIntervals'],
  since: '6.2',
  parameters: {
    connectionIntervalMin: interval0125,
    connectionIntervalMax: interval0125,
    subrateMin: u16,
    subrateMax: u16,
    maxLatency: u16,
    continuationNumber: u16,
    supervisionTimeout: timeout10,
    minCeLength: interval0125,
    maxCeLength: interval0125,
  },
  returns: { status },
});

/**
 * Reads the shortest connection interval, in units of 125 µs, and the groups of permitted ones.
 * Core Vol 4, Part E, 7.8.156
 */
export const leReadMinimumSupportedConnectionInterval = /* @__PURE__ */ command(
  0x20a3,
  'LE_Read_Minimum_Supported_Connection_Interval',
  {
    section: '7.8.156',
    supported: [48, 7],
    features: ['shorterConnectionIntervals'],
    since: '6.2',
    returns: {
      status,
      minimumSupportedConnectionInterval: interval0125u8,
      groups: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          groupMin: interval0125,
          groupMax: interval0125,
          groupStride: interval0125,
        }),
      ),
    },
  },
);
