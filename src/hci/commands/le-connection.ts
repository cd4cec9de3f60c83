/** Making LE connections, and what they run on: Core Vol 4, Part E, 7.8. */
import { bdAddr, handle, list, octets, perPhy, struct, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';

const octets5 = /* @__PURE__ */ octets(5);

/** Connects to a legacy advertiser; LE Connection Complete tells the outcome. Core Vol 4, Part E, 7.8.12 */
export const leCreateConnection = /* @__PURE__ */ command(0x200d, 'LE_Create_Connection', {
  section: '7.8.12',
  supported: [26, 4],
  parameters: {
    leScanInterval: u16, // 0.625 ms
    leScanWindow: u16, // 0.625 ms
    initiatorFilterPolicy: u8,
    peerAddressType: u8,
    peerAddress: bdAddr,
    ownAddressType: u8,
    connectionIntervalMin: u16, // 1.25 ms
    connectionIntervalMax: u16, // 1.25 ms
    maxLatency: u16,
    supervisionTimeout: u16, // 10 ms
    minCeLength: u16, // 0.625 ms
    maxCeLength: u16, // 0.625 ms
  },
});

/** Calls off connecting; the outcome still comes as a connection complete event. Core Vol 4, Part E, 7.8.13 */
export const leCreateConnectionCancel = /* @__PURE__ */ command(0x200e, 'LE_Create_Connection_Cancel', {
  section: '7.8.13',
  supported: [26, 5],
  returns: { status: u8 },
});

/** Connects to an advertiser, with parameters for each PHY. Core Vol 4, Part E, 7.8.66 */
export const leExtendedCreateConnectionV1 = /* @__PURE__ */ command(
  0x2043,
  'LE_Extended_Create_Connection [v1]',
  {
    section: '7.8.66',
    supported: [37, 7],
    parameters: {
      initiatorFilterPolicy: u8,
      ownAddressType: u8,
      peerAddressType: u8,
      peerAddress: bdAddr,
      initiatingPhys: /* @__PURE__ */ perPhy({
        scanInterval: u16, // 0.625 ms
        scanWindow: u16, // 0.625 ms
        connectionIntervalMin: u16, // 1.25 ms
        connectionIntervalMax: u16, // 1.25 ms
        maxLatency: u16,
        supervisionTimeout: u16, // 10 ms
        minCeLength: u16, // 0.625 ms
        maxCeLength: u16, // 0.625 ms
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
    parameters: {
      advertisingHandle: u8,
      subevent: u8,
      initiatorFilterPolicy: u8,
      ownAddressType: u8,
      peerAddressType: u8,
      peerAddress: bdAddr,
      initiatingPhys: /* @__PURE__ */ perPhy({
        scanInterval: u16, // 0.625 ms
        scanWindow: u16, // 0.625 ms
        connectionIntervalMin: u16, // 1.25 ms
        connectionIntervalMax: u16, // 1.25 ms
        maxLatency: u16,
        supervisionTimeout: u16, // 10 ms
        minCeLength: u16, // 0.625 ms
        maxCeLength: u16, // 0.625 ms
      }),
    },
  },
);

/** Changes the parameters of a connection. Core Vol 4, Part E, 7.8.18 */
export const leConnectionUpdate = /* @__PURE__ */ command(0x2013, 'LE_Connection_Update', {
  section: '7.8.18',
  supported: [27, 2],
  parameters: {
    connectionHandle: handle,
    connectionIntervalMin: u16, // 1.25 ms
    connectionIntervalMax: u16, // 1.25 ms
    maxLatency: u16,
    supervisionTimeout: u16, // 10 ms
    minCeLength: u16, // 0.625 ms
    maxCeLength: u16, // 0.625 ms
  },
});

/** Accepts the connection parameters that the peer asks for. Core Vol 4, Part E, 7.8.31 */
export const leRemoteConnectionParameterRequestReply = /* @__PURE__ */ command(
  0x2020,
  'LE_Remote_Connection_Parameter_Request_Reply',
  {
    section: '7.8.31',
    supported: [33, 4],
    parameters: {
      connectionHandle: handle,
      intervalMin: u16, // 1.25 ms
      intervalMax: u16, // 1.25 ms
      maxLatency: u16,
      timeout: u16, // 10 ms
      minCeLength: u16, // 0.625 ms
      maxCeLength: u16, // 0.625 ms
    },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Refuses the connection parameters that the peer asks for. Core Vol 4, Part E, 7.8.32 */
export const leRemoteConnectionParameterRequestNegativeReply = /* @__PURE__ */ command(
  0x2021,
  'LE_Remote_Connection_Parameter_Request_Negative_Reply',
  {
    section: '7.8.32',
    supported: [33, 5],
    parameters: { connectionHandle: handle, reason: u8 },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Tells which of the 37 data channels may be used: a bit for each. Core Vol 4, Part E, 7.8.19 */
export const leSetHostChannelClassification = /* @__PURE__ */ command(
  0x2014,
  'LE_Set_Host_Channel_Classification',
  {
    section: '7.8.19',
    supported: [27, 3],
    parameters: { channelMap: octets5 },
    returns: { status: u8 },
  },
);

/** Reads the channel map of a connection. Core Vol 4, Part E, 7.8.20 */
export const leReadChannelMap = /* @__PURE__ */ command(0x2015, 'LE_Read_Channel_Map', {
  section: '7.8.20',
  supported: [27, 4],
  parameters: { connectionHandle: handle },
  returns: { status: u8, connectionHandle: handle, channelMap: octets5 },
});

/** Asks the peer for page 0 of its LE features. Core Vol 4, Part E, 7.8.21 */
export const leReadRemoteFeaturesPage0 = /* @__PURE__ */ command(0x2016, 'LE_Read_Remote_Features_Page_0', {
  section: '7.8.21',
  supported: [27, 5],
  parameters: { connectionHandle: handle },
});

/** Asks the peer for further pages of its LE features. Core Vol 4, Part E, 7.8.129 */
export const leReadAllRemoteFeatures = /* @__PURE__ */ command(0x2088, 'LE_Read_All_Remote_Features', {
  section: '7.8.129',
  supported: [47, 3],
  parameters: { connectionHandle: handle, pagesRequested: u8 },
});

/** Suggests how long the Data PDUs of a connection may be; times in microseconds. Core Vol 4, Part E, 7.8.33 */
export const leSetDataLength = /* @__PURE__ */ command(0x2022, 'LE_Set_Data_Length', {
  section: '7.8.33',
  supported: [33, 6],
  parameters: { connectionHandle: handle, txOctets: u16, txTime: u16 },
  returns: { status: u8, connectionHandle: handle },
});

/** Reads the suggestion for connections to come. Core Vol 4, Part E, 7.8.34 */
export const leReadSuggestedDefaultDataLength = /* @__PURE__ */ command(
  0x2023,
  'LE_Read_Suggested_Default_Data_Length',
  {
    section: '7.8.34',
    supported: [33, 7],
    returns: { status: u8, suggestedMaxTxOctets: u16, suggestedMaxTxTime: u16 },
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
    parameters: { suggestedMaxTxOctets: u16, suggestedMaxTxTime: u16 },
    returns: { status: u8 },
  },
);

/** Reads how long the Data PDUs can be at most. Core Vol 4, Part E, 7.8.46 */
export const leReadMaximumDataLength = /* @__PURE__ */ command(0x202f, 'LE_Read_Maximum_Data_Length', {
  section: '7.8.46',
  supported: [35, 3],
  returns: {
    status: u8,
    supportedMaxTxOctets: u16,
    supportedMaxTxTime: u16,
    supportedMaxRxOctets: u16,
    supportedMaxRxTime: u16,
  },
});

/** Reads the PHYs of a connection: 1 is LE 1M, 2 LE 2M, 3 LE Coded. Core Vol 4, Part E, 7.8.47 */
export const leReadPhy = /* @__PURE__ */ command(0x2030, 'LE_Read_PHY', {
  section: '7.8.47',
  supported: [35, 4],
  parameters: { connectionHandle: handle },
  returns: { status: u8, connectionHandle: handle, txPhy: u8, rxPhy: u8 },
});

/** Chooses the PHYs for connections to come, as masks: bit 0 is LE 1M. Core Vol 4, Part E, 7.8.48 */
export const leSetDefaultPhy = /* @__PURE__ */ command(0x2031, 'LE_Set_Default_PHY', {
  section: '7.8.48',
  supported: [35, 5],
  parameters: { allPhys: u8, txPhys: u8, rxPhys: u8 },
  returns: { status: u8 },
});

/** Chooses the PHYs of a connection, as masks: bit 0 is LE 1M. Core Vol 4, Part E, 7.8.49 */
export const leSetPhy = /* @__PURE__ */ command(0x2032, 'LE_Set_PHY', {
  section: '7.8.49',
  supported: [35, 6],
  parameters: { connectionHandle: handle, allPhys: u8, txPhys: u8, rxPhys: u8, phyOptions: u16 },
});

/** Asks the peer for the accuracy of its sleep clock. Core Vol 4, Part E, 7.8.108 */
export const leRequestPeerSca = /* @__PURE__ */ command(0x206d, 'LE_Request_Peer_SCA', {
  section: '7.8.108',
  supported: [43, 2],
  parameters: { connectionHandle: handle },
});

/** Asks the controller for a more or a less accurate sleep clock. Core Vol 4, Part E, 7.8.94 */
export const leModifySleepClockAccuracy = /* @__PURE__ */ command(0x205f, 'LE_Modify_Sleep_Clock_Accuracy', {
  section: '7.8.94',
  supported: [41, 4],
  parameters: { action: u8 },
  returns: { status: u8 },
});

/** Sets the subrates that peripherals may ask for on links to come. Core Vol 4, Part E, 7.8.123 */
export const leSetDefaultSubrate = /* @__PURE__ */ command(0x207d, 'LE_Set_Default_Subrate', {
  section: '7.8.123',
  supported: [46, 0],
  parameters: {
    subrateMin: u16,
    subrateMax: u16,
    maxLatency: u16,
    continuationNumber: u16,
    supervisionTimeout: u16, // 10 ms
  },
  returns: { status: u8 },
});

/** Asks for another subrate on a connection. Core Vol 4, Part E, 7.8.124 */
export const leSubrateRequest = /* @__PURE__ */ command(0x207e, 'LE_Subrate_Request', {
  section: '7.8.124',
  supported: [46, 1],
  parameters: {
    connectionHandle: handle,
    subrateMin: u16,
    subrateMax: u16,
    maxLatency: u16,
    continuationNumber: u16,
    supervisionTimeout: u16, // 10 ms
  },
});

/** Asks for another space between the frames of a connection, in microseconds. Core Vol 4, Part E, 7.8.151 */
export const leFrameSpaceUpdate = /* @__PURE__ */ command(0x209d, 'LE_Frame_Space_Update', {
  section: '7.8.151',
  supported: [48, 1],
  parameters: {
    connectionHandle: handle,
    frameSpaceMin: u16,
    frameSpaceMax: u16,
    phys: u8,
    spacingTypes: u16,
  },
});

/** Asks for another interval and subrate of a connection, in units of 125 µs. Core Vol 4, Part E, 7.8.154 */
export const leConnectionRateRequest = /* @__PURE__ */ command(0x20a1, 'LE_Connection_Rate_Request', {
  section: '7.8.154',
  supported: [48, 5],
  parameters: {
    connectionHandle: handle,
    connectionIntervalMin: u16,
    connectionIntervalMax: u16,
    subrateMin: u16,
    subrateMax: u16,
    maxLatency: u16,
    continuationNumber: u16,
    supervisionTimeout: u16,
    minCeLength: u16,
    maxCeLength: u16,
  },
});

/**
 * Sets the rates that peripherals may ask for on links to come, in units of 125 µs.
 * Core Vol 4, Part E, 7.8.155
 */
export const leSetDefaultRateParameters = /* @__PURE__ */ command(0x20a2, 'LE_Set_Default_Rate_Parameters', {
  section: '7.8.155',
  supported: [48, 6],
  parameters: {
    connectionIntervalMin: u16,
    connectionIntervalMax: u16,
    subrateMin: u16,
    subrateMax: u16,
    maxLatency: u16,
    continuationNumber: u16,
    supervisionTimeout: u16,
    minCeLength: u16,
    maxCeLength: u16,
  },
  returns: { status: u8 },
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
    returns: {
      status: u8,
      minimumSupportedConnectionInterval: u8,
      groups: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          groupMin: u16,
          groupMax: u16,
          groupStride: u16,
        }),
      ),
    },
  },
);
