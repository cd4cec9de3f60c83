/** Connected and broadcast isochronous streams: Core Vol 4, Part E, 7.8.96 to 7.8.116. */
import { handle, list, octets, sized, struct, u8, u16, u32 } from '../../core/codec.js';
import { command } from '../definition.js';
import {
  clockAccuracy,
  interval125,
  microsecondsU24,
  microsecondsU32,
  milliseconds,
  phys,
  reason,
  status,
  timeout10,
} from '../fields/common.js';
import { dataPathDirection, dataPathId } from '../fields/controller.js';
import {
  bigEncryption,
  dataPathDirections,
  framing,
  isoTestPayload,
  maximumSubevents,
  packing,
} from '../fields/isochronous.js';

const octets5 = /* @__PURE__ */ octets(5);
const sizedU8 = /* @__PURE__ */ sized(u8);
const octets16 = /* @__PURE__ */ octets(16);

/** Reads the time stamp of the last SDU sent; times in microseconds. Core Vol 4, Part E, 7.8.96 */
export const leReadIsoTxSync = /* @__PURE__ */ command(0x2061, 'LE_Read_ISO_TX_Sync', {
  section: '7.8.96',
  supported: [41, 6],
  features: [
    'connectedIsochronousStreamCentral',
    'connectedIsochronousStreamPeripheral',
    'isochronousBroadcaster',
  ],
  since: '5.2',
  parameters: { connectionHandle: handle },
  returns: {
    status,
    connectionHandle: handle,
    packetSequenceNumber: u16,
    txTimeStamp: microsecondsU32,
    timeOffset: microsecondsU24,
  },
});

/**
 * Makes a Connected Isochronous Group, or changes it; SDU intervals in microseconds, latencies in milliseconds.
 * Core Vol 4, Part E, 7.8.97
 */
export const leSetCigParameters = /* @__PURE__ */ command(0x2062, 'LE_Set_CIG_Parameters', {
  section: '7.8.97',
  supported: [41, 7],
  features: ['connectedIsochronousStreamCentral'],
  since: '5.2',
  parameters: {
    cigId: u8,
    sduIntervalCToP: microsecondsU24,
    sduIntervalPToC: microsecondsU24,
    worstCaseSca: clockAccuracy,
    packing,
    framing,
    maxTransportLatencyCToP: milliseconds,
    maxTransportLatencyPToC: milliseconds,
    cises: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        cisId: u8,
        maxSduCToP: u16,
        maxSduPToC: u16,
        phyCToP: phys,
        phyPToC: phys,
        rtnCToP: u8,
        rtnPToC: u8,
      }),
    ),
  },
  returns: { status, cigId: u8, connectionHandles: /* @__PURE__ */ list(u8, handle) },
});

/** As LE Set CIG Parameters, with every detail chosen by the host. Core Vol 4, Part E, 7.8.98 */
export const leSetCigParametersTest = /* @__PURE__ */ command(0x2063, 'LE_Set_CIG_Parameters_Test', {
  section: '7.8.98',
  supported: [42, 0],
  features: ['connectedIsochronousStreamCentral'],
  since: '5.2',
  parameters: {
    cigId: u8,
    sduIntervalCToP: microsecondsU24,
    sduIntervalPToC: microsecondsU24,
    ftCToP: u8,
    ftPToC: u8,
    isoInterval: interval125,
    worstCaseSca: clockAccuracy,
    packing,
    framing,
    cises: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        cisId: u8,
        nse: u8,
        maxSduCToP: u16,
        maxSduPToC: u16,
        maxPduCToP: u16,
        maxPduPToC: u16,
        phyCToP: phys,
        phyPToC: phys,
        bnCToP: u8,
        bnPToC: u8,
      }),
    ),
  },
  returns: { status, cigId: u8, connectionHandles: /* @__PURE__ */ list(u8, handle) },
});

/** Establishes streams of a group. Core Vol 4, Part E, 7.8.99 */
export const leCreateCis = /* @__PURE__ */ command(0x2064, 'LE_Create_CIS', {
  section: '7.8.99',
  supported: [42, 1],
  finishedBy: [
    [0x3e, 0x19],
    [0x3e, 0x2a],
  ],
  features: ['connectedIsochronousStreamCentral'],
  since: '5.2',
  parameters: {
    cises: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        cisConnectionHandle: handle,
        aclConnectionHandle: handle,
      }),
    ),
  },
});

