/** Fields of isochronous streams: Core Vol 4, Part E, 7.7.65 and 7.8. */
import { meaning, u8 } from '../../core/codec.js';

/** How the subevents of several streams follow each other. */
export const packing = /* @__PURE__ */ meaning(u8, { names: { 0: 'sequential', 1: 'interleaved' } });
/** How SDUs are put into PDUs. */
export const framing = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'unframed', 1: 'framed, segmentable', 2: 'framed, unsegmented' },
});
/** Whether a group is encrypted. */
export const bigEncryption = /* @__PURE__ */ meaning(u8, { names: { 0: 'unencrypted', 1: 'encrypted' } });
/** Which data paths. */
export const dataPathDirections = /* @__PURE__ */ meaning(u8, { bits: { 0: 'input', 1: 'output' } });
/** What test SDUs hold. */
export const isoTestPayload = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'zero length', 1: 'variable length', 2: 'maximum length' },
});
/** How many subevents a receiver uses. */
export const maximumSubevents = /* @__PURE__ */ meaning(u8, { names: { 0: 'any number' } });
