/**
 * Logarithms and powers made of additions, multiplications, divisions and square roots only: IEEE 754 says to the last
 * bit what those give, so that a simulation takes the same course on every machine and in every engine, which nobody
 * promises of `Math.log` and its like.
 */

const view = new DataView(new ArrayBuffer(8));

/** The natural logarithm of a positive, finite number. */
export function ln(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) {
    throw new RangeError(`x: ${x} is not permitted; a positive, finite number is`);
  }
  // Subnormal numbers have no exponent of their own.
  if (x < 2.2250738585072014e-308) return ln(x * 2 ** 54) - 54 * Math.LN2;
  view.setFloat64(0, x);
  const high = view.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  view.setUint32(0, (high & 0x000fffff) | 0x3ff00000);
  let mantissa = view.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh((m − 1) / (m + 1)), whose series converges quickly for |s| < 0.172.
  const s = (mantissa - 1) / (mantissa + 1);
  const squared = s * s;
  let sum = 0;
  for (let k = 21; k >= 1; k -= 2) sum = sum * squared + 1 / k;
  return 2 * s * sum + exponent * Math.LN2;
}

/** e to the power of x; 0 below −745 and `Infinity` above 709. */
export function exp(x: number): number {
  if (x < -745) return 0;
  if (x > 709) return Number.POSITIVE_INFINITY;
  const exponent = Math.round(x / Math.LN2);
  const rest = x - exponent * Math.LN2;
  let sum = 1;
  for (let k = 18; k >= 1; k--) sum = 1 + (sum * rest) / k;
  return scale(sum, exponent);
}

/** The decadic logarithm of a positive, finite number. */
export function log10(x: number): number {
  return ln(x) / Math.LN10;
}

/** The ratio of two powers in decibel. */
export function decibel(ratio: number): number {
  return 10 * log10(ratio);
}

/** The ratio of two powers that `db` decibel stand for. */
export function ratio(db: number): number {
  return exp((db * Math.LN10) / 10);
}

/** x times two to the power of an integer, exactly. */
function scale(x: number, exponent: number): number {
  if (exponent < -1000) return scale(x * power2(-1000), exponent + 1000);
  if (exponent > 1000) return scale(x * power2(1000), exponent - 1000);
  return x * power2(exponent);
}

/** Two to the power of an integer from −1022 to 1023. */
function power2(exponent: number): number {
  view.setUint32(0, (exponent + 1023) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}