/** Removes a group. Core Vol 4, Part E, 7.8.100 */
export const leRemoveCig = /* @__PURE__ */ command(0x2065, 'LE_Remove_CIG', {
  section: '7.8.100',
  supported: [42, 2],
  features: ['connectedIsochronousStreamCentral'],
  since: '5.2',
  parameters: { cigId: u8 },
  returns: { status, cigId: u8 },
});

/** Accepts a stream that the central asks for. Core Vol 4, Part E, 7.8.101 */
export const leAcceptCisRequest = /* @__PURE__ */ command(0x2066, 'LE_Accept_CIS_Request', {
  section: '7.8.101',
  supported: [42, 3],
  finishedBy: [
    [0x3e, 0x19],
    [0x3e, 0x2a],
  ],
  features: ['connectedIsochronousStreamPeripheral'],
  since: '5.2',
  parameters: { connectionHandle: handle },
});

/** Refuses a stream that the central asks for. Core Vol 4, Part E, 7.8.102 */
export const leRejectCisRequest = /* @__PURE__ */ command(0x2067, 'LE_Reject_CIS_Request', {
  section: '7.8.102',
  supported: [42, 4],
  features: ['connectedIsochronousStreamPeripheral'],
  since: '5.2',
  parameters: { connectionHandle: handle, reason },
  returns: { status, connectionHandle: handle },
});

/**
 * Starts a Broadcast Isochronous Group; SDU interval in microseconds, latency in milliseconds.
 * Core Vol 4, Part E, 7.8.103
 */
export const leCreateBig = /* @__PURE__ */ command(0x2068, 'LE_Create_BIG', {
  section: '7.8.103',
  supported: [42, 5],
  finishedBy: [[0x3e, 0x1b]],
  features: ['isochronousBroadcaster'],
  since: '5.2',
  parameters: {
    bigHandle: u8,
    advertisingHandle: u8,
    numBis: u8,
    sduInterval: microsecondsU24,
    maxSdu: u16,
    maxTransportLatency: milliseconds,
    rtn: u8,
    phy: phys,
    packing,
    framing,
    encryption: bigEncryption,
    broadcastCode: octets16,
  },
});

/** As LE Create BIG, with every detail chosen by the host. Core Vol 4, Part E, 7.8.104 */
export const leCreateBigTest = /* @__PURE__ */ command(0x2069, 'LE_Create_BIG_Test', {
  section: '7.8.104',
  supported: [42, 6],
  finishedBy: [[0x3e, 0x1b]],
  features: ['isochronousBroadcaster'],
  since: '5.2',
  parameters: {
    bigHandle: u8,
    advertisingHandle: u8,
    numBis: u8,
    sduInterval: microsecondsU24,
    isoInterval: interval125,
    nse: u8,
    maxSdu: u16,
    maxPdu: u16,
    phy: phys,
    packing,
    framing,
    bn: u8,
    irc: u8,
    pto: u8,
    encryption: bigEncryption,
    broadcastCode: octets16,
  },
});

/** Ends a Broadcast Isochronous Group. Core Vol 4, Part E, 7.8.105 */
export const leTerminateBig = /* @__PURE__ */ command(0x206a, 'LE_Terminate_BIG', {
  section: '7.8.105',
  supported: [42, 7],
  finishedBy: [[0x3e, 0x1c]],
  features: ['isochronousBroadcaster'],
  since: '5.2',
  parameters: { bigHandle: u8, reason },
});

/** Receives streams of a Broadcast Isochronous Group. Core Vol 4, Part E, 7.8.106 */
export const leBigCreateSync = /* @__PURE__ */ command(0x206b, 'LE_BIG_Create_Sync', {
  section: '7.8.106',
  supported: [43, 0],
  finishedBy: [[0x3e, 0x1d]],
  features: ['synchronizedReceiver'],
  since: '5.2',
  parameters: {
    bigHandle: u8,
    syncHandle: handle,
    encryption: bigEncryption,
    broadcastCode: octets16,
    mse: maximumSubevents,
    bigSyncTimeout: timeout10,
    bises: /* @__PURE__ */ list(u8, u8),
  },
});

/** Ends the reception of a Broadcast Isochronous Group. Core Vol 4, Part E, 7.8.107 */
export const leBigTerminateSync = /* @__PURE__ */ command(0x206c, 'LE_BIG_Terminate_Sync', {
  section: '7.8.107',
  supported: [43, 1],
  features: ['synchronizedReceiver'],
  since: '5.2',
  parameters: { bigHandle: u8 },
  returns: { status, bigHandle: u8 },
});

