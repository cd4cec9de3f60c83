import { Address } from '../../core/address.js';
import { bdAddr, octets, struct, u8, u16, type Values } from '../../core/codec.js';
import { Phy } from '../air/airtime.js';
import type { ControlPdu } from './control-pdu.js';

const fields = {
  id: u16,
  syncInfo: octets(18),
  connEventCount: u16,
  lastPaEventCounter: u16,
  /** SID in bits 0 to 3, the address type in bit 4, the sleep clock accuracy in bits 5 to 7. */
  sidAndSca: u8,
  /** A mask: bit 0 is LE 1M, bit 1 LE 2M, bit 2 LE Coded. */
  phy: u8,
  advA: bdAddr,
  syncConnEventCount: u16,
};

/** LL_PERIODIC_SYNC_IND: Core Vol 6, Part B, 2.4.2.27. */
export const llPeriodicSyncInd: ControlPdu<Values<typeof fields>> = {
  opcode: 0x1c,
  name: 'LL_PERIODIC_SYNC_IND',
  body: struct(fields),
};

/** What LL_PERIODIC_SYNC_IND carries. */
export type PeriodicSyncInd = Values<typeof fields>;

const subeventFields = { ...fields, responseAccessAddress: octets(4), subevents: octets(4) };

/** LL_PERIODIC_SYNC_WR_IND, of a train with subevents: Core Vol 6, Part B, 2.4.2.41. */
export const llPeriodicSyncWrInd: ControlPdu<Values<typeof subeventFields>> = {
  opcode: 0x2a,
  name: 'LL_PERIODIC_SYNC_WR_IND',
  body: struct(subeventFields),
};

/** A train, as one device describes it to another. */
export interface TrainDescription {
  readonly accessAddress: number;
  /** Units of 1.25 ms. */
  readonly interval: number;
  /** The sleep clock accuracy of the advertiser, 0–7. */
  readonly sca: number;
  /** 37 bits in five octets. */
  readonly channelMap: Uint8Array;
  /** paEventCounter of the event that it points to. */
  readonly counter: number;
  /** µs from the connection event `connEventCount` to that event. */
  readonly offset: number;
  readonly address: Address;
  readonly sid: number;
  /** 1, 2 or 3, as HCI numbers the PHYs. */
  readonly phy: number;
}

const FINE = 30;
const COARSE = 300;
const MAX_OFFSET = 0x1fff;
/** What Offset Adjust adds: 2.4576 s. */
const ADJUST = 2_457_600;

/** SyncInfo: Core Vol 6, Part B, 2.3.4.6. */
function encodeSyncInfo(train: TrainDescription): Uint8Array {
  const wire = new Uint8Array(18);
  const view = new DataView(wire.buffer);
  const adjust = train.offset >= ADJUST;
  const rest = adjust ? train.offset - ADJUST : train.offset;
  const coarse = adjust || rest > MAX_OFFSET * FINE;
  const base = Math.min(MAX_OFFSET, Math.floor(rest / (coarse ? COARSE : FINE)));
  view.setUint16(0, base | (coarse ? 1 << 13 : 0) | (adjust ? 1 << 14 : 0), true);
  view.setUint16(2, train.interval, true);
  wire.set(train.channelMap, 4);
  wire[8] = (wire[8]! & 0x1f) | (train.sca << 5);
  view.setUint32(9, train.accessAddress, true);
  // CRCInit: nothing on this air is wrong by it.
  view.setUint16(16, train.counter, true);
  return wire;
}

/** What tells a peer of a train. */
export function describeTrain(
  train: TrainDescription,
  serviceData: number,
  eventCounter: number,
  ownSca: number,
): PeriodicSyncInd {
  return {
    id: serviceData,
    syncInfo: encodeSyncInfo(train),
    connEventCount: eventCounter,
    lastPaEventCounter: (train.counter - 1) & 0xffff,
    sidAndSca: train.sid | ((train.address.type & 1) << 4) | (ownSca << 5),
    phy: 1 << (train.phy - 1),
    advA: train.address.bd,
    syncConnEventCount: eventCounter,
  };
}

/** What a peer tells of a train; `undefined` when it makes no sense. */
export function readTrain(pdu: PeriodicSyncInd): Omit<TrainDescription, 'offset'> | undefined {
  const { syncInfo, sidAndSca } = pdu;
  const view = new DataView(syncInfo.buffer, syncInfo.byteOffset, syncInfo.length);
  const interval = view.getUint16(2, true);
  const phy = [Phy.le1M, Phy.le2M, Phy.leCoded].find((code) => pdu.phy === 1 << (code - 1));
  if (interval < 6 || phy === undefined) return undefined;
  const channelMap = syncInfo.slice(4, 9);
  channelMap[4]! &= 0x1f;
  return {
    accessAddress: view.getUint32(9, true),
    interval,
    sca: syncInfo[8]! >> 5,
    channelMap,
    counter: view.getUint16(16, true),
    address: new Address(pdu.advA, (sidAndSca >> 4) & 1),
    sid: sidAndSca & 0x0f,
    phy,
  };
}

/** What to do with the trains that peers tell of: Core Vol 4, Part E, 7.8.91. */
export interface TransferParameters {
  /** 0: ignore; 1: without reports; 2: with reports; 3: with reports, duplicates filtered. */
  readonly mode: number;
  readonly skip: number;
  /** Units of 10 ms. */
  readonly timeout: number;
  readonly cteType: number;
}

/** Before the first LE Set Default Periodic Advertising Sync Transfer Parameters. */
export const ignoreTransfers: TransferParameters = { mode: 0, skip: 0, timeout: 0x000a, cteType: 0 };
