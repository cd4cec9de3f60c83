import { type Fields, i8, octets, type Struct, struct, u8, u16, u64, type Values } from '../../core/codec.js';

/** An LL Control PDU: Core Vol 6, Part B, 2.4.2. */
export interface ControlPdu<P> {
  readonly opcode: number;
  readonly name: string;
  /** CtrData, behind the opcode. */
  readonly body: Struct<P>;
}

/** Declares an LL Control PDU. */
export function controlPdu<F extends Fields>(opcode: number, name: string, fields: F): ControlPdu<Values<F>> {
  return { opcode, name, body: struct(fields) };
}

/** Core Vol 6, Part B, 2.4.2.1. Instants are values of connEventCount. */
export const llConnectionUpdateInd = controlPdu(0x00, 'LL_CONNECTION_UPDATE_IND', {
  winSize: u8,
  winOffset: u16,
  interval: u16,
  latency: u16,
  timeout: u16,
  instant: u16,
});
/** Core Vol 6, Part B, 2.4.2.2. */
export const llChannelMapInd = controlPdu(0x01, 'LL_CHANNEL_MAP_IND', {
  channelMap: octets(5),
  instant: u16,
});
/** Core Vol 6, Part B, 2.4.2.3. */
export const llTerminateInd = controlPdu(0x02, 'LL_TERMINATE_IND', { errorCode: u8 });
const octets4 = octets(4);
const octets8 = octets(8);
/** Core Vol 6, Part B, 2.4.2.4. */
export const llEncReq = controlPdu(0x03, 'LL_ENC_REQ', { rand: u64, ediv: u16, skdC: octets8, ivC: octets4 });
/** Core Vol 6, Part B, 2.4.2.5. */
export const llEncRsp = controlPdu(0x04, 'LL_ENC_RSP', { skdP: octets8, ivP: octets4 });
/** Core Vol 6, Part B, 2.4.2.6. */
export const llStartEncReq = controlPdu(0x05, 'LL_START_ENC_REQ', {});
/** Core Vol 6, Part B, 2.4.2.7. */
export const llStartEncRsp = controlPdu(0x06, 'LL_START_ENC_RSP', {});
/** Core Vol 6, Part B, 2.4.2.8. */
export const llUnknownRsp = controlPdu(0x07, 'LL_UNKNOWN_RSP', { unknownType: u8 });
/** From the central. Core Vol 6, Part B, 2.4.2.9. */
export const llFeatureReq = controlPdu(0x08, 'LL_FEATURE_REQ', { featureSet: u64 });
/** Core Vol 6, Part B, 2.4.2.10. */
export const llFeatureRsp = controlPdu(0x09, 'LL_FEATURE_RSP', { featureSet: u64 });
/** Core Vol 6, Part B, 2.4.2.11. */
export const llPauseEncReq = controlPdu(0x0a, 'LL_PAUSE_ENC_REQ', {});
/** Core Vol 6, Part B, 2.4.2.12. */
export const llPauseEncRsp = controlPdu(0x0b, 'LL_PAUSE_ENC_RSP', {});
/** Core Vol 6, Part B, 2.4.2.13. */
export const llVersionInd = controlPdu(0x0c, 'LL_VERSION_IND', {
  version: u8,
  companyIdentifier: u16,
  subversion: u16,
});
/** Core Vol 6, Part B, 2.4.2.14. */
export const llRejectInd = controlPdu(0x0d, 'LL_REJECT_IND', { errorCode: u8 });
/** From the peripheral. Core Vol 6, Part B, 2.4.2.15. */
export const llPeripheralFeatureReq = controlPdu(0x0e, 'LL_PERIPHERAL_FEATURE_REQ', { featureSet: u64 });
const connectionParameters = {
  intervalMin: u16,
  intervalMax: u16,
  latency: u16,
  timeout: u16,
  preferredPeriodicity: u8,
  referenceConnEventCount: u16,
  /** Six offsets, 0xFFFF for none. */
  offsets: octets(12),
};
/** Core Vol 6, Part B, 2.4.2.16. */
export const llConnectionParamReq = controlPdu(0x0f, 'LL_CONNECTION_PARAM_REQ', connectionParameters);
/** Core Vol 6, Part B, 2.4.2.17. */
export const llConnectionParamRsp = controlPdu(0x10, 'LL_CONNECTION_PARAM_RSP', connectionParameters);
/** Core Vol 6, Part B, 2.4.2.18. */
export const llRejectExtInd = controlPdu(0x11, 'LL_REJECT_EXT_IND', { rejectOpcode: u8, errorCode: u8 });
/** Core Vol 6, Part B, 2.4.2.19. */
export const llPingReq = controlPdu(0x12, 'LL_PING_REQ', {});
/** Core Vol 6, Part B, 2.4.2.20. */
export const llPingRsp = controlPdu(0x13, 'LL_PING_RSP', {});
const lengths = { maxRxOctets: u16, maxRxTime: u16, maxTxOctets: u16, maxTxTime: u16 };
/** Core Vol 6, Part B, 2.4.2.21. */
export const llLengthReq = controlPdu(0x14, 'LL_LENGTH_REQ', lengths);
/** Core Vol 6, Part B, 2.4.2.21. */
export const llLengthRsp = controlPdu(0x15, 'LL_LENGTH_RSP', lengths);
/** Masks: bit 0 is LE 1M, bit 1 LE 2M, bit 2 LE Coded. Core Vol 6, Part B, 2.4.2.22. */
export const llPhyReq = controlPdu(0x16, 'LL_PHY_REQ', { txPhys: u8, rxPhys: u8 });
/** Core Vol 6, Part B, 2.4.2.22. */
export const llPhyRsp = controlPdu(0x17, 'LL_PHY_RSP', { txPhys: u8, rxPhys: u8 });
/** Masks as in {@link llPhyReq} with at most one bit set; 0 leaves a direction as it is. Core Vol 6, Part B, 2.4.2.23. */
export const llPhyUpdateInd = controlPdu(0x18, 'LL_PHY_UPDATE_IND', {
  phyCToP: u8,
  phyPToC: u8,
  instant: u16,
});

