/** Events of isochronous streams: Core Vol 4, Part E, 7.7.65. */
import { handle, list, u8, u16 } from '../../core/codec.js';
import { leEvent } from '../definition.js';
import { interval125, microsecondsU24, phy, reason, status } from '../fields/common.js';
import { framing } from '../fields/isochronous.js';

/** A connected stream was established, or was not; times in microseconds. Core Vol 4, Part E, 7.7.65.25 */
export const leCisEstablishedV1 = /* @__PURE__ */ leEvent(0x19, 'LE_CIS_Established [v1]', {
  section: '7.7.65.25',
  maskBit: 24,
  features: ['connectedIsochronousStreamCentral', 'connectedIsochronousStreamPeripheral'],
  since: '5.2',
  parameters: {
    status,
    connectionHandle: handle,
    cigSyncDelay: microsecondsU24,
    cisSyncDelay: microsecondsU24,
    transportLatencyCToP: microsecondsU24,
    transportLatencyPToC: microsecondsU24,
    phyCToP: phy,
    phyPToC: phy,
    nse: u8,
    bnCToP: u8,
    bnPToC: u8,
    ftCToP: u8,
    ftPToC: u8,
    maxPduCToP: u16,
    maxPduPToC: u16,
    isoInterval: interval125,
  },
});

/**
 * A connected stream was established, or was not, with its SDUs; times in microseconds.
 * Core Vol 4, Part E, 7.7.65.25
 */
export const leCisEstablishedV2 = /* @__PURE__ */ leEvent(0x2a, 'LE_CIS_Established [v2]', {
  section: '7.7.65.25',
  maskBit: 41,
  features: ['connectedIsochronousStreamCentral', 'connectedIsochronousStreamPeripheral'],
  since: '6.0',
  parameters: {
    status,
    connectionHandle: handle,
    cigSyncDelay: microsecondsU24,
    cisSyncDelay: microsecondsU24,
    transportLatencyCToP: microsecondsU24,
    transportLatencyPToC: microsecondsU24,
    phyCToP: phy,
    phyPToC: phy,
    nse: u8,
    bnCToP: u8,
    bnPToC: u8,
    ftCToP: u8,
    ftPToC: u8,
    maxPduCToP: u16,
    maxPduPToC: u16,
    isoInterval: interval125,
    subInterval: microsecondsU24,
    maxSduCToP: u16,
    maxSduPToC: u16,
    sduIntervalCToP: microsecondsU24,
    sduIntervalPToC: microsecondsU24,
    framing,
  },
});

/** The central asks for a connected stream. Core Vol 4, Part E, 7.7.65.26 */
export const leCisRequest = /* @__PURE__ */ leEvent(0x1a, 'LE_CIS_Request', {
  section: '7.7.65.26',
  maskBit: 25,
  features: ['connectedIsochronousStreamPeripheral'],
  since: '5.2',
  parameters: { aclConnectionHandle: handle, cisConnectionHandle: handle, cigId: u8, cisId: u8 },
});

/**
 * A Broadcast Isochronous Group was started, or was not; times in microseconds.
 * Core Vol 4, Part E, 7.7.65.27
 */
export const leCreateBigComplete = /* @__PURE__ */ leEvent(0x1b, 'LE_Create_BIG_Complete', {
  section: '7.7.65.27',
  maskBit: 26,
  features: ['isochronousBroadcaster'],
  since: '5.2',
  parameters: {
    status,
    bigHandle: u8,
    bigSyncDelay: microsecondsU24,
    transportLatencyBig: microsecondsU24,
    phy,
    nse: u8,
    bn: u8,
    pto: u8,
    irc: u8,
    maxPdu: u16,
    isoInterval: interval125,
    connectionHandles: /* @__PURE__ */ list(u8, handle),
  },
});

/** A Broadcast Isochronous Group was ended. Core Vol 4, Part E, 7.7.65.28 */
export const leTerminateBigComplete = /* @__PURE__ */ leEvent(0x1c, 'LE_Terminate_BIG_Complete', {
  section: '7.7.65.28',
  maskBit: 27,
  features: ['isochronousBroadcaster'],
  since: '5.2',
  parameters: { bigHandle: u8, reason },
});

/** Streams of a Broadcast Isochronous Group are received, or are not. Core Vol 4, Part E, 7.7.65.29 */
export const leBigSyncEstablished = /* @__PURE__ */ leEvent(0x1d, 'LE_BIG_Sync_Established', {
  section: '7.7.65.29',
  maskBit: 28,
  features: ['synchronizedReceiver'],
  since: '5.2',
  parameters: {
    status,
    bigHandle: u8,
    transportLatencyBig: microsecondsU24,
    nse: u8,
    bn: u8,
    pto: u8,
    irc: u8,
    maxPdu: u16,
    isoInterval: interval125,
    connectionHandles: /* @__PURE__ */ list(u8, handle),
  },
});

/** A Broadcast Isochronous Group was lost. Core Vol 4, Part E, 7.7.65.30 */
export const leBigSyncLost = /* @__PURE__ */ leEvent(0x1e, 'LE_BIG_Sync_Lost', {
  section: '7.7.65.30',
  maskBit: 29,
  features: ['synchronizedReceiver'],
  since: '5.2',
  parameters: { bigHandle: u8, reason },
});