/** Sets up the data path of a stream; delay in microseconds. Core Vol 4, Part E, 7.8.109 */
export const leSetupIsoDataPath = /* @__PURE__ */ command(0x206e, 'LE_Setup_ISO_Data_Path', {
  section: '7.8.109',
  supported: [43, 3],
  features: [
    'connectedIsochronousStreamCentral',
    'connectedIsochronousStreamPeripheral',
    'isochronousBroadcaster',
    'synchronizedReceiver',
  ],
  since: '5.2',
  parameters: {
    connectionHandle: handle,
    dataPathDirection,
    dataPathId,
    codecId: octets5,
    controllerDelay: microsecondsU24,
    codecConfiguration: sizedU8,
  },
  returns: { status, connectionHandle: handle },
});

/** Removes the data paths of a stream: bit 0 is input, bit 1 output. Core Vol 4, Part E, 7.8.110 */
export const leRemoveIsoDataPath = /* @__PURE__ */ command(0x206f, 'LE_Remove_ISO_Data_Path', {
  section: '7.8.110',
  supported: [43, 4],
  features: [
    'connectedIsochronousStreamCentral',
    'connectedIsochronousStreamPeripheral',
    'isochronousBroadcaster',
    'synchronizedReceiver',
  ],
  since: '5.2',
  parameters: { connectionHandle: handle, dataPathDirection: dataPathDirections },
  returns: { status, connectionHandle: handle },
});

/** Sends test payloads on a stream. Core Vol 4, Part E, 7.8.111 */
export const leIsoTransmitTest = /* @__PURE__ */ command(0x2070, 'LE_ISO_Transmit_Test', {
  section: '7.8.111',
  supported: [43, 5],
  features: [
    'connectedIsochronousStreamCentral',
    'connectedIsochronousStreamPeripheral',
    'isochronousBroadcaster',
  ],
  since: '5.2',
  parameters: { connectionHandle: handle, payloadType: isoTestPayload },
  returns: { status, connectionHandle: handle },
});

/** Checks the test payloads of a stream. Core Vol 4, Part E, 7.8.112 */
export const leIsoReceiveTest = /* @__PURE__ */ command(0x2071, 'LE_ISO_Receive_Test', {
  section: '7.8.112',
  supported: [43, 6],
  features: [
    'connectedIsochronousStreamCentral',
    'connectedIsochronousStreamPeripheral',
    'synchronizedReceiver',
  ],
  since: '5.2',
  parameters: { connectionHandle: handle, payloadType: isoTestPayload },
  returns: { status, connectionHandle: handle },
});

/** Reads the counters of a receive test. Core Vol 4, Part E, 7.8.113 */
export const leIsoReadTestCounters = /* @__PURE__ */ command(0x2072, 'LE_ISO_Read_Test_Counters', {
  section: '7.8.113',
  supported: [43, 7],
  features: [
    'connectedIsochronousStreamCentral',
    'connectedIsochronousStreamPeripheral',
    'synchronizedReceiver',
  ],
  since: '5.2',
  parameters: { connectionHandle: handle },
  returns: {
    status,
    connectionHandle: handle,
    receivedSduCount: u32,
    missedSduCount: u32,
    failedSduCount: u32,
  },
});

/** Ends the test of a stream. Core Vol 4, Part E, 7.8.114 */
export const leIsoTestEnd = /* @__PURE__ */ command(0x2073, 'LE_ISO_Test_End', {
  section: '7.8.114',
  supported: [44, 0],
  features: [
    'connectedIsochronousStreamCentral',
    'connectedIsochronousStreamPeripheral',
    'isochronousBroadcaster',
    'synchronizedReceiver',
  ],
  since: '5.2',
  parameters: { connectionHandle: handle },
  returns: {
    status,
    connectionHandle: handle,
    receivedSduCount: u32,
    missedSduCount: u32,
    failedSduCount: u32,
  },
});

/** Reads the counters of a stream. Core Vol 4, Part E, 7.8.116 */
export const leReadIsoLinkQuality = /* @__PURE__ */ command(0x2075, 'LE_Read_ISO_Link_Quality', {
  section: '7.8.116',
  supported: [44, 2],
  features: [
    'connectedIsochronousStreamCentral',
    'connectedIsochronousStreamPeripheral',
    'synchronizedReceiver',
  ],
  since: '5.2',
  parameters: { connectionHandle: handle },
  returns: {
    status,
    connectionHandle: handle,
    txUnackedPackets: u32,
    txFlushedPackets: u32,
    txLastSubeventPackets: u32,
    retransmittedPackets: u32,
    crcErrorPackets: u32,
    rxUnreceivedPackets: u32,
    duplicatePackets: u32,
  },
});
