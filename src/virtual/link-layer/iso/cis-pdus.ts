import { bits, u8, u16, u24, u32 } from '../../../core/codec.js';
import { type ControlPdu, controlPdu } from '../control-pdu.js';

/** A Max_SDU of 12 bits; bit 15 of the first says whether SDUs are framed. */
const maxSduAndFramed = bits(u16, { maxSdu: 12, rfu: 3, framed: 1 });
const maxSdu = bits(u16, { maxSdu: 12, rfu: 4 });
/** An SDU_Interval of 20 bits, in µs. */
const sduInterval = bits(u24, { sduInterval: 20, rfu: 4 });
const burstNumbers = bits(u8, { bnCToP: 4, bnPToC: 4 });

/** The central asks for a stream; PHYs as masks of one bit. Core Vol 6, Part B, 2.4.2.29. */
export const llCisReq = controlPdu(0x1f, 'LL_CIS_REQ', {
  cigId: u8,
  cisId: u8,
  phyCToP: u8,
  phyPToC: u8,
  maxSduCToP: maxSduAndFramed,
  maxSduPToC: maxSdu,
  sduIntervalCToP: sduInterval,
  sduIntervalPToC: sduInterval,
  maxPduCToP: u16,
  maxPduPToC: u16,
  nse: u8,
  subInterval: u24,
  bn: burstNumbers,
  ftCToP: u8,
  ftPToC: u8,
  isoInterval: u16,
  cisOffsetMin: u24,
  cisOffsetMax: u24,
  connEventCount: u16,
});

/** Core Vol 6, Part B, 2.4.2.30. */
export const llCisRsp = controlPdu(0x20, 'LL_CIS_RSP', {
  cisOffsetMin: u24,
  cisOffsetMax: u24,
  connEventCount: u16,
});

/** Core Vol 6, Part B, 2.4.2.31. */
export const llCisInd = controlPdu(0x21, 'LL_CIS_IND', {
  accessAddress: u32,
  cisOffset: u24,
  cigSyncDelay: u24,
  cisSyncDelay: u24,
  connEventCount: u16,
});

/** Core Vol 6, Part B, 2.4.2.32. */
export const llCisTerminateInd = controlPdu(0x22, 'LL_CIS_TERMINATE_IND', {
  cigId: u8,
  cisId: u8,
  errorCode: u8,
});

type BodyOf<T> = T extends ControlPdu<infer P> ? P : never;

/** What LL_CIS_REQ says. */
export type CisRequest = BodyOf<typeof llCisReq>;
/** What LL_CIS_IND says. */
export type CisIndication = BodyOf<typeof llCisInd>;
