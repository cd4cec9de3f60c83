/** Fields of advertising and scanning: Core Vol 4, Part E, 7.7.65 and 7.8. */
import { meaning, u8, u16 } from '../../core/codec.js';

/** How to advertise with legacy PDUs. */
export const advertisingType = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'ADV_IND',
    1: 'ADV_DIRECT_IND (high duty cycle)',
    2: 'ADV_SCAN_IND',
    3: 'ADV_NONCONN_IND',
    4: 'ADV_DIRECT_IND (low duty cycle)',
  },
});
/** The PDU behind a legacy advertising report. */
export const reportEventType = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'ADV_IND', 1: 'ADV_DIRECT_IND', 2: 'ADV_SCAN_IND', 3: 'ADV_NONCONN_IND', 4: 'SCAN_RSP' },
});
/** What is behind an extended advertising report. */
export const extendedEventType = /* @__PURE__ */ meaning(u16, {
  bits: { 0: 'connectable', 1: 'scannable', 2: 'directed', 3: 'scan response', 4: 'legacy PDU' },
  parts: [
    {
      name: 'data status',
      bit: 5,
      width: 2,
      names: { 0: 'complete', 1: 'incomplete, more to come', 2: 'incomplete, truncated' },
    },
  ],
});
/** The three primary advertising channels. */
export const advertisingChannelMap = /* @__PURE__ */ meaning(u8, {
  bits: { 0: 'channel 37', 1: 'channel 38', 2: 'channel 39' },
});
/** Whose requests an advertiser answers. */
export const advertisingFilterPolicy = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'all',
    1: 'scan requests of the Filter Accept List, all connection requests',
    2: 'all scan requests, connection requests of the Filter Accept List',
    3: 'the Filter Accept List',
  },
});
/** The set of an advertiser. */
export const advertisingSid = /* @__PURE__ */ meaning(u8, { names: { 255: 'none' } });
/** Whether to ask advertisers for scan responses. */
export const scanType = /* @__PURE__ */ meaning(u8, { names: { 0: 'passive', 1: 'active' } });
/** What to report, as far as the Filter Accept List and the target's address decide; further values came with decisions. */
export const scanningFilterPolicy = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'basic unfiltered', 1: 'basic filtered', 2: 'extended unfiltered', 3: 'extended filtered' },
});
/** Whether an advertiser is reported once. */
export const filterDuplicates = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'disabled', 1: 'enabled', 2: 'enabled, anew each period' },
});
/** Which advertisers to connect to; further values came with decisions. */
export const initiatorFilterPolicy = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'the peer', 1: 'the Filter Accept List' },
});
/** Whether a watched advertiser came or went. */
export const monitorCondition = /* @__PURE__ */ meaning(u8, { names: { 0: 'went', 1: 'came' } });
