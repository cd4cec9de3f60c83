/** Events of Constant Tone Extensions: Core Vol 4, Part E, 7.7.65. */
import { handle, i8, list, struct, u8, u16 } from '../../core/codec.js';
import { leEvent } from '../definition.js';
import { phy, status, tenthsOfDbm } from '../fields/common.js';
import { cteType, packetStatus, slotDurations } from '../fields/direction-finding.js';

/** Samples of a Constant Tone Extension of a train; RSSI in units of 0.1 dBm. Core Vol 4, Part E, 7.7.65.21 */
export const leConnectionlessIqReport = /* @__PURE__ */ leEvent(0x15, 'LE_Connectionless_IQ_Report', {
  section: '7.7.65.21',
  maskBit: 20,
  features: ['connectionlessCteReceiver'],
  since: '5.1',
  parameters: {
    syncHandle: handle,
    channelIndex: u8,
    rssi: tenthsOfDbm,
    rssiAntennaIds: u8,
    cteType,
    slotDurations,
    packetStatus,
    periodicEventCounter: u16,
    samples: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        iSample: i8,
        qSample: i8,
      }),
    ),
  },
});

/**
 * Samples of a Constant Tone Extension of a connection; RSSI in units of 0.1 dBm.
 * Core Vol 4, Part E, 7.7.65.22
 */
export const leConnectionIqReport = /* @__PURE__ */ leEvent(0x16, 'LE_Connection_IQ_Report', {
  section: '7.7.65.22',
  maskBit: 21,
  features: ['connectionCteRequest'],
  since: '5.1',
  parameters: {
    connectionHandle: handle,
    rxPhy: phy,
    dataChannelIndex: u8,
    rssi: tenthsOfDbm,
    rssiAntennaIds: u8,
    cteType,
    slotDurations,
    packetStatus,
    connectionEventCounter: u16,
    samples: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        iSample: i8,
        qSample: i8,
      }),
    ),
  },
});

/** The peer did not send the Constant Tone Extension asked for. Core Vol 4, Part E, 7.7.65.23 */
export const leCteRequestFailed = /* @__PURE__ */ leEvent(0x17, 'LE_CTE_Request_Failed', {
  section: '7.7.65.23',
  maskBit: 22,
  features: ['connectionCteRequest'],
  since: '5.1',
  parameters: { status, connectionHandle: handle },
});
