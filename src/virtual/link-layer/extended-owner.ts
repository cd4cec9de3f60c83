import type { AdvertisingAnswer, ConnectIndication, ScanRequest } from '../air/advertising-pdu.js';
import { AdvMode, type ExtendedPdu, type SyncInfo } from '../air/extended-pdu.js';

/** What is sent in the extended advertising events of a set. */
export interface ExtendedTransmission {
  readonly channels: readonly number[];
  readonly primaryPhy: number;
  readonly secondaryPhy: number;
  /** ADV_EXT_IND. */
  readonly indication: ExtendedPdu;
  /** AUX_ADV_IND and AUX_CHAIN_INDs; none when the ADV_EXT_IND says everything. */
  readonly chain: readonly ExtendedPdu[];
}

/** Who advertises: what an `ExtendedEvent` asks and tells. */
export interface ExtendedOwner {
  /** How many dB less than the radio's power it sends with. */
  readonly attenuation: number;
  /** Whether the filter policy lets the answer through. */
  permits(answer: AdvertisingAnswer): boolean;
  /** Which of the secondary channels to use next. */
  secondaryChannel(): number;
  /** Where its periodic advertising is now, when it is on. */
  syncInfo(): SyncInfo | undefined;
  /** A scan request was received and permitted. */
  scanRequested(request: ScanRequest): void;
  /** AUX_SCAN_RSP and AUX_CHAIN_INDs. */
  responseChain(): readonly ExtendedPdu[];
  /** AUX_CONNECT_RSP, for the initiator. */
  connectResponse(indication: ConnectIndication): ExtendedPdu;
  /** The AUX_CONNECT_RSP has been sent. */
  connected(indication: ConnectIndication): void;
  /** The event, begun at `start` (µs), ends at `end`. */
  eventOver(start: number, end: number): void;
}

/** AUX_CONNECT_RSP: Core Vol 6, Part B, 2.3.3.3. */
export function connectResponse(indication: ConnectIndication): ExtendedPdu {
  return {
    mode: AdvMode.neither,
    advA: indication.advA,
    targetA: indication.initA,
    adi: undefined,
    auxPtr: undefined,
    syncInfo: undefined,
    txPower: undefined,
    data: new Uint8Array(0),
  };
}
