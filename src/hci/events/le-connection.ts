/** Events of LE connections: Core Vol 4, Part E, 7.7.65. */
import { bdAddr, handle, u8, u16 } from '../../core/codec.js';
import { leEvent } from '../definition.js';
import {
  addressType,
  clockAccuracy,
  interval125,
  interval0125,
  microseconds,
  phy,
  phys,
  role,
  status,
  timeout10,
} from '../fields/common.js';
import { channelSelectionAlgorithm, frameSpaceInitiator, spacingTypes } from '../fields/connection.js';
import { leFeaturePages, leFeatures } from '../fields/controller.js';

/** A connection came about, or did not. Core Vol 4, Part E, 7.7.65.1 */
export const leConnectionComplete = /* @__PURE__ */ leEvent(0x01, 'LE_Connection_Complete', {
  section: '7.7.65.1',
  maskBit: 0,
  since: '4.0',
  parameters: {
    status,
    connectionHandle: handle,
    role,
    peerAddressType: addressType,
    peerAddress: bdAddr,
    connectionInterval: interval125,
    peripheralLatency: u16,
    supervisionTimeout: timeout10,
    centralClockAccuracy: clockAccuracy,
  },
});

/** A connection came about, or did not, with the private addresses in use. Core Vol 4, Part E, 7.7.65.10 */
export const leEnhancedConnectionCompleteV1 = /* @__PURE__ */ leEvent(
  0x0a,
  'LE_Enhanced_Connection_Complete [v1]',
  {
    section: '7.7.65.10',
    maskBit: 9,
    since: '4.2',
    parameters: {
      status,
      connectionHandle: handle,
      role,
      peerAddressType: addressType,
      peerAddress: bdAddr,
      localResolvablePrivateAddress: bdAddr,
      peerResolvablePrivateAddress: bdAddr,
      connectionInterval: interval125,
      peripheralLatency: u16,
      supervisionTimeout: timeout10,
      centralClockAccuracy: clockAccuracy,
    },
  },
);

/** A connection came about, or did not, perhaps from periodic advertising. Core Vol 4, Part E, 7.7.65.10 */
export const leEnhancedConnectionCompleteV2 = /* @__PURE__ */ leEvent(
  0x29,
  'LE_Enhanced_Connection_Complete [v2]',
  {
    section: '7.7.65.10',
    maskBit: 40,
    features: ['periodicAdvertisingWithResponsesAdvertiser', 'periodicAdvertisingWithResponsesScanner'],
    since: '5.4',
    parameters: {
      status,
      connectionHandle: handle,
      role,
      peerAddressType: addressType,
      peerAddress: bdAddr,
      localResolvablePrivateAddress: bdAddr,
      peerResolvablePrivateAddress: bdAddr,
      connectionInterval: interval125,
      peripheralLatency: u16,
      supervisionTimeout: timeout10,
      centralClockAccuracy: clockAccuracy,
      advertisingHandle: u8,
      syncHandle: handle,
    },
  },
);

/** The parameters of a connection were changed. Core Vol 4, Part E, 7.7.65.3 */
export const leConnectionUpdateComplete = /* @__PURE__ */ leEvent(0x03, 'LE_Connection_Update_Complete', {
  section: '7.7.65.3',
  maskBit: 2,
  since: '4.0',
  parameters: {
    status,
    connectionHandle: handle,
    connectionInterval: interval125,
    peripheralLatency: u16,
    supervisionTimeout: timeout10,
  },
});

/** The peer asks for other connection parameters. Core Vol 4, Part E, 7.7.65.6 */
export const leRemoteConnectionParameterRequest = /* @__PURE__ */ leEvent(
  0x06,
  'LE_Remote_Connection_Parameter_Request',
  {
    section: '7.7.65.6',
    maskBit: 5,
    features: ['connectionParametersRequestProcedure'],
    since: '4.1',
    parameters: {
      connectionHandle: handle,
      intervalMin: interval125,
      intervalMax: interval125,
      maxLatency: u16,
      timeout: timeout10,
    },
  },
);

/** Page 0 of the LE features of a peer. Core Vol 4, Part E, 7.7.65.4 */
export const leReadRemoteFeaturesPage0Complete = /* @__PURE__ */ leEvent(
  0x04,
  'LE_Read_Remote_Features_Page_0_Complete',
  {
    section: '7.7.65.4',
    maskBit: 3,
    since: '4.0',
    parameters: { status, connectionHandle: handle, leFeatures },
  },
);

