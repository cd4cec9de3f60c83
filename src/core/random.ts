/** Where all of the stack's randomness comes from. */

/** A source of random octets. Inject a seeded one for tests and simulation. */
export interface RandomSource {
  /** Fills `target` and gives it back. */
  fill(target: Uint8Array): Uint8Array;
}

/** The platform's cryptographic source (`crypto.getRandomValues`). */
export const systemRandom: RandomSource = {
  fill: (target) => globalThis.crypto.getRandomValues(target as Uint8Array<ArrayBuffer>),
};

/**
 * A repeatable source for tests and simulation: xoshiro128** from a seed. Not for keys.
 * @param seed any 32-bit integer
 */
export function seededRandom(seed: number): RandomSource {
  const next = xoshiro(seed);
  return {
    fill(target) {
      for (let i = 0; i < target.length; i++) target[i] = next() >>> 24;
      return target;
    },
  };
}

/** A uniform number in [0, 1) from a source. */
export function randomUnit(source: RandomSource): number {
  const b = source.fill(new Uint8Array(4));
  return ((b[0]! << 16) | (b[1]! << 8) | b[2]!) / 0x1000000 + b[3]! / 0x100000000;
}

function xoshiro(seed: number): () => number {
  // splitmix32 spreads the seed over the state.
  let z = seed >>> 0;
  const split = () => {
    z = (z + 0x9e3779b9) >>> 0;
    let t = z ^ (z >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [split(), split(), split(), split()];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
}

function rotate(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}
