/** Events of Channel Sounding: Core Vol 4, Part E, 7.7.65. */
import { handle, list, octets, sized, struct, u8, u16 } from '../../core/codec.js';
import { leEvent } from '../definition.js';
import {
  dBmOrUnknown,
  enable,
  interval0625,
  microsecondsU8,
  microsecondsU24,
  status,
} from '../fields/common.js';
import {
  ch3cShape,
  configAction,
  csAbortReason,
  csChannelMap,
  csChannelSelection,
  csDoneStatus,
  csMode,
  csModesSupported,
  csRole,
  csRoles,
  csSubfeatures,
  csSyncPhy,
  csSyncPhysSupported,
  frequencyCompensation,
  nadmCapability,
  rttCapability,
  rttType,
  tFcsTimesSupported,
  tIpTimesSupported,
  tPmTimesSupported,
  txSnrCapability,
} from '../fields/sounding.js';

const sizedU8 = /* @__PURE__ */ sized(u8);
const octets72 = /* @__PURE__ */ octets(72);

/** What the peer can in Channel Sounding. Core Vol 4, Part E, 7.7.65.39 */
export const leCsReadRemoteSupportedCapabilitiesComplete = /* @__PURE__ */ leEvent(
  0x2c,
  'LE_CS_Read_Remote_Supported_Capabilities_Complete',
  {
    section: '7.7.65.39',
    maskBit: 43,
    features: ['channelSounding'],
    since: '6.0',
    parameters: {
      status,
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
  },
);

/** The frequency actuation errors of the peer. Core Vol 4, Part E, 7.7.65.40 */
export const leCsReadRemoteFaeTableComplete = /* @__PURE__ */ leEvent(
  0x2d,
  'LE_CS_Read_Remote_FAE_Table_Complete',
  {
    section: '7.7.65.40',
    maskBit: 44,
    features: ['channelSounding'],
    since: '6.0',
    parameters: { status, connectionHandle: handle, remoteFaeTable: octets72 },
  },
);

/** The security of Channel Sounding was started, or was not. Core Vol 4, Part E, 7.7.65.41 */
export const leCsSecurityEnableComplete = /* @__PURE__ */ leEvent(0x2e, 'LE_CS_Security_Enable_Complete', {
  section: '7.7.65.41',
  maskBit: 45,
  features: ['channelSounding'],
  since: '6.0',
  parameters: { status, connectionHandle: handle },
});

/** A configuration was made (action 1) or removed (action 0). Core Vol 4, Part E, 7.7.65.42 */
export const leCsConfigComplete = /* @__PURE__ */ leEvent(0x2f, 'LE_CS_Config_Complete', {
  section: '7.7.65.42',
  maskBit: 46,
  features: ['channelSounding'],
  since: '6.0',
  parameters: {
    status,
    connectionHandle: handle,
    configId: u8,
    action: configAction,
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
    tIp1Time: microsecondsU8,
    tIp2Time: microsecondsU8,
    tFcsTime: microsecondsU8,
    tPmTime: microsecondsU8,
  },
});

/** Procedures were started or stopped; subevent length in microseconds. Core Vol 4, Part E, 7.7.65.43 */
export const leCsProcedureEnableComplete = /* @__PURE__ */ leEvent(0x30, 'LE_CS_Procedure_Enable_Complete', {
  section: '7.7.65.43',
  maskBit: 47,
  features: ['channelSounding'],
  since: '6.0',
  parameters: {
    status,
    connectionHandle: handle,
    configId: u8,
    state: enable,
    toneAntennaConfigSelection: u8,
    selectedTxPower: dBmOrUnknown,
    subeventLen: microsecondsU24,
    subeventsPerEvent: u8,
    subeventInterval: interval0625,
    eventInterval: u16,
    procedureInterval: u16,
    procedureCount: u16,
    maxProcedureLen: interval0625,
  },
});

/** The first results of a subevent. Core Vol 4, Part E, 7.7.65.44 */
export const leCsSubeventResult = /* @__PURE__ */ leEvent(0x31, 'LE_CS_Subevent_Result', {
  section: '7.7.65.44',
  maskBit: 48,
  features: ['channelSounding'],
  since: '6.0',
  parameters: {
    connectionHandle: handle,
    configId: u8,
    startAclConnEventCounter: u16,
    procedureCounter: u16,
    frequencyCompensation,
    referencePowerLevel: dBmOrUnknown,
    procedureDoneStatus: csDoneStatus,
    subeventDoneStatus: csDoneStatus,
    abortReason: csAbortReason,
    numAntennaPaths: u8,
    steps: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        stepMode: csMode,
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
  features: ['channelSounding'],
  since: '6.0',
  parameters: {
    connectionHandle: handle,
    configId: u8,
    procedureDoneStatus: csDoneStatus,
    subeventDoneStatus: csDoneStatus,
    abortReason: csAbortReason,
    numAntennaPaths: u8,
    steps: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        stepMode: csMode,
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
  features: ['channelSounding'],
  since: '6.0',
  parameters: { status },
});
