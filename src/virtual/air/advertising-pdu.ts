import type { Address } from '../../core/address.js';
import type { PhyCode } from './airtime.js';
import type { Link } from './link.js';

/** The PDU types of the primary advertising channels: Core Vol 6, Part B, 2.3. */
export const AdvertisingPduType = {
  advInd: 0x0,
  advDirectInd: 0x1,
  advNonconnInd: 0x2,
  scanReq: 0x3,
  scanRsp: 0x4,
  connectInd: 0x5,
  advScanInd: 0x6,
} as const;

/** One of {@link AdvertisingPduType}. */
export type AdvertisingPduTypeCode = number;

/** ADV_IND, ADV_DIRECT_IND, ADV_NONCONN_IND, ADV_SCAN_IND or SCAN_RSP: Core Vol 6, Part B, 2.3.1 and 2.3.2.2. */
export interface AdvertisingPdu {
  readonly type: AdvertisingPduTypeCode;
  readonly advA: Address;
  /** Whom ADV_DIRECT_IND is for. */
  readonly targetA: Address | undefined;
  /** The advertising or scan response data. */
  readonly data: Uint8Array;
  /** Whether the advertiser can use Channel Selection Algorithm #2. */
  readonly chSel: boolean;
}

/** SCAN_REQ, or AUX_SCAN_REQ, which has the same payload: Core Vol 6, Part B, 2.3.2.1. */
export interface ScanRequest {
  readonly type: typeof AdvertisingPduType.scanReq;
  readonly scanA: Address;
  readonly advA: Address;
}

/** CONNECT_IND, or AUX_CONNECT_REQ, which has the same payload: Core Vol 6, Part B, 2.3.3.1. Intervals and timeouts in the specification's units. */
export interface ConnectIndication {
  readonly type: typeof AdvertisingPduType.connectInd;
  readonly initA: Address;
  readonly advA: Address;
  readonly chSel: boolean;
  /** 1.25 ms units. */
  readonly interval: number;
  readonly latency: number;
  /** 10 ms units. */
  readonly timeout: number;
  /** 37 bits in five octets. */
  readonly channelMap: Uint8Array;
  /** The sleep clock accuracy of the initiator, 0–7. */
  readonly sca: number;
  /** The PHY that it is sent on, and the connection begins on. */
  readonly phy: PhyCode;
  /** Where the connection events take place: what the access address in the PDU names. */
  readonly link: Link;
}

/** What a listener may answer an advertising PDU with, T_IFS later. */
export type AdvertisingAnswer = ScanRequest | ConnectIndication;

/** Octets of payload, for the time on the air. */
export function advertisingPayload(pdu: AdvertisingPdu): number {
  return pdu.type === AdvertisingPduType.advDirectInd ? 12 : 6 + pdu.data.length;
}

/** Octets of payload of an answer. */
export function answerPayload(answer: AdvertisingAnswer): number {
  return answer.type === AdvertisingPduType.scanReq ? 12 : 34;
}

/** Whether it invites a scan request. */
export function isScannable(type: AdvertisingPduTypeCode): boolean {
  return type === AdvertisingPduType.advInd || type === AdvertisingPduType.advScanInd;
}

/** Whether it invites a connection. */
export function isConnectable(type: AdvertisingPduTypeCode): boolean {
  return type === AdvertisingPduType.advInd || type === AdvertisingPduType.advDirectInd;
}
