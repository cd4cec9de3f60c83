/** Fields of advertising sets and of periodic advertising: Core Vol 4, Part E, 7.7.65 and 7.8. */
import { meaning, u8, u16 } from '../../core/codec.js';

/** Whether the data of a periodic advertising report are complete. */
export const dataStatus = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'complete',
    1: 'incomplete, more to come',
    2: 'incomplete, truncated',
    255: 'not received',
  },
});
/** How an advertising set advertises. */
export const advertisingEventProperties = /* @__PURE__ */ meaning(u16, {
  bits: {
    0: 'connectable',
    1: 'scannable',
    2: 'directed',
    3: 'high duty cycle directed',
    4: 'legacy PDUs',
    5: 'anonymous',
    6: 'with TxPower',
  },
});
/** How LE Coded is to be coded. */
export const codingOptions = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'no preference', 1: 'S=2 preferred', 2: 'S=8 preferred', 3: 'S=2 required', 4: 'S=8 required' },
});
/** Which part of the data a command brings. */
export const dataOperation = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'intermediate fragment',
    1: 'first fragment',
    2: 'last fragment',
    3: 'complete',
    4: 'unchanged, new DID',
  },
});
/** Whether the controller may fragment data. */
export const fragmentPreference = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'may fragment', 1: 'should not fragment' },
});
/** The changes that make a new address. */
export const changeReasons = /* @__PURE__ */ meaning(u8, {
  bits: { 0: 'advertising data', 1: 'scan response data' },
});
/** What decision data have. */
export const decisionTypeFlags = /* @__PURE__ */ meaning(u8, { bits: { 0: 'resolvable tag' } });

/** How a train is made. */
export const periodicAdvertisingProperties = /* @__PURE__ */ meaning(u16, { bits: { 6: 'with TxPower' } });
/** Whether a train is sent, and whether its data are numbered. */
export const periodicAdvertisingEnable = /* @__PURE__ */ meaning(u8, {
  bits: { 0: 'enabled', 1: 'with ADI' },
});
/** Whether the reports of a train are sent, and which. */
export const periodicReceiveEnable = /* @__PURE__ */ meaning(u8, {
  bits: { 0: 'reports', 1: 'duplicates filtered' },
});
/** How to synchronise with a train. */
export const createSyncOptions = /* @__PURE__ */ meaning(u8, {
  bits: { 0: 'Periodic Advertiser List', 1: 'reports disabled at first', 2: 'duplicates filtered' },
});
/** The trains not to synchronise with. */
export const syncCteType = /* @__PURE__ */ meaning(u8, {
  bits: {
    0: 'not with AoA CTE',
    1: 'not with AoD CTE of 1 µs slots',
    2: 'not with AoD CTE of 2 µs slots',
    3: 'not with type 3 CTE',
    4: 'not without CTE',
  },
});
/** What to do with a train that a peer tells of. */
export const syncTransferMode = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'ignore',
    1: 'synchronise, reports disabled',
    2: 'synchronise, reports enabled',
    3: 'synchronise, reports with duplicates filtered',
  },
});
/** Whether the packet of a subevent was sent. */
export const subeventTxStatus = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'AUX_SYNC_SUBEVENT_IND sent', 1: 'AUX_SYNC_SUBEVENT_IND not sent' },
});
