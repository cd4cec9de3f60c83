/** Channel Sounding: Core Vol 4, Part E, 7.8.130 to 7.8.143. */
import { handle, i8, octets, sized, u8, u16, u24 } from '../../core/codec.js';
import { command } from '../definition.js';

const sizedU8 = /* @__PURE__ */ sized(u8);
const octets10 = /* @__PURE__ */ octets(10);
const octets72 = /* @__PURE__ */ octets(72);

/** Reads what the controller can in Channel Sounding. Core Vol 4, Part E, 7.8.130 */
export const leCsReadLocalSupportedCapabilities = /* @__PURE__ */ command(
  0x2089,
  'LE_CS_Read_Local_Supported_Capabilities',
  {
    section: '7.8.130',
    supported: [20, 5],
    returns: {
      status: u8,
      numConfigSupported: u8,
      maxConsecutiveProceduresSupported: u16,
      numAntennasSupported: u8,
      maxAntennaPathsSupported: u8,
      rolesSupported: u8,
      modesSupported: u8,
      rttCapability: u8,
      rttAaOnlyN: u8,
      rttSoundingN: u8,
      rttRandomPayloadN: u8,
      nadmSoundingCapability: u16,
      nadmRandomCapability: u16,
      csSyncPhysSupported: u8,
      subfeaturesSupported: u16,
      tIp1TimesSupported: u16,
      tIp2TimesSupported: u16,
      tFcsTimesSupported: u16,
      tPmTimesSupported: u16,
      tSwTimeSupported: u8,
      txSnrCapability: u8,
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
    parameters: {
      connectionHandle: handle,
      numConfigSupported: u8,
      maxConsecutiveProceduresSupported: u16,
      numAntennasSupported: u8,
      maxAntennaPathsSupported: u8,
      rolesSupported: u8,
      modesSupported: u8,
      rttCapability: u8,
      rttAaOnlyN: u8,
      rttSoundingN: u8,
      rttRandomPayloadN: u8,
      nadmSoundingCapability: u16,
      nadmRandomCapability: u16,
      csSyncPhysSupported: u8,
      subfeaturesSupported: u16,
      tIp1TimesSupported: u16,
      tIp2TimesSupported: u16,
      tFcsTimesSupported: u16,
      tPmTimesSupported: u16,
      tSwTimeSupported: u8,
      txSnrCapability: u8,
    },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Starts the security of Channel Sounding on a connection. Core Vol 4, Part E, 7.8.133 */
export const leCsSecurityEnable = /* @__PURE__ */ command(0x208c, 'LE_CS_Security_Enable', {
  section: '7.8.133',
  supported: [24, 1],
  parameters: { connectionHandle: handle },
});

/** Sets the roles, antenna and power for a connection. Core Vol 4, Part E, 7.8.134 */
export const leCsSetDefaultSettings = /* @__PURE__ */ command(0x208d, 'LE_CS_Set_Default_Settings', {
  section: '7.8.134',
  supported: [24, 7],
  parameters: { connectionHandle: handle, roleEnable: u8, csSyncAntennaSelection: u8, maxTxPower: i8 },
  returns: { status: u8, connectionHandle: handle },
});

/** Asks the peer for its frequency actuation errors. Core Vol 4, Part E, 7.8.135 */
export const leCsReadRemoteFaeTable = /* @__PURE__ */ command(0x208e, 'LE_CS_Read_Remote_FAE_Table', {
  section: '7.8.135',
  supported: [12, 2],
  parameters: { connectionHandle: handle },
});

/** Gives the controller the frequency actuation errors of the peer. Core Vol 4, Part E, 7.8.136 */
export const leCsWriteCachedRemoteFaeTable = /* @__PURE__ */ command(
  0x208f,
  'LE_CS_Write_Cached_Remote_FAE_Table',
  {
    section: '7.8.136',
    supported: [12, 3],
    parameters: { connectionHandle: handle, remoteFaeTable: octets72 },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Makes a configuration on a connection. Core Vol 4, Part E, 7.8.137 */
export const leCsCreateConfig = /* @__PURE__ */ command(0x2090, 'LE_CS_Create_Config', {
  section: '7.8.137',
  supported: [16, 6],
  parameters: {
    connectionHandle: handle,
    configId: u8,
    createContext: u8,
    mainModeType: u8,
    subModeType: u8,
    minMainModeSteps: u8,
    maxMainModeSteps: u8,
    mainModeRepetition: u8,
    mode0Steps: u8,
    role: u8,
    rttType: u8,
    csSyncPhy: u8,
    channelMap: octets10,
    channelMapRepetition: u8,
    channelSelectionType: u8,
    ch3cShape: u8,
    ch3cJump: u8,
    reserved: u8,
  },
});

/** Removes a configuration from a connection. Core Vol 4, Part E, 7.8.138 */
export const leCsRemoveConfig = /* @__PURE__ */ command(0x2091, 'LE_CS_Remove_Config', {
  section: '7.8.138',
  supported: [16, 7],
  parameters: { connectionHandle: handle, configId: u8 },
});

/** Tells which of the 79 channels may be used: a bit for each. Core Vol 4, Part E, 7.8.139 */
export const leCsSetChannelClassification = /* @__PURE__ */ command(
  0x2092,
  'LE_CS_Set_Channel_Classification',
  {
    section: '7.8.139',
    supported: [29, 0],
    parameters: { channelClassification: octets10 },
    returns: { status: u8 },
  },
);

/** Sets how procedures run; subevent lengths in microseconds. Core Vol 4, Part E, 7.8.140 */
export const leCsSetProcedureParameters = /* @__PURE__ */ command(0x2093, 'LE_CS_Set_Procedure_Parameters', {
  section: '7.8.140',
  supported: [29, 1],
  parameters: {
    connectionHandle: handle,
    configId: u8,
    maxProcedureLen: u16, // 0.625 ms
    minProcedureInterval: u16,
    maxProcedureInterval: u16,
    maxProcedureCount: u16,
    minSubeventLen: u24,
    maxSubeventLen: u24,
    toneAntennaConfigSelection: u8,
    phy: u8,
    txPowerDelta: i8,
    preferredPeerAntenna: u8,
    snrControlInitiator: u8,
    snrControlReflector: u8,
  },
  returns: { status: u8, connectionHandle: handle },
});

/** Starts or stops procedures. Core Vol 4, Part E, 7.8.141 */
export const leCsProcedureEnable = /* @__PURE__ */ command(0x2094, 'LE_CS_Procedure_Enable', {
  section: '7.8.141',
  supported: [29, 2],
  parameters: { connectionHandle: handle, configId: u8, enable: u8 },
});

/** Runs Channel Sounding without a connection. Core Vol 4, Part E, 7.8.142 */
export const leCsTest = /* @__PURE__ */ command(0x2095, 'LE_CS_Test', {
  section: '7.8.142',
  supported: [23, 3],
  parameters: {
    mainModeType: u8,
    subModeType: u8,
    mainModeRepetition: u8,
    mode0Steps: u8,
    role: u8,
    rttType: u8,
    csSyncPhy: u8,
    csSyncAntennaSelection: u8,
    subeventLen: u24,
    subeventInterval: u16, // 0.625 ms
    maxNumSubevents: u8,
    transmitPowerLevel: i8,
    tIp1Time: u8,
    tIp2Time: u8,
    tFcsTime: u8,
    tPmTime: u8,
    tSwTime: u8,
    toneAntennaConfigSelection: u8,
    reserved: u8,
    snrControlInitiator: u8,
    snrControlReflector: u8,
    drbgNonce: u16,
    channelMapRepetition: u8,
    overrideConfig: u16,
    overrideParametersData: sizedU8,
  },
  returns: { status: u8 },
});

/** Ends the test. Core Vol 4, Part E, 7.8.143 */
export const leCsTestEnd = /* @__PURE__ */ command(0x2096, 'LE_CS_Test_End', {
  section: '7.8.143',
  supported: [23, 4],
});
