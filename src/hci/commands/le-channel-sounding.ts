/** Channel Sounding: Core Vol 4, Part E, 7.8.130 to 7.8.143. */
import { handle, octets, sized, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';
import { dB, dBm, enable, interval0625, microsecondsU8, microsecondsU24, status } from '../fields/common.js';
import { testTxPower } from '../fields/direction-finding.js';
import {
  ch3cShape,
  createContext,
  csChannelMap,
  csChannelSelection,
  csMode,
  csModesSupported,
  csProcedurePhy,
  csRole,
  csRoles,
  csSubfeatures,
  csSyncAntenna,
  csSyncPhy,
  csSyncPhysSupported,
  nadmCapability,
  preferredPeerAntenna,
  rttCapability,
  rttType,
  snrControl,
  tFcsTimesSupported,
  tIpTimesSupported,
  tPmTimesSupported,
  txSnrCapability,
} from '../fields/sounding.js';

const sizedU8 = /* @__PURE__ */ sized(u8);
const octets72 = /* @__PURE__ */ octets(72);

/** Reads what the controller can in Channel Sounding. Core Vol 4, Part E, 7.8.130 */
export const leCsReadLocalSupportedCapabilities = /* @__PURE__ */ command(
  0x2089,
  'LE_CS_Read_Local_Supported_Capabilities',
  {
    section: '7.8.130',
    supported: [20, 5],
    features: ['channelSounding'],
    since: '6.0',
    returns: {
      status,
      numConfigSupported: u8,
      maxConsecutiveProceduresSupported: u16,
      numAntennasSupported: u8,
      maxAntennaPathsSupported: u8,
      rolesSupported: csRoles,
      modesSupported: csModesSupported,
      rttCapability,
      rttAaOnlyN: u8,
      rttSoundingN: u8,
      rttRandomPayloadN: u8,
      nadmSoundingCapability: nadmCapability,
      nadmRandomCapability: nadmCapability,
      csSyncPhysSupported,
      subfeaturesSupported: csSubfeatures,
      tIp1TimesSupported: tIpTimesSupported,
      tIp2TimesSupported: tIpTimesSupported,
      tFcsTimesSupported,
      tPmTimesSupported,
      tSwTimeSupported: microsecondsU8,
      txSnrCapability,
    },
  },
);

/** Asks the peer what it can in Channel Sounding. Core Vol 4, Part E, 7.8.131 */
export const leCsReadRemoteSupportedCapabilities = /* @__PURE__ */ command(
  0x208a,
  'LE_CS_Read_Remote_Supported_Capabilities',
  {
    section: '7.8.131',
    supported: [20, 6],
    finishedBy: [[0x3e, 0x2c]],
    features: ['channelSounding'],
    since: '6.0',
    parameters: { connectionHandle: handle },
  },
);

/** Gives the controller what the peer can, from an earlier connection. Core Vol 4, Part E, 7.8.132 */
export const leCsWriteCachedRemoteSupportedCapabilities = /* @__PURE__ */ command(
  0x208b,
  'LE_CS_Write_Cached_Remote_Supported_Capabilities',
  {
    section: '7.8.132',
    supported: [20, 7],
    features: ['channelSounding'],
    since: '6.0',
    parameters: {
      connectionHandle: handle,
      numConfigSupported: u8,
      maxConsecutiveProceduresSupported: u16,
      numAntennasSupported: u8,
      maxAntennaPathsSupported: u8,
      rolesSupported: csRoles,
      modesSupported: csModesSupported,
      rttCapability,
      rttAaOnlyN: u8,
      rttSoundingN: u8,
      rttRandomPayloadN: u8,
      nadmSoundingCapability: nadmCapability,
      nadmRandomCapability: nadmCapability,
      csSyncPhysSupported,
      subfeaturesSupported: csSubfeatures,
      tIp1TimesSupported: tIpTimesSupported,
      tIp2TimesSupported: tIpTimesSupported,
      tFcsTimesSupported,
      tPmTimesSupported,
      tSwTimeSupported: microsecondsU8,
      txSnrCapability,
    },
    returns: { status, connectionHandle: handle },
  },
);

/** Starts the security of Channel Sounding on a connection. Core Vol 4, Part E, 7.8.133 */
export const leCsSecurityEnable = /* @__PURE__ */ command(0x208c, 'LE_CS_Security_Enable', {
  section: '7.8.133',
  supported: [24, 1],
  finishedBy: [[0x3e, 0x2e]],
  features: ['channelSounding'],
  since: '6.0',
  parameters: { connectionHandle: handle },
});

/** Sets the roles, antenna and power for a connection. Core Vol 4, Part E, 7.8.134 */
export const leCsSetDefaultSettings = /* @__PURE__ */ command(0x208d, 'LE_CS_Set_Default_Settings', {
  section: '7.8.134',
  supported: [24, 7],
  features: ['channelSounding'],
  since: '6.0',
  parameters: {
    connectionHandle: handle,
    roleEnable: csRoles,
    csSyncAntennaSelection: csSyncAntenna,
    maxTxPower: dBm,
  },
  returns: { status, connectionHandle: handle },
});

/** Asks the peer for its frequency actuation errors. Core Vol 4, Part E, 7.8.135 */
export const leCsReadRemoteFaeTable = /* @__PURE__ */ command(0x208e, 'LE_CS_Read_Remote_FAE_Table', {
  section: '7.8.135',
  supported: [12, 2],
  finishedBy: [[0x3e, 0x2d]],
  features: ['channelSounding'],
  since: '6.0',
  parameters: { connectionHandle: handle },
});

/** Gives the controller the frequency actuation errors of the peer. Core Vol 4, Part E, 7.8.136 */
export const leCsWriteCachedRemoteFaeTable = /* @__PURE__ */ command(
  0x208f,
  'LE_CS_Write_Cached_Remote_FAE_Table',
  {
    section: '7.8.136',
    supported: [12, 3],
    features: ['channelSounding'],
    since: '6.0',
    parameters: { connectionHandle: handle, remoteFaeTable: octets72 },
    returns: { status, connectionHandle: handle },
  },
);

/** Makes a configuration on a connection. Core Vol 4, Part E, 7.8.137 */
export const leCsCreateConfig = /* @__PURE__ */ command(0x2090, 'LE_CS_Create_Config', {
  section: '7.8.137',
  supported: [16, 6],
  finishedBy: [[0x3e, 0x2f]],
  features: ['channelSounding'],
  since: '6.0',
  parameters: {
    connectionHandle: handle,
    configId: u8,
    createContext,
    mainModeType: csMode,
    subModeType: csMode,
    minMainModeSteps: u8,
    maxMainModeSteps: u8,
    mainModeRepetition: u8,
    mode0Steps: u8,
    role: csRole,
    rttType,
    csSyncPhy,
    channelMap: csChannelMap,
    channelMapRepetition: u8,
    channelSelectionType: csChannelSelection,
    ch3cShape,
    ch3cJump: u8,
    reserved: u8,
  },
});

/** Removes a configuration from a connection. Core Vol 4, Part E, 7.8.138 */
export const leCsRemoveConfig = /* @__PURE__ */ command(0x2091, 'LE_CS_Remove_Config', {
  section: '7.8.138',
  supported: [16, 7],
  finishedBy: [[0x3e, 0x2f]],
  features: ['channelSounding'],
  since: '6.0',
  parameters: { connectionHandle: handle, configId: u8 },
});

/** Tells which of the 79 channels may be used: a bit for each. Core Vol 4, Part E, 7.8.139 */
export const leCsSetChannelClassification = /* @__PURE__ */ command(
  0x2092,
  'LE_CS_Set_Channel_Classification',
  {
    section: '7.8.139',
    supported: [29, 0],
    features: ['channelSounding'],
    since: '6.0',
    parameters: { channelClassification: csChannelMap },
    returns: { status },
  },
);

/** Sets how procedures run; subevent lengths in microseconds. Core Vol 4, Part E, 7.8.140 */
export const leCsSetProcedureParameters = /* @__PURE__ */ command(0x2093, 'LE_CS_Set_Procedure_Parameters', {
  section: '7.8.140',
  supported: [29, 1],
  features: ['channelSounding'],
  since: '6.0',
  parameters: {
    connectionHandle: handle,
    configId: u8,
    maxProcedureLen: interval0625,
    minProcedureInterval: u16,
    maxProcedureInterval: u16,
    maxProcedureCount: u16,
    minSubeventLen: microsecondsU24,
    maxSubeventLen: microsecondsU24,
    toneAntennaConfigSelection: u8,
    phy: csProcedurePhy,
    txPowerDelta: dB,
    preferredPeerAntenna,
    snrControlInitiator: snrControl,
    snrControlReflector: snrControl,
  },
  returns: { status, connectionHandle: handle },
});

/** Starts or stops procedures. Core Vol 4, Part E, 7.8.141 */
export const leCsProcedureEnable = /* @__PURE__ */ command(0x2094, 'LE_CS_Procedure_Enable', {
  section: '7.8.141',
  supported: [29, 2],
  finishedBy: [[0x3e, 0x30]],
  features: ['channelSounding'],
  since: '6.0',
  parameters: { connectionHandle: handle, configId: u8, enable },
});

/** Runs Channel Sounding without a connection. Core Vol 4, Part E, 7.8.142 */
export const leCsTest = /* @__PURE__ */ command(0x2095, 'LE_CS_Test', {
  section: '7.8.142',
  supported: [23, 3],
  features: ['channelSounding'],
  since: '6.0',
  parameters: {
    mainModeType: csMode,
    subModeType: csMode,
    mainModeRepetition: u8,
    mode0Steps: u8,
    role: csRole,
    rttType,
    csSyncPhy,
    csSyncAntennaSelection: csSyncAntenna,
    subeventLen: microsecondsU24,
    subeventInterval: interval0625,
    maxNumSubevents: u8,
    transmitPowerLevel: testTxPower,
    tIp1Time: microsecondsU8,
    tIp2Time: microsecondsU8,
    tFcsTime: microsecondsU8,
    tPmTime: microsecondsU8,
    tSwTime: microsecondsU8,
    toneAntennaConfigSelection: u8,
    reserved: u8,
    snrControlInitiator: snrControl,
    snrControlReflector: snrControl,
    drbgNonce: u16,
    channelMapRepetition: u8,
    overrideConfig: u16,
    overrideParametersData: sizedU8,
  },
  returns: { status },
});

/** Ends the test. Core Vol 4, Part E, 7.8.143 */
export const leCsTestEnd = /* @__PURE__ */ command(0x2096, 'LE_CS_Test_End', {
  section: '7.8.143',
  supported: [23, 4],
  finishedBy: [[0x3e, 0x33]],
  features: ['channelSounding'],
  since: '6.0',
});
