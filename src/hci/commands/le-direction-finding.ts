/** Constant Tone Extensions: Core Vol 4, Part E, 7.8.80 to 7.8.87. */
import { handle, list, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';

/** Sets the Constant Tone Extensions of periodic advertising. Core Vol 4, Part E, 7.8.80 */
export const leSetConnectionlessCteTransmitParameters = /* @__PURE__ */ command(
  0x2051,
  'LE_Set_Connectionless_CTE_Transmit_Parameters',
  {
    section: '7.8.80',
    supported: [39, 5],
    parameters: {
      advertisingHandle: u8,
      cteLength: u8,
      cteType: u8,
      cteCount: u8,
      antennaIds: /* @__PURE__ */ list(u8, u8),
    },
    returns: { status: u8 },
  },
);

/** Turns the Constant Tone Extensions of periodic advertising on or off. Core Vol 4, Part E, 7.8.81 */
export const leSetConnectionlessCteTransmitEnable = /* @__PURE__ */ command(
  0x2052,
  'LE_Set_Connectionless_CTE_Transmit_Enable',
  {
    section: '7.8.81',
    supported: [39, 6],
    parameters: { advertisingHandle: u8, cteEnable: u8 },
    returns: { status: u8 },
  },
);

/** Turns sampling of the Constant Tone Extensions of a train on or off. Core Vol 4, Part E, 7.8.82 */
export const leSetConnectionlessIqSamplingEnable = /* @__PURE__ */ command(
  0x2053,
  'LE_Set_Connectionless_IQ_Sampling_Enable',
  {
    section: '7.8.82',
    supported: [39, 7],
    parameters: {
      syncHandle: handle,
      samplingEnable: u8,
      slotDurations: u8,
      maxSampledCtes: u8,
      antennaIds: /* @__PURE__ */ list(u8, u8),
    },
    returns: { status: u8, syncHandle: handle },
  },
);

/** Sets how the Constant Tone Extensions of a connection are sampled. Core Vol 4, Part E, 7.8.83 */
export const leSetConnectionCteReceiveParameters = /* @__PURE__ */ command(
  0x2054,
  'LE_Set_Connection_CTE_Receive_Parameters',
  {
    section: '7.8.83',
    supported: [40, 0],
    parameters: {
      connectionHandle: handle,
      samplingEnable: u8,
      slotDurations: u8,
      antennaIds: /* @__PURE__ */ list(u8, u8),
    },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Sets how Constant Tone Extensions are sent on a connection. Core Vol 4, Part E, 7.8.84 */
export const leSetConnectionCteTransmitParameters = /* @__PURE__ */ command(
  0x2055,
  'LE_Set_Connection_CTE_Transmit_Parameters',
  {
    section: '7.8.84',
    supported: [40, 1],
    parameters: { connectionHandle: handle, cteTypes: u8, antennaIds: /* @__PURE__ */ list(u8, u8) },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Starts or stops asking the peer for Constant Tone Extensions. Core Vol 4, Part E, 7.8.85 */
export const leConnectionCteRequestEnable = /* @__PURE__ */ command(
  0x2056,
  'LE_Connection_CTE_Request_Enable',
  {
    section: '7.8.85',
    supported: [40, 2],
    parameters: {
      connectionHandle: handle,
      enable: u8,
      cteRequestInterval: u16,
      requestedCteLength: u8,
      requestedCteType: u8,
    },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Starts or stops answering the peer with Constant Tone Extensions. Core Vol 4, Part E, 7.8.86 */
export const leConnectionCteResponseEnable = /* @__PURE__ */ command(
  0x2057,
  'LE_Connection_CTE_Response_Enable',
  {
    section: '7.8.86',
    supported: [40, 3],
    parameters: { connectionHandle: handle, enable: u8 },
    returns: { status: u8, connectionHandle: handle },
  },
);

/** Reads what antennae there are and how they can be switched. Core Vol 4, Part E, 7.8.87 */
export const leReadAntennaInformation = /* @__PURE__ */ command(0x2058, 'LE_Read_Antenna_Information', {
  section: '7.8.87',
  supported: [40, 4],
  returns: {
    status: u8,
    supportedSwitchingSamplingRates: u8,
    numAntennae: u8,
    maxSwitchingPatternLength: u8,
    maxCteLength: u8,
  },
});
