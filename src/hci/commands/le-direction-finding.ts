/** Constant Tone Extensions: Core Vol 4, Part E, 7.8.80 to 7.8.87. */
import { handle, list, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';
import { enable, status } from '../fields/common.js';
import {
  cteLength,
  cteType,
  cteTypes,
  slotDurations,
  switchingSamplingRates,
} from '../fields/direction-finding.js';

/** Sets the Constant Tone Extensions of periodic advertising. Core Vol 4, Part E, 7.8.80 */
export const leSetConnectionlessCteTransmitParameters = /* @__PURE__ */ command(
  0x2051,
  'LE_Set_Connectionless_CTE_Transmit_Parameters',
  {
    section: '7.8.80',
    supported: [39, 5],
    features: ['connectionlessCteTransmitter'],
    since: '5.1',
    parameters: {
      advertisingHandle: u8,
      cteLength,
      cteType,
      cteCount: u8,
      antennaIds: /* @__PURE__ */ list(u8, u8),
    },
    returns: { status },
  },
);

/** Turns the Constant Tone Extensions of periodic advertising on or off. Core Vol 4, Part E, 7.8.81 */
export const leSetConnectionlessCteTransmitEnable = /* @__PURE__ */ command(
  0x2052,
  'LE_Set_Connectionless_CTE_Transmit_Enable',
  {
    section: '7.8.81',
    supported: [39, 6],
    features: ['connectionlessCteTransmitter'],
    since: '5.1',
    parameters: { advertisingHandle: u8, cteEnable: enable },
    returns: { status },
  },
);

/** Turns sampling of the Constant Tone Extensions of a train on or off. Core Vol 4, Part E, 7.8.82 */
export const leSetConnectionlessIqSamplingEnable = /* @__PURE__ */ command(
  0x2053,
  'LE_Set_Connectionless_IQ_Sampling_Enable',
  {
    section: '7.8.82',
    supported: [39, 7],
    features: ['connectionlessCteReceiver'],
    since: '5.1',
    parameters: {
      syncHandle: handle,
      samplingEnable: enable,
      slotDurations,
      maxSampledCtes: u8,
      antennaIds: /* @__PURE__ */ list(u8, u8),
    },
    returns: { status, syncHandle: handle },
  },
);

/** Sets how the Constant Tone Extensions of a connection are sampled. Core Vol 4, Part E, 7.8.83 */
export const leSetConnectionCteReceiveParameters = /* @__PURE__ */ command(
  0x2054,
  'LE_Set_Connection_CTE_Receive_Parameters',
  {
    section: '7.8.83',
    supported: [40, 0],
    features: ['connectionCteRequest'],
    since: '5.1',
    parameters: {
      connectionHandle: handle,
      samplingEnable: enable,
      slotDurations,
      antennaIds: /* @__PURE__ */ list(u8, u8),
    },
    returns: { status, connectionHandle: handle },
  },
);

/** Sets how Constant Tone Extensions are sent on a connection. Core Vol 4, Part E, 7.8.84 */
export const leSetConnectionCteTransmitParameters = /* @__PURE__ */ command(
  0x2055,
  'LE_Set_Connection_CTE_Transmit_Parameters',
  {
    section: '7.8.84',
    supported: [40, 1],
    features: ['connectionCteResponse'],
    since: '5.1',
    parameters: { connectionHandle: handle, cteTypes, antennaIds: /* @__PURE__ */ list(u8, u8) },
    returns: { status, connectionHandle: handle },
  },
);

/** Starts or stops asking the peer for Constant Tone Extensions. Core Vol 4, Part E, 7.8.85 */
export const leConnectionCteRequestEnable = /* @__PURE__ */ command(
  0x2056,
  'LE_Connection_CTE_Request_Enable',
  {
    section: '7.8.85',
    supported: [40, 2],
    features: ['connectionCteRequest'],
    since: '5.1',
    parameters: {
      connectionHandle: handle,
      enable,
      cteRequestInterval: u16,
      requestedCteLength: cteLength,
      requestedCteType: cteType,
    },
    returns: { status, connectionHandle: handle },
  },
);

/** Starts or stops answering the peer with Constant Tone Extensions. Core Vol 4, Part E, 7.8.86 */
export const leConnectionCteResponseEnable = /* @__PURE__ */ command(
  0x2057,
  'LE_Connection_CTE_Response_Enable',
  {
    section: '7.8.86',
    supported: [40, 3],
    features: ['connectionCteResponse'],
    since: '5.1',
    parameters: { connectionHandle: handle, enable },
    returns: { status, connectionHandle: handle },
  },
);

/** Reads what antennae there are and how they can be switched. Core Vol 4, Part E, 7.8.87 */
export const leReadAntennaInformation = /* @__PURE__ */ command(0x2058, 'LE_Read_Antenna_Information', {
  section: '7.8.87',
  supported: [40, 4],
  features: [
    'connectionCteRequest',
    'connectionCteResponse',
    'connectionlessCteTransmitter',
    'connectionlessCteReceiver',
  ],
  since: '5.1',
  returns: {
    status,
    supportedSwitchingSamplingRates: switchingSamplingRates,
    numAntennae: u8,
    maxSwitchingPatternLength: u8,
    maxCteLength: cteLength,
  },
});
