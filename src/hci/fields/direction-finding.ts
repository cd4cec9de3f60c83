/** Fields of Constant Tone Extensions and of the direct test mode: Core Vol 4, Part E, 7.7.65 and 7.8. */
import { i8, meaning, u8 } from '../../core/codec.js';

/** A kind of Constant Tone Extension. */
export const cteType = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'AoA', 1: 'AoD, 1 µs slots', 2: 'AoD, 2 µs slots', 255: 'none' },
});
/** Kinds of Constant Tone Extension. */
export const cteTypes = /* @__PURE__ */ meaning(u8, {
  bits: { 0: 'AoA', 1: 'AoD, 1 µs slots', 2: 'AoD, 2 µs slots' },
});
/** The length of a Constant Tone Extension, in units of 8 µs. */
export const cteLength = /* @__PURE__ */ meaning(u8, { unit: [8, 'µs'] });
/** The length of switching and sampling slots. */
export const slotDurations = /* @__PURE__ */ meaning(u8, { names: { 1: '1 µs', 2: '2 µs' } });
/** Whether samples are of a good packet. */
export const packetStatus = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'CRC correct',
    1: 'CRC incorrect, samples by the length in the packet',
    2: 'CRC incorrect, samples by other means',
    255: 'no samples: insufficient resources',
  },
});
/** What the antennae can. */
export const switchingSamplingRates = /* @__PURE__ */ meaning(u8, {
  bits: { 0: '1 µs switching for AoD', 1: '1 µs sampling for AoD', 2: '1 µs switching and sampling for AoA' },
});

/** What test packets hold. */
export const testPayload = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'PRBS9',
    1: '11110000',
    2: '10101010',
    3: 'PRBS15',
    4: '11111111',
    5: '00000000',
    6: '00001111',
    7: '01010101',
  },
});
/** What to assume of the sender's modulation. */
export const modulationIndex = /* @__PURE__ */ meaning(u8, { names: { 0: 'standard', 1: 'stable' } });
/** The power of test packets in dBm, or an end of what the controller can. */
export const testTxPower = /* @__PURE__ */ meaning(i8, {
  unit: [1, 'dBm'],
  names: { 126: 'minimum', 127: 'maximum' },
});
