import { ByteReader, ByteWriter } from '../../core/bytes.js';

/** Mantissas that stand for no number: IEEE 11073-20601, as Health Thermometer uses them. */
const NAN = 0x7fffff;
const INFINITE = 0x7ffffe;
const NOT_AT_THIS_RESOLUTION = 0x800000;
const MINUS_INFINITE = 0x800002;
const LARGEST = 0x7ffffd;

/**
 * A number as the 32-bit FLOAT-Type of IEEE 11073-20601: a 24-bit mantissa, then an 8-bit exponent of 10, both signed,
 * least significant octet first. 36.7 with one decimal is `6f 01 00 ff`.
 * @param decimals how many decimals are significant, 0–127; the exponent is minus that
 */
export function encodeFloat(value: number, decimals: number): Uint8Array {
  const mantissa = Math.round(value * 10 ** decimals);
  const writer = new ByteWriter(4);
  if (Number.isNaN(value)) writer.u24(NAN).i8(0);
  else if (value === Number.POSITIVE_INFINITY) writer.u24(INFINITE).i8(0);
  else if (value === Number.NEGATIVE_INFINITY) writer.u24(MINUS_INFINITE).i8(0);
  else if (Math.abs(mantissa) > LARGEST) writer.u24(NOT_AT_THIS_RESOLUTION).i8(0);
  else writer.u24(mantissa & 0xffffff).i8(-decimals);
  return writer.finish();
}

/**
 * The number behind four octets of FLOAT-Type; `NaN` too where the sender had none at this resolution.
 * @throws {MalformedPacketError} when there are fewer octets
 */
export function decodeFloat(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes);
  const mantissa = reader.u24();
  const exponent = reader.i8();
  if (mantissa === INFINITE) return Number.POSITIVE_INFINITY;
  if (mantissa === MINUS_INFINITE) return Number.NEGATIVE_INFINITY;
  // 0x800001 is reserved.
  if (mantissa >= NAN && mantissa <= NOT_AT_THIS_RESOLUTION + 1) return Number.NaN;
  const signed = mantissa > NAN ? mantissa - 0x1000000 : mantissa;
  // Dividing by a power of ten is exact where multiplying by its inverse is not: 367 / 10 is 36.7.
  return exponent < 0 ? signed / 10 ** -exponent : signed * 10 ** exponent;
}
