/** Events of isochronous streams: Core Vol 4, Part E, 7.7.65. */
import { handle, list, u8, u16, u24 } from '../../core/codec.js';
import { leEvent } from '../definition.js';

/** A connected stream was established, or was not; times in microseconds. Core Vol 4, Part E, 7.7.65.25 */
export const leCisEstablishedV1 = /* @__PURE__ */ leEvent(0x19, 'LE_CIS_Established [v1]', {
  section: '7.7.65.25',
  maskBit: 24,
  parameters: {
    status: u8,
    connectionHandle: handle,
    cigSyncDelay: u24,
    cisSyncDelay: u24,
    transportLatencyCToP: u24,
    transportLatencyPToC: u24,
    phyCToP: u8,
    phyPToC: u8,
    nse: u8,
    bnCToP: u8,
    bnPToC: u8,
    ftCToP: u8,
    ftPToC: u8,
    maxPduCToP: u16,
    maxPduPToC: u16,
    isoInterval: u16, // 1.25 ms
  },
});

/**
 * A connected stream was established, or was not, with its SDUs; times in microseconds.
 * Core Vol 4, Part E, 7.7.65.25
 */
export const leCisEstablishedV2 = /* @__PURE__ */ leEvent(0x2a, 'LE_CIS_Established [v2]', {
  section: '7.7.65.25',
  maskBit: 41,
  parameters: {
    status: u8,
    connectionHandle: handle,
    cigSyncDelay: u24,
    cisSyncDelay: u24,
    transportLatencyCToP: u24,
    transportLatencyPToC: u24,
    phyCToP: u8,
    phyPToC: u8,
    nse: u8,
    bnCToP: u8,
    bnPToC: u8,
    ftCToP: u8,
    ftPToC: u8,
    maxPduCToP: u16,
    maxPduPToC: u16,
    isoInterval: u16, // 1.25 ms
    subInterval: u24,
    maxSduCToP: u16,
    maxSduPToC: u16,
    sduIntervalCToP: u24,
    sduIntervalPToC: u24,
    framing: u8,
  },
});

/** The central asks for a connected stream. Core Vol 4, Part E, 7.7.65.26 */
export const leCisRequest = /* @__PURE__ */ leEvent(0x1a, 'LE_CIS_Request', {
  section: '7.7.65.26',
  maskBit: 25,
  parameters: { aclConnectionHandle: handle, cisConnectionHandle: handle, cigId: u8, cisId: u8 },
});

/**
 * A Broadcast Isochronous Group was started, or was not; times in microseconds.
 * Core Vol 4, Part E, 7.7.65.27
 */
export const leCreateBigComplete = /* @__PURE__ */ leEvent(0x1b, 'LE_Create_BIG_Complete', {
  section: '7.7.65.27',
  maskBit: 26,
  parameters: {
    status: u8,
    bigHandle: u8,
    bigSyncDelay: u24,
    transportLatencyBig: u24,
    phy: u8,
    nse: u8,
    bn: u8,
    pto: u8,
    irc: u8,
    maxPdu: u16,
    isoInterval: u16, // 1.25 ms
    connectionHandles: /* @__PURE__ */ list(u8, handle),
  },
});

/** A Broadcast Isochronous Group was ended. Core Vol 4, Part E, 7.7.65.28 */
export const leTerminateBigComplete = /* @__PURE__ */ leEvent(0x1c, 'LE_Terminate_BIG_Complete', {
  section: '7.7.65.28',
  maskBit: 27,
  parameters: { bigHandle: u8, reason: u8 },
});

/** Streams of a Broadcast Isochronous Group are received, or are not. Core Vol 4, Part E, 7.7.65.29 */
export const leBigSyncEstablished = /* @__PURE__ */ leEvent(0x1d, 'LE_BIG_Sync_Established', {
  section: '7.7.65.29',
  maskBit: 28,
  parameters: {
    status: u8,
    bigHandle: u8,
    transportLatencyBig: u24,
    nse: u8,
    bn: u8,
    pto: u8,
    irc: u8,
    maxPdu: u16,
    isoInterval: u16, // 1.25 ms
    connectionHandles: /* @__PURE__ */ list(u8, handle),
  },
});

/** A Broadcast Isochronous Group was lost. Core Vol 4, Part E, 7.7.65.30 */
export const leBigSyncLost = /* @__PURE__ */ leEvent(0x1e, 'LE_BIG_Sync_Lost', {
  section: '7.7.65.30',
  maskBit: 29,
  parameters: { bigHandle: u8, reason: u8 },
});
