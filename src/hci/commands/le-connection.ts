/** Making LE connections, and what they run on: Core Vol 4, Part E, 7.8. */
import { bdAddr, handle, perPhy, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';
import { initiatorFilterPolicy } from '../fields/advertising.js';
import {
  addressType,
  interval125,
  interval0625,
  microseconds,
  ownAddressType,
  phy,
  phys,
  reason,
  status,
  timeout10,
} from '../fields/common.js';
import { allPhys, channelMap, clockAction, phyOptions } from '../fields/connection.js';

/** Connects to a legacy advertiser; LE Connection Complete tells the outcome. Core Vol 4, Part E, 7.8.12 */
export const leCreateConnection = /* @__PURE__ */ command(0x200d, 'LE_Create_Connection', {
  section: '7.8.12',
  supported: [26, 4],
  finishedBy: [
    [0x3e, 0x01],
    [0x3e, 0x0a],
    [0x3e, 0x29],
  ],
  since: '4.0',
  parameters: {
    leScanInterval: interval0625,
    leScanWindow: interval0625,
    initiatorFilterPolicy,
    peerAddressType: addressType,
    peerAddress: bdAddr,
    ownAddressType,
    connectionIntervalMin: interval125,
    connectionIntervalMax: interval125,
    maxLatency: u16,
    supervisionTimeout: timeout10,
    minCeLength: interval0625,
    maxCeLength: interval0625,
  },
});

/** Calls off connecting; the outcome still comes as a connection complete event. Core Vol 4, Part E, 7.8.13 */
export const leCreateConnectionCancel = /* @__PURE__ */ command(0x200e, 'LE_Create_Connection_Cancel', {
  section: '7.8.13',
  supported: [26, 5],
  finishedBy: [
    [0x3e, 0x01],
    [0x3e, 0x0a],
    [0x3e, 0x29],
  ],
  since: '4.0',
  returns: { status },
});

/** Connects to an advertiser, with parameters for each PHY. Core Vol 4, Part E, 7.8.66 */
export const leExtendedCreateConnectionV1 = /* @__PURE__ */ command(
  0x2043,
  'LE_Extended_Create_Connection [v1]',
  {
    section: '7.8.66',
    supported: [37, 7],
    finishedBy: [
      [0x3e, 0x01],
      [0x3e, 0x0a],
      [0x3e, 0x29],
    ],
    features: ['leExtendedAdvertising'],
    since: '5.0',
    parameters: {
      initiatorFilterPolicy,
      ownAddressType,
      peerAddressType: addressType,
      peerAddress: bdAddr,
      initiatingPhys: /* @__PURE__ */ perPhy({
        scanInterval: interval0625,
        scanWindow: interval0625,
        connectionIntervalMin: interval125,
        connectionIntervalMax: interval125,
        maxLatency: u16,
        supervisionTimeout: timeout10,
        minCeLength: interval0625,
        maxCeLength: interval0625,
      }),
    },
  },
);

/** Connects to an advertiser, or to a device that answers periodic advertising. Core Vol 4, Part E, 7.8.66 */
export const leExtendedCreateConnectionV2 = /* @__PURE__ */ command(
  0x2085,
  'LE_Extended_Create_Connection [v2]',
  {
    section: '7.8.66',
    supported: [47, 0],
    finishedBy: [
      [0x3e, 0x01],
      [0x3e, 0x0a],
      [0x3e, 0x29],
    ],
    features: ['periodicAdvertisingWithResponsesAdvertiser'],
    since: '5.4',
    parameters: {
      advertisingHandle: u8,
      subevent: u8,
      initiatorFilterPolicy,
      ownAddressType,
      peerAddressType: addressType,
      peerAddress: bdAddr,
      initiatingPhys: /* @__PURE__ */ perPhy({
        scanInterval: interval0625,
        scanWindow: interval0625,
        connectionIntervalMin: interval125,
        connectionIntervalMax: interval125,
        maxLatency: u16,
        supervisionTimeout: timeout10,
        minCeLength: interval0625,
        maxCeLength: interval0625,
      }),
    },
  },
);

/** Changes the parameters of a connection. Core Vol 4, Part E, 7.8.18 */
export const leConnectionUpdate = /* @__PURE__ */ command(0x2013, 'LE_Connection_Update', {
  section: '7.8.18',
  supported: [27, 2],
  finishedBy: [[0x3e, 0x03]],
  since: '4.0',
  parameters: {
    connectionHandle: handle,
    connectionIntervalMin: interval125,
    connectionIntervalMax: interval125,
    maxLatency: u16,
    supervisionTimeout: timeout10,
    minCeLength: interval0625,
    maxCeLength: interval0625,
  },
});

/** Accepts the connection parameters that the peer asks for. Core Vol 4, Part E, 7.8.31 */
export const leRemoteConnectionParameterRequestReply = /* @__PURE__ */ command(
  0x2020,
  'LE_Remote_Connection_Parameter_Request_Reply',
  {
    section: '7.8.31',
    supported: [33, 4],
    features: ['connectionParametersRequestProcedure'],
    since: '4.1',
    parameters: {
      connectionHandle: handle,
      intervalMin: interval125,
      intervalMax: interval125,
      maxLatency: u16,
      timeout: timeout10,
      minCeLength: interval0625,
      maxCeLength: interval0625,
    },
    returns: { status, connectionHandle: handle },
  },
);

/** Refuses the connection parameters that the peer asks for. Core Vol 4, Part E, 7.8.32 */
export const leRemoteConnectionParameterRequestNegativeReply = /* @__PURE__ */ command(
  0x2021,
  'LE_Remote_Connection_Parameter_Request_Negative_Reply',
  {
    section: '7.8.32',
    supported: [33, 5],
    features: ['connectionParametersRequestProcedure'],
    since: '4.1',
    parameters: { connectionHandle: handle, reason },
    returns: { status, connectionHandle: handle },
  },
);

/** Tells which of the 37 data channels may be used: a bit for each. Core Vol 4, Part E, 7.8.19 */
export const leSetHostChannelClassification = /* @__PURE__ */ command(
  0x2014,
  'LE_Set_Host_Channel_Classification',
  {
    section: '7.8.19',
    supported: [27, 3],
    since: '4.0',
    parameters: { channelMap },
    returns: { status },
  },
);

/** Reads the channel map of a connection. Core Vol 4, Part E, 7.8.20 */
export const leReadChannelMap = /* @__PURE__ */ command(0x2015, 'LE_Read_Channel_Map', {
  section: '7.8.20',
  supported: [27, 4],
  since: '4.0',
  parameters: { connectionHandle: handle },
  returns: { status, connectionHandle: handle, channelMap },
});

/** Asks the peer for page 0 of its LE features. Core Vol 4, Part E, 7.8.21 */
export const leReadRemoteFeaturesPage0 = /* @__PURE__ */ command(0x2016, 'LE_Read_Remote_Features_Page_0', {
  section: '7.8.21',
  supported: [27, 5],
  finishedBy: [[0x3e, 0x04]],
  since: '4.0',
  parameters: { connectionHandle: handle },
});

/** Asks the peer for further pages of its LE features. Core Vol 4, Part E, 7.8.129 */
export const leReadAllRemoteFeatures = /* @__PURE__ */ command(0x2088, 'LE_Read_All_Remote_Features', {
  section: '7.8.129',
  supported: [47, 3],
  finishedBy: [[0x3e, 0x2b]],
  features: ['llExtendedFeatureSet'],
  since: '6.0',
  parameters: { connectionHandle: handle, pagesRequested: u8 },
});

/** Suggests how long the Data PDUs of a connection may be; times in microseconds. Core Vol 4, Part E, 7.8.33 */
export const leSetDataLength = /* @__PURE__ */ command(0x2022, 'LE_Set_Data_Length', {
  section: '7.8.33',
  supported: [33, 6],
  features: ['leDataPacketLengthExtension'],
  since: '4.2',
  parameters: { connectionHandle: handle, txOctets: u16, txTime: microseconds },
  returns: { status, connectionHandle: handle },
});

/** Reads the suggestion for connections to come. Core Vol 4, Part E, 7.8.34 */
export const leReadSuggestedDefaultDataLength = /* @__PURE__ */ command(
  0x2023,
  'LE_Read_Suggested_Default_Data_Length',
  {
    section: '7.8.34',
    supported: [33, 7],
    features: ['leDataPacketLengthExtension'],
    since: '4.2',
    returns: { status, suggestedMaxTxOctets: u16, suggestedMaxTxTime: microseconds },
  },
);

/**
 * Suggests how long the Data PDUs of connections to come may be; times in microseconds.
 * Core Vol 4, Part E, 7.8.35
 */
export const leWriteSuggestedDefaultDataLength = /* @__PURE__ */ command(
  0x2024,
  'LE_Write_Suggested_Default_Data_Length',
  {
    section: '7.8.35',
    supported: [34, 0],
    features: ['leDataPacketLengthExtension'],
    since: '4.2',
    parameters: { suggestedMaxTxOctets: u16, suggestedMaxTxTime: microseconds },
    returns: { status },
  },
);

/** Reads how long the Data PDUs can be at most. Core Vol 4, Part E, 7.8.46 */
export const leReadMaximumDataLength = /* @__PURE__ */ command(0x202f, 'LE_Read_Maximum_Data_Length', {
  section: '7.8.46',
  supported: [35, 3],
  features: ['leDataPacketLengthExtension'],
  since: '4.2',
  returns: {
    status,
    supportedMaxTxOctets: u16,
    supportedMaxTxTime: microseconds,
    supportedMaxRxOctets: u16,
    supportedMaxRxTime: microseconds,
  },
});

/** Reads the PHYs of a connection: 1 is LE 1M, 2 LE 2M, 3 LE Coded. Core Vol 4, Part E, 7.8.47 */
export const leReadPhy = /* @__PURE__ */ command(0x2030, 'LE_Read_PHY', {
  section: '7.8.47',
  supported: [35, 4],
  features: ['le2MPhy', 'leCodedPhy'],
  since: '5.0',
  parameters: { connectionHandle: handle },
  returns: { status, connectionHandle: handle, txPhy: phy, rxPhy: phy },
});

/** Chooses the PHYs for connections to come, as masks: bit 0 is LE 1M. Core Vol 4, Part E, 7.8.48 */
export const leSetDefaultPhy = /* @__PURE__ */ command(0x2031, 'LE_Set_Default_PHY', {
  section: '7.8.48',
  supported: [35, 5],
  features: ['le2MPhy', 'leCodedPhy'],
  since: '5.0',
  parameters: { allPhys, txPhys: phys, rxPhys: phys },
  returns: { status },
});

/** Chooses the PHYs of a connection, as masks: bit 0 is LE 1M. Core Vol 4, Part E, 7.8.49 */
export const leSetPhy = /* @__PURE__ */ command(0x2032, 'LE_Set_PHY', {
  section: '7.8.49',
  supported: [35, 6],
  finishedBy: [[0x3e, 0x0c]],
  features: ['le2MPhy', 'leCodedPhy'],
  since: '5.0',
  parameters: {
    connectionHandle: handle,
    allPhys,
    txPhys: phys,
    rxPhys: phys,
    phyOptions,
  },
});

/** Asks the peer for the accuracy of its sleep clock. Core Vol 4, Part E, 7.8.108 */
export const leRequestPeerSca = /* @__PURE__ */ command(0x206d, 'LE_Request_Peer_SCA', {
  section: '7.8.108',
  supported: [43, 2],
  finishedBy: [[0x3e, 0x1f]],
  features: ['sleepClockAccuracyUpdates'],
  since: '5.2',
  parameters: { connectionHandle: handle },
});

/** Asks the controller for a more or a less accurate sleep clock. Core Vol 4, Part E, 7.8.94 */
export const leModifySleepClockAccuracy = /* @__PURE__ */ command(0x205f, 'LE_Modify_Sleep_Clock_Accuracy', {
  section: '7.8.94',
  supported: [41, 4],
  since: '5.1',
  parameters: { action: clockAction },
  returns: { status },
});