/** All pages of the LE features of a peer. Core Vol 4, Part E, 7.7.65.38 */
export const leReadAllRemoteFeaturesComplete = /* @__PURE__ */ leEvent(
  0x2b,
  'LE_Read_All_Remote_Features_Complete',
  {
    section: '7.7.65.38',
    maskBit: 42,
    features: ['llExtendedFeatureSet'],
    since: '6.0',
    parameters: {
      status,
      connectionHandle: handle,
      maxRemotePage: u8,
      maxValidPage: u8,
      leFeatures: leFeaturePages,
    },
  },
);

/**
 * The Data PDUs of a connection may have another length; times in microseconds.
 * Core Vol 4, Part E, 7.7.65.7
 */
export const leDataLengthChange = /* @__PURE__ */ leEvent(0x07, 'LE_Data_Length_Change', {
  section: '7.7.65.7',
  maskBit: 6,
  features: ['leDataPacketLengthExtension'],
  since: '4.2',
  parameters: {
    connectionHandle: handle,
    maxTxOctets: u16,
    maxTxTime: microseconds,
    maxRxOctets: u16,
    maxRxTime: microseconds,
  },
});

/** A connection runs on other PHYs: 1 is LE 1M, 2 LE 2M, 3 LE Coded. Core Vol 4, Part E, 7.7.65.12 */
export const lePhyUpdateComplete = /* @__PURE__ */ leEvent(0x0c, 'LE_PHY_Update_Complete', {
  section: '7.7.65.12',
  maskBit: 11,
  features: ['le2MPhy', 'leCodedPhy'],
  since: '5.0',
  parameters: { status, connectionHandle: handle, txPhy: phy, rxPhy: phy },
});

/** Which channel selection algorithm a connection uses: 0 is #1, 1 is #2. Core Vol 4, Part E, 7.7.65.20 */
export const leChannelSelectionAlgorithm = /* @__PURE__ */ leEvent(0x14, 'LE_Channel_Selection_Algorithm', {
  section: '7.7.65.20',
  maskBit: 19,
  features: ['channelSelectionAlgorithm2'],
  since: '5.0',
  parameters: { connectionHandle: handle, channelSelectionAlgorithm },
});

/** The accuracy of the sleep clock of a peer. Core Vol 4, Part E, 7.7.65.31 */
export const leRequestPeerScaComplete = /* @__PURE__ */ leEvent(0x1f, 'LE_Request_Peer_SCA_Complete', {
  section: '7.7.65.31',
  maskBit: 30,
  features: ['sleepClockAccuracyUpdates'],
  since: '5.2',
  parameters: { status, connectionHandle: handle, peerClockAccuracy: clockAccuracy },
});

/** The subrate of a connection was changed. Core Vol 4, Part E, 7.7.65.35 */
export const leSubrateChange = /* @__PURE__ */ leEvent(0x23, 'LE_Subrate_Change', {
  section: '7.7.65.35',
  maskBit: 34,
  features: ['connectionSubrating'],
  since: '5.3',
  parameters: {
    status,
    connectionHandle: handle,
    subrateFactor: u16,
    peripheralLatency: u16,
    continuationNumber: u16,
    supervisionTimeout: timeout10,
  },
});

/** The space between the frames of a connection was changed, in microseconds. Core Vol 4, Part E, 7.7.65.48 */
export const leFrameSpaceUpdateComplete = /* @__PURE__ */ leEvent(0x35, 'LE_Frame_Space_Update_Complete', {
  section: '7.7.65.48',
  maskBit: 52,
  features: ['frameSpaceUpdate'],
  since: '6.0',
  parameters: {
    status,
    connectionHandle: handle,
    initiator: frameSpaceInitiator,
    frameSpace: microseconds,
    phys,
    spacingTypes,
  },
});

/**
 * The interval and subrate of a connection were changed; the interval in units of 125 µs.
 * Core Vol 4, Part E, 7.7.65.50
 */
export const leConnectionRateChange = /* @__PURE__ */ leEvent(0x37, 'LE_Connection_Rate_Change', {
  section: '7.7.65.50',
  maskBit: 54,
  features: ['shorterConnectionIntervals'],
  since: '6.2',
  parameters: {
    status,
    connectionHandle: handle,
    connectionInterval: interval0125,
    subrateFactor: u16,
    peripheralLatency: u16,
    continuationNumber: u16,
    supervisionTimeout: timeout10,
  },
});
