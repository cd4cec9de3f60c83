import { ByteReader, ByteWriter } from '../../core/bytes.js';
import { checkInteger } from '../../core/check.js';
import type { Layout } from './layout.js';

/** A size of the numbers of IEEE 11073-20601: how many bits the mantissa has, and the exponent. */
interface Size {
  readonly mantissa: number;
  readonly exponent: number;
  read(reader: ByteReader): number;
  write(writer: ByteWriter, value: number): void;
}

const FLOAT: Size = {
  mantissa: 24,
  exponent: 8,
  read: (reader: ByteReader) => reader.u32(),
  write: (writer: ByteWriter, value: number) => void writer.u32(value),
};
const SFLOAT: Size = {
  mantissa: 12,
  exponent: 4,
  read: (reader: ByteReader) => reader.u16(),
  write: (writer: ByteWriter, value: number) => void writer.u16(value),
};

/**
 * The 32-bit FLOAT of IEEE 11073-20601: a 24-bit mantissa, then an 8-bit exponent of 10, both signed. 36.7 is
 * `6f 01 00 ff`. `NaN` stands also for a number that the sender has not at this resolution; the infinities are there.
 */
export const float: Layout<number> = /* @__PURE__ */ layoutOf(FLOAT);
/** The 16-bit SFLOAT of IEEE 11073-20601: a 12-bit mantissa, and a 4-bit exponent of 10 above it, both signed. */
export const sfloat: Layout<number> = /* @__PURE__ */ layoutOf(SFLOAT);

/**
 * A FLOAT with as many decimals as are significant, 0–127: 37 with one decimal is `72 01 00 ff`. A number that is too large for
 * so many goes as NRes, “not at this resolution”.
 */
export function floatWith(decimals: number): Layout<number> {
  return layoutOf(FLOAT, checkInteger('decimals', decimals, 0, 127));
}

/** An SFLOAT with as many decimals as are significant, 0–7. */
export function sfloatWith(decimals: number): Layout<number> {
  return layoutOf(SFLOAT, checkInteger('decimals', decimals, 0, 7));
}

/** The octets of a number as FLOAT, with a number of decimals of the caller's. */
export function encodeFloat(value: number, decimals: number): Uint8Array {
  const writer = new ByteWriter(4);
  floatWith(decimals).write(writer, value);
  return writer.finish();
}

/**
 * The number behind four octets of FLOAT; `NaN` too where the sender had none at this resolution.
 * @throws {MalformedPacketError} when there are fewer octets
 */
export function decodeFloat(bytes: Uint8Array): number {
  return float.read(new ByteReader(bytes));
}

function layoutOf(size: Size, decimals?: number): Layout<number> {
  const modulus = 2 ** size.mantissa;
  const largest = modulus / 2 - 3;
  // Mantissas that stand for no number, all with an exponent of 0.
  const notANumber = largest + 2;
  const infinite = largest + 1;
  const notAtThisResolution = largest + 3;
  const minusInfinite = largest + 5;
  return {
    read(reader) {
      const word = size.read(reader);
      const mantissa = word % modulus;
      const raw = Math.floor(word / modulus);
      const sign = 2 ** (size.exponent - 1);
      const exponent = raw >= sign ? raw - 2 * sign : raw;
      if (mantissa === infinite) return Number.POSITIVE_INFINITY;
      if (mantissa === minusInfinite) return Number.NEGATIVE_INFINITY;
      // Between them are NaN, NRes and one that is reserved.
      if (mantissa > infinite && mantissa < minusInfinite) return Number.NaN;
      const signed = mantissa > infinite ? mantissa - modulus : mantissa;
      // Dividing by a power of ten is exact where multiplying by its inverse is not: 367 / 10 is 36.7.
      return exponent < 0 ? signed / 10 ** -exponent : signed * 10 ** exponent;
    },
    write(writer, value) {
      if (typeof value !== 'number') throw new TypeError('a number is wanted');
      const put = (mantissa: number, exponent: number) => {
        const high = exponent < 0 ? exponent + 2 ** size.exponent : exponent;
        size.write(writer, (mantissa < 0 ? mantissa + modulus : mantissa) + high * modulus);
      };
      if (Number.isNaN(value)) put(notANumber, 0);
      else if (value === Number.POSITIVE_INFINITY) put(infinite, 0);
      else if (value === Number.NEGATIVE_INFINITY) put(minusInfinite, 0);
      else {
        const [mantissa, exponent] = decimals === undefined ? shortest(value, size, largest) : [0, -decimals];
        const chosen = decimals === undefined ? mantissa : Math.round(value * 10 ** decimals);
        if (Math.abs(chosen) > largest) put(notAtThisResolution, 0);
        else put(chosen, exponent);
      }
    },
  };
}

/** The mantissa and exponent nearest to a number, with the fewest decimals of those that are as near. */
function shortest(value: number, size: Size, largest: number): [mantissa: number, exponent: number] {
  const most = 2 ** (size.exponent - 1);
  if (value === 0) return [0, 0];
  let best: [number, number] | undefined;
  if (Math.abs(value) > largest) {
    for (let exponent = 1; exponent < most; exponent++) {
      const mantissa = Math.round(value / 10 ** exponent);
      if (Math.abs(mantissa) > largest) continue;
      best ??= [mantissa, exponent];
      if (mantissa * 10 ** exponent === value) return [mantissa, exponent];
    }
    if (best) return best;
    throw new RangeError(`${value} is too large for a number of ${size.mantissa + size.exponent} bits`);
  }
  for (let decimals = 0; decimals <= most; decimals++) {
    const mantissa = Math.round(value * 10 ** decimals);
    if (Math.abs(mantissa) > largest) break;
    best = [mantissa, -decimals];
    if (mantissa / 10 ** decimals === value) break;
  }
  return best!;
}
