import type { Address } from '../../core/address.js';

/** AdvMode: Core Vol 6, Part B, 2.3.4. */
export const AdvMode = { neither: 0, connectable: 1, scannable: 2 } as const;

/** Where and when the next PDU is: Core Vol 6, Part B, 2.3.4.5. */
export interface AuxPtr {
  /** 0–36. */
  channel: number;
  /** µs from the start of the PDU that bears it. */
  offset: number;
  /** A code of {@link SecondaryPhy}. */
  phy: number;
}

/** Where a periodic advertising train is: Core Vol 6, Part B, 2.3.4.6. */
export interface SyncInfo {
  /** Names the train. */
  readonly accessAddress: number;
  /** Units of 1.25 ms. */
  readonly interval: number;
  /** The sleep clock accuracy of the advertiser, 0–7. */
  readonly sca: number;
  /** paEventCounter of the event that it points to. */
  readonly counter: number;
}

/**
 * A PDU with the Common Extended Advertising Payload: ADV_EXT_IND, AUX_ADV_IND, AUX_SCAN_RSP, AUX_CHAIN_IND,
 * AUX_SYNC_IND and AUX_CONNECT_RSP (Core Vol 6, Part B, 2.3.4). Its sender uses it again and again: a receiver keeps no
 * part of it.
 */
export interface ExtendedPdu {
  /** One of {@link AdvMode}. */
  readonly mode: number;
  readonly advA: Address | undefined;
  readonly targetA: Address | undefined;
  /** SID in the upper four bits of sixteen, DID in the lower twelve. */
  readonly adi: number | undefined;
  readonly auxPtr: AuxPtr | undefined;
  syncInfo: SyncInfo | undefined;
  /** Additional Controller Advertising Data (2.3.4.8); none without. */
  acad?: Uint8Array | undefined;
  /** dBm. */
  readonly txPower: number | undefined;
  readonly data: Uint8Array;
}

/** The longest payload of an advertising PDU in octets. */
export const MAX_ADVERTISING_PAYLOAD = 255;

/** The longest extended header. */
const MAX_EXTENDED_HEADER = 63;
const AUX_PTR = 3;
const SYNC_INFO = 18;

/** The fields of an extended header that take room. */
export type ExtendedFields = Pick<
  ExtendedPdu,
  'advA' | 'targetA' | 'adi' | 'auxPtr' | 'syncInfo' | 'txPower' | 'acad'
>;

/** Octets in front of the data: length and AdvMode, and the extended header where there is any (2.3.4). */
export function extendedOverhead(fields: ExtendedFields): number {
  let octets = 0;
  if (fields.advA) octets += 6;
  if (fields.targetA) octets += 6;
  if (fields.adi !== undefined) octets += 2;
  if (fields.auxPtr) octets += AUX_PTR;
  if (fields.syncInfo) octets += SYNC_INFO;
  if (fields.txPower !== undefined) octets += 1;
  if (fields.acad) octets += fields.acad.length;
  return octets === 0 ? 1 : 2 + octets;
}

/** Whether the length of the extended header, flags included, can be told in its six bits (2.3.4). */
export function headerFits(fields: ExtendedFields): boolean {
  return extendedOverhead(fields) - 1 <= MAX_EXTENDED_HEADER;
}

/** Octets of payload, for the time on the air. */
export function extendedPayload(pdu: ExtendedPdu): number {
  return extendedOverhead(pdu) + pdu.data.length;
}

/** The octets of payload of AUX_CONNECT_RSP: AdvA and TargetA (2.3.3.3). */
export const AUX_CONNECT_RSP_PAYLOAD = 14;

/**
 * Spreads data over a PDU and as many AUX_CHAIN_INDs as it takes, each as full as it can be. The last has no AuxPtr.
 * @param head the first PDU, without AuxPtr and data
 * @param phy the PHY of the AuxPtrs
 */
export function chainOf(
  head: Omit<ExtendedPdu, 'auxPtr' | 'data'>,
  data: Uint8Array,
  phy: number,
): ExtendedPdu[] {
  const chain: ExtendedPdu[] = [];
  let fields = head;
  let at = 0;
  for (;;) {
    const room = MAX_ADVERTISING_PAYLOAD - extendedOverhead({ ...fields, auxPtr: undefined });
    const left = data.length - at;
    if (left <= room) {
      chain.push({ ...fields, auxPtr: undefined, data: data.subarray(at) });
      return chain;
    }
    const auxPtr = { channel: 0, offset: 0, phy };
    const end = at + MAX_ADVERTISING_PAYLOAD - extendedOverhead({ ...fields, auxPtr });
    chain.push({ ...fields, auxPtr, data: data.subarray(at, end) });
    at = end;
    fields = chainFields(head);
  }
}

/** What an AUX_CHAIN_IND has of the PDU that it continues: the ADI alone (2.3.1.8). */
function chainFields(head: Omit<ExtendedPdu, 'auxPtr' | 'data'>): Omit<ExtendedPdu, 'auxPtr' | 'data'> {
  return {
    mode: AdvMode.neither,
    advA: undefined,
    targetA: undefined,
    adi: head.adi,
    syncInfo: undefined,
    txPower: undefined,
  };
}
