/** Events of Channel Sounding: Core Vol 4, Part E, 7.7.65. */
import { handle, i8, list, octets, sized, struct, u8, u16, u24 } from '../../core/codec.js';
import { leEvent } from '../definition.js';

const sizedU8 = /* @__PURE__ */ sized(u8);
const octets10 = /* @__PURE__ */ octets(10);
const octets72 = /* @__PURE__ */ octets(72);

/** What the peer can in Channel Sounding. Core Vol 4, Part E, 7.7.65.39 */
export const leCsReadRemoteSupportedCapabilitiesComplete = /* @__PURE__ */ leEvent(
  0x2c,
  'LE_CS_Read_Remote_Supported_Capabilities_Complete',
  {
    section: '7.7.65.39',
    maskBit: 43,
    parameters: {
      status: u8,
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
  },
);

/** The frequency actuation errors of the peer. Core Vol 4, Part E, 7.7.65.40 */
export const leCsReadRemoteFaeTableComplete = /* @__PURE__ */ leEvent(
  0x2d,
  'LE_CS_Read_Remote_FAE_Table_Complete',
  {
    section: '7.7.65.40',
    maskBit: 44,
    parameters: { status: u8, connectionHandle: handle, remoteFaeTable: octets72 },
  },
);

/** The security of Channel Sounding was started, or was not. Core Vol 4, Part E, 7.7.65.41 */
export const leCsSecurityEnableComplete = /* @__PURE__ */ leEvent(0x2e, 'LE_CS_Security_Enable_Complete', {
  section: '7.7.65.41',
  maskBit: 45,
  parameters: { status: u8, connectionHandle: handle },
});

/** A configuration was made (action 1) or removed (action 0). Core Vol 4, Part E, 7.7.65.42 */
export const leCsConfigComplete = /* @__PURE__ */ leEvent(0x2f, 'LE_CS_Config_Complete', {
  section: '7.7.65.42',
  maskBit: 46,
  parameters: {
    status: u8,
    connectionHandle: handle,
    configId: u8,
    action: u8,
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
    tIp1Time: u8,
    tIp2Time: u8,
    tFcsTime: u8,
    tPmTime: u8,
  },
});

/** Procedures were started or stopped; subevent length in microseconds. Core Vol 4, Part E, 7.7.65.43 */
export const leCsProcedureEnableComplete = /* @__PURE__ */ leEvent(0x30, 'LE_CS_Procedure_Enable_Complete', {
  section: '7.7.65.43',
  maskBit: 47,
  parameters: {
    status: u8,
    connectionHandle: handle,
    configId: u8,
    state: u8,
    toneAntennaConfigSelection: u8,
    selectedTxPower: i8,
    subeventLen: u24,
    subeventsPerEvent: u8,
    subeventInterval: u16, // 0.625 ms
    eventInterval: u16,
    procedureInterval: u16,
    procedureCount: u16,
    maxProcedureLen: u16, // 0.625 ms
  },
});

/** The first results of a subevent. Core Vol 4, Part E, 7.7.65.44 */
export const leCsSubeventResult = /* @__PURE__ */ leEvent(0x31, 'LE_CS_Subevent_Result', {
  section: '7.7.65.44',
  maskBit: 48,
  parameters: {
    connectionHandle: handle,
    configId: u8,
    startAclConnEventCounter: u16,
    procedureCounter: u16,
    frequencyCompensation: u16,
    referencePowerLevel: i8,
    procedureDoneStatus: u8,
    subeventDoneStatus: u8,
    abortReason: u8,
    numAntennaPaths: u8,
    steps: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        stepMode: u8,
        stepChannel: u8,
        stepData: sizedU8,
      }),
    ),
  },
});

/** Further results of a subevent. Core Vol 4, Part E, 7.7.65.45 */
export const leCsSubeventResultContinue = /* @__PURE__ */ leEvent(0x32, 'LE_CS_Subevent_Result_Continue', {
  section: '7.7.65.45',
  maskBit: 49,
  parameters: {
    connectionHandle: handle,
    configId: u8,
    procedureDoneStatus: u8,
    subeventDoneStatus: u8,
    abortReason: u8,
    numAntennaPaths: u8,
    steps: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        stepMode: u8,
        stepChannel: u8,
        stepData: sizedU8,
      }),
    ),
  },
});

/** The test was ended. Core Vol 4, Part E, 7.7.65.46 */
export const leCsTestEndComplete = /* @__PURE__ */ leEvent(0x33, 'LE_CS_Test_End_Complete', {
  section: '7.7.65.46',
  maskBit: 50,
  parameters: { status: u8 },
});
