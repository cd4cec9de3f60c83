/**
 * Chance without memory: a number that depends on what it is asked for alone (the seed, whom it concerns, when), and not
 * on what was asked before. What the air does to one pair of radios so does not change because another pair is watched.
 */

/** Mixes three words into one: 32 bits that look like chance. */
export function hash3(a: number, b: number, c: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ b, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 13) ^ c, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 16), 0x165667b1);
  h ^= h >>> 15;
  return h >>> 0;
}

/** A hash of a text: FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** A number in [0, 1) from a hash. */
export function unit(hash: number): number {
  return hash / 0x100000000;
}

/** A number with the mean 0 and the deviation 1, spread nearly as Gauss has it: the sum of four uniform ones. */
export function gauss(hash: number): number {
  const again = hash3(hash, 0x5bd1e995, 1);
  const sum = (hash & 0xffff) + (hash >>> 16) + (again & 0xffff) + (again >>> 16);
  // The mean of the sum is 2 · 65535; its deviation √(4/12) · 65536.
  return (sum - 131070) / 37837.2;
}

/**
 * A value that wanders: mean 0, deviation 1, correlated over about `coherence` µs.
 * @param seed which one of them
 * @param at µs
 */
export function wander(seed: number, at: number, coherence: number): number {
  const place = at / coherence;
  const step = Math.floor(place);
  const t = place - step;
  const before = gauss(hash3(seed, step & 0xffffffff, Math.floor(step / 0x100000000)));
  const after = gauss(hash3(seed, (step + 1) & 0xffffffff, Math.floor((step + 1) / 0x100000000)));
  // Weights whose squares sum to 1, so that the deviation is the same between the points as at them.
  return (before * (1 - t) + after * t) / Math.sqrt((1 - t) * (1 - t) + t * t);
}
