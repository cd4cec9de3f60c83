/**
 * Fields that many packets have, with what their numbers mean: Core Vol 4, Part E, 7. They are read and written as the
 * plain integers that they are; the meaning is for people.
 */
import { i8, i16, meaning, u8, u16, u24, u32 } from '../../core/codec.js';
import { errorName } from '../error-names.js';

/** Status: an error code of Core Vol 1, Part F, 1.3. */
export const status = /* @__PURE__ */ meaning(u8, { names: errorName });
/** Reason: an error code of Core Vol 1, Part F, 1.3. */
export const reason = /* @__PURE__ */ meaning(u8, { names: errorName });
/** 0 or 1. */
export const enable = /* @__PURE__ */ meaning(u8, { names: { 0: 'disabled', 1: 'enabled' } });

/** The type of a device address. */
export const addressType = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'public',
    1: 'random',
    2: 'public identity',
    3: 'random identity',
    254: 'random, not resolved',
    255: 'anonymous',
  },
});
/** Which address to use oneself. */
export const ownAddressType = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'public', 1: 'random', 2: 'resolvable, else public', 3: 'resolvable, else random' },
});
/** The role in a connection. */
export const role = /* @__PURE__ */ meaning(u8, { names: { 0: 'central', 1: 'peripheral' } });
/** The worst accuracy of a sleep clock. */
export const clockAccuracy = /* @__PURE__ */ meaning(u8, {
  names: {
    0: '500 ppm',
    1: '250 ppm',
    2: '150 ppm',
    3: '100 ppm',
    4: '75 ppm',
    5: '50 ppm',
    6: '30 ppm',
    7: '20 ppm',
  },
});

/** One PHY. */
export const phy = /* @__PURE__ */ meaning(u8, { names: { 1: 'LE 1M', 2: 'LE 2M', 3: 'LE Coded' } });
/** One PHY of an advertising report: there may be none, and LE Coded may be told with its coding. */
export const reportPhy = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'none', 1: 'LE 1M', 2: 'LE 2M', 3: 'LE Coded', 4: 'LE Coded, S=2' },
});
/** One PHY with the coding of LE Coded. */
export const phyAndCoding = /* @__PURE__ */ meaning(u8, {
  names: { 1: 'LE 1M', 2: 'LE 2M', 3: 'LE Coded, S=8', 4: 'LE Coded, S=2' },
});
/** A mask of PHYs. */
export const phys = /* @__PURE__ */ meaning(u8, { bits: { 0: 'LE 1M', 1: 'LE 2M', 2: 'LE Coded' } });

/** A time in units of 0.625 ms. */
export const interval0625 = /* @__PURE__ */ meaning(u16, { unit: [0.625, 'ms'] });
/** A time in units of 0.625 ms, in three octets. */
export const interval0625u24 = /* @__PURE__ */ meaning(u24, { unit: [0.625, 'ms'] });
/** A time in units of 1.25 ms. */
export const interval125 = /* @__PURE__ */ meaning(u16, { unit: [1.25, 'ms'] });
/** A time in units of 1.25 ms, in one octet. */
export const interval125u8 = /* @__PURE__ */ meaning(u8, { unit: [1.25, 'ms'] });
/** A time in units of 0.125 ms. */
export const interval0125 = /* @__PURE__ */ meaning(u16, { unit: [0.125, 'ms'] });
/** A time in units of 0.125 ms, in one octet. */
export const interval0125u8 = /* @__PURE__ */ meaning(u8, { unit: [0.125, 'ms'] });
/** A time in units of 10 ms. */
export const timeout10 = /* @__PURE__ */ meaning(u16, { unit: [10, 'ms'] });
/** A time in units of 10 ms; 0 is until it is stopped. */
export const duration10 = /* @__PURE__ */ meaning(u16, { unit: [10, 'ms'], names: { 0: 'until stopped' } });
/** A time in units of 1.28 s; 0 is once. */
export const period128 = /* @__PURE__ */ meaning(u16, { unit: [1.28, 's'], names: { 0: 'once' } });
/** Microseconds, in one octet. */
export const microsecondsU8 = /* @__PURE__ */ meaning(u8, { unit: [1, 'µs'] });
/** Microseconds. */
export const microseconds = /* @__PURE__ */ meaning(u16, { unit: [1, 'µs'] });
/** Microseconds, in three octets. */
export const microsecondsU24 = /* @__PURE__ */ meaning(u24, { unit: [1, 'µs'] });
/** Microseconds, in four octets. */
export const microsecondsU32 = /* @__PURE__ */ meaning(u32, { unit: [1, 'µs'] });
/** Milliseconds. */
export const milliseconds = /* @__PURE__ */ meaning(u16, { unit: [1, 'ms'] });
/** Seconds, in one octet. */
export const secondsU8 = /* @__PURE__ */ meaning(u8, { unit: [1, 's'] });
/** Seconds. */
export const seconds = /* @__PURE__ */ meaning(u16, { unit: [1, 's'] });

/** A strength or power in dBm. */
export const dBm = /* @__PURE__ */ meaning(i8, { unit: [1, 'dBm'] });
/** A strength or power in dBm, which may not be known. */
export const dBmOrUnknown = /* @__PURE__ */ meaning(i8, {
  unit: [1, 'dBm'],
  names: { 127: 'not available' },
});
/** A power in dBm, which may be left to the controller. */
export const dBmOrNoPreference = /* @__PURE__ */ meaning(i8, {
  unit: [1, 'dBm'],
  names: { 127: 'no preference' },
});
/** A difference of powers in dB. */
export const dB = /* @__PURE__ */ meaning(i8, { unit: [1, 'dB'] });
/** A difference of powers in dB, which may not be known. */
export const dBOrUnknown = /* @__PURE__ */ meaning(i8, { unit: [1, 'dB'], names: { 127: 'not available' } });
/** A difference of powers in units of 0.1 dB. */
export const tenthsOfDb = /* @__PURE__ */ meaning(i16, { unit: [0.1, 'dB'] });
/** A strength in units of 0.1 dBm. */
export const tenthsOfDbm = /* @__PURE__ */ meaning(i16, { unit: [0.1, 'dBm'] });