/** Core Vol 6, Part B, 2.4.2.29. */
export const llClockAccuracyReq = controlPdu(0x1d, 'LL_CLOCK_ACCURACY_REQ', { sca: u8 });
/** Core Vol 6, Part B, 2.4.2.30. */
export const llClockAccuracyRsp = controlPdu(0x1e, 'LL_CLOCK_ACCURACY_RSP', { sca: u8 });
/** `phy` is a mask of one bit: 1M, 2M, Coded S=8, Coded S=2. Powers in dBm, changes in dB. Core Vol 6, Part B, 2.4.2.36. */
export const llPowerControlReq = controlPdu(0x23, 'LL_POWER_CONTROL_REQ', {
  phy: u8,
  delta: i8,
  txPower: i8,
});
/** Core Vol 6, Part B, 2.4.2.37. */
export const llPowerControlRsp = controlPdu(0x24, 'LL_POWER_CONTROL_RSP', {
  flags: u8,
  delta: i8,
  txPower: i8,
  acceptablePowerReduction: u8,
});
/** Core Vol 6, Part B, 2.4.2.38. */
export const llPowerChangeInd = controlPdu(0x25, 'LL_POWER_CHANGE_IND', {
  phy: u8,
  flags: u8,
  delta: i8,
  txPower: i8,
});
/** Core Vol 6, Part B, 2.4.2.39. */
export const llSubrateReq = controlPdu(0x26, 'LL_SUBRATE_REQ', {
  subrateMin: u16,
  subrateMax: u16,
  maxLatency: u16,
  continuationNumber: u16,
  timeout: u16,
});
/** Core Vol 6, Part B, 2.4.2.40. */
export const llSubrateInd = controlPdu(0x27, 'LL_SUBRATE_IND', {
  subrateFactor: u16,
  subrateBaseEvent: u16,
  latency: u16,
  continuationNumber: u16,
  timeout: u16,
});

/** The octets of an LL Control PDU. */
export function encodeControlPdu<P>(pdu: ControlPdu<P>, values: P): Uint8Array {
  const body = pdu.body.encode(values);
  const octets = new Uint8Array(1 + body.length);
  octets[0] = pdu.opcode;
  octets.set(body, 1);
  return octets;
}
