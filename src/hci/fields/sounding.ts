/** Fields of Channel Sounding: Core Vol 4, Part E, 7.7.65.39 to 7.7.65.46 and 7.8.130 to 7.8.143. */
import { meaning, octets, u8, u16 } from '../../core/codec.js';

/** The names of bits that stand for times. */
const times = (...values: number[]) => Object.fromEntries(values.map((time, bit) => [bit, `${time} µs`]));

/** Who begins. */
export const csRole = /* @__PURE__ */ meaning(u8, { names: { 0: 'initiator', 1: 'reflector' } });
/** Roles as a mask. */
export const csRoles = /* @__PURE__ */ meaning(u8, { bits: { 0: 'initiator', 1: 'reflector' } });
/** The mode of steps. */
export const csMode = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'mode-0', 1: 'mode-1', 2: 'mode-2', 3: 'mode-3', 255: 'unused' },
});
/** The optional modes. */
export const csModesSupported = /* @__PURE__ */ meaning(u8, { bits: { 0: 'mode-3' } });
/** What is timed in mode-1 and mode-3. */
export const rttType = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'access address only',
    1: '32-bit sounding sequence',
    2: '96-bit sounding sequence',
    3: '32-bit random sequence',
    4: '64-bit random sequence',
    5: '96-bit random sequence',
    6: '128-bit random sequence',
  },
});
/** What is timed to 10 ns; the rest to 150 ns. */
export const rttCapability = /* @__PURE__ */ meaning(u8, {
  bits: { 0: 'access address only', 1: 'sounding sequence', 2: 'random sequence' },
});
/** Whether attacks are measured by phase. */
export const nadmCapability = /* @__PURE__ */ meaning(u16, { bits: { 0: 'phase-based NADM' } });
/** The PHY of CS_SYNC packets. */
export const csSyncPhy = /* @__PURE__ */ meaning(u8, { names: { 1: 'LE 1M', 2: 'LE 2M', 3: 'LE 2M 2BT' } });
/** The PHY whose transmit power a procedure is compared with. */
export const csProcedurePhy = /* @__PURE__ */ meaning(u8, {
  names: { 1: 'LE 1M', 2: 'LE 2M', 3: 'LE Coded, S=8', 4: 'LE Coded, S=2' },
});
/** The optional PHYs of CS_SYNC packets. */
export const csSyncPhysSupported = /* @__PURE__ */ meaning(u8, { bits: { 1: 'LE 2M', 2: 'LE 2M 2BT' } });
/** Optional features. */
export const csSubfeatures = /* @__PURE__ */ meaning(u16, {
  bits: {
    1: 'no frequency actuation error',
    2: 'channel selection algorithm #3c',
    3: 'phase-based ranging from an RTT sounding sequence',
  },
});
/** Optional T_IP1 or T_IP2. */
export const tIpTimesSupported = /* @__PURE__ */ meaning(u16, {
  bits: /* @__PURE__ */ times(10, 20, 30, 40, 50, 60, 80),
});
/** Optional T_FCS. */
export const tFcsTimesSupported = /* @__PURE__ */ meaning(u16, {
  bits: /* @__PURE__ */ times(15, 20, 30, 40, 50, 60, 80, 100, 120),
});
/** Optional T_PM. */
export const tPmTimesSupported = /* @__PURE__ */ meaning(u16, { bits: /* @__PURE__ */ times(10, 20) });
/** SNR output levels that can be had. */
export const txSnrCapability = /* @__PURE__ */ meaning(u8, {
  bits: { 0: '18 dB', 1: '21 dB', 2: '24 dB', 3: '27 dB', 4: '30 dB' },
});
/** One SNR output level. */
export const snrControl = /* @__PURE__ */ meaning(u8, {
  names: { 0: '18 dB', 1: '21 dB', 2: '24 dB', 3: '27 dB', 4: '30 dB', 255: 'not applied' },
});
/** The antenna for CS_SYNC packets. */
export const csSyncAntenna = /* @__PURE__ */ meaning(u8, {
  names: { 1: '1', 2: '2', 3: '3', 4: '4', 254: 'repetitive order', 255: 'no recommendation' },
});
/** The antennae that the peer should use. */
export const preferredPeerAntenna = /* @__PURE__ */ meaning(u8, { bits: { 0: '1', 1: '2', 2: '3', 3: '4' } });
/** Where a configuration is made. */
export const createContext = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'local controller', 1: 'both controllers' },
});
/** Whether a configuration was made or removed. */
export const configAction = /* @__PURE__ */ meaning(u8, { names: { 0: 'removed', 1: 'created' } });
/** The 79 channels. */
export const csChannelMap = /* @__PURE__ */ meaning(/* @__PURE__ */ octets(10), {
  bits: (bit) => (bit < 79 ? `channel ${bit}` : undefined),
});
/** How the channels of steps are chosen. */
export const csChannelSelection = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'algorithm #3b', 1: 'algorithm #3c' },
});
/** The shape of algorithm #3c. */
export const ch3cShape = /* @__PURE__ */ meaning(u8, { names: { 0: 'hat', 1: 'X' } });
/** A frequency that may not be known, as 15 bits with a sign in units of 0.01 ppm. */
export const frequencyCompensation = /* @__PURE__ */ meaning(u16, { names: { 49152: 'not available' } });
/** Whether more results come. */
export const csDoneStatus = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'complete', 1: 'more to come', 15: 'aborted' },
});
/** Why a procedure and a subevent were aborted. */
export const csAbortReason = /* @__PURE__ */ meaning(u8, {
  parts: [
    {
      name: 'procedure',
      bit: 0,
      width: 4,
      names: {
        0: 'not aborted',
        1: 'local host or remote',
        2: 'too few channels',
        3: 'instant of the channel map passed',
        15: 'unspecified',
      },
    },
    {
      name: 'subevent',
      bit: 4,
      width: 4,
      names: {
        0: 'not aborted',
        1: 'local host or remote',
        2: 'no CS_SYNC received',
        3: 'scheduling conflict or limited resources',
        15: 'unspecified',
      },
    },
  ],
});
